"""Check channels: who answers, with which clock, how far behind the hub is, and what waits for a person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from model.errors import HubError
from model.store import cursors
from model.tables.landing import QuarantineRow
from operations.pull import introduce, meet
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How one channel is; `lag_s` is how far the reading of orders is behind the source's clock."""

    channel: str
    connector: str
    is_well: bool
    message: str
    clock_skew_s: int | None
    lag_s: int | None
    quarantined: int


def check_channel(hub: Hub, channel: Channel) -> ChannelHealth:
    """Ask the remote who it is and compare; a failure is part of the answer."""
    meet(hub, channel)
    quarantined, read_until = _stored(hub, channel)
    now = hub.clock.now()
    try:
        with hub.connected(channel) as connector:
            source_now = introduce(hub, channel, connector)
    except HubError as error:
        return ChannelHealth(channel.id, channel.connector, is_well=False, message=str(error), clock_skew_s=None,
                             lag_s=_seconds(now, read_until), quarantined=quarantined)  # fmt: skip
    message = f"answers; {quarantined} in quarantine" if quarantined else "answers"
    return ChannelHealth(channel.id, channel.connector, is_well=True, message=message, clock_skew_s=_seconds(source_now, now),
                         lag_s=_seconds(source_now, read_until), quarantined=quarantined)  # fmt: skip


def _stored(hub: Hub, channel: Channel) -> tuple[int, datetime | None]:
    row = QuarantineRow
    with hub.database.read() as connection:
        waiting = select(func.count()).select_from(row).where(row.state == "open", row.account_id == channel.id)
        cursor = cursors.load(connection, channel.id, "orders", cursors.OWN)
        return connection.execute(waiting).scalar_one(), cursor.read_until if cursor else None


def _seconds(later: datetime, earlier: datetime | None) -> int | None:
    return None if earlier is None else int((later - earlier).total_seconds())
