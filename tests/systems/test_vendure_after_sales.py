"""What is done to an order of a real Vendure 3.7.3 after it left: the hub's store keeps each of it apart, and each once."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from model.records.order import Order
from model.store.after_sales import facts_of_order
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.order_queries import find_order_ids, show_order
from model.store.order_rows import REFUND_LINES
from model.store.sealing import MasterKey
from operations.auditor import audit
from operations.pull import PullOutcome, pull_channel
from operations.runtime.clock import SystemClock
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, HubFile
from tests.company import ENTITY
from tests.noticing import command, notice
from tests.systems.vendure_shop import FAILED, PASSWORD, Shop

REFUND = f"mutation($i: RefundOrderInput!) {{ refundOrder(input: $i) {{ ... on Refund {{ id }} {FAILED} }} }}"
BOUGHT = {"KETTLE-RED": 3, "TOWEL": 2}
REDUCTION = 5000


class Books:
    """A hub with the shop as its one channel, and one order in it."""

    def __init__(self, shop: Shop, database: Database, home: Path) -> None:
        now = SystemClock().now()
        channel = Channel.model_validate(
            {
                "id": "vendure",
                "name": "Vendure",
                "entity": "main",
                "connector": "vendure",
                "zone": "Europe/Copenhagen",
                "orders_from": now - timedelta(days=1),
                "live_from": now - timedelta(days=1),
                "allow_hosts": ("127.0.0.1",),
                "settings": {"url": shop.url, "username": "keeper", "password": "env:TEST_VENDURE_PASSWORD"},
            }
        )
        file = HubFile(home / "hub.toml", "", None, (ENTITY,), (), (channel,))
        self.hub = Hub(file, database, MasterKey.in_file(home / "master.key"), Actor("me", "Me"))
        self.shop, self.channel, self.database = shop, channel, database
        self.connector = shop.connector()
        self.external_id = shop.order(BOUGHT)

    def pull(self) -> PullOutcome:
        """Read the shop once all that was done there has an earlier second than its present."""
        time.sleep(2)
        [outcome] = pull_channel(self.hub, self.channel)
        assert outcome.outcome == "done", outcome.message
        return outcome

    def facts(self) -> list[tuple[str, int, int]]:
        """What the hub says became of the order behind its sale: kind, quantity and money."""
        with self.database.read() as connection:
            [order_id] = find_order_ids(connection, "vendure", self.external_id)
            return [(each.kind, each.quantity, each.amount_minor) for each in facts_of_order(connection, order_id)]

    def order(self) -> Order:
        """The order as the shop tells it now."""
        record = self.connector.kinds["order"].read(self.connector.fetch_orders_by_id([self.external_id]).slices[0], {})
        assert isinstance(record, Order)
        return record

    def stored(self) -> dict[str, Any]:
        """The order as the store has it, its lines by SKU and its refunds by id with their lines."""
        with self.database.read() as connection:
            [order_id] = find_order_ids(connection, "vendure", self.external_id)
            shown = show_order(connection, order_id, None)
            rows = connection.execute(select(REFUND_LINES).where(REFUND_LINES.c.order_id == order_id)).mappings().all()
        told = {refund["id"]: [row for row in rows if row["refund_id"] == refund["id"]] for refund in shown["refunds"]}
        shown["lines"] = {line["sku"]: line for line in shown["lines"]}
        shown["refunds"] = {refund["external_id"]: {**refund, "lines": told[refund["id"]]} for refund in shown["refunds"]}
        return shown

    def ship(self, sku: str, units: int) -> str:
        """Tell the shop, as the hub does, that units of a line left; the id of the parcel."""
        line = next(line.external_id for line in self.order().lines if line.sku == sku)
        left = notice(self.external_id, {line: units * 1000}, f"S-{sku}-{self.external_id}", is_last=False, tracking_numbers=("PN-1",))
        return self.connector.submit_shipment_notice(command(self.connector, left)).external_id

    def refund(self, lines: dict[str, int], **money: int) -> str:
        """Give money back in the shop, for units of lines or for none."""
        order = self.order()
        ids = {line.sku: line.external_id for line in order.lines}
        shares = [{"orderLineId": ids[sku], "quantity": units} for sku, units in lines.items()]
        wanted = {"paymentId": order.payments[0].external_id, "reason": "after the sale", "lines": shares, "shipping": 0, "adjustment": 0}
        refund_id: str = self.shop.keeper.ask(REFUND, i=wanted | money)["refundOrder"]["id"]
        return refund_id


@pytest.fixture
def books(shop: Shop, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Books:
    monkeypatch.setenv("TEST_VENDURE_PASSWORD", PASSWORD)
    return Books(shop, database, tmp_path)


def unit_price(books: Books, sku: str) -> int:
    """What a unit of a line cost the buyer, tax included."""
    line = next(line for line in books.order().lines if line.sku == sku)
    return (line.total_minor + line.tax_minor) * 1000 // line.quantity


def test_a_refund_a_cancellation_and_a_reduction_of_a_shipped_order_are_three_things_and_each_is_stored_once(books: Books) -> None:
    books.pull()
    before, price = books.stored(), unit_price(books, "TOWEL")
    parcel = books.ship("TOWEL", 2)
    books.pull()
    refunded = books.refund({"TOWEL": 1})
    books.shop.settle_refund(refunded)
    books.shop.cancel(books.order(), 1)
    reduced = books.refund({}, adjustment=REDUCTION, amount=REDUCTION)

    books.pull()
    after = books.stored()
    again = books.pull()

    money = {name: (each["amount_minor"], each["status"]) for name, each in after["refunds"].items()}
    shares = {name: [(each["line_external_id"], each["quantity"]) for each in refund["lines"]] for name, refund in after["refunds"].items()}
    towel, kettle = after["lines"]["TOWEL"], after["lines"]["KETTLE-RED"]
    assert money == {refunded: (price, "succeeded"), reduced: (REDUCTION, "pending")}
    assert shares == {refunded: [(towel["external_id"], 1000)], reduced: []}
    assert (before["lines"]["KETTLE-RED"]["quantity"], kettle["quantity"], towel["quantity"]) == (3000, 2000, 2000)
    assert [(each["external_id"], each["status"]) for each in after["fulfilments"]] == [(parcel, "shipped")]
    assert [(each["line_external_id"], each["quantity"]) for each in after["fulfilment_lines"]] == [(towel["external_id"], 2000)]
    assert (after["states"]["payment"], after["states"]["fulfilment"]) == ("part_refunded", "part_fulfilled")
    assert (again.counts.new, books.stored()) == (0, after)
    money_facts = [(kind, 0, amount) for kind in ("price_adjustment", "refund") for amount in (price, REDUCTION)]
    assert sorted(books.facts()) == sorted([("cancellation", 1000, 0), *money_facts])
    assert audit(books.database.url) == []


def test_units_taken_back_after_they_left_are_a_return_and_its_money_is_a_refund(books: Books) -> None:
    books.pull()
    place = [line.sku for line in books.order().lines].index("TOWEL")
    books.ship("TOWEL", 2)
    books.shop.cancel(books.order(), 1, place)
    books.pull()
    taken_back = books.facts()

    refunded = books.refund({"TOWEL": 1})
    books.pull()

    amount = books.stored()["refunds"][refunded]["amount_minor"]
    assert taken_back == [("return", 1000, 0)]
    assert sorted(books.facts()) == [("refund", 0, amount), ("return", 1000, 0)]
    assert audit(books.database.url) == []


def test_a_refund_of_units_is_shared_over_their_lines(books: Books) -> None:
    books.ship("TOWEL", 2)

    refunded = books.refund({"KETTLE-RED": 2, "TOWEL": 1})
    books.pull()

    [refund] = books.stored()["refunds"].values()
    shares = [line["amount_minor"] + line["tax_minor"] for line in refund["lines"]]
    assert (refund["external_id"], refund["status"]) == (refunded, "pending")
    assert [line["quantity"] for line in refund["lines"]] == [2000, 1000]
    assert shares[0] > shares[1] > 0
    assert sum(shares) == refund["amount_minor"]


def test_of_a_refund_by_amount_the_shop_does_not_tell_what_each_line_got(books: Books) -> None:
    refunded = books.refund({"TOWEL": 1}, amount=REDUCTION)

    books.pull()

    refund = books.stored()["refunds"][refunded]
    assert refund["amount_minor"] == REDUCTION
    assert [(line["quantity"], line["amount_minor"], line["tax_minor"]) for line in refund["lines"]] == [(1000, 0, 0)]


def test_a_refund_that_is_settled_later_is_the_same_refund(books: Books) -> None:
    books.ship("TOWEL", 1)
    refunded = books.refund({"TOWEL": 1})
    books.pull()
    pending = books.stored()["refunds"][refunded]

    books.shop.settle_refund(refunded)
    books.pull()

    [settled] = books.stored()["refunds"].values()
    assert (pending["status"], settled["status"]) == ("pending", "succeeded")
    assert (settled["id"], settled["amount_minor"]) == (pending["id"], pending["amount_minor"])


def cancelled(books: Books) -> None:
    books.shop.cancel(books.order(), 2)


def refunded(books: Books) -> None:
    books.refund({"KETTLE-RED": 2})


def reduced(books: Books) -> None:
    books.refund({}, adjustment=REDUCTION, amount=REDUCTION)


@pytest.mark.parametrize(
    ("done", "lines", "refunds", "shares"),
    [(cancelled, 1000, 0, 0), (refunded, 3000, 1, 1), (reduced, 3000, 1, 0)],
    ids=["cancellation", "refund", "reduction"],
)
def test_each_of_the_three_alone_changes_nothing_of_the_others(
    books: Books, done: Callable[[Books], None], lines: int, refunds: int, shares: int
) -> None:
    books.ship("TOWEL", 2)
    done(books)

    books.pull()

    stored = books.stored()
    assert stored["lines"]["KETTLE-RED"]["quantity"] == lines
    assert (len(stored["refunds"]), sum(len(each["lines"]) for each in stored["refunds"].values())) == (refunds, shares)
    assert len(stored["fulfilments"]) == 1
