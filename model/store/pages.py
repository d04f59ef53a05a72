"""Save one page: payloads, records, quarantine, cursor and counts in the caller's single transaction.

At-least-once reading plus this page's version guard makes every fact stored exactly once: a payload older than what its record
shows, or as old but read earlier, is kept as superseded and changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, select, update

from model.records.advice import WarehouseRecord
from model.records.order import Order
from model.records.payment import Payment, Refund
from model.records.settlement import Dispute, Payout, SettlementLine
from model.records.shipment import Return
from model.rules.told_once import says_otherwise
from model.store import cursors, landing, runs
from model.store.bulk import among
from model.store.landing import Landed, SetAside
from model.store.lateness import Meter, count_late
from model.store.leases import Lease, hold
from model.store.money_rows import DISPUTES, PAYOUTS, SETTLEMENT_LINES
from model.store.order_changes import apply_changes
from model.store.order_rows import ADVICES, ORDERS, PAYMENTS, REFUNDS, RETURNS, STATES, Reading, RowBatch, advice_kind
from model.store.row_merge import insert_new, merge_singles
from model.store.runs import Counts

TIMED = (Order, Return, Payment)
"""Records that say when they were changed last."""
Record = Order | Return | Payment | Refund | Payout | SettlementLine | Dispute | WarehouseRecord


@dataclass(frozen=True, slots=True)
class ReadPayload:
    """A payload that became a record; `seq` is its place in the order of our reading."""

    landed: Landed
    record: Record
    seq: int


@dataclass(slots=True)
class PageToSave:
    """What a page holds after reading: records, payloads set aside, and those known from before."""

    kind: str | None = None
    """Of all its payloads, where they are of one."""

    read: list[ReadPayload] = field(default_factory=list[ReadPayload])
    set_aside: list[tuple[Landed, SetAside]] = field(default_factory=list[tuple[Landed, SetAside]])
    unchanged: int = 0
    unchanged_ids: list[str] = field(default_factory=list[str])
    """External ids of payloads that are exactly what is stored."""
    besides: list[Landed] = field(default_factory=list[Landed])
    """Payloads that say nothing of their own any more: they were merged into what is read here, or into what is stored."""
    still_aside: list[str] = field(default_factory=list[str])
    """Raw ids of payloads that are in quarantine already and that the same mapping still cannot read."""
    is_from_landing: bool = False
    """Whether the payloads were landed before and are only read again; what the source says now may be newer."""

    @property
    def size(self) -> int:
        """Payloads on the page."""
        return len(self.read) + len(self.set_aside) + self.unchanged + len(self.still_aside)


@dataclass(frozen=True, slots=True)
class Behind:
    """What is saved with the page: the lease it is written under, the cursor behind it, the window it was read in."""

    lease: Lease
    cursor: cursors.StreamCursor | None
    window: tuple[datetime, datetime] | None
    meter: Meter | None = None
    """What the lateness of its changes is measured against; None where it says nothing, as in a rerun."""


def save_page(connection: Connection, page: PageToSave, reading: Reading, behind: Behind) -> Counts:
    """Write everything of a page and give what came of its payloads."""
    hold(connection, behind.lease)
    page = _contradictions_aside(connection, page, reading)
    counts = Counts(unchanged=page.unchanged, quarantined=len(page.set_aside) + len(page.still_aside))
    dispositions = {landed.raw_id: "quarantined" for landed, _ in page.set_aside}
    dispositions |= {landed.raw_id: "superseded" for landed in page.besides}
    winners = _newest_each(page.read, reading, dispositions)
    stored = _stored_versions(connection, winners)
    news, changed = _judge(winners, stored, dispositions)
    counts.superseded = len(page.read) - len(news) - len(changed)
    landed = [each.landed for each in page.read] + [landed for landed, _ in page.set_aside] + page.besides
    landing.land(
        connection,
        landed,
        dispositions,
        account_id=reading.account_id,
        mapping_version=reading.mapping_version,
        run_id=reading.run_id,
        at=reading.at,
    )
    counts.new = len(news)
    _save_new(connection, news, reading)
    counts.changed, untouched = _save_changed(connection, changed, stored, reading)
    counts.unchanged += untouched
    if behind.meter is not None:
        count_late(connection, behind.meter, _own_times(news, changed, stored))
    _settle_quarantine(connection, page, reading, behind)
    if behind.cursor is not None:
        if behind.cursor.scope != cursors.OWN and behind.cursor.window_end is None:
            cursors.forget(connection, behind.cursor.account_id, behind.cursor.scope, behind.cursor.stream)
        else:
            cursors.save(connection, behind.cursor, behind.lease, at=reading.at)
    runs.count_page(connection, reading.run_id, counts)
    return counts


Key = tuple[str, str]
"""Table name and row id."""


_SINGLES: Mapping[type, tuple[str, str]] = {
    Payment: (PAYMENTS.name, "payment"),
    Return: (RETURNS.name, "return"),
    Refund: (REFUNDS.name, "refund"),
    Payout: (PAYOUTS.name, "payout"),
    SettlementLine: (SETTLEMENT_LINES.name, "settlement_line"),
    Dispute: (DISPUTES.name, "dispute"),
}
"""Records of one row: their table, and the kind their row id is made of."""


def _key(record: Record, reading: Reading) -> Key:
    if isinstance(record, Order):
        return ORDERS.name, reading.order_id(record.external_id)
    if type(record) in _SINGLES:
        table, kind = _SINGLES[type(record)]
        return table, reading.row_id(kind, record.external_id)
    return ADVICES.name, reading.advice_id(advice_kind(cast("WarehouseRecord", record)), record.external_id)


def source_version(record: Record) -> int:
    """What a later change of the record grows."""
    return record.source_version


def _newest_each(read: Sequence[ReadPayload], reading: Reading, dispositions: dict[str, str]) -> dict[Key, ReadPayload]:
    """Of several payloads of one record on a page the newest counts; the others are superseded."""
    winners: dict[Key, ReadPayload] = {}
    for each in read:
        key = _key(each.record, reading)
        other = winners.get(key)
        dispositions[each.landed.raw_id] = "current"
        if other is None:
            winners[key] = each
            continue
        older, newer = sorted((other, each), key=lambda one: (source_version(one.record), one.seq))
        winners[key] = newer
        if older.landed.raw_id != newer.landed.raw_id:
            dispositions[older.landed.raw_id] = "superseded"
    return winners


def _contradictions_aside(connection: Connection, page: PageToSave, reading: Reading) -> PageToSave:
    """The page without documents that say otherwise than an earlier one of their order: these are held for a person.

    What was landed before is only read again. The entry bears no external id: the earlier document, coming by, would close it.
    """
    once = [each for each in page.read if source_version(each.record) < 0]
    if not once:
        return page
    before = _stored_versions(connection, {_key(each.record, reading): each for each in once})
    versions = {key: stored.source_version for key, stored in before.items()}
    known = landing.known(connection, [each.landed.raw_id for each in once])
    held: dict[str, tuple[Landed, SetAside]] = {}
    for each in once:
        version, raw = source_version(each.record), each.landed
        told = versions.setdefault(_key(each.record, reading), version)
        if says_otherwise(version, told) and known.get(raw.raw_id, ("quarantined", "", None))[0] == "quarantined":
            held[raw.raw_id] = raw, SetAside(raw.raw_id, reading.stream, raw.kind, None, _CONTRADICTS.format(raw.external_id))
    read = [each for each in page.read if each.landed.raw_id not in held]
    return replace(page, read=read, set_aside=[*page.set_aside, *held.values()])


_CONTRADICTS = (
    "order {}: another document told it before, and this one says otherwise; compare them, and change the order by hand, "
    'or set later_files = "newest" and replay'
)


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """What a record's row says of its reading."""

    source_version: int
    fetch_seq: int
    raw_id: str | None


