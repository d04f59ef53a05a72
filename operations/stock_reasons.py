"""Why listings of a SKU show no quantity of the hub's: all that stands in the way, each with its mend."""

from collections.abc import Iterator

from sqlalchemy import Connection, RowMapping, select

from model.store.bulk import among
from model.store.catalogue import INBOUND, KIT_PARTS, LISTINGS, SKU_MAP, SKUS
from model.store.exposure import SHOWN
from model.store.stock_levels import LEVELS
from operations.runtime.hub_file import HubFile

_IMPORT = "`entrepot masters import skus FILE`"
_PUBLISH = "`entrepot run publish_stock`"


def why_not_shown(connection: Connection, file: HubFile, sku: str, channel: str | None) -> list[str]:
    """What keeps listings of a known SKU from showing a quantity, of the SKU itself and of each listing; none where all of them do."""
    listings = _listings(connection, sku, channel)
    waiting = [listing for listing in listings if not listing["is_shown"]]
    if listings and not waiting:
        return []
    reasons = [f"SKU {sku!r}: {reason}" for reason in _of_sku(connection, sku)]
    if not listings:
        where = f"on {channel} " if channel else ""
        reasons.append(f"SKU {sku!r}: no listing {where}sells it; `entrepot listings map CHANNEL LISTING {sku}`")
    is_held, ids = bool(reasons), {each.id for each in file.channels}
    for listing in waiting:
        reason = f"its channel is no longer in {file.path.name}" if listing["channel"] not in ids else _of_listing(listing)
        if reason or not is_held:
            reasons.append(f"{listing['channel']} {listing['listing']}: {reason or f'is not computed yet; {_PUBLISH}'}")
    return reasons


def _listings(connection: Connection, sku: str, channel: str | None) -> list[RowMapping]:
    """The listings that sell a SKU, also those not read yet."""
    columns = select(
        SKU_MAP.c.account_id.label("channel"), SKU_MAP.c.external_id.label("listing"), LISTINGS.c.id.is_not(None).label("is_read"),
        LISTINGS.c.kind, LISTINGS.c.is_tracked, LISTINGS.c.gone_at, SHOWN.c.listing_id.is_not(None).label("is_shown"),
    )  # fmt: skip
    joined = SKU_MAP.outerjoin(LISTINGS, LISTINGS.c.id == SKU_MAP.c.listing_id).outerjoin(SHOWN, SHOWN.c.listing_id == SKU_MAP.c.listing_id)
    query = columns.select_from(joined).where(SKU_MAP.c.sku == sku).order_by(SKU_MAP.c.account_id, SKU_MAP.c.external_id)
    return list(connection.execute(query.where(SKU_MAP.c.account_id == channel) if channel else query).mappings())


def _of_sku(connection: Connection, sku: str) -> Iterator[str]:
    found = connection.execute(select(SKUS.c.is_tracked, SKUS.c.is_active).where(SKUS.c.code == sku)).one()
    if not found.is_tracked:
        yield f"is not tracked, as a service is not; import it with is_tracked yes ({_IMPORT})"
    if not found.is_active:
        yield f"is not active; import it with is_active yes ({_IMPORT})"
    parts = list(connection.execute(select(KIT_PARTS.c.part).where(KIT_PARTS.c.kit == sku).order_by(KIT_PARTS.c.part)).scalars()) or [sku]
    counted = {
        each
        for column in (LEVELS.c.sku, INBOUND.c.sku)
        for each in connection.execute(select(column).where(among(connection, column, parts))).scalars()
    }
    for part in parts:
        if part not in counted:
            which = "was" if part == sku else f"its part {part} was"
            yield f"{which} never counted; `entrepot stock move receive {part} N --reference NOTE`"


def _of_listing(listing: RowMapping) -> str | None:
    if not listing["is_read"]:
        return "was not read yet; `entrepot run pull_listings`"
    if listing["gone_at"] is not None:
        return "is no longer on its channel; put it back there, or map another listing"
    if listing["kind"] != "goods":
        return f"is no goods to its channel but a {listing['kind'].replace('_', ' ')}, which shows no quantity"
    if not listing["is_tracked"]:
        return "is not tracked by its channel; let the channel track it, then `entrepot run pull_listings`"
    return None
