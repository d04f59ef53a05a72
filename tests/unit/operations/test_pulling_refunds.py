"""Refunds of every shop of the street arrive with their lines, each once, whichever door they come by."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from model.store.order_rows import REFUND_LINES, REFUNDS
from operations.auditor import audit
from operations.pull import Wanted, pull_channel
from operations.shipping_verbs import SHIPPING_VERBS
from tests.shops import Market
from tests.unit.operations.test_pulling import START

pytestmark = pytest.mark.parametrize("market", [{"orders": 60}], indirect=True)
MONTH = Wanted(since=START - timedelta(days=60))


def pull(market: Market, *groups: str) -> None:
    for group in groups:
        for one in market.channels:
            for outcome in pull_channel(market.hub, one, MONTH, group=group):  # pyright: ignore[reportArgumentType]  one of the groups
                assert outcome.outcome == "done", outcome.message


def stored(market: Market) -> dict[str, tuple[int, int]]:
    """Refund, by channel and id, to its sum and the number of its lines."""
    with market.database.read() as c:
        lines = [row.refund_id for row in c.execute(select(REFUND_LINES))]
        rows = c.execute(select(REFUNDS).where(REFUNDS.c.removed_at.is_(None))).all()
    return {f"{row.account_id} {row.external_id}": (row.amount_minor, lines.count(row.id)) for row in rows}


def true(market: Market) -> dict[str, int]:
    orders = market.street.truth()["orders"]
    return {f"{order['channel']} {refund['external_id']}": refund["total"]["minor"] for order in orders for refund in order["refunds"]}


@pytest.mark.parametrize("groups", [("pull", "refunds"), ("refunds", "pull"), ("pull", "refunds", "pull", "refunds")])
def test_every_refund_is_stored_once_with_what_it_is_for(market: Market, groups: tuple[str, ...]) -> None:
    pull(market, *groups)

    found = stored(market)
    assert {name: amount for name, (amount, _) in found.items()} == true(market)
    assert [name for name, (_, lines) in found.items() if name.startswith("woo-shop") and not lines] == []
    assert len({name.split()[0] for name in found}) == 3
    assert audit(market.database.url) == []


def test_the_verb_tells_of_each_channel_how_its_refunds_come(market: Market) -> None:
    pull(market, "pull")

    reports = SHIPPING_VERBS["pull_refunds"](market.hub, None)

    assert [(report.about, report.outcome, report.message) for report in reports] == [
        ("shopify-main refunds", "done", "come with its orders"),
        ("woo-shop refunds", "done", ""),
        ("square-till refunds", "done", ""),
        ("returns", "done", ""),
    ]
    assert audit(market.database.url) == []
