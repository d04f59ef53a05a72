"""Which channels people may ask about: those of hub.toml, and those the store still knows."""

from model.store import accounts
from operations.runtime.hub import Hub


def known_channel(hub: Hub, channel: str | None) -> None:
    """Refuse a channel that neither hub.toml nor the store knows; one that left hub.toml keeps its orders."""
    if channel is None or channel in {each.id for each in hub.file.channels}:
        return
    with hub.database.read() as connection:
        is_met = accounts.is_met(connection, channel)
    if not is_met:
        hub.file.channel(channel)