def _own_times(news: dict[Key, ReadPayload], changed: dict[Key, ReadPayload], stored: dict[Key, StoredVersion]) -> Iterator[datetime]:
    """When changes that were not known before say that they happened; what only a new mapping reads otherwise is none."""
    for key, each in (*news.items(), *changed.items()):
        before = stored.get(key)
        if isinstance(each.record, TIMED) and (before is None or source_version(each.record) > before.source_version):
            yield each.record.updated_at


def _stored_versions(connection: Connection, winners: dict[Key, ReadPayload]) -> dict[Key, StoredVersion]:
    stored: dict[Key, StoredVersion] = {}
    for table in (ORDERS, PAYMENTS, REFUNDS, RETURNS, ADVICES, PAYOUTS, SETTLEMENT_LINES, DISPUTES):
        ids = [row_id for name, row_id in winners if name == table.name]
        if ids:
            raw_id = table.c.own_raw_id if table is REFUNDS else table.c.raw_id
            columns = select(table.c.id, table.c.source_version, table.c.fetch_seq, raw_id)
            for row_id, version, seq, raw_id in connection.execute(columns.where(among(connection, table.c.id, ids))):
                stored[(table.name, row_id)] = StoredVersion(version, seq, raw_id)
    return stored


def _judge(
    winners: dict[Key, ReadPayload], stored: dict[Key, StoredVersion], dispositions: dict[str, str]
) -> tuple[dict[Key, ReadPayload], dict[Key, ReadPayload]]:
    news: dict[Key, ReadPayload] = {}
    changed: dict[Key, ReadPayload] = {}
    for key, each in winners.items():
        before = stored.get(key)
        if before is None:
            news[key] = each
        elif (source_version(each.record), each.seq) > (before.source_version, before.fetch_seq):
            changed[key] = each
        elif each.landed.raw_id != before.raw_id:
            dispositions[each.landed.raw_id] = "superseded"
    return news, changed


