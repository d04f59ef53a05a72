"""Reviewing: orders of a street are judged, hold stock while they wait, leave it when they leave, and change with their channel."""

from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from model.store.catalogue import BACKORDERS, LINE_STATES, SKU_MAP, listing_of
from model.store.database import Database
from model.store.order_rows import LINES, ORDERS, PARTIES, STATES
from model.store.reservations import RESERVATIONS
from model.store.review_facts import REVIEWS
from model.store.stock_levels import LEVELS, Move, move
from model.tables.catalogue import SkuRow
from model.tables.orders import OrderLineRow
from model.values.ids import derive_id
from operations.auditor import audit
from operations.pull import pull_channel
from operations.review_orders import review_orders
from operations.stock_policy import meet_locations
from tests.conftest import StillClock
from tests.unit.operations.test_pulling import START, Shop


@pytest.fixture
def shop(database: Database, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> Generator[Shop]:
    monkeypatch.setenv("TEST_WOO_SECRET", "cs_street")
    clock.at = START
    opened = Shop(database, tmp_path, clock)
    pull_channel(opened.hub, opened.channel)
    yield opened
    opened.street.close()


def map_all(shop: Shop, units: int) -> None:
    """A SKU for every listing that was sold, and so many units of each."""
    with shop.database.write() as c:
        meet_locations(c, shop.hub.file, at=START)
        lines = c.execute(select(OrderLineRow.__table__)).all()
        codes = sorted({listing_of(line) for line in lines})
        sku = {"unit": "piece", "is_tracked": True, "is_active": True, "changed_at": START}
        c.execute(SkuRow.__table__.insert(), [{"code": code, "title": code, **sku} for code in codes])  # pyright: ignore
        mapped = {"account_id": "woo-shop", "factor": 1000, "mapped_by": "me", "changed_at": START}
        c.execute(
            SKU_MAP.insert(),
            [{"listing_id": derive_id("woo-shop", "listing", code), "external_id": code, "sku": code, **mapped} for code in codes],
        )
        if units:
            stock = [
                Move(id=derive_id("first", code), sku=code, location="main", kind="receipt", on_hand=units * 1000, reference="t")
                for code in codes
            ]
            move(c, stock, at=START, actor_id="me")


def states(shop: Shop) -> Counter[str]:
    with shop.database.read() as c:
        return Counter(c.execute(select(STATES.c.lifecycle).where(~STATES.c.is_history)).scalars())


def test_lines_that_map_to_nothing_hold_their_orders_until_they_are_mapped(shop: Shop) -> None:
    first = review_orders(shop.hub)
    with shop.database.read() as c:
        unmapped = c.execute(select(LINE_STATES).where(LINE_STATES.c.sku.is_(None))).all()
    map_all(shop, 1000)

    second = review_orders(shop.hub)

    assert first.held > 0
    assert unmapped
    assert second.approved > 0
    assert states(shop)["allocated"] > 0
    assert audit(shop.database.url) == []


def test_reviewing_again_changes_nothing(shop: Shop) -> None:
    map_all(shop, 1000)
    review_orders(shop.hub)
    before = _everything(shop)

    again = review_orders(shop.hub)

    assert (again.approved, again.held, again.cancelled) == (0, 0, 0)
    assert _everything(shop) == before


def test_what_is_missing_is_backordered_and_reserved_when_it_comes(shop: Shop) -> None:
    map_all(shop, 1)
    review_orders(shop.hub)
    waiting = _open_backorders(shop)
    with shop.database.write() as c:
        codes = c.execute(select(LEVELS.c.sku)).scalars().all()
        move(
            c,
            [Move(id=derive_id("more", code), sku=code, location="main", kind="receipt", on_hand=10**6, reference="t") for code in codes],
            at=START,
            actor_id="me",
        )

    review_orders(shop.hub)

    assert waiting > 0
    assert _open_backorders(shop) == 0
    assert states(shop)["backordered"] == 0
    assert audit(shop.database.url) == []


def test_history_is_never_reviewed(shop: Shop) -> None:
    map_all(shop, 1000)
    review_orders(shop.hub)

    with shop.database.read() as c:
        touched = select(STATES.c.order_id).where(STATES.c.is_history, STATES.c.reviewed_seq.is_not(None))
        assert c.execute(touched).all() == []
        assert c.execute(select(STATES.c.order_id).where(STATES.c.is_history)).all() != []


def test_an_order_cancelled_by_its_channel_gives_everything_back(shop: Shop) -> None:
    map_all(shop, 1000)
    review_orders(shop.hub)
    with shop.database.write() as c:
        holds = c.execute(select(RESERVATIONS.c.order_id).where(RESERVATIONS.c.state == "live")).scalars().first()
        c.execute(update(ORDERS).where(ORDERS.c.id == holds).values(cancelled_at=START, fetch_seq=ORDERS.c.fetch_seq + 1))

    result = review_orders(shop.hub)

    with shop.database.read() as c:
        live = c.execute(select(RESERVATIONS.c.id).where(RESERVATIONS.c.order_id == holds, RESERVATIONS.c.state == "live")).all()
        state = c.execute(select(STATES).where(STATES.c.order_id == holds)).one()
    assert result.cancelled == 1
    assert live == []
    assert (state.lifecycle, state.is_open) == ("cancelled", False)
    assert audit(shop.database.url) == []


def test_what_was_handed_over_has_left_stock(shop: Shop) -> None:
    map_all(shop, 1000)
    with shop.database.write() as c:
        open_ones = select(STATES.c.order_id).where(STATES.c.is_open)
        chosen = c.execute(select(ORDERS.c.id).where(ORDERS.c.id.in_(open_ones), ORDERS.c.cancelled_at.is_(None)).limit(1)).scalar_one()
        c.execute(update(ORDERS).where(ORDERS.c.id == chosen).values(fulfilment_state="fulfilled"))

    review_orders(shop.hub)

    with shop.database.read() as c:
        kept = c.execute(select(RESERVATIONS.c.state).where(RESERVATIONS.c.order_id == chosen)).scalars().all()
        lines = c.execute(select(LINE_STATES).where(LINE_STATES.c.order_id == chosen)).all()
    assert set(kept) == {"consumed"}
    assert all(line.issued == line.sold for line in lines if line.sku)
    assert audit(shop.database.url) == []


@pytest.mark.parametrize(("settings", "held"), [("", 0), ("[possible_duplicate]\nsame_channel = true\nwithin_hours = 2160\n", 2)])
def test_an_order_given_twice_on_one_channel_is_held_where_that_is_asked_for(shop: Shop, settings: str, held: int) -> None:
    map_all(shop, 1000)
    rules = shop.hub.file.path.parent / "rules"
    rules.mkdir(exist_ok=True)
    (rules / "review.toml").write_text(settings)
    with shop.database.write() as c:
        is_plain = STATES.c.is_open & ORDERS.c.cancelled_at.is_(None) & (ORDERS.c.payment_state == "paid")
        one, two = c.execute(select(ORDERS).join(STATES, STATES.c.order_id == ORDERS.c.id).where(is_plain).limit(2)).all()
        same = {name: getattr(one, name) for name in ORDERS.c.keys() if name.endswith("_minor") or name in ("currency", "shop_currency")}  # noqa: SIM118
        c.execute(update(ORDERS).where(ORDERS.c.id == two.id).values(same))
        c.execute(LINES.delete().where(LINES.c.order_id.in_([one.id, two.id])))
        c.execute(update(PARTIES).where(PARTIES.c.order_id.in_([one.id, two.id])).values(email_index="ab" * 16))

    review_orders(shop.hub)

    with shop.database.read() as c:
        reasons = c.execute(select(REVIEWS.c.reasons).where(REVIEWS.c.order_id.in_([one.id, two.id]))).scalars().all()
    assert sum("possible_duplicate" in each for each in reasons) == held


def _open_backorders(shop: Shop) -> int:
    with shop.database.read() as c:
        return len(c.execute(select(BACKORDERS.c.id).where(BACKORDERS.c.state == "open")).all())


def _everything(shop: Shop) -> list[object]:
    with shop.database.read() as c:
        return [sorted(map(str, c.execute(select(table)).all())) for table in (RESERVATIONS, BACKORDERS, LEVELS, LINE_STATES, REVIEWS)]
