"""What a mailbox promises beside its stream: where a mail lies and under which number means nothing, who sent it means everything."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import Window
from model.errors import AuthError, MalformedError, RejectedError, TransientError
from tests.contract import checks_days, checks_failing, checks_mapping, checks_orders, checks_reading
from tests.contract.mail_stand import MailStand, mail_with
from tests.contract.remote import WINDOW
from tests.contract.stand import ids_of
from tests.mails import OURS, letter, order_mail, sent

NOON = WINDOW.start + timedelta(hours=12)


def other_numbers_lose_nothing_and_double_nothing(stand: MailStand) -> None:
    """A server that numbers its mails anew (UIDVALIDITY) while we stand in the middle: all are read, in the very same slices."""
    remote = stand.remote()
    pages = stand.link(remote).pages()
    first = next(pages)
    before = {raw for page in stand.link(remote).pages() for raw in page.slices}
    remote.box.renumber()
    after = [raw for page in stand.link(remote).pages(resume=first.resume) for raw in page.slices]
    assert set(after) == before
    assert len(before) == len(stand.rows)


def a_mail_that_comes_twice_is_one(stand: MailStand) -> None:
    """The same mail in two folders, or delivered twice, is one order in one slice."""
    remote = stand.remote()
    for row in stand.rows:
        remote.tell(row)
    assert {raw for page in stand.link(remote).pages() for raw in page.slices} == {row.body for row in stand.rows}


def mails_that_arrive_lose_nothing(stand: MailStand) -> None:
    """What is delivered while we read is read now, or by the next window's overlap; all that was there is read now."""
    remote = stand.remote()
    late = [stand.row(place, stand.shape.numbered(1001 + place), NOON) for place in range(stand.dialect.page)]
    remote.box.after = lambda command: remote.tell(late.pop()) if late and command.startswith("UID FETCH") else None
    link = stand.link(remote)
    assert set(link.ids()) >= ids_of(stand.rows)
    assert len(set(link.ids())) == len(stand.rows) + stand.dialect.page


def nobody_orders_in_anothers_name(stand: MailStand) -> None:
    """A mail that says to be of a declared sender, and is not proven by our own server, is refused by name and never read."""
    theirs = "mx.evil.example; dmarc=pass header.from=north.example"
    forged = (
        "", theirs, f"{OURS}; dmarc=fail header.from=north.example", f"{OURS}; dkim=pass header.d=evil.example",
        f"{OURS}; dmarc=pass header.from=evil.example", f"{OURS}; spf=pass smtp.mailfrom=north.example; (dmarc=pass header.from=north)",
    )  # fmt: skip
    for results in forged:
        remote = stand.remote([])
        remote.box.put(order_mail("FORGED", results=results), NOON)
        (raw,) = (raw for page in stand.link(remote).pages() for raw in page.slices)
        with pytest.raises(RejectedError, match="Authentication-Results"):
            stand.read(raw)


def a_forged_verdict_below_ours_counts_for_nothing(stand: MailStand) -> None:
    """A sender may write our server's name too; what our server wrote stands above it."""
    remote = stand.remote([])
    good = f"{OURS}; dmarc=pass header.from=north.example".encode()
    remote.box.put(
        f"Authentication-Results: {OURS}; dmarc=fail header.from=north.example\r\nAuthentication-Results: ".encode()
        + good + b"\r\n" + order_mail("FORGED", results=""), NOON,
    )  # fmt: skip
    (raw,) = (raw for page in stand.link(remote).pages() for raw in page.slices)
    with pytest.raises(RejectedError, match="neither dmarc=pass"):
        stand.read(raw)


def strangers_are_counted_and_not_read(stand: MailStand) -> None:
    """Mails of people who are not declared cost one line a day, however many there are, and their bodies are never fetched."""
    remote = stand.remote()
    for number in range(40):
        message = letter(f"offer{number}@spam.example", results="")
        message.set_content("buy")
        remote.box.put(sent(message), NOON)
    link = stand.link(remote)
    aside = [raw for page in link.pages() for raw in page.slices if not _is_read(stand, raw)]
    assert len(aside) == 1
    assert b"40 mails of senders who are not declared (spam.example 40)" in aside[0]
    assert sum("BODY.PEEK[]" in command for command in link.asked) == len(stand.rows)


def a_broken_mail_spares_its_neighbours(stand: MailStand) -> None:
    """A mail that cannot be read is given out all the same, by name, and costs no other."""
    remote = stand.remote()
    remote.box.put(order_mail("BROKEN").replace(b"--\r\n", b""), NOON)
    remote.box.put(mail_with({"@type": "Order", "@context": "https://schema.org", "orderNumber": "ODD", "price": "x"}), NOON)
    slices = {raw for page in stand.link(remote).pages() for raw in page.slices}
    aside = {raw for raw in slices if not _is_read(stand, raw)}
    assert {stand.kind.external_id_in(raw) for raw in slices - aside} == ids_of(stand.rows)
    assert len(aside) == 2
    assert None not in {stand.kind.external_id_in(raw) for raw in aside}


def nothing_in_the_mailbox_is_changed(stand: MailStand) -> None:
    """Folders are only looked into, and no mail is deleted, moved or marked, unless the account wants its keyword."""
    link = stand.link()
    link.ids()
    verbs = {command.removeprefix("UID ").partition(" ")[0] for command in link.asked}
    assert verbs <= {"CAPABILITY", "LOGIN", "EXAMINE", "SEARCH", "FETCH", "NOOP", "LOGOUT"}
    assert not [command for command in link.asked if "BODY[" in command]


