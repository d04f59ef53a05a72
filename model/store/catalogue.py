"""The catalogue: SKUs, kits, prices, what is on its way, and which SKU each listing sells; what refers to what, and what is unmapped."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Select, Table, Text, func, literal, literal_column, select

from model.store.bulk import among
from model.store.order_rows import LINES, ORDERS, STATES
from model.store.stock_levels import LEVELS
from model.tables.catalogue import KitPartRow, ListingRow, PriceRow, SkuMapRow, SkuRow
from model.tables.reviews import OrderLineStateRow
from model.tables.stock import BackorderRow, InboundRow, StockLocationRow
from model.values.ids import derive_id

SKUS = cast("Table", SkuRow.__table__)
KIT_PARTS = cast("Table", KitPartRow.__table__)
LISTINGS = cast("Table", ListingRow.__table__)
SKU_MAP = cast("Table", SkuMapRow.__table__)
PRICES = cast("Table", PriceRow.__table__)
INBOUND = cast("Table", InboundRow.__table__)
LOCATIONS = cast("Table", StockLocationRow.__table__)
BACKORDERS = cast("Table", BackorderRow.__table__)
LINE_STATES = cast("Table", OrderLineStateRow.__table__)

Shown = dict[str, Any]


def listing_id(account_id: str, external_id: str) -> str:
    """The row id of a listing and of its mapping, known before the listing was ever read."""
    return derive_id(account_id, "listing", external_id)


def known_skus(connection: Connection, codes: Iterable[str]) -> set[str]:
    """Which of these are SKUs."""
    return _found(connection, SKUS.c.code, codes)


def kits_among(connection: Connection, codes: Iterable[str]) -> set[str]:
    """Which of these SKUs are kits."""
    return _found(connection, KIT_PARTS.c.kit, codes)


def kits_with(connection: Connection, parts: Iterable[str]) -> dict[str, set[str]]:
    """Which of these SKUs are parts, and the kits they are in."""
    found: dict[str, set[str]] = {}
    named = select(KIT_PARTS.c.part, KIT_PARTS.c.kit).where(among(connection, KIT_PARTS.c.part, sorted(set(parts))))
    for part, kit in connection.execute(named):
        found.setdefault(part, set()).add(kit)
    return found


def in_stock(connection: Connection, codes: Iterable[str]) -> set[str]:
    """Which of these SKUs have stock of their own: on a shelf, on its way, or owed to an order."""
    wanted = sorted(set(codes))
    return (
        _found(connection, LEVELS.c.sku, wanted, LEVELS.c.on_hand != 0)
        | _found(connection, INBOUND.c.sku, wanted, INBOUND.c.state == "open")
        | _found(connection, BACKORDERS.c.sku, wanted, BACKORDERS.c.state == "open")
    )


def known_locations(connection: Connection) -> set[str]:
    """The stock locations."""
    return set(connection.execute(select(LOCATIONS.c.id)).scalars())


def list_currencies(connection: Connection, price_lists: Iterable[str]) -> dict[str, str]:
    """The currency of each of these price lists that has prices."""
    named = select(PRICES.c.price_list, PRICES.c.currency).distinct()
    return dict(connection.execute(named.where(among(connection, PRICES.c.price_list, sorted(set(price_lists))))).tuples().all())


def count_listings(connection: Connection, channel: str | None, *, is_unmapped: bool) -> int:
    """How many listings there are, or how many of them map to nothing."""
    return connection.execute(_listings(select(func.count()), channel, is_unmapped=is_unmapped)).scalar_one()


def list_listings(connection: Connection, channel: str | None, limit: int | None, *, is_unmapped: bool) -> Iterator[Shown]:
    """Listings with the SKU they sell, or with the one suggested: the SKU whose code the channel uses for it."""
    columns = select(
        LISTINGS.c.account_id.label("channel"), LISTINGS.c.external_id.label("listing"), LISTINGS.c.channel_sku, LISTINGS.c.title,
        LISTINGS.c.kind, LISTINGS.c.is_tracked, SKU_MAP.c.sku, SKU_MAP.c.factor, SKUS.c.code.label("suggestion"), LISTINGS.c.gone_at,
    )  # fmt: skip
    query = _listings(columns, channel, is_unmapped=is_unmapped).order_by(LISTINGS.c.account_id, LISTINGS.c.external_id).limit(limit)
    for row in connection.execution_options(yield_per=1000).execute(query).mappings():
        yield dict(row)


def suggestions(connection: Connection, channel: str | None = None) -> list[Shown]:
    """Unmapped listings that the channel still shows and has a code for, and whether a SKU has that very code.

    Only suggestions: equal codes need not mean equal goods. `is_shared` tells that another listing of the channel has the same code.
    """
    twin = LISTINGS.alias()
    shared = (
        select(literal(1))
        .where(twin.c.account_id == LISTINGS.c.account_id, twin.c.channel_sku == LISTINGS.c.channel_sku)
        .where(twin.c.id != LISTINGS.c.id, twin.c.gone_at.is_(None))
    )
    columns = select(
        LISTINGS.c.account_id.label("channel"), LISTINGS.c.external_id.label("listing"), LISTINGS.c.channel_sku.label("sku"),
        LISTINGS.c.title, LISTINGS.c.kind, LISTINGS.c.is_tracked, SKUS.c.code.is_not(None).label("is_known"),
        shared.exists().label("is_shared"),
    )  # fmt: skip
    query = _listings(columns, channel, is_unmapped=True)
    query = query.where(LISTINGS.c.gone_at.is_(None), func.coalesce(LISTINGS.c.channel_sku, "") != "")
    return [dict(row) for row in connection.execute(query.order_by(LISTINGS.c.account_id, LISTINGS.c.external_id)).mappings()]


LISTING_OF_L = """COALESCE(
    NULLIF(l.variant_external_id, ''), NULLIF(l.product_external_id, ''), 'sku:' || NULLIF(l.sku, ''), 'title:' || l.title)"""
"""`listing_of` an order line `l`, in SQL."""


def listing_of(line: Any) -> str:  # noqa: ANN401  an order line's row
    """The listing a line was sold through; lines typed in by hand are known by their SKU, else by their title."""
    return line.variant_external_id or line.product_external_id or (f"sku:{line.sku}" if line.sku else f"title:{line.title}")


def listed_factors(connection: Connection, order_id: str) -> dict[str, int]:
    """Line to the thousandths of its SKU that one listed unit takes."""
    v, m = LINE_STATES.c, SKU_MAP.c
    query = select(v.line_external_id, m.factor).join(SKU_MAP, m.listing_id == v.listing_id).where(v.order_id == order_id)
    return dict(connection.execute(query).tuples().all())


def unmapped_lines(connection: Connection, channel: str | None = None) -> list[Shown]:
    """Lines of open orders that map to no SKU, oldest order first; `listing` is what has to be mapped. Quantities are thousandths."""
    line = LINES.alias("l")
    query = (
        select(
            ORDERS.c.account_id.label("channel"), ORDERS.c.external_id.label("order"), line.c.external_id.label("line"),
            literal_column(LISTING_OF_L, Text()).label("listing"), line.c.sku.label("channel_sku"),
            line.c.title, line.c.quantity, ORDERS.c.placed_at,
        )
        .select_from(LINE_STATES)
        .join(STATES, STATES.c.order_id == LINE_STATES.c.order_id)
        .join(ORDERS, ORDERS.c.id == LINE_STATES.c.order_id)
        .join(line, (line.c.order_id == LINE_STATES.c.order_id) & (line.c.external_id == LINE_STATES.c.line_external_id))
        .where(LINE_STATES.c.sku.is_(None), STATES.c.is_open, line.c.removed_at.is_(None), line.c.quantity > 0)
        .order_by(ORDERS.c.placed_at, ORDERS.c.id, line.c.position)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(query.where(ORDERS.c.account_id == channel) if channel else query).mappings()]


def count_skus(connection: Connection) -> int:
    """How many SKUs there are."""
    return connection.execute(select(func.count()).select_from(SKUS)).scalar_one()


def list_skus(connection: Connection, limit: int | None) -> Iterator[Shown]:
    """SKUs by code, each with whether it is a kit and how many listings sell it."""
    is_kit = select(literal(1)).where(KIT_PARTS.c.kit == SKUS.c.code).exists()
    listings = select(func.count()).where(SKU_MAP.c.sku == SKUS.c.code).scalar_subquery()
    query = select(SKUS, is_kit.label("is_kit"), listings.label("listings")).order_by(SKUS.c.code).limit(limit)
    for row in connection.execution_options(yield_per=1000).execute(query).mappings():
        yield dict(row)


def show_sku(connection: Connection, code: str) -> Shown | None:
    """One SKU with its parts, the kits it is in, its listings, prices, levels and what is on its way; None where there is none."""
    found = connection.execute(select(SKUS).where(SKUS.c.code == code)).mappings().one_or_none()
    if found is None:
        return None
    around: dict[str, Select[Any]] = {
        "parts": select(KIT_PARTS.c.part, KIT_PARTS.c.quantity).where(KIT_PARTS.c.kit == code).order_by(KIT_PARTS.c.part),
        "kits": select(KIT_PARTS.c.kit, KIT_PARTS.c.quantity).where(KIT_PARTS.c.part == code).order_by(KIT_PARTS.c.kit),
        "listings": select(SKU_MAP.c.account_id.label("channel"), SKU_MAP.c.external_id.label("listing"), SKU_MAP.c.factor)
        .where(SKU_MAP.c.sku == code)
        .order_by(SKU_MAP.c.account_id, SKU_MAP.c.external_id),
        "prices": select(PRICES.c.price_list, PRICES.c.valid_from, PRICES.c.amount_minor, PRICES.c.currency)
        .where(PRICES.c.sku == code)
        .order_by(PRICES.c.price_list, PRICES.c.valid_from),
        "levels": select(LEVELS).where(LEVELS.c.sku == code).order_by(LEVELS.c.location_id),
        "inbound": select(INBOUND).where(INBOUND.c.sku == code, INBOUND.c.state == "open").order_by(INBOUND.c.expected_on),
    }
    return dict(found) | {name: [dict(row) for row in connection.execute(query).mappings()] for name, query in around.items()}


def _listings(columns: Select[Any], channel: str | None, *, is_unmapped: bool) -> Select[Any]:
    mapped = LISTINGS.outerjoin(SKU_MAP, SKU_MAP.c.listing_id == LISTINGS.c.id).outerjoin(SKUS, SKUS.c.code == LISTINGS.c.channel_sku)
    query = columns.select_from(mapped)
    query = query.where(SKU_MAP.c.listing_id.is_(None)) if is_unmapped else query
    return query.where(LISTINGS.c.account_id == channel) if channel else query


def _found(connection: Connection, column: Any, codes: Iterable[str], *conditions: Any) -> set[str]:  # noqa: ANN401  SQLAlchemy's own
    wanted: Sequence[str] = sorted(set(codes))
    if not wanted:
        return set()
    return set(connection.execute(select(column).where(among(connection, column, wanted), *conditions).distinct()).scalars())
