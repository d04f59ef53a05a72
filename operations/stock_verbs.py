"""The verbs of stock by the names of their flows: what each did, channel by channel, as rows that a command line and a table can show."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from model.errors import RejectedError
from model.store import reservations, runs
from operations.compare_stock import compare_channel
from operations.publish_stock import publish_channel
from operations.pull_listings import pull_listings
from operations.refresh_availability import refresh_availability
from operations.replenishment import propose_replenishment
from operations.reports import Report
from operations.review_orders import review_orders
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel
from operations.safety_stock import refresh_safety
from operations.verbs import chosen_channels

NAMED = 5
"""Orders named in a message."""
EXPIRED = 500
"""Reservations given up in one transaction."""


def _safety(hub: Hub, channel: Channel) -> Report:
    numbers, changed = refresh_safety(hub, channel)
    return Report(channel.id, counts=Counter({"held back": numbers, "changed": changed}))


def _propose(hub: Hub, _channel: str | None) -> list[Report]:
    return [Report("all", counts=Counter({"proposed": propose_replenishment(hub)}))]


def _each(work: Callable[[Hub, Channel], Report]) -> Callable[[Hub, str | None], list[Report]]:
    return lambda hub, channel: [work(hub, each) for each in chosen_channels(hub, channel)]


def _publish(hub: Hub, channel: str | None) -> list[Report]:
    """Review first: a channel is told nothing while orders of its own wait to be counted."""
    chosen = chosen_channels(hub, channel)
    review_orders(hub, channel)
    refresh_availability(hub)
    return [publish_channel(hub, each) for each in chosen]


def _review(hub: Hub, channel: str | None) -> list[Report]:
    if channel is not None:
        hub.file.channel(channel)
    done = review_orders(hub, channel)
    counts = Counter({name: getattr(done, name) for name in ("approved", "held", "cancelled", "unchanged", "backordered")})
    if done.failed:
        problem = RejectedError(f"orders that could not be decided about: {len(done.failed)}; {'; '.join(done.failed[:NAMED])}")
        return [Report(channel or "all", "failed", str(problem), counts, problem)]
    return [Report(channel or "all", "skipped" if done.message else "done", done.message, counts)]


def _expire(hub: Hub, _channel: str | None) -> list[Report]:
    """Give up soft reservations whose time is up."""
    given_up, now = 0, hub.clock.now()
    hub.database.run(lambda connection: runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=now))
    while True:
        with hub.database.read() as connection:
            ids = reservations.expired(connection, now, EXPIRED)
        if not ids:
            return [Report("all", counts=Counter({"expired": given_up}))]
        work = _ending(ids, hub)
        given_up += hub.database.run(work)


def _ending(ids: Sequence[str], hub: Hub) -> Callable[[reservations.Connection], int]:
    at, actor = hub.clock.now(), hub.actor.id
    return lambda connection: len(reservations.end_reservations(connection, ids, "expired", at=at, actor_id=actor))


STOCK_VERBS: Mapping[str, Callable[[Hub, str | None], list[Report]]] = {
    "pull_listings": _each(pull_listings),
    "review_orders": _review,
    "publish_stock": _publish,
    "compare_stock": _each(compare_channel),
    "expire_reservations": _expire,
    "refresh_safety": _each(_safety),
    "propose_replenishment": _propose,
}
"""By flow."""
