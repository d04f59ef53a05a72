"""Orders out of a real Dovecot: delivered by LMTP, moved, renumbered, marked, and told of while somebody waits."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.capabilities import Window
from connectors.mailbox.connector import Mailbox
from connectors.mailbox.session import KEYWORD
from connectors.mailbox.slices import unpacked_slice
from model.store.database import Database
from tests.conftest import StillClock
from tests.mail_desk import SECRET, Desk
from tests.mailbox import PASSWORD
from tests.mails import mailbox, order_mail, text_mail
from tests.systems.dovecot import Dovecot, open_dovecot

ONE = {"north:PO-1": (900, {"MUG": 2})}


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with open_dovecot() as running:
        yield running


@pytest.fixture
def desk(dovecot: Dovecot, database: Database, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv(SECRET, PASSWORD)
    clock.at = now() + timedelta(minutes=1)
    return Desk(database, tmp_path, clock, dovecot.imap, since=clock.at - timedelta(days=1))


def now() -> datetime:
    """The server stamps what it is given by this machine's clock."""
    return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251  there is no other clock to ask


def today() -> Window:
    return Window(now() - timedelta(hours=2), now() + timedelta(hours=2))


def slices_of(connector: Mailbox) -> list[bytes]:
    return [raw for page in connector.fetch_orders(today(), None) for raw in page.slices]


def test_delivered_orders_are_stored_once_however_often_the_mailbox_is_read(dovecot: Dovecot, desk: Desk) -> None:
    dovecot.deliver(order_mail("PO-1"))
    dovecot.deliver(text_mail("W-7"))
    dovecot.deliver(order_mail("FORGED", results=""))

    outcome = desk.pull()

    assert (outcome.outcome, outcome.counts.new, outcome.counts.quarantined) == ("done", 2, 1)
    assert desk.orders() == {**ONE, "west:W-7": (600, {"CUP": 3})}
    assert "Authentication-Results" in desk.aside()[0]
    desk.clock.move(minutes=5)
    assert desk.pull().counts.new == 0


def test_other_uids_lose_nothing_and_double_nothing(dovecot: Dovecot, desk: Desk) -> None:
    for number in range(1, 8):
        dovecot.deliver(order_mail(f"PO-{number}"))
    connector = mailbox(dovecot.imap, page_mails=2)
    pages = connector.fetch_orders(today(), None)
    token = next(pages).resume
    before = set(slices_of(connector))
    desk.pull()
    connector.close()
    dovecot.forget_numbers()

    again = mailbox(dovecot.imap, page_mails=2)
    rest = [raw for page in again.fetch_orders(today(), token) for raw in page.slices]

    assert set(rest) == before
    assert len(before) == 7
    desk.clock.move(minutes=5)
    outcome = desk.pull()
    assert (outcome.outcome, outcome.counts.new, outcome.counts.changed) == ("done", 0, 0)
    assert len(desk.orders()) == 7


def test_a_moved_mail_and_one_in_two_folders_are_one_order(dovecot: Dovecot, desk: Desk) -> None:
    dovecot.deliver(order_mail("PO-1"))
    dovecot.deliver(order_mail("PO-2"))
    desk.pull(folders=["INBOX", "Big"])
    with dovecot.by_hand() as client:
        client.select_folder("INBOX")
        client.move([1], "Big")
        client.copy([2], "Big")
    desk.clock.move(minutes=5)

    outcome = desk.pull(folders=["INBOX", "Big"])

    assert (outcome.outcome, outcome.counts.new, outcome.counts.changed) == ("done", 0, 0)
    assert set(desk.orders()) == {"north:PO-1", "north:PO-2"}


def test_who_waits_is_told_of_a_new_mail_and_otherwise_waits_in_vain(dovecot: Dovecot) -> None:
    connector = mailbox(dovecot.imap)
    assert connector.wait_for_news(1) is False
    threading.Timer(0.5, dovecot.deliver, (order_mail("PO-1"),)).start()

    assert connector.wait_for_news(20) is True

    assert [unpacked_slice(raw).id for raw in slices_of(connector)] == ["north:PO-1"]
    connector.close()


def test_nothing_is_changed_but_the_keyword_where_it_is_wanted(dovecot: Dovecot) -> None:
    dovecot.deliver(order_mail("PO-1"))
    for marks_read in (False, True):
        connector = mailbox(dovecot.imap, marks_read=marks_read)
        assert len(slices_of(connector)) == 1
        connector.close()
        with dovecot.by_hand() as client:
            client.select_folder("INBOX", readonly=True)
            flags = {flag.decode() for flag in client.get_flags([1])[1]} - {"\\Recent"}
        assert flags == ({KEYWORD} if marks_read else set())


def test_orders_are_found_by_their_number(dovecot: Dovecot) -> None:
    for number in ("PO-1", "PO-2"):
        dovecot.deliver(order_mail(number))
    connector = mailbox(dovecot.imap)

    found = connector.fetch_orders_by_id(["north:PO-2", "north:PO-9"])

    assert [unpacked_slice(raw).id for raw in found.slices] == ["north:PO-2"]
    assert found.gone == ()
    connector.close()
