"""A trading partner's orders come in once, are changed only without a guess, and every one of them is answered once."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from model.errors import ConfigError
from model.store.database import Database
from model.store.order_rows import LINES as ROWS
from model.store.order_rows import ORDERS
from operations.auditor import audit
from operations.fulfilment_verbs import held_advices
from operations.manual_review import Correction, amend, approve, reject
from operations.replay import replay_channel
from operations.shipping_verbs import SHIPPING_VERBS
from tests.conftest import StillClock
from tests.edi import interchange
from tests.purchases import HEAD, LINES, TAIL, change, purchase
from tests.unit.operations.partner_desk import PartnerDesk

OTHER = ("PO1*1*99*EA*2.50*PE*VN*MUG-STONE-BLU",)


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> PartnerDesk:
    return PartnerDesk(database, tmp_path, clock)


def test_an_order_comes_in_and_its_group_is_acknowledged_once(desk: PartnerDesk) -> None:
    desk.tell("po.edi", purchase())

    for _ in range(3):
        desk.pull()
        desk.exchange()
        desk.drain()

    assert [(each.external_id, each.total_minor) for each in desk.orders()] == [("NORTHDOCK:PO-77", 5300)]
    assert desk.sent("997") == [["AK1*PO*700", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]]


@pytest.mark.parametrize(
    "again", [purchase(), purchase() + b"\n", purchase(number=701)], ids=["same", "same-bytes-and-more", "new-envelope"]
)
def test_an_order_that_is_told_twice_is_one(desk: PartnerDesk, again: bytes) -> None:
    desk.tell("po.edi", purchase())
    desk.pull()
    desk.tell("again.edi", again)

    outcomes = desk.pull()
    desk.pull()

    assert len(desk.orders()) == 1
    assert desk.set_aside() == []
    assert list(audit(desk.database.url)) == []
    assert outcomes[0].counts.changed == 0


@pytest.mark.parametrize("is_one_run", [True, False])
def test_a_number_that_comes_again_with_other_content_is_held_by_name(desk: PartnerDesk, *, is_one_run: bool) -> None:
    desk.tell("a.edi", purchase())
    if not is_one_run:
        desk.pull()
    desk.tell("b.edi", purchase(lines=OTHER, tail=(), number=701))

    for _ in range(2):
        desk.pull()
        desk.exchange()
        desk.drain()
    hub = desk.hub()
    replay_channel(hub, hub.file.channels[0])

    assert [each.total_minor for each in desk.orders()] == [5300]
    [reason] = desk.set_aside()
    assert "was told before with other content" in reason
    assert ["AK1*PO*701", "AK2*850*0001", "AK5*R*5", "AK9*R*1*1*0"] in desk.sent("997")


def test_what_is_held_stays_held_when_its_file_is_cleared_away_and_the_first_comes_by_again(desk: PartnerDesk) -> None:
    desk.tell("a.edi", purchase())
    desk.tell("b.edi", purchase(lines=OTHER, tail=(), number=701))
    desk.pull()
    (desk.folder / "out" / "b.edi").unlink()
    desk.tell("a-again.edi", purchase())

    desk.pull()

    assert len(desk.set_aside()) == 1


def test_an_order_that_says_that_it_replaces_takes_the_others_place(desk: PartnerDesk) -> None:
    desk.tell("a.edi", purchase())
    desk.pull()
    later = purchase((HEAD[0].replace("*00*", "*05*"), HEAD[1]), OTHER, (), number=701).replace(b"*20260303*1015*", b"*20260304*1015*")
    desk.tell("b.edi", later)

    for _ in range(3):
        desk.pull()

    assert [each.total_minor for each in desk.orders()] == [24750]
    assert desk.set_aside() == []
    assert list(audit(desk.database.url)) == []


def test_an_order_that_is_told_anew_as_cancelled_is_cancelled(desk: PartnerDesk) -> None:
    desk.tell("a.edi", purchase())
    desk.pull()
    desk.tell("b.edi", purchase((HEAD[0].replace("*00*", "*01*"), HEAD[1]), number=701))

    desk.pull()

    [order] = desk.orders()
    assert order.cancelled_at is not None
    assert desk.set_aside() == []


@pytest.mark.parametrize("is_one_run", [True, False])
def test_a_change_is_a_new_version_of_the_order_once(desk: PartnerDesk, *, is_one_run: bool) -> None:
    desk.tell("a.edi", purchase())
    if not is_one_run:
        desk.pull()
    desk.tell("b.edi", change("POC*1*CA*12", "POC*2*DI", "POC*3*AI*1**EA*9*PE*VN*BOWL"))
    desk.pull()
    desk.tell("c.edi", change("POC*1*CA*11", number=801))

    for _ in range(3):
        desk.pull()
        desk.exchange()
        desk.drain()

    assert desk.lines() == {"1": 11, "2": 0, "3": 1}
    assert [each.total_minor for each in desk.orders()] == [2750 + 900]
    assert desk.set_aside() == []
    assert ["AK1*PC*800", "AK2*860*0001", "AK5*A", "AK9*A*1*1*1"] in desk.sent("997")
    assert list(audit(desk.database.url)) == []


def test_a_changed_order_is_read_anew_when_its_mapping_changes(desk: PartnerDesk) -> None:
    desk.tell("a.edi", purchase(lines=("PO1*1*10*EA*2.50*PE*SK*BOWL*VN*MUG-STONE-BLU",), tail=()))
    desk.tell("b.edi", change("POC*1*CA*12"))
    desk.pull()

    for _ in range(2):
        desk.pull(sku_qualifier="SK")

    with desk.database.read() as c:
        assert list(c.execute(select(ROWS.c.sku, ROWS.c.quantity))) == [("BOWL", 12000)]
    assert desk.set_aside() == []
    assert list(audit(desk.database.url)) == []


def test_a_change_waits_by_name_for_its_order(desk: PartnerDesk) -> None:
    desk.tell("b.edi", change("POC*1*CA*12"))
    desk.pull()

    [waiting] = desk.set_aside()
    desk.tell("a.edi", purchase())
    for _ in range(2):
        desk.pull()

    assert "an order that is not known" in waiting
    assert desk.set_aside() == []
    assert desk.lines() == {"1": 12, "2": 4}


def test_a_change_that_needs_a_guess_is_held_by_name_and_the_order_stays(desk: PartnerDesk) -> None:
    desk.tell("a.edi", purchase())
    desk.tell("b.edi", change("POC*1*QD*4"))

    for _ in range(2):
        desk.pull()

    assert desk.lines() == {"1": 10, "2": 4}
    [reason] = desk.set_aside()
    assert "POC02:QD" in reason


def test_a_change_that_was_held_is_taken_in_once_its_code_is_translated(desk: PartnerDesk) -> None:
    desk.tell("a.edi", purchase())
    desk.tell("b.edi", change("POC*1*QD*4"))
    desk.pull()

    for _ in range(2):
        desk.pull(statuses={"POC02:QD": "POC02:CA"})

    assert desk.lines() == {"1": 4, "2": 4}
    assert desk.set_aside() == []


def _approved(desk: PartnerDesk) -> str:
    desk.tell("a.edi", purchase())
    desk.pull()
    desk.review()
    [order] = desk.orders()
    approve(desk.hub(), [order.id], "known buyer")
    return str(order.id)


def test_what_the_review_decides_is_answered_once(desk: PartnerDesk) -> None:
    _approved(desk)

    for _ in range(3):
        desk.exchange()
        desk.drain()

    [answer] = desk.sent("855")
    assert answer[0].split("*")[:5] == ["BAK", "00", "AD", "PO-77", "20260303"]
    assert answer[1:] == [
        "CUR*SE*USD",
        "PO1*1*10*EA*2.5*PE*VN*MUG-STONE-BLU".replace("2.5*", "2.50*"), "ACK*IA*10*EA",
        "PO1*2*4*EA*7*PE*VN*PLATE-20", "ACK*IA*4*EA",
        "CTT*2",
    ]  # fmt: skip


def test_an_order_that_is_held_is_not_answered(desk: PartnerDesk) -> None:
    desk.tell("a.edi", purchase(lines=("PO1*1*10*EA*2.50*PE*BP*NOBODY-KNOWS",), tail=()))
    desk.pull()
    desk.review()

    desk.exchange()
    desk.drain()

    assert desk.sent("855") == []


def test_an_order_that_a_person_rejects_or_shortens_is_answered_so(desk: PartnerDesk) -> None:
    order_id = _approved(desk)
    desk.exchange()
    desk.drain()
    amend(desk.hub(), order_id, Correction(lines={"1": 6000, "2": 0}), "not enough")
    approve(desk.hub(), [order_id], "as corrected")
    desk.exchange()
    desk.drain()
    reject(desk.hub(), [order_id], "credit")
    desk.exchange()
    desk.drain()

    told = [[line for line in each if line[:3] in {"BAK", "ACK"}] for each in desk.sent("855")]
    assert [each[0].split("*")[2] for each in told] == ["AD", "AC", "RD"]
    assert [each[1:] for each in told[1:]] == [["ACK*IQ*6*EA", "ACK*IR*4*EA"], ["ACK*IR*10*EA", "ACK*IR*4*EA"]]


def test_a_partner_that_wants_no_answers_gets_none(desk: PartnerDesk) -> None:
    _approved(desk)

    desk.exchange(answers=(), acknowledges=False)
    desk.drain()

    assert list((desk.folder / "in").iterdir()) == []


def test_one_partner_is_answered_by_its_id_and_an_unknown_one_is_named(desk: PartnerDesk) -> None:
    _approved(desk)

    reports = SHIPPING_VERBS["exchange_edi"](desk.hub(), "dock")

    assert sum(report.counts["answered"] for report in reports) == 1
    with pytest.raises(ConfigError, match="elsewhere"):
        SHIPPING_VERBS["exchange_edi"](desk.hub(), "elsewhere")


def _acknowledged(desk: PartnerDesk, verdict: str) -> list[str]:
    """What is held when the partner says so of our answer."""
    _approved(desk)
    desk.exchange()
    desk.drain()
    [path] = (desk.folder / "in").glob("855-*.edi")
    number = next(line.split("*")[6] for line in path.read_text().splitlines() if line.startswith("GS"))
    desk.tell("fa.edi", interchange([("997", (f"AK1*PR*{number}", f"AK9*{verdict}*1*1*1"))], function="FA", number=990))
    desk.pull()
    desk.exchange()
    return [str(each["problem"]) for each in held_advices(desk.hub())]


def test_an_answer_that_the_partner_took_is_settled(desk: PartnerDesk) -> None:
    assert _acknowledged(desk, "A") == []


def test_an_answer_that_the_partner_refused_is_held_by_name(desk: PartnerDesk) -> None:
    [problem] = _acknowledged(desk, "R")

    assert "was refused by its reader there" in problem


def test_an_answer_that_nobody_acknowledges_for_a_day_is_late_by_name(desk: PartnerDesk) -> None:
    _approved(desk)
    desk.exchange()
    desk.drain()
    [early] = [report for report in desk.exchange() if "late" in report.counts]
    desk.clock.move(hours=25)

    [late] = [report for report in desk.exchange() if "late" in report.counts]

    assert (early.counts["late"], late.counts["late"]) == (0, 1)
    assert "were not acknowledged by a 997 within a day" in late.message


def test_an_answer_that_cannot_be_told_is_named_at_each_run_and_told_when_it_can_be(desk: PartnerDesk) -> None:
    _approved(desk)
    [order] = desk.orders()
    number = ORDERS.c.number
    desk.database.run(lambda c: c.execute(update(ORDERS).where(ORDERS.c.id == order.id).values({number: "PO*77"})))

    said = [report.message for _ in range(2) for report in desk.exchange() if "answered" in report.counts]
    desk.database.run(lambda c: c.execute(update(ORDERS).where(ORDERS.c.id == order.id).values({number: "PO-77"})))
    desk.clock.move(hours=48)
    desk.exchange()
    desk.drain()

    assert ["signs that X12 keeps for itself" in each for each in said] == [True, True]
    assert len(desk.sent("855")) == 1


def test_tail_is_checked_against_the_lines() -> None:
    assert TAIL[0] == f"CTT*{len(LINES) // 2}*14"
