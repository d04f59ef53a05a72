"""Which order people mean by an external id or a number."""

from console.channels_known import known_channel
from model.errors import ConfigError
from model.store import order_queries
from operations.runtime.hub import Hub


def find_order(hub: Hub, channel: str | None, reference: str) -> str:
    """The row id of the one order with that external id or number."""
    known_channel(hub, channel)
    with hub.database.read() as connection:
        found = order_queries.find_order_ids(connection, channel, reference)
    if not found:
        raise ConfigError(f"order {reference!r}: is not stored; `entrepot orders list` shows what is")
    if len(found) > 1:
        raise ConfigError(f"order {reference!r}: several channels have it; add --channel")
    return found[0]
