"""The judge: when all is calm, the store must say exactly what the world's own books say."""

import hashlib
from collections import Counter
from typing import Any, cast

from model.store import order_queries
from model.store.runs import Counts
from operations.auditor import audit
from operations.pull import Wanted, pull_channel
from operations.replay import replay_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import utc
from tests.simulation.steps import note
from tests.simulation.town import Town

ROUNDS = 6
"""Pulls and replays a calm world needs at the very most until nothing is left to do."""

Order = tuple[str, str]
"""Channel and external id."""


def watch(town: Town) -> None:
    """What must hold at every moment: the auditor finds nothing, and neither a cursor nor a record goes back."""
    for finding in audit(town.url):
        town.blame(f"audit {finding.id}", f"{finding.promise}: {', '.join(finding.offenders[:3])}")
    for channel, stream, read_until in town.books.rows("SELECT account_id, stream, read_until FROM stream_cursor WHERE scope = ''"):
        before = town.read_until.get((channel, stream), "")
        town.read_until[channel, stream] = str(read_until)
        if str(read_until) < before:
            town.blame("cursor", f"{channel} {stream}: went back from {before} to {read_until}")
    versions = dict(town.books.rows("SELECT id, source_version FROM orders UNION ALL SELECT id, source_version FROM payment"))
    _blame_each(town, "version", sorted(key for key, before in town.versions.items() if versions.get(key, 0) < before))
    town.versions = versions


def settle(town: Town) -> None:
    """Calm the world, wait until everything is visible, and let the hub read until nothing is left to do."""
    town.calm()
    town.pass_time(200_000, 200_000)
    hub = town.open_hub()
    for _ in range(ROUNDS):
        if _is_quiet(town, hub):
            return
        town.pass_time(61_000, 61_000)
    town.blame("liveness", f"after {ROUNDS} rounds in a calm world there is still something to do: {town.journal[-12:]}")


def _is_quiet(town: Town, hub: Hub) -> bool:
    outcomes = [outcome for channel in town.channels for outcome in pull_channel(hub, channel)]
    note(town, outcomes)
    replayed = [replay_channel(hub, channel) for channel in town.channels]
    town.journal += [f"replay {each.channel} {each.tried} {each.resolved} {each.message}" for each in replayed]
    if any(outcome.outcome != "done" or _tells_something(outcome.counts) for outcome in outcomes):
        return False
    return not any(each.tried for each in replayed)


def _tells_something(counts: Counts) -> bool:
    return bool(counts.new or counts.changed or counts.quarantined)


def judge(town: Town) -> str:
    """Compare store and world, and give the digest of the run."""
    watch(town)
    _compare_orders(town)
    _compare_returns(town)
    for raw_id, channel, reason in town.books.rows("SELECT raw_id, account_id, reason FROM quarantine WHERE state = 'open'"):
        town.blame("quarantine", f"{channel} {raw_id}: still open in a calm world: {reason}")
    digest = _digest(town)
    _compare_rereading(town)
    return digest


def _compare_orders(town: Town) -> None:
    told = cast("list[dict[str, Any]]", town.street.truth()["orders"])
    truth: dict[Order, tuple[int, str]] = {
        (each["channel"], each["external_id"]): (each["total"]["minor"], each["total"]["currency"]) for each in told
    }
    rows = town.books.rows("SELECT account_id, external_id, total_minor, currency FROM orders")
    often = Counter((channel, external_id) for channel, external_id, _, _ in rows)
    stored = {(channel, external_id): (minor, currency) for channel, external_id, minor, currency in rows}
    _blame_each(town, "lost", sorted(set(truth) - set(stored)))
    _blame_each(town, "unknown", sorted(set(stored) - set(truth)))
    _blame_each(town, "doubled", sorted(order for order, times in often.items() if times > 1))
    _blame_each(town, "total", sorted((*key, stored[key], truth[key]) for key in truth if key in stored and stored[key] != truth[key]))
    with town.open_hub().database.read() as connection:
        listed = [
            ((each["channel"], each["external_id"]), (each["total"]["minor"], each["total"]["currency"]))
            for each in order_queries.list_orders(connection, None, None)
        ]
        count = order_queries.count_orders(connection, None)
    if sorted(listed) != sorted(truth.items()) or count != len(truth):
        town.blame("list", f"the list of orders shows {len(listed)} and counts {count}; the world has {len(truth)}")


def _compare_returns(town: Town) -> None:
    told = cast("list[dict[str, str]]", town.street.truth()["returns"])
    stored = {(str(channel), str(name)) for channel, name in town.books.rows("SELECT account_id, external_id FROM order_return")}
    _blame_each(town, "lost return", sorted({(each["channel"], each["external_id"]) for each in told} - stored))


def _compare_rereading(town: Town) -> None:
    """A whole, healthy reading of everything tells nothing new: what is stored is what is there, to the last field."""
    hub, before = town.open_hub(), _facts(town)
    for channel in town.channels:
        for outcome in pull_channel(hub, channel, Wanted(since=utc(channel.orders_from))):
            if outcome.outcome != "done" or outcome.counts.new or outcome.counts.quarantined:
                town.blame("re-reading", f"{channel.id} {outcome.stream}: {outcome.outcome} {outcome.counts} {outcome.message}")
    for table, rows in _facts(town).items():
        _blame_each(town, f"stale {table}", sorted(set(rows) ^ set(before[table])))


def _facts(town: Town) -> dict[str, list[str]]:
    """What the channels' tables say of the channels, row by row as text: without the marks of who read it when."""
    return {table: [str(row) for row in town.books.facts(table, _MARKS)] for table in _TABLES}


def _blame_each(town: Town, check: str, offenders: list[Any]) -> None:
    if offenders:
        town.blame(check, f"{len(offenders)}: {offenders[:3]}")


_TABLES = ("orders", "order_line", "order_adjustment", "payment", "refund", "fulfilment", "fulfilment_line", "order_return")
_MARKS = frozenset({"raw_id", "fetch_seq", "mapping_version", "run_id", "first_run_id", "first_seen_at", "changed_at", "key_id"})

_DUMPED = (
    "SELECT account_id, external_id, total_minor, currency, fetch_seq, raw_id FROM orders ORDER BY 1, 2",
    "SELECT id, disposition FROM raw_payload ORDER BY 1",
    "SELECT raw_id, state, attempts FROM quarantine ORDER BY 1",
    "SELECT account_id, stream, scope, read_until, page_token FROM stream_cursor ORDER BY 1, 2, 3",
    "SELECT id, outcome, pages, new, changed FROM pull_run ORDER BY 1",
)


def _digest(town: Town) -> str:
    """What happened and what came of it, in 16 hexadecimal digits."""
    whole = hashlib.sha256("\n".join(town.journal).encode())
    for query in _DUMPED:
        whole.update(repr([tuple(map(str, row)) for row in town.books.rows(query)]).encode())
    return whole.hexdigest()[:16]
