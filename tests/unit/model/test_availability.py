"""What a channel may show: the formula's parts, kits by their scarcest part, and rows that are written only when they change."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select

from model.store import accounts
from model.store.availability import ChannelPolicy, refresh
from model.store.database import Database
from model.store.stock_levels import Move, move
from model.tables.audit import ActorRow
from model.tables.catalogue import KitPartRow, ListingRow, SkuMapRow, SkuRow
from model.tables.publishing import ShownStockRow
from model.tables.stock import InboundRow, SafetyStockRow, StockLocationRow
from model.values.ids import derive_id

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLICY = ChannelPolicy(account_id="shop", locations=("main", "store"), inbound_until=date(2026, 3, 2))


class Shelf:
    """SKUs, a kit, listings of one channel and stock."""

    def __init__(self, database: Database) -> None:
        self.database = database
        sku = {"unit": "piece", "is_tracked": True, "is_active": True, "changed_at": NOW}
        with database.write() as c:
            accounts.meet(c, "shop", "test", "main", at=NOW)
            c.execute(insert(ActorRow), [{"id": "me", "name": "Me", "first_seen_at": NOW}])  # pyright: ignore
            c.execute(
                insert(StockLocationRow),
                [{"id": each, "owner": "hub", "first_seen_at": NOW} for each in ("main", "store", "far")],
            )  # pyright: ignore
            c.execute(insert(SkuRow), [{"code": code, "title": code, **sku} for code in ("cup", "tea", "set")])  # pyright: ignore
            c.execute(
                insert(KitPartRow),
                [{"kit": "set", "part": "cup", "quantity": 4000}, {"kit": "set", "part": "tea", "quantity": 500}],
            )  # pyright: ignore
        self.list_("cup", "cup")
        self.list_("box of six cups", "cup", 6000)
        self.list_("set", "set")

    def list_(self, name: str, sku: str, factor: int = 1000, **more: object) -> None:
        """List a SKU."""
        listing = {
            "id": derive_id("shop", "listing", name), "account_id": "shop", "external_id": name, "stock_external_id": name, "title": name,
            "kind": "goods", "is_tracked": True, "first_seen_at": NOW, "seen_at": NOW,
        }  # fmt: skip
        mapped = {
            "listing_id": listing["id"],
            "account_id": "shop",
            "external_id": name,
            "sku": sku,
            "factor": factor,
            "mapped_by": "me",
            "changed_at": NOW,
        }
        with self.database.write() as c:
            c.execute(insert(ListingRow), [listing | more])  # pyright: ignore
            c.execute(insert(SkuMapRow), [mapped])  # pyright: ignore

    def receive(self, sku: str, quantity: int, location: str = "main", *, damaged: int = 0, held: int = 0, reserved: int = 0) -> None:
        """Lay stock in."""
        arrival = Move(
            id=derive_id(sku, location, str(quantity), f"{damaged} {held} {reserved}"),
            sku=sku,
            location=location,
            kind="receipt",
            on_hand=quantity,
            reference="t",
            damaged=damaged,
            held=held,
            reserved=reserved,
        )
        self.database.run(lambda c: move(c, [arrival], at=NOW, actor_id="me"))

    def add(self, row: Any, **values: object) -> None:  # noqa: ANN401  any table
        """One row of a table."""
        with self.database.write() as c:
            c.execute(insert(row), [values])

    def shown(self, policy: ChannelPolicy = POLICY, skus: list[str] | None = None) -> dict[str, dict[str, Any]]:
        """What each listing shall show, computed now."""
        self.database.run(lambda c: refresh(c, policy, skus, at=NOW))
        with self.database.read() as c:
            rows = c.execute(
                select(ShownStockRow.__table__, ListingRow.external_id).join(ListingRow, ListingRow.id == ShownStockRow.listing_id)
            )
            return {row["external_id"]: dict(row) for row in rows.mappings()}


@pytest.fixture
def shelf(database: Database) -> Shelf:
    return Shelf(database)


def test_free_stock_of_the_channels_locations_in_whole_listed_units(shelf: Shelf) -> None:
    shelf.receive("cup", 10_000)
    shelf.receive("cup", 5_500, "store")
    shelf.receive("cup", 100_000, "far")

    shown = shelf.shown()

    assert {name: row["desired"] for name, row in shown.items()} == {"cup": 15, "box of six cups": 2}


def test_what_was_never_counted_is_not_shown_as_nothing(shelf: Shelf) -> None:
    before = shelf.shown()
    shelf.receive("tea", 1_000, "far")
    shelf.receive("cup", 0)
    counted = shelf.shown()

    assert before == {}
    assert {name: row["desired"] for name, row in counted.items()} == {"cup": 0, "box of six cups": 0, "set": 0}


def test_a_kit_is_limited_by_its_scarcest_part_which_is_told(shelf: Shelf) -> None:
    shelf.receive("cup", 40_000)
    shelf.receive("tea", 3_700)

    kit = shelf.shown()["set"]

    assert (kit["desired"], kit["scarcest"], kit["on_hand"], kit["per_unit"]) == (7, "tea", 3_700, 500)


def test_what_is_damaged_held_or_reserved_is_not_shown(shelf: Shelf) -> None:
    shelf.receive("cup", 10_000, damaged=1_000, held=2_000, reserved=3_000)

    cup = shelf.shown()["cup"]

    assert (cup["desired"], cup["held_back"], cup["reserved"], cup["base"]) == (4, 3_000, 3_000, 4)


@pytest.mark.parametrize(
    ("more", "desired"),
    [
        ({"share": 500}, 10), ({"share": 333}, 6), ({"safety": 3_000}, 17), ({"end_when": 20}, 0), ({"end_when": 19}, 20),
        ({"max_listed": 7}, 7),
        ({"share": 500, "safety": 4_000, "max_listed": 5}, 5), ({"safety": 90_000}, 0),
    ],
)  # fmt: skip
def test_share_safety_end_and_bound(shelf: Shelf, more: dict[str, Any], desired: int) -> None:
    shelf.receive("cup", 20_000)

    assert shelf.shown(replace(POLICY, **more))["cup"]["desired"] == desired


def test_a_skus_own_safety_stock_wins_over_the_channels(shelf: Shelf) -> None:
    shelf.receive("cup", 20_000)
    shelf.add(SafetyStockRow, account_id="shop", sku="cup", quantity=7_000, is_manual=True, changed_at=NOW)

    shown = shelf.shown(replace(POLICY, safety=1_000))

    assert (shown["cup"]["desired"], shown["box of six cups"]["desired"]) == (13, 1)


@pytest.mark.parametrize(
    ("quantity", "is_manual", "floor", "desired"),
    [(7_000, False, 1_000, 13), (1_000, False, 7_000, 13), (1_000, True, 7_000, 19), (0, True, 7_000, 20)],
)
def test_what_is_computed_is_kept_back_above_the_channels_floor_and_only_a_persons_word_below_it(
    shelf: Shelf, *, quantity: int, is_manual: bool, floor: int, desired: int
) -> None:
    shelf.receive("cup", 20_000)
    shelf.add(SafetyStockRow, account_id="shop", sku="cup", quantity=quantity, is_manual=is_manual, changed_at=NOW)

    assert shelf.shown(replace(POLICY, safety=floor))["cup"]["desired"] == desired


def test_what_is_promised_in_time_may_be_sold(shelf: Shelf) -> None:
    shelf.receive("cup", 1_000)
    inbound = {"sku": "cup", "location_id": "main", "state": "open", "changed_at": NOW}
    shelf.add(InboundRow, id="soon", quantity=5_000, received=2_000, expected_on=date(2026, 3, 2), **inbound)
    shelf.add(InboundRow, id="late", quantity=50_000, received=0, expected_on=date(2026, 3, 3), **inbound)

    assert shelf.shown()["cup"]["desired"] == 4


def test_only_what_changed_is_written_and_only_another_quantity_is_due(shelf: Shelf) -> None:
    shelf.receive("cup", 10_400)
    shelf.receive("tea", 1_000)
    first = shelf.shown()
    shelf.receive("cup", 100)
    with shelf.database.write() as c:
        c.execute(ShownStockRow.__table__.update().values(state="settled"))  # pyright: ignore

    second = shelf.shown(skus=["cup"])

    assert (second["cup"]["version"], second["cup"]["state"], second["cup"]["on_hand"]) == (1, "settled", 10_500)
    shelf.receive("cup", 600)
    third = shelf.shown(skus=["cup"])
    assert (third["cup"]["version"], third["cup"]["state"], third["cup"]["desired"]) == (2, "due", 11)
    assert first["set"]["computed_at"] == third["set"]["computed_at"]


def test_a_part_that_changes_changes_its_kits_and_nothing_else(shelf: Shelf) -> None:
    shelf.receive("cup", 8_000)
    shelf.receive("tea", 500)
    shelf.shown()
    shelf.receive("tea", 1_000)
    shelf.receive("cup", 4_000)

    shown = shelf.shown(skus=["tea"])

    assert (shown["set"]["desired"], shown["cup"]["desired"]) == (3, 8)


@pytest.mark.parametrize("skus", [None, ["cup"]])
def test_a_listing_that_is_not_ours_to_set_any_longer_is_forgotten(shelf: Shelf, skus: list[str] | None) -> None:
    shelf.receive("cup", 8_000)
    shelf.shown()
    with shelf.database.write() as c:
        c.execute(ListingRow.__table__.update().where(ListingRow.external_id == "cup").values(gone_at=NOW))  # pyright: ignore

    assert set(shelf.shown(skus=skus)) == {"box of six cups"}
