"""Orders by mail: stored with where each field was read, held where one is doubtful, and pulled as soon as a mail comes."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from model.errors import AuthError, ConfigError
from model.store import order_queries
from model.store.database import Database
from operations.pull import PullOutcome, Wanted
from operations.review_orders import review_orders
from operations.watch_mail import watch_mail
from tests.conftest import StillClock
from tests.mail_desk import SECRET, Desk
from tests.mailbox import PASSWORD, Postbox, postbox
from tests.mails import AT, letter, order_mail, sent, text_mail


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as running:
        yield running


@pytest.fixture
def desk(box: Postbox, database: Database, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv(SECRET, PASSWORD)
    clock.at = AT + timedelta(hours=1)
    return Desk(database, tmp_path, clock, box.port)


def shown(desk: Desk, number: str) -> dict[str, object]:
    with desk.database.read() as connection:
        (order_id,) = order_queries.find_order_ids(connection, "mail", number)
        return order_queries.show_order(connection, order_id, None)


def confidence_in(desk: Desk, number: str) -> dict[object, object]:
    sources = shown(desk, number)["sources"]
    assert isinstance(sources, list)
    return {each["path"]: each["confidence"] for each in sources}  # pyright: ignore  rows as they are


def test_an_order_says_of_each_field_where_it_was_read_and_how_sure_that_is(desk: Desk, box: Postbox) -> None:
    box.put(order_mail("PO-1"), AT)
    box.put(order_mail("PO-2").replace(b"<p>Total 9.00 EUR</p>", b"<p>Total 90.00 EUR</p>"), AT)

    desk.pull()

    assert confidence_in(desk, "PO-1") == {"number": 100, "lines[1].quantity": 100, "lines[1].sku": 100, "total": 100}
    assert confidence_in(desk, "PO-2") == {"number": 100, "lines[1].quantity": 100, "lines[1].sku": 100, "total": 60}


def test_what_the_reader_does_not_see_holds_the_order_by_its_field(desk: Desk, box: Postbox) -> None:
    box.put(order_mail("PO-1"), AT)
    box.put(order_mail("PO-2").replace(b"2 x MUG", b"20 x MUG"), AT)
    desk.pull()

    review_orders(desk.hub())

    doubtful = {number: "doubtful_field" in repr(shown(desk, number)["reviews"]) for number in ("PO-1", "PO-2")}
    assert doubtful == {"PO-1": False, "PO-2": True}
    assert "lines[1].quantity is only 60 % sure" in repr(shown(desk, "PO-2")["reviews"])


def test_a_later_mail_that_says_otherwise_is_held_and_the_same_again_is_nothing(desk: Desk, box: Postbox) -> None:
    box.put(text_mail("W-7"), AT)
    desk.pull()
    box.put(text_mail("W-7"), AT + timedelta(minutes=1))
    box.put(text_mail("W-7", (("CUP", 30, "2.00"),)), AT + timedelta(minutes=2))
    desk.clock.move(minutes=5)

    outcome = desk.pull()

    assert (outcome.counts.new, outcome.counts.changed, outcome.counts.quarantined) == (0, 0, 1)
    assert desk.orders() == {"west:W-7": (600, {"CUP": 3})}
    assert "another document told it before" in desk.aside()[0]


def test_where_the_newest_mail_counts_it_changes_the_order_and_an_old_one_read_again_does_not(desk: Desk, box: Postbox) -> None:
    box.put(order_mail("PO-1"), AT)
    desk.pull()
    box.put(order_mail("PO-1", (("MUG", 3, "4.50"),)), AT + timedelta(minutes=1))
    desk.clock.move(minutes=5)
    desk.pull()

    again = desk.pull(Wanted(since=AT - timedelta(hours=1)))

    assert desk.orders() == {"north:PO-1": (1350, {"MUG": 3})}
    assert (again.outcome, again.counts.changed) == ("done", 0)
    assert confidence_in(desk, "PO-1")["total"] == 100


def test_nobody_can_flood_the_quarantine_in_anothers_name(desk: Desk, box: Postbox) -> None:
    for number in range(150):
        box.put(order_mail(f"F-{number}", results=""), AT)
    box.put(order_mail("PO-1"), AT)
    desk.clock.move(days=1)

    outcome = desk.pull()

    assert (outcome.outcome, set(desk.orders())) == ("done", {"north:PO-1"})
    assert len(desk.aside()) == 6
    assert [reason for reason in desk.aside() if "145 more mails that say to be of declared senders were refused" in reason]


def test_what_was_refused_is_counted_where_strangers_are_not_told(desk: Desk, box: Postbox) -> None:
    spam = letter("offer@spam.example", results="")
    spam.set_content("buy")
    box.put(sent(spam), AT)
    for number in range(8):
        box.put(order_mail(f"F-{number}", results=""), AT)
    desk.clock.move(days=1)

    desk.pull(tells_strangers=False)

    assert len(desk.aside()) == 6
    assert [reason for reason in desk.aside() if "0 mails of senders who are not declared; 3 more mails" in reason]


def test_strangers_of_a_day_are_one_entry_once_the_day_is_over(desk: Desk, box: Postbox) -> None:
    spam = letter("offer@spam.example", results="")
    spam.set_content("buy")
    for _ in range(30):
        box.put(sent(spam), AT)
    desk.pull()
    assert desk.aside() == []
    for _ in range(3):
        desk.clock.move(days=1)
        desk.pull()

    assert len(desk.aside()) == 1
    assert "30 mails of senders who are not declared (spam.example 30)" in desk.aside()[0]


def test_who_watches_pulls_at_once_and_whenever_a_mail_comes(desk: Desk, box: Postbox) -> None:
    told: list[PullOutcome] = []
    box.put(order_mail("PO-1"), AT)

    def deliver() -> None:
        desk.clock.move(minutes=1)
        box.put(order_mail("PO-2"), AT + timedelta(hours=1))

    threading.Timer(0.3, deliver).start()
    hub = desk.hub()

    watch_mail(hub, hub.file.channels[0], told.append, rounds=2, seconds=30)

    assert [(each.outcome, each.counts.new) for each in told] == [("done", 1), ("done", 1)]
    assert set(desk.orders()) == {"north:PO-1", "north:PO-2"}


def test_a_mail_that_comes_while_the_others_are_read_is_not_waited_for(desk: Desk, box: Postbox) -> None:
    told: list[PullOutcome] = []
    box.put(order_mail("PO-1"), AT)
    hub = desk.hub()

    def heard(outcome: PullOutcome) -> None:
        told.append(outcome)
        if len(told) == 1:
            desk.clock.move(minutes=1)
            box.put(order_mail("PO-2"), AT + timedelta(hours=1))

    began = time.monotonic()
    watch_mail(hub, hub.file.channels[0], heard, rounds=2, seconds=60)

    assert [each.counts.new for each in told] == [1, 1]
    assert time.monotonic() - began < 30


def test_an_outage_is_waited_out_and_wrong_credentials_are_not(desk: Desk, box: Postbox) -> None:
    told: list[PullOutcome] = []
    rests: list[float] = []
    hub = desk.hub()
    box.spoil = lambda command, answer: b"" if command.startswith("EXAMINE") else answer

    watch_mail(hub, hub.file.channels[0], told.append, rounds=2, seconds=1, rest=rests.append)

    assert {each.outcome for each in told} == {"failed"}
    assert rests == [30]
    box.spoil = lambda command, answer: answer.replace(b" OK", b" NO") if command.startswith("LOGIN") else answer
    with pytest.raises(AuthError):
        watch_mail(hub, hub.file.channels[0], told.append, rounds=2, seconds=1, rest=rests.append)


def test_a_server_elsewhere_is_not_spoken_to_plainly(desk: Desk) -> None:
    outcome = desk.pull(host="mail.example.com")

    assert isinstance(outcome.error, ConfigError)
    assert "is not this machine" in outcome.message
