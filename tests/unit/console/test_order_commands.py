"""Decisions about orders on the command line: real processes against a real street."""

from pathlib import Path
from typing import Any

import pytest

from tests.hubs import Home, home_in, street

CHANNEL = "woo-shop"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A hub whose orders were reviewed: every SKU is known, and no amount passes by itself."""
    made = home_in(tmp_path_factory.mktemp("orders"))
    with street(made, "--orders", "400", "--seed", "5") as url:
        made.entrepot("init", "--street", url)
        rules: Path = made.path / "rules"
        rules.mkdir(exist_ok=True)
        (rules / "review.toml").write_text("[amount_too_high.limits]\n" + "".join(f"{each} = 0\n" for each in ("EUR", "USD", "GBP", "JPY")))
        for flow in ("pull_orders", "pull_listings"):
            made.entrepot("run", flow, "--channel", CHANNEL)
        made.entrepot("listings", "adopt", "--create", code=None)
        made.entrepot("run", "review_orders", "--channel", CHANNEL)
    return made


def held(home: Home) -> list[dict[str, Any]]:
    """Orders that a person may decide about as they are."""
    rows = home.said("orders", "queue")["orders"]
    return [row for row in rows if "unmapped_line" not in {each["rule"] for each in row["reasons"]}]


def test_the_queue_says_what_speaks_against_each_order(home: Home) -> None:
    queue = home.said("orders", "queue")
    assert queue["total"] == len(queue["orders"]) == home.said("orders", "list", "--lifecycle", "held")["total"] > 0
    assert "amount_too_high: " in home.entrepot("orders", "queue").stdout


def test_approved_and_rejected_orders_leave_the_queue_and_tell_by_whom_and_why(home: Home) -> None:
    one, two = (row["external_id"] for row in held(home)[:2])

    approved = home.entrepot("orders", "approve", one, "--reason", "asked the buyer", "--channel", CHANNEL).stdout
    rejected = home.said("orders", "reject", two, "--reason", "stolen card", "--channel", CHANNEL)

    left = {row["external_id"] for row in home.said("orders", "queue")["orders"]}
    story = home.said("orders", "show", one, "--channel", CHANNEL)["reviews"]
    assert approved.startswith(f"{CHANNEL} {one}: approved; accepted: ")
    assert rejected["orders"][0]["outcome"] == "rejected"
    assert not left & {one, two}
    assert [(each["kind"], each["note"]) for each in story] == [("rules", None), ("approve", "asked the buyer")]
    assert home.said("audit") == {"findings": []}


def test_a_correction_is_reviewed_at_once(home: Home) -> None:
    one = held(home)[0]["external_id"]
    line = home.said("orders", "show", one, "--channel", CHANNEL)["lines"][0]["external_id"]

    words = ("--reason", "less", "--channel", CHANNEL)
    done = home.entrepot("orders", "amend", one, "--set", "city=Lyon", "--line", f"{line}=0", *words).stdout
    wrong = [
        home.refused("orders", "amend", one, *what, *words)
        for what in (("--set", "city"), ("--line", f"{line}=many"), ("--line", f"{line}=99999"), ("--set", "planet=Mars"), ())
    ]

    assert done.startswith(f"{CHANNEL} {one}: held; against it: ")
    assert "is not NAME=VALUE" in wrong[0]
    assert "write a number like 12 or 1.5" in wrong[1]
    assert "that were ordered" in wrong[2]
    assert "an address has no planet" in wrong[3]
    assert "nothing to correct was given" in wrong[4]


def test_what_cannot_be_done_is_refused_in_one_line(home: Home) -> None:
    assert "is not stored" in home.refused("orders", "approve", "nowhere", "--reason", "x")
    assert "use one of received" in home.refused("orders", "list", "--lifecycle", "lost")
