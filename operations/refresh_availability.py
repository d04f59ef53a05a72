"""Keep availability up to date: of SKUs that were touched, and of a whole channel once it sells from stock in another way.

Another way is what hub.toml says now, and the day up to which promised deliveries count, which moves on by itself.
"""

from functools import partial

from sqlalchemy import Connection

from model.store import availability, policies, touches
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel
from operations.stock_policy import policy_of

TOUCHED = 5000
"""SKUs whose availability is computed in one transaction."""


def refresh_availability(hub: Hub) -> int:
    """Compute what has to be computed anew, for all channels; gives how many SKUs were touched."""
    with hub.database.read() as connection:
        followed = policies.followed(connection)
    for channel in hub.file.channels:
        if followed.get(channel.id) != policies.told(policy_of(hub.file, channel, hub.clock.now())):
            hub.database.run(partial(_refresh_whole, hub=hub, channel=channel))
    done = 0
    while True:
        with hub.database.read() as connection:
            seen = touches.waiting(connection, TOUCHED)
        if not seen:
            return done
        hub.database.run(partial(_refresh_touched, hub=hub, seen=seen))
        done += len(seen)


def _refresh_whole(connection: Connection, *, hub: Hub, channel: Channel) -> None:
    at = hub.clock.now()
    policies.lock(connection, [each.id for each in hub.file.channels], at=at)
    policy = policy_of(hub.file, channel, at)
    availability.refresh(connection, policy, None, at=at)
    policies.follow(connection, policy, at=at)


def _refresh_touched(connection: Connection, *, hub: Hub, seen: touches.Touches) -> None:
    at = hub.clock.now()
    policies.lock(connection, [each.id for each in hub.file.channels], at=at)
    for channel in hub.file.channels:
        availability.refresh(connection, policy_of(hub.file, channel, at), sorted(seen), at=at)
    touches.clear(connection, seen)