def _batch_of(read: dict[Key, ReadPayload], reading: Reading) -> RowBatch:
    batch = RowBatch()
    for each in read.values():
        match each.record:
            case Order():
                batch.add_order(each.record, reading, each.landed.raw_id, each.seq)
            case Payment():
                batch.add_payment(each.record, reading, each.landed.raw_id, each.seq)
            case Return():
                batch.add_return(each.record, reading, each.landed.raw_id, each.seq)
            case Refund():
                batch.add_refund(each.record, reading, each.landed.raw_id, each.seq)
            case Payout():
                batch.add_payout(each.record, reading, each.landed.raw_id, each.seq)
            case SettlementLine():
                batch.add_settlement_line(each.record, reading, each.landed.raw_id, each.seq)
            case Dispute():
                batch.add_dispute(each.record, reading, each.landed.raw_id, each.seq)
            case _:
                batch.add_advice(each.record, reading, each.landed.raw_id, each.seq)
    return batch


def _save_new(connection: Connection, news: dict[Key, ReadPayload], reading: Reading) -> None:
    if news:
        insert_new(connection, _batch_of(news, reading))


def _save_changed(
    connection: Connection, changed: dict[Key, ReadPayload], stored: dict[Key, StoredVersion], reading: Reading
) -> tuple[int, int]:
    """How many records now say something else, and how many only came by again under a newer version or mapping."""
    if not changed:
        return 0, 0
    overtaken = [stored[key].raw_id for key, each in changed.items() if stored[key].raw_id != each.landed.raw_id]
    landing.supersede(connection, [raw_id for raw_id in overtaken if raw_id is not None])
    orders = {key[1]: each for key, each in changed.items() if key[0] == ORDERS.name}
    singles = {key: each for key, each in changed.items() if key[0] != ORDERS.name}
    told = 0
    if orders:
        batch = _batch_of({(ORDERS.name, order_id): each for order_id, each in orders.items()}, reading)
        old_raws = {order_id: str(stored[(ORDERS.name, order_id)].raw_id) for order_id in orders}
        told += apply_changes(
            connection, batch, {order_id: (each.seq, each.landed.raw_id) for order_id, each in orders.items()}, old_raws, reading
        )
        _open_again(connection, list(orders))
    if singles:
        told += merge_singles(connection, _batch_of(singles, reading))
    return told, len(changed) - told


def _open_again(connection: Connection, order_ids: Sequence[str]) -> None:
    """Orders that were over and changed, as one paid after all, are looked at once more; so are those that a review is about to close.

    Therefore all of them are locked, as a review does and in its order, and not only those that are closed by now.
    """
    c = STATES.c
    changed = (among(connection, c.order_id, order_ids), ~c.is_history)
    connection.execute(select(c.order_id).where(*changed).order_by(c.order_id).with_for_update())
    connection.execute(update(STATES).where(*changed, ~c.is_open).values(is_open=True))


def _settle_quarantine(connection: Connection, page: PageToSave, reading: Reading, behind: Behind) -> None:
    if page.set_aside:
        entries = [entry for _, entry in page.set_aside]
        landing.set_aside(
            connection,
            entries,
            account_id=reading.account_id,
            mapping_version=reading.mapping_version,
            window=behind.window,
            at=reading.at,
        )
    landing.seen_again(connection, page.still_aside, at=reading.at)
    resolution = f"read well by run {reading.run_id}"
    well_read = [each.landed.raw_id for each in page.read] + [landed.raw_id for landed in page.besides]
    landing.resolve_raw(connection, well_read, resolution, at=reading.at)
    well = [each.landed.external_id for each in page.read if each.landed.external_id] + page.unchanged_ids
    if well and not page.is_from_landing:
        aside = [landed.raw_id for landed, _ in page.set_aside] + page.still_aside
        landing.resolve_named(connection, reading.account_id, reading.stream, well, resolution, at=reading.at, but=aside, kind=page.kind)
