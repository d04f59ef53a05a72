"""What is not booked and why, other rules tried on a month, and the verbs of the flows: nothing of it writes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from model.errors import ConfigError, RejectedError
from operations.books import views
from operations.books.book_verbs import close_period, post_books
from operations.books.closing import close_month
from operations.books.dry_run import dry_run, the_entity
from operations.books.files import read_text
from operations.books.rule_sets import propose, template
from operations.books.unbooked import unbooked
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.unit.operations.books_desk import adjustment, approve_rules, by, match, open_books, post, rows_of, standing
from tests.unit.operations.money_desk import Desk, open_desk

MARCH = "2026-03"


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    """March is matched, and nothing is posted."""
    opened = open_books(hub, tmp_path, clock)
    match(opened)
    return opened


def rules_file(desk: Desk, body: str) -> str:
    path = desk.hub.file.path.parent / "other.toml"
    path.write_text(body, "utf-8")
    return str(path)


def test_what_is_held_tells_its_reason_and_age_and_what_is_due_waits(desk: Desk) -> None:
    desk.lines(adjustment("gbp", 100, "GBP"))
    before = rows_of(desk)

    found = unbooked(desk.hub, "main")

    held = [each for each in found if each.reason]
    assert [(each.about, each.day, each.age_days, each.account, each.reason) for each in held] == [
        ("settlement line gbp", date(2026, 3, 1), 35, "stripe",
         "no rate of GBP in EUR for 2026-03-01; import one with `entrepot rates import`"),
    ]  # fmt: skip
    assert len(found) == 10
    assert rows_of(desk) == before


def test_what_is_posted_waits_no_more_and_what_is_held_still_does(desk: Desk) -> None:
    desk.lines(adjustment("gbp", 100, "GBP"))

    post_books(desk.hub, None)

    assert [each.about for each in unbooked(desk.hub, "main")] == ["settlement line gbp"]


def test_facts_of_a_summarised_account_wait_each_by_itself(hub: Hub, tmp_path: Path, clock: StillClock) -> None:
    desk = open_desk(hub, tmp_path)
    clock.at = datetime(2026, 4, 5, tzinfo=UTC)
    approve_rules(desk, template("international").replace("summarise = []", 'summarise = ["stripe"]'))
    desk.lines(adjustment("a", 100), adjustment("b", 200))

    before = sorted(each.about for each in unbooked(desk.hub, "main") if each.account == "stripe")
    post_books(desk.hub, "main")

    assert before == ["settlement line a", "settlement line b"]
    assert [each for each in unbooked(desk.hub, "main") if each.account == "stripe"] == []
    assert standing(desk, "6690") == [("EUR", -300, -300)]


def test_other_rules_are_tried_on_a_month_and_only_what_differs_is_shown(desk: Desk) -> None:
    post(desk)
    before = rows_of(desk)

    found = dry_run(desk.hub, rules_file(desk, template("international").replace('fees = "6600"', 'fees = "6690"')), MARCH)

    assert (found.entity, found.facts, found.held_now, found.held_then, found.is_first) == ("main", 9, (), (), False)
    assert [(each.account, each.now_minor, each.then_minor, each.then_base_minor) for each in found.differences] == [
        ("6600", 180, 0, 0), ("6690", 0, 180, 180),
    ]  # fmt: skip
    assert rows_of(desk) == before


def test_the_rules_in_force_tried_anew_are_what_was_posted(desk: Desk) -> None:
    post(desk)
    told = {(each["account"], each["currency"]): each["debit_minor"] for each in views.trial_balance(desk.hub, "main")["accounts"]}
    bare = replace(desk.hub, file=replace(desk.hub.file))

    same = dry_run(bare, rules_file(desk, template("international")), MARCH)
    other = dry_run(bare, rules_file(desk, template("international").replace('clearing = "1120.', 'clearing = "1010.')), MARCH)

    assert same.differences == ()
    assert {(each.account, each.currency): each.now_minor for each in other.differences}.items() <= told.items() | {
        ("1010.stripe.EUR", "EUR"): 0
    }.items()


def test_rules_that_lack_an_event_hold_its_facts(desk: Desk) -> None:
    body = "\n".join(line for line in template("international").splitlines() if not line.startswith("payout = "))

    found = dry_run(desk.hub, rules_file(desk, body), MARCH)

    assert found.held_then == ("payout po_1: no posting rule for 'payout'; add one to the rules",)
    assert found.held_now == ()


def test_proposed_rules_are_tried_by_their_id_before_any_are_in_force(hub: Hub, tmp_path: Path, clock: StillClock) -> None:
    desk = open_desk(hub, tmp_path)
    clock.at = datetime(2026, 4, 5, tzinfo=UTC)
    desk.lines(adjustment("a", 100))
    made = propose(by(desk, "mia"), "main", template("international"), date(2026, 1, 1), "the books begin")

    found = dry_run(desk.hub, made[:12], MARCH)

    assert found.is_first
    assert {each.account: each.then_minor for each in found.differences}["1120.stripe.EUR"] == 100
    assert {each.now_minor for each in found.differences} == {0}


def test_a_month_without_facts_differs_in_nothing(desk: Desk) -> None:
    assert dry_run(desk.hub, rules_file(desk, template("international")), "2026-02").facts == 0


def test_wrong_inputs_of_a_dry_run_are_told_in_one_line(desk: Desk) -> None:
    with pytest.raises(RejectedError, match=r"^other.toml: is no TOML: "):
        dry_run(desk.hub, rules_file(desk, "{"), MARCH)
    with pytest.raises(RejectedError, match="rules 'nowhere': are not known"):
        dry_run(desk.hub, "nowhere", MARCH)
    with pytest.raises(ConfigError, match="month '2026': is none"):
        dry_run(desk.hub, "nowhere", "2026")
    with pytest.raises(ConfigError, match=r"entity 'x': is not in hub\.toml"):
        dry_run(desk.hub, rules_file(desk, ""), MARCH, "x")


def test_with_several_entities_one_is_named(desk: Desk) -> None:
    main = desk.hub.file.entities[0]
    two = replace(desk.hub, file=replace(desk.hub.file, entities=(main, main.model_copy(update={"id": "second"}))))

    with pytest.raises(ConfigError, match="--entity: is needed, as there are several: main, second"):
        the_entity(two, None)
    assert the_entity(two, "second").id == "second"


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes(b"\xe4")

    with pytest.raises(ConfigError, match=r"nowhere.csv: cannot be read: No such file"):
        read_text(tmp_path / "nowhere.csv")
    with pytest.raises(ConfigError, match=r"latin.csv: is no text in UTF-8"):
        read_text(tmp_path / "latin.csv")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_text(tmp_path)


def test_the_flow_of_months_says_what_is_left_then_that_it_can_be_closed_and_closes_nothing(desk: Desk) -> None:
    desk.lines(adjustment("gbp", 100, "GBP"))
    post_books(desk.hub, None)
    before = rows_of(desk)

    [left] = close_period(desk.hub, None)
    mended = "UPDATE settlement_line SET currency = 'EUR', fetch_seq = 2 WHERE currency = 'GBP'"
    desk.hub.database.run(lambda connection: connection.exec_driver_sql(mended))
    post(desk)
    [ready] = close_period(desk.hub, "main")

    assert (left.outcome, left.counts["open"] > 0, "no fact is held: no rate of GBP" in left.message) == ("done", True, True)
    assert ready.message == "2026-03 can be closed, as of 2026-03-31: `entrepot books close main 2026-03`"
    assert rows_of(desk)["accounting_period"] != before["accounting_period"]
    close_month(by(desk, "mia"), "main", MARCH)
    assert [report.outcome for report in close_period(desk.hub, "main")] == ["skipped"]


def test_an_entity_without_rules_fails_by_itself_and_one_that_is_not_known_is_told(desk: Desk) -> None:
    main = desk.hub.file.entities[0]
    two = replace(desk.hub, file=replace(desk.hub.file, entities=(main.model_copy(update={"id": "bare"}), main)))

    assert [(report.about, report.outcome) for report in post_books(two, None)] == [("bare", "failed"), ("main", "done")]
    with pytest.raises(ConfigError, match="entity 'x'"):
        post_books(two, "x")
    with pytest.raises(ConfigError, match="entity 'x'"):
        close_period(two, "x")
