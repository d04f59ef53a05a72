"""855, 856 and 810: what is written, and what is refused before it leaves."""

from dataclasses import replace
from datetime import UTC, date, datetime

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.x12 import read_document
from connectors.edi_partner.connector import EdiPartner
from connectors.edi_partner.settings import Settings
from model.errors import RejectedError
from model.records.order import Party
from model.records.partner_reply import Bill, BilledPart, Departure, LeftLine, PartnerReply
from tests.contract.stand_commands import order_answer
from tests.edi import KEY, NOW, OTHER_KEY, SIDES

AT = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
LEFT = LeftLine(line_external_id="1", quantity=6000, ordered=10000, sku="MUG-STONE-BLU")
DEPARTURE = Departure(
    reference="S1", order_external_id="NORTHDOCK:PO-77:R2", order_number="PO-77:R2", ordered_on=date(2026, 3, 1), shipped_at=AT,
    ship_to=Party(role="shipping", company="Dock Stores", external_id="0042"), lines=(LEFT,), carrier="UPS", service="Ground",
)  # fmt: skip
PART = BilledPart(title="Mug, blue", amount_minor=1000, line_external_id="1", quantity=4000, sku="MUG-STONE-BLU")
BILL = Bill(
    reference="INV-2026-7", order_external_id="NORTHDOCK:PO-77", order_number="PO-77", ordered_on=date(2026, 3, 1),
    issued_on=date(2026, 3, 3), issued_at=AT, due_on=date(2026, 4, 2), currency="USD", parts=(PART,), discount_minor=0, taxes=(),
    total_minor=1000,
)  # fmt: skip


def _partner(**settings: object) -> EdiPartner:
    told = Settings.model_validate({"address": "/nowhere", **SIDES, **settings})
    return EdiPartner(told, Wiring(httpx.MockTransport(lambda _: httpx.Response(500)), now=lambda: NOW))


def _written(reply: PartnerReply, **settings: object) -> list[str]:
    raw = _partner(**settings).write_reply(reply, KEY)
    return ["*".join((each.name, *each.elements)) for each in read_document(raw).segments[1:-1]]


def test_a_departure_is_told_in_the_partners_day_and_by_its_own_names() -> None:
    told = _written(DEPARTURE, zone="Asia/Tokyo", vendor_number="40417")

    assert told == [
        "BSN*00*S1*20260304*0830*0004", "HL*1**S", "TD5*B*ZZ*UPS**Ground", "REF*VR*40417", "DTM*011*20260304*0830",
        "N1*ST*Dock Stores*92*0042", "HL*2*1*O", "PRF*PO-77*R2**20260301", "HL*3*2*I", "LIN*1*VN*MUG-STONE-BLU",
        "SN1**6*EA**10*EA", "CTT*3",
    ]  # fmt: skip


def test_a_bill_tells_when_it_is_due_and_a_price_that_multiplies_to_its_amount() -> None:
    told = _written(BILL)

    assert told == [
        "BIG*20260303*INV-2026-7*20260301*PO-77", "CUR*SE*USD", "ITD*05*3****20260402*30", "IT1*1*4*EA*2.5*PE*VN*MUG-STONE-BLU",
        "PID*F****Mug, blue", "TDS*1000", "CTT*1",
    ]  # fmt: skip


def test_a_bill_in_yen_counts_hundredths_as_x12_does() -> None:
    part = replace(PART, amount_minor=1200)

    told = _written(replace(BILL, currency="JPY", parts=(part,), total_minor=1200))

    assert "TDS*120000" in told
    assert "IT1*1*4*EA*300*PE*VN*MUG-STONE-BLU" in told


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (replace(BILL, total_minor=999), "the parts sum to 1000"),
        (replace(BILL, parts=(replace(PART, quantity=3000),)), "no unit price can be told"),
        (replace(BILL, parts=(replace(PART, quantity=0),)), "is not positive"),
        (replace(BILL, currency="KWD", parts=(replace(PART, amount_minor=1001),), total_minor=1001), "finer than a hundredth"),
        (replace(BILL, reference="I" * 23), "longer than 22"),
        (replace(BILL, parts=(replace(PART, unit="m²"),)), "has no code in X12"),
        (replace(DEPARTURE, lines=()), "a notice without goods"),
        (replace(DEPARTURE, tracking_numbers=("1Z*9",)), "tracking_numbers"),
        (replace(DEPARTURE, tracking_numbers=tuple(map(str, range(501)))), "more than 500"),
        (replace(DEPARTURE, order_number="PO~77"), "order_number"),
        (replace(order_answer(1), reference="é"), "letters that ascii has not"),
        (replace(order_answer(1), lines=(replace(order_answer(1).lines[0], line_external_id="1" * 21),)), "longer than 20"),
    ],
)
def test_what_cannot_be_told_exactly_is_refused_by_name(reply: PartnerReply, reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        _written(reply)


def test_control_numbers_and_bytes_come_from_the_key_alone() -> None:
    first, again, other = (_partner().write_reply(order_answer(1), key) for key in (KEY, KEY, OTHER_KEY))

    assert first == again
    numbers = {(read_document(raw).interchange.at(13), read_document(raw).group.at(6)) for raw in (first, other)}
    assert len(numbers) == 2


@pytest.mark.parametrize(("key", "value"), [("currency", "XXQ"), ("country", "usa"), ("answers", ("865",)), ("their_id", "ENTREPOT")])
def test_settings_that_nobody_can_mean_are_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=key):
        _partner(**{key: value})