def a_dropped_line_is_an_outage(stand: MailStand) -> None:
    """A server that hangs up, wherever, ends the run as an outage; what was read before stays read, and going on brings the rest."""
    for verb in ("LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH"):
        remote = stand.remote()
        left = [1 if verb != "UID FETCH" else 3]

        def spoil(command: str, answer: bytes, verb: str = verb, left: list[int] = left) -> bytes:
            left[0] -= command.startswith(verb)
            return b"" if command.startswith(verb) and left[0] == 0 else answer

        remote.box.spoil = spoil
        seen: set[str | None] = set()
        token: str | None = None
        outages = 0
        for _run in range(4):
            try:
                for page in stand.link(remote).pages(resume=token):
                    seen |= {stand.kind.external_id_in(raw) for raw in page.slices}
                    token = page.resume
            except TransientError:
                outages += 1
                left[0] = 99
            else:
                break
        assert outages == 1
        assert seen == ids_of(stand.rows)


def an_answer_without_end_is_not_read(stand: MailStand) -> None:
    """A server that promises more bytes than any mail may have is not believed."""
    remote = stand.remote()
    remote.box.spoil = lambda command, answer: answer.replace(b"{", b"{9999999", 1) if "BODY.PEEK[]" in command else answer
    with pytest.raises(TransientError):
        stand.link(remote).ids()


def refused_mail_credentials_stop(stand: MailStand) -> None:
    """A wrong password is no outage, and is told to nobody."""
    remote = stand.remote()
    remote.box.spoil = lambda command, answer: answer.replace(b" OK", b" NO") if command.startswith("LOGIN") else answer
    link = stand.link(remote)
    with pytest.raises(AuthError) as told:
        link.identity()
    assert not [secret for secret in link.secrets() if secret in str(told.value)]


def the_count_of_mails_agrees(stand: MailStand) -> None:
    """As many orders are counted as are read, in a part of the window and in an empty one; what is refused is no order."""
    remote = stand.remote()
    remote.box.put(order_mail("FORGED", results=""), NOON)
    half = Window(WINDOW.start, stand.rows[len(stand.rows) // 2].updated - timedelta(seconds=30))
    assert stand.link(remote).count() == len(stand.rows)
    assert stand.link(remote).count(half) == len(stand.rows) // 2
    assert stand.link(stand.remote([])).count() == 0


def the_mailbox_is_recognised(stand: MailStand) -> None:
    """One mailbox has one fingerprint; another person's on the same server has another."""
    remote = stand.remote()
    first, again = (stand.link(remote).identity() for _ in range(2))
    remote.shop = "south"
    assert first == again
    assert first.fingerprint != stand.link(remote).identity().fingerprint


def _is_read(stand: MailStand, raw: bytes) -> bool:
    try:
        stand.read(raw)
    except (MalformedError, RejectedError):
        return False
    return json.loads(raw)["form"] not in {"refused", "strangers"}


MAILS = (
    other_numbers_lose_nothing_and_double_nothing,
    a_mail_that_comes_twice_is_one,
    mails_that_arrive_lose_nothing,
    nobody_orders_in_anothers_name,
    a_forged_verdict_below_ours_counts_for_nothing,
    strangers_are_counted_and_not_read,
    a_broken_mail_spares_its_neighbours,
    nothing_in_the_mailbox_is_changed,
    a_dropped_line_is_an_outage,
    an_answer_without_end_is_not_read,
    refused_mail_credentials_stop,
    the_count_of_mails_agrees,
    the_mailbox_is_recognised,
)
_NO_PAGES = "mail: pages are ours and no server's; see other_numbers_lose_nothing_and_double_nothing"
NO_MAILS: Mapping[Callable[[Any], None], str] = {
    checks_reading.rows_that_leave_lose_nothing: "mail: its time of arrival never changes",
    checks_reading.rows_that_arrive_lose_nothing: "mail: it is no list in pages; see mails_that_arrive_lose_nothing",
    checks_reading.a_repeated_page_is_harmless: _NO_PAGES,
    checks_reading.a_looping_token_ends: _NO_PAGES,
    checks_reading.an_empty_page_is_asked_again: _NO_PAGES,
    checks_reading.changes_the_clock_does_not_show_are_read: "mail: it never changes",
    checks_reading.what_is_put_aside_is_read: "mail: folders are named by the account",
    checks_days.a_bad_day_loses_nothing: "mail: rows never leave a window; see a_dropped_line_is_an_outage",
    **dict.fromkeys(checks_failing.FAILING, "mail: there are no requests over HTTP; see a_dropped_line_is_an_outage"),
    checks_mapping.a_broken_payload_spares_its_neighbours: "mail: a slice is ours; see a_broken_mail_spares_its_neighbours",
    checks_orders.gone_is_what_the_source_calls_gone: "mail: a mailbox calls nothing gone",
    checks_orders.absence_from_a_list_says_nothing: "mail: a mailbox calls nothing gone",
    checks_orders.an_outage_is_not_gone: "mail: a mailbox calls nothing gone",
    checks_orders.a_wrong_address_is_not_gone: "mail: a mailbox calls nothing gone",
    checks_orders.the_count_agrees: "mail: there are no requests over HTTP; see the_count_of_mails_agrees",
    checks_orders.what_is_put_aside_is_counted: "mail: folders are named by the account",
    checks_orders.the_remote_is_recognised: "mail: a server has many shops; see the_mailbox_is_recognised",
    checks_orders.identifying_costs_one_request: "mail: a conversation begins with a login; see the_mailbox_is_recognised",
}
"""Promises that mean nothing of a mailbox, with the reason."""
