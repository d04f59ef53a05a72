"""A refund may come with its order and on its own, in any sequence: the two meet in one row, and neither spoils what the other told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from model.records.order import Order
from model.records.payment import Refund, RefundLine
from model.store.database import Database
from model.store.order_rows import REFUND_LINES, REFUNDS
from operations.auditor import audit
from tests.orders import order as plain_order
from tests.saving import NOW, Store

OUTLINE = Refund(
    external_id="R1", order_external_id="1001", status="succeeded", amount_minor=500, currency="EUR", created_at=NOW, is_outline=True
)  # fmt: skip
WHOLE = replace(
    OUTLINE, is_outline=False, source_version=7, reason="broken",
    lines=(RefundLine(line_external_id="a", quantity=1000, amount_minor=420, tax_minor=80, restock="return"),),
)  # fmt: skip


@pytest.fixture
def store(database: Database, tmp_path: Path) -> Store:
    return Store(database, tmp_path)


def ordered(*refunds: Refund, version: int = 0) -> Order:
    return replace(plain_order(version=version), refunds=refunds)


def stored(store: Store) -> tuple[Any, int]:
    """The one refund and how many lines it has."""
    with store.database.read() as c:
        return c.execute(select(REFUNDS)).one(), len(c.execute(select(REFUND_LINES)).all())


@pytest.mark.parametrize("is_first", [True, False])
def test_an_outline_and_the_refund_itself_meet_in_one_row_whichever_comes_first(store: Store, *, is_first: bool) -> None:
    pages = [ordered(OUTLINE), WHOLE] if is_first else [WHOLE, ordered(OUTLINE)]

    for each in pages:
        store.save(each)
    store.save(ordered(OUTLINE, version=1))

    row, lines = stored(store)
    assert (row.is_outline, row.reason, row.amount_minor, lines) == (False, "broken", 500, 1)
    assert row.own_raw_id not in (None, row.raw_id)
    assert audit(store.database.url) == []


def test_a_refund_that_its_order_no_longer_shows_is_gone(store: Store) -> None:
    store.save(ordered(OUTLINE))
    store.save(WHOLE)
    store.save(ordered(OUTLINE, version=1))

    store.save(ordered(version=2))

    row, _ = stored(store)
    assert row.removed_at is not None
    assert audit(store.database.url) == []


def test_a_later_reading_of_the_refund_itself_counts_and_an_older_one_does_not(store: Store) -> None:
    pending = replace(WHOLE, status="pending")
    first = store.save(pending)
    again = store.save(replace(WHOLE, source_version=8))
    stale = store.save(replace(pending, reason="late", source_version=6))

    row, _ = stored(store)
    assert (first.new, again.changed, stale.superseded) == (1, 1, 1)
    assert (row.status, row.source_version) == ("succeeded", 8)
    assert audit(store.database.url) == []


@pytest.mark.parametrize("is_first", [True, False])
def test_what_one_door_alone_says_in_the_shops_currency_stays(store: Store, *, is_first: bool) -> None:
    told = ordered(replace(OUTLINE, is_outline=False, shop_minor=430, shop_currency="GBP"))

    for each in [told, WHOLE] if is_first else [WHOLE, told]:
        store.save(each)

    row, _ = stored(store)
    assert (row.amount_minor, row.currency, row.shop_minor, row.shop_currency) == (500, "EUR", 430, "GBP")
    assert row.own_raw_id not in (None, row.raw_id)
    assert audit(store.database.url) == []


@pytest.mark.parametrize("other", [replace(WHOLE, amount_minor=600), replace(WHOLE, currency="USD")])
def test_what_was_said_in_the_shops_currency_goes_with_the_amount_it_was_said_of(store: Store, other: Refund) -> None:
    store.save(ordered(replace(OUTLINE, is_outline=False, shop_minor=430, shop_currency="GBP")))

    store.save(other)

    row, _ = stored(store)
    assert (row.amount_minor, row.currency, row.shop_minor, row.shop_currency) == (other.amount_minor, other.currency, None, None)


def test_one_door_does_not_take_back_what_the_other_calls_final(store: Store) -> None:
    store.save(replace(WHOLE, status="succeeded"))

    store.save(ordered(replace(OUTLINE, is_outline=False, status="pending", lines=WHOLE.lines)))

    row, lines = stored(store)
    assert (row.status, lines) == ("succeeded", 1)
    assert audit(store.database.url) == []
