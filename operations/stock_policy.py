"""How channels sell from stock, as hub.toml says: where they take it from, and how much of it they may show."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from model.errors import ConfigError
from model.store.availability import ChannelPolicy
from model.store.database import insert_ignoring
from model.tables.stock import StockLocationRow
from model.values.quantity import thousandths
from operations.runtime.hub_file import Channel, HubFile

NO_DAY = date(1970, 1, 1)
"""Before any delivery: none may be sold."""


def locations_of(file: HubFile, channel: Channel) -> tuple[str, ...]:
    """Where the channel's orders are reserved, by priority: what it names, else all that the hub counts itself."""
    return channel.stock.locations or tuple(location.id for location in file.locations if location.owner == "hub")


def counted_by_channels(file: HubFile, channel: Channel) -> list[str]:
    """Of the places it sells from, those whose stock a channel counts itself: the hub's numbers for them are no better than its own."""
    owners = {location.id: location.owner for location in file.locations}
    return [place for place in locations_of(file, channel) if owners.get(place) == "channel"]


def policy_of(file: HubFile, channel: Channel, now: datetime) -> ChannelPolicy:
    """What the channel may show."""
    stock = channel.stock
    return ChannelPolicy(
        account_id=channel.id,
        locations=locations_of(file, channel),
        share=thousandths(stock.share),
        safety=thousandths(stock.safety),
        end_when=stock.end_when,
        max_listed=stock.max_listed,
        inbound_until=(now + timedelta(days=stock.inbound_days)).date() if stock.inbound_days else NO_DAY,
    )


def meet_locations(connection: Connection, file: HubFile, *, at: datetime) -> None:
    """Make sure the store knows every location of hub.toml."""
    rows = [{"id": location.id, "owner": location.owner, "first_seen_at": at} for location in file.locations]
    connection.execute(insert_ignoring(connection, StockLocationRow), rows)


def counted_location(file: HubFile, location: str) -> None:
    """Make sure the hub may set what lies at a location; ConfigError for one that is unknown or counted by its channel."""
    problem = uncounted(file, location)
    if problem:
        raise ConfigError(f"location {location!r}: {problem}")


def uncounted(file: HubFile, location: str) -> str | None:
    """Why the hub does not set what lies at a location, with the mend; None if it does."""
    ours = {each.id: each.owner for each in file.locations}
    if location not in ours:
        return f"is not under [[locations]] in {file.path.name}; known are {', '.join(ours) or 'none yet'}"
    return "belongs to its channel, which counts it itself; change the quantity there" if ours[location] == "channel" else None
