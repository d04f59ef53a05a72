"""Likely pairs for open breaks: with a score and why, with the command that accepts them, and without any effect of their own."""

import shlex
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from model.errors import ConfigError
from model.store.money_rows import payout_id
from operations.money import by_hand, resolving
from operations.money import proposals as of_proposals
from operations.money.proposals import chosen_accounts, proposals
from operations.money.unmatching import unmatch
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.unit.operations.money_desk import BANK, DAY, STRIPE, Desk, booked, open_desk, payout
from tests.unit.operations.test_money_matching import RULES, breaks, matches, run, write_rules
from tests.unit.operations.test_money_signing import by

SENT = 25_000


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    """A payout of 250.00 whose reference the bank garbled, booked a day early for its passes, and 1001 without most of its number."""
    opened = open_desk(hub, tmp_path)
    write_rules(opened, RULES)
    clock.at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    opened.payouts(payout("po_1", SENT, reference="PAYOUT8823119X"))
    opened.statement(replace(booked("b1", SENT, date(2026, 3, 1)), text="STRIPE PAYOUT8823119"))
    run(opened)
    return opened


def only(desk: Desk) -> dict[str, Any]:
    [row] = proposals(desk.hub, BANK).rows
    return row


def test_a_likely_pair_is_told_with_its_score_what_agrees_and_what_differs(desk: Desk) -> None:
    row = only(desk)

    assert {kind for kind, _subject, _amount in breaks(desk)} >= {"payout_not_banked", "bank_line_unexplained"}
    assert (row["ours"]["name"], row["theirs"]["name"], row["account"]) == ("po_1", "b1", "bank")
    assert row["score"] > 900
    assert row["agrees"] == ["references (96% alike)", "amount", "currency"]
    assert (row["differs"], row["days"], row["difference"]) == (["day"], -2, {"minor": 0, "currency": "EUR"})
    assert len(row["breaks"]) == 2  # the payout's and the bank line's


def test_nothing_is_matched_by_looking_and_the_command_accepts_it(desk: Desk) -> None:
    accept = shlex.split(only(desk)["accept"])
    before = matches(desk)

    ours, theirs = accept[accept.index("--ours") + 1], accept[accept.index("--theirs") + 1]
    by_hand.match_by_hand(by(desk, "mia"), [ours], [theirs], "the bank cut the reference off")
    run(desk)

    assert before == set()
    assert accept[:3] == ["entrepot", "breaks", "match"]
    assert {name for name, _members in matches(desk)} == {"person"}
    assert proposals(desk.hub, BANK).rows == []


def test_where_the_amounts_differ_a_reason_is_what_accepts_it(desk: Desk) -> None:
    desk.payouts(payout("po_2", 9000, reference="TRANSFER55577123Q"))
    desk.statement(replace(booked("b2", 8985, date(2026, 3, 3)), text="TRANSFER55577123"), name="s2")
    run(desk)

    [row] = [each for each in proposals(desk.hub, BANK).rows if each["theirs"]["name"] == "b2"]

    assert (row["ours"]["name"], row["difference"]) == ("po_2", {"minor": -15, "currency": "EUR"})
    assert row["differs"] == ["amount"]
    assert row["accept"] == f"entrepot breaks resolve {row['breaks'][-1]} --reason TEXT"


def test_a_pair_that_a_person_took_back_is_not_proposed_again_but_what_it_hid_is(desk: Desk) -> None:
    """Two lines of the bank fit the payout about as well, until a person says that the one is wrong."""
    desk.statement(replace(booked("b2", SENT, DAY), text="STRIPE PAYOUT8823119"), name="s2")
    run(desk)
    undecided = proposals(desk.hub, BANK).rows
    by_hand.match_by_hand(by(desk, "mia"), ["payout:po_1"], ["bank-line:b1"], "the bank cut the reference off")
    write_rules(desk, "two_people_above = 1000000\n" + RULES)
    unmatch(by(desk, "mia"), "payout:po_1", "it is another payout's line")
    run(desk)

    pairs = [(row["ours"]["name"], row["theirs"]["name"]) for row in proposals(desk.hub, BANK).rows]

    assert (undecided, pairs) == ([], [("po_1", "b2")])


def test_a_day_chooses_its_breaks(desk: Desk) -> None:
    assert [len(proposals(desk.hub, BANK, day).rows) for day in (DAY, date(2026, 3, 3), date(2026, 3, 9))] == [1, 1, 0]


def test_what_a_person_gave_a_reason_for_is_not_proposed(desk: Desk) -> None:
    write_rules(desk, "two_people_above = 1000000\n" + RULES)
    for named in only(desk)["breaks"]:
        resolving.resolve(by(desk, "mia"), named, "the bank told us by phone")

    assert proposals(desk.hub, BANK).rows == []


def test_a_large_side_is_cut_to_the_lines_with_breaks_and_the_newest_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_proposals, "MOST_LINES", 1)
    desk.payouts(payout("po_2", 10, arrival_on=date(2026, 3, 19)))

    found = proposals(desk.hub, BANK)

    assert (len(found.rows), found.unseen) == (1, 1)


def test_breaks_that_are_much_older_than_the_newest_are_told_and_found_by_their_day(desk: Desk) -> None:
    desk.broken("payout_not_banked", payout_id("stripe", "none"), 5, day=date(2026, 12, 1), account="bank")

    whole, of_day = proposals(desk.hub, BANK), proposals(desk.hub, BANK, DAY)

    assert (whole.rows, whole.older) == ([], 2)
    assert (len(of_day.rows), of_day.older) == (1, 0)


def test_an_account_that_keeps_no_money_is_told(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="--account 'shop': keeps no money; use one of stripe, bank"):
        chosen_accounts(desk.hub, "shop", [STRIPE, BANK])
