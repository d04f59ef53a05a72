"""What leaves, and what is owed for it, is told to the trading partner once: 856 with the booking, 810 with the invoice."""

from pathlib import Path

import pytest
from sqlalchemy import select

from model.store.database import Database
from model.store.fulfilments import FULFILMENT_ORDERS
from operations.auditor import audit
from operations.fulfilment_verbs import HandShipment, ship_by_hand
from operations.manual_review import approve
from operations.papers.issue import issue_papers
from operations.release import release_fulfilments
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.purchases import HEAD, LINES, purchase
from tests.unit.operations.paper_desk import INVOICES
from tests.unit.operations.partner_desk import PartnerDesk


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> PartnerDesk:
    return PartnerDesk(database, tmp_path, clock, ENTITY.model_copy(update={"invoices": INVOICES}))


def _released(desk: PartnerDesk, raw: bytes) -> str:
    """A fulfilment order of an approved order."""
    desk.tell("a.edi", raw)
    desk.pull()
    desk.review()
    approve(desk.hub(), [desk.orders()[0].id], "known buyer")
    release_fulfilments(desk.hub())
    with desk.database.read() as c:
        return str(c.execute(select(FULFILMENT_ORDERS.c.reference)).scalar_one())


def test_each_shipment_is_told_once_with_its_lines_and_tracking_numbers(desk: PartnerDesk) -> None:
    reference = _released(desk, purchase())
    first = HandShipment(parcel="1", quantities={"MUG-STONE-BLU": "6"}, carrier="UPS", tracking_numbers=("1Z1", "1Z2"))

    for sent in (first, first, HandShipment(parcel="2", carrier="UPS")):
        ship_by_hand(desk.hub(), reference, sent)
        desk.exchange()
        desk.drain()

    parts, rest = desk.sent("856")
    levels = [line for line in parts if line.split("*")[0] in {"HL", "PRF", "MAN", "LIN", "SN1", "CTT"}]
    assert parts[0].split("*")[5] == "0001"
    assert levels == [
        "HL*1**S", "HL*2*1*O", "PRF*PO-77***20260303", "HL*3*2*P", "MAN*CP*1Z1", "MAN*CP*1Z2",
        "HL*4*3*I", "LIN*1*VN*MUG-STONE-BLU", "SN1**6*EA**10*EA", "CTT*4",
    ]  # fmt: skip
    assert "N1*ST*Dock Stores*92*0042" in parts
    assert rest[0].split("*")[5] == "0004"
    assert [line for line in rest if line.startswith("SN1")] == ["SN1**4*EA**10*EA", "SN1**4*EA**4*EA"]
    assert parts[0].split("*")[2] != rest[0].split("*")[2]
    assert list(audit(desk.database.url)) == []


def test_an_invoice_is_told_once_and_sums_to_its_total(desk: PartnerDesk) -> None:
    head = (*HEAD, "SAC*A*C310***300", "SAC*C*D240***1200**********Freight", "TXI*ST*3.10*5")
    reference = _released(desk, purchase(head, LINES, ("CTT*2",)))
    ship_by_hand(desk.hub(), reference, HandShipment(tracking_numbers=("1Z1",)))
    desk.clock.move(hours=1)
    issue_papers(desk.hub())

    for _ in range(3):
        desk.exchange()
        desk.drain()

    [bill] = desk.sent("810")
    assert bill[0].split("*")[3:] == ["20260303", "PO-77"]
    assert [line for line in bill if line.startswith("IT1")] == ["IT1*1*10*EA*2.5*PE*VN*MUG-STONE-BLU", "IT1*2*4*EA*7*PE*VN*PLATE-20"]
    assert "TDS*6510" in bill
    assert "TXI*TX*3.1*5" in bill
    assert [line for line in bill if line.startswith("SAC")] == ["SAC*C*ZZZZ***1200**********Freight", "SAC*A*C310***300**********discount"]
    assert list(audit(desk.database.url)) == []
