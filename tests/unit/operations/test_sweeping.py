"""Sweeping days: what is missing is fetched and certified, what is known is a warning, and how late changes were widens the overlap."""

from collections.abc import Generator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from connectors.capabilities import OrderDaySource
from connectors.woocommerce.connector import WooCommerce
from model.errors import ConfigError, TransientError
from model.rules.lateness import WIDEST
from model.store import leases
from model.store.certificates import CERTIFICATES, certificates_of, list_certificates
from model.store.database import Database
from model.store.order_rows import ORDERS
from operations.auditor import audit
from operations.completeness import sweep_day
from operations.completeness.days import SweptDays, days_of, trading_day
from operations.completeness.showing import lateness_of
from operations.completeness.verbs import sweep_channel
from operations.pull import facts_in_force, pull_channel, streams_of
from operations.reports import Report
from tests.conftest import StillClock
from tests.unit.operations.test_pulling import START, Shop

ALL = SweptDays(START.date() - timedelta(days=40))


@pytest.fixture
def shop(database: Database, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> Generator[Shop]:
    monkeypatch.setenv("TEST_WOO_SECRET", "cs_street")
    clock.at = START
    opened = Shop(database, tmp_path, clock)
    pull_channel(opened.hub, opened.channel)
    yield opened
    opened.street.close()


def sweep(shop: Shop, days: SweptDays = ALL) -> Report:
    return sweep_channel(shop.hub, shop.channel, days)


def in_force(shop: Shop) -> list[dict[str, Any]]:
    with shop.database.read() as connection:
        return list_certificates(connection)


def test_days_that_are_whole_are_certified_complete(shop: Shop) -> None:
    report = sweep(shop)

    rows = in_force(shop)
    assert report.outcome == "done", report.message
    assert {row["state"] for row in rows} == {"complete"}
    assert sum(row["store_count"] for row in rows) > 0
    assert {row["source_sums"] == row["store_sums"] for row in rows} == {True}
    assert max(row["day"] for row in rows) == START.date() - timedelta(days=1)
    with shop.database.read() as connection:
        runs = {row["run_id"]: row for row in rows}
        ended = connection.exec_driver_sql("SELECT id, outcome FROM pull_run WHERE scope <> ''").tuples()
        assert {(run, "done") for run in runs} == set(ended)
    assert audit(shop.database.url) == []


def test_an_order_with_another_total_is_corrected_and_counted(shop: Shop) -> None:
    day = _busy_day(shop)
    with shop.database.write() as c:
        dearer = {"total_minor": ORDERS.c.total_minor + 1, "charges_minor": ORDERS.c.charges_minor + 1}
        c.execute(update(ORDERS).where(ORDERS.c.business_date == day).values(**dearer, mapping_version="older", source_version=0))
        c.exec_driver_sql("UPDATE raw_payload SET mapping_version = 'older'")

    sweep(shop, SweptDays(day, day))

    [row] = in_force(shop)
    assert (row["state"], row["corrected"], row["recovered"]) == ("complete", row["store_count"], 0)
    assert shop.stored() == shop.truth()


def test_what_cannot_be_read_is_named_as_known(shop: Shop) -> None:
    day = _busy_day(shop)
    with shop.database.write() as c:
        c.execute(update(ORDERS).where(ORDERS.c.business_date == day).values(currency="XXX"))
        c.exec_driver_sql("UPDATE raw_payload SET mapping_version = 'older'")
    spoilt = shop.through(_without_totals)

    report = sweep_channel(spoilt, shop.channel, SweptDays(day, day))

    [row] = in_force(shop)
    assert (report.outcome, row["state"]) == ("warning", "warning")
    assert len(row["differences"]["set_aside"]) == row["source_count"]
    assert "in quarantine" in report.message


def test_an_order_that_the_source_calls_gone_is_named(shop: Shop) -> None:
    day = _busy_day(shop)
    with shop.database.read() as connection:
        [gone, *_] = connection.execute(ORDERS.select().where(ORDERS.c.business_date == day)).mappings().all()

    report = sweep_channel(shop.through(_hiding(gone["external_id"])), shop.channel, SweptDays(day, day))

    [row] = in_force(shop)
    assert report.outcome == "warning"
    assert row["differences"]["gone"] == [gone["external_id"]]


def test_a_source_that_lists_no_days_is_read_again_and_never_certified_complete(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    day = _busy_day(shop)
    monkeypatch.setattr(sweep_day, "OrderDaySource", _Nobody)

    report = sweep(shop, SweptDays(day, day))

    [row] = in_force(shop)
    assert (report.outcome, row["state"], row["asked"]) == ("warning", "warning", "read again")


def test_a_later_certificate_supersedes_and_none_is_changed(shop: Shop) -> None:
    day = _busy_day(shop)
    sweep(shop, SweptDays(day, day))
    sweep(shop, SweptDays(day, day))

    with shop.database.read() as connection:
        assert [row["number"] for row in certificates_of(connection, "woo-shop", day)] == [2, 1]
    for change in (update(CERTIFICATES).values(recovered=9), delete(CERTIFICATES)):
        with pytest.raises(DBAPIError, match="append-only"), shop.database.write() as connection:
            connection.execute(change)


def test_sqlite_replaces_no_certificate(shop: Shop) -> None:
    day = _busy_day(shop)
    sweep(shop, SweptDays(day, day))
    verb = "INSERT" if shop.database.is_postgres else "INSERT OR REPLACE"

    with pytest.raises(DBAPIError), shop.database.write() as connection:
        connection.exec_driver_sql(f"{verb} INTO completeness_certificate SELECT * FROM completeness_certificate")  # noqa: S608


def test_while_orders_are_read_the_sweep_is_skipped(shop: Shop) -> None:
    leases.take(shop.database, "pull:woo-shop", "elsewhere:1:1")

    assert sweep(shop).outcome == "skipped"


def test_a_source_that_fails_certifies_nothing(shop: Shop) -> None:
    def down(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        return httpx.Response(503) if "after=" in str(request.url) else response

    report = sweep_channel(shop.through(down), shop.channel, ALL)

    assert report.outcome == "failed"
    assert isinstance(report.error, TransientError)
    assert in_force(shop) == []


def test_only_whole_days_behind_the_beginning_are_swept(shop: Shop) -> None:
    today = trading_day(shop.channel, START)
    begun = trading_day(shop.channel, shop.channel.read_from)

    usual, every = days_of(shop.channel, SweptDays(), START), days_of(shop.channel, SweptDays(date(2020, 1, 1), date(2030, 1, 1)), START)

    assert (usual[0], usual[-1], len(usual)) == (today - timedelta(days=7), today - timedelta(days=1), 7)
    assert (every[0], every[-1]) == (begun + timedelta(days=1), today - timedelta(days=1))
    assert days_of(shop.channel, SweptDays(today), START) == []
    with pytest.raises(ConfigError):
        SweptDays(today, begun)


def test_late_rows_widen_the_overlap_until_they_are_met_and_it_is_told_why(shop: Shop) -> None:
    sku = "MUG-STONE-BLU"
    shop.street.sell("woo-shop", sku, 1, START - timedelta(hours=2))
    [source] = streams_of(_connector(shop))
    declared = source.facts.overlap
    shop.clock.move(days=2)
    pull_channel(shop.hub, shop.channel)
    assert facts_in_force(shop.hub, shop.channel, source).overlap == declared

    sold = shop.street.sell("woo-shop", sku, 1, shop.clock.now())
    hidden = shop.through(_hiding(sold or ""))
    shop.clock.move(minutes=50)
    pull_channel(hidden, shop.channel)
    pull_channel(hidden, shop.channel)
    shop.clock.move(hours=26)
    assert sold not in shop.stored()

    report = sweep(shop, SweptDays())

    assert report.counts["recovered"] >= 1
    assert sold in shop.stored()
    widened = facts_in_force(shop.hub, shop.channel, source).overlap
    assert declared < widened <= WIDEST
    [row] = [each for each in lateness_of(shop.hub, None) if each["stream"] == "orders"]
    assert (row["declared_s"], row["in_force_s"]) == (declared.seconds, widened.seconds)
    assert row["late"] >= 1
    assert "late" in row["why"]
    shop.clock.move(days=29)
    assert facts_in_force(shop.hub, shop.channel, source).overlap == declared


class _Nobody(OrderDaySource):
    """What no connector is."""

    def list_day(self, day: object) -> Any:  # noqa: ANN401
        raise NotImplementedError


def _connector(shop: Shop) -> WooCommerce:
    with shop.hub.connected(shop.channel) as connector:
        assert isinstance(connector, WooCommerce)
        return connector


def _busy_day(shop: Shop) -> date:
    with shop.database.read() as connection:
        days = connection.exec_driver_sql("SELECT business_date FROM orders GROUP BY business_date ORDER BY COUNT(*) DESC, business_date")
        return date.fromisoformat(str(next(iter(days))[0]))


def _without_totals(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    """Whole orders without their totals; the list of the day keeps them."""
    if "include=" not in str(request.url):
        return response
    rows = [{name: told for name, told in row.items() if name != "total"} for row in response.json()]
    return httpx.Response(200, json=rows, headers={"X-WP-Total": str(len(rows)), "Date": response.headers["Date"]})


def _hiding(external_id: str) -> Any:  # noqa: ANN401
    def hide(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.path.endswith(f"/orders/{external_id}"):
            return httpx.Response(404, json={"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID."})
        if not request.url.path.endswith("/orders"):
            return response
        rows = response.json()
        left = [row for row in rows if str(row["id"]) != external_id]
        total = int(response.headers.get("X-WP-Total", len(rows))) - (len(rows) - len(left))
        return httpx.Response(200, json=left, headers={"X-WP-Total": str(total), "Date": response.headers["Date"]})

    return hide
