"""Vouchers in the store: many are posted by a handful of statements; their period numbers them in the same transaction."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, delete, func, select, update

from model.errors import RejectedError, TransientError
from model.records.voucher import Voucher, VoucherLine
from model.store.bulk import PrimitiveRow, among, insert_rows
from model.store.database import insert_ignoring
from model.tables.vouchers import AccountingPeriodRow, BookedFactRow, ExchangeRateRow, VoucherLineRow, VoucherRow
from model.values.ids import derive_id
from model.values.instant import iso

VOUCHERS = cast("Table", VoucherRow.__table__)
LINES = cast("Table", VoucherLineRow.__table__)
PERIODS = cast("Table", AccountingPeriodRow.__table__)
BOOKED = cast("Table", BookedFactRow.__table__)
RATES = cast("Table", ExchangeRateRow.__table__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A voucher to be posted."""

    entity_id: str
    event: str
    source: str
    source_id: str
    version: int
    rule_set: str
    account_id: str | None
    happened_on: date
    base_currency: str
    memo: str
    lines: tuple[VoucherLine, ...]
    reverses_id: str | None = None

    @property
    def id(self) -> str:
        """The row id: one business key is one voucher."""
        return derive_id(self.entity_id, "voucher", self.event, self.source, self.source_id, str(self.version), self.rule_set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Who made and who checked what is posted, and when."""

    maker_id: str
    checker_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """Which voucher tells of a fact now; none where it comes to nothing."""

    source: str
    source_id: str
    voucher_id: str | None
    version: int
    read: int
    group_id: str | None = None
    share: str | None = None
    happened_on: date | None = None


def period_of(day: date) -> str:
    """The month a day is booked in."""
    return day.strftime("%Y-%m")


def open_days(connection: Connection, entity_id: str, days: Sequence[date], *, at: datetime) -> dict[date, date]:
    """For each day the one it is posted on: itself, or the first of the next open month where its own is closed."""
    known: dict[str, str] = {row.period: row.state for row in connection.execute(select(PERIODS).where(PERIODS.c.entity_id == entity_id))}
    answer = {day: _first_open(day, known) for day in set(days)}
    for period in sorted({period_of(day) for day in answer.values()} - set(known)):
        values = {"entity_id": entity_id, "period": period, "state": "open", "last_number": 0, "changed_at": at}
        connection.execute(insert_ignoring(connection, AccountingPeriodRow).values(values))
    return answer


def _first_open(day: date, states: Mapping[str, str]) -> date:
    chosen = day
    while states.get(period_of(chosen)) == "closed":
        chosen = date(chosen.year + chosen.month // 12, chosen.month % 12 + 1, 1)
    return chosen


def post(connection: Connection, entries: Sequence[Entry], signed: Signed) -> list[str]:
    """Write and post vouchers, in this order within each period; gives their ids. All of one entity.

    TransientError where a period was closed meanwhile: nothing of it is written, and the next try takes the next period.
    """
    if not entries:
        return []
    days = open_days(connection, entries[0].entity_id, [entry.happened_on for entry in entries], at=signed.at)
    wanted = Counter(period_of(days[entry.happened_on]) for entry in entries)
    numbers = {period: take_numbers(connection, entries[0].entity_id, period, count) for period, count in sorted(wanted.items())}
    rows: list[PrimitiveRow] = []
    lines: list[PrimitiveRow] = []
    ids: list[str] = []
    for entry in entries:
        day, voucher_id = days[entry.happened_on], entry.id
        number = numbers[period_of(day)]
        numbers[period_of(day)] += 1
        ids.append(voucher_id)
        rows.append(
            (voucher_id, entry.entity_id, period_of(day), number, "approved", entry.event, entry.source, entry.source_id, entry.version,
             entry.rule_set, entry.account_id, day.isoformat(), entry.happened_on.isoformat(), entry.base_currency, entry.memo,
             entry.reverses_id, signed.maker_id, signed.checker_id, iso(signed.at), None)
        )  # fmt: skip
        lines += line_rows(voucher_id, entry.lines)
    insert_rows(connection, VOUCHERS, rows)
    insert_rows(connection, LINES, lines)
    connection.execute(
        update(VOUCHERS)
        .where(among(connection, VOUCHERS.c.id, ids), VOUCHERS.c.state == "approved")
        .values(state="posted", posted_at=signed.at)
    )
    return ids


def take_numbers(connection: Connection, entity_id: str, period: str, count: int) -> int:
    """The first of so many consecutive numbers of an open period."""
    c = PERIODS.c
    mine = (c.entity_id == entity_id, c.period == period, c.state == "open")
    done = connection.execute(update(PERIODS).where(*mine).values(last_number=c.last_number + count)).rowcount
    if not done:
        raise TransientError(f"{entity_id} {period}: was closed meanwhile; run again")
    last = connection.execute(select(c.last_number).where(c.entity_id == entity_id, c.period == period)).scalar_one()
    return int(last) - count + 1


def line_rows(voucher_id: str, lines: Sequence[VoucherLine]) -> list[PrimitiveRow]:
    """The rows of a voucher's lines."""
    return [
        (voucher_id, number, line.account, line.currency, line.amount_minor, line.base_minor, line.tax_code,
         json.dumps(dict(line.dimensions), ensure_ascii=False), line.memo)
        for number, line in enumerate(lines, 1)
    ]  # fmt: skip


def keep_bookings(connection: Connection, bookings: Sequence[Booking]) -> None:
    """Write down which voucher tells of which fact."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for each in bookings:
        by_source[each.source].append(each.source_id)
    for source, ids in by_source.items():
        connection.execute(delete(BOOKED).where(BOOKED.c.source == source, among(connection, BOOKED.c.source_id, ids)))
    insert_rows(connection, BOOKED, [_booked_row(each) for each in bookings])


def _booked_row(each: Booking) -> PrimitiveRow:
    day = None if each.happened_on is None else each.happened_on.isoformat()
    return (each.source, each.source_id, each.voucher_id, each.version, each.read, each.group_id, each.share, day)


def shares(connection: Connection, voucher_ids: Sequence[str]) -> dict[tuple[str, str], str | None]:
    """What of summaries is each fact's, as it was when it was booked."""
    c = BOOKED.c
    query = select(c.source, c.source_id, c.share).where(among(connection, c.voucher_id, list(voucher_ids)))
    return {(row.source, row.source_id): row.share for row in connection.execute(query)}


def free(connection: Connection, voucher_ids: Sequence[str]) -> None:
    """Let the facts of summaries that are taken back come again, and the orders that they are looked at with."""
    if voucher_ids:
        mine, group = among(connection, BOOKED.c.voucher_id, list(voucher_ids)), BOOKED.alias()
        groups = select(group.c.group_id).where(among(connection, group.c.voucher_id, list(voucher_ids)), group.c.group_id.is_not(None))
        connection.execute(update(BOOKED).where(BOOKED.c.source == "order", BOOKED.c.source_id.in_(groups)).values(read=-1))
        connection.execute(update(BOOKED).where(mine).values(voucher_id=None, read=-1, share=None))


def lines_of(connection: Connection, voucher_ids: Sequence[str]) -> dict[str, tuple[VoucherLine, ...]]:
    """The lines of vouchers, by voucher."""
    found: dict[str, list[VoucherLine]] = defaultdict(list)
    query = select(LINES).where(among(connection, LINES.c.voucher_id, list(voucher_ids))).order_by(LINES.c.voucher_id, LINES.c.line_no)
    for row in connection.execute(query):
        found[row.voucher_id].append(_line(row))
    return {voucher_id: tuple(lines) for voucher_id, lines in found.items()}


def _line(row: Row[Any]) -> VoucherLine:
    return VoucherLine(
        account=row.account, currency=row.currency, amount_minor=row.amount_minor, base_minor=row.base_minor, tax_code=row.tax_code,
        dimensions=tuple(json.loads(row.dimensions).items()), memo=row.memo,
    )  # fmt: skip


def headers(connection: Connection, voucher_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """The rows of vouchers, by id."""
    return {row.id: row for row in connection.execute(select(VOUCHERS).where(among(connection, VOUCHERS.c.id, list(voucher_ids))))}


def posted(connection: Connection, entity_id: str, period: str, after: int, limit: int) -> list[Voucher]:
    """Posted vouchers of a period in the order of their numbers, behind a number."""
    c = VOUCHERS.c
    query = select(VOUCHERS).where(c.entity_id == entity_id, c.period == period, c.state == "posted", c.number > after)
    return told(connection, connection.execute(query.order_by(c.number).limit(limit)).all())


def told(connection: Connection, rows: Sequence[Row[Any]]) -> list[Voucher]:
    """Rows of vouchers as records, with their lines."""
    lines = lines_of(connection, [row.id for row in rows])
    taken = headers(connection, [row.reverses_id for row in rows if row.reverses_id])
    return [_voucher(row, lines.get(row.id, ()), taken.get(row.reverses_id or "")) for row in rows]


def _voucher(row: Row[Any], lines: tuple[VoucherLine, ...], reverses: Row[Any] | None) -> Voucher:
    made = Voucher(
        voucher_id=row.id, entity=row.entity_id, period=row.period, number=row.number, posted_on=row.posted_on,
        happened_on=row.happened_on, base_currency=row.base_currency, event=row.event, memo=row.memo, lines=lines,
    )  # fmt: skip
    if reverses is None:
        return made
    return replace(made, reverses=f"{reverses.entity_id}/{reverses.period}/{reverses.number:06d}")


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account stands at: in an original currency and, of the same lines, in the functional one; debits are positive."""

    account: str
    currency: str
    amount_minor: int
    base_minor: int
    lines: int


def balances(connection: Connection, entity_id: str, until: date, since: date | None = None) -> list[Balance]:
    """The trial balance of posted vouchers up to a day, itself included."""
    v, line = VOUCHERS.c, LINES.c
    query = (
        select(line.account, line.currency, func.sum(line.amount_minor), func.sum(line.base_minor), func.count())
        .select_from(LINES.join(VOUCHERS, v.id == line.voucher_id))
        .where(v.entity_id == entity_id, v.state == "posted", v.posted_on <= until, *([] if since is None else [v.posted_on >= since]))
        .group_by(line.account, line.currency)
        .order_by(line.account, line.currency)
    )
    return [
        Balance(account, currency, int(amount), int(base), count) for account, currency, amount, base, count in connection.execute(query)
    ]


def rates(connection: Connection, base: str) -> dict[str, list[tuple[date, str]]]:
    """All exchange rates of a functional currency, by currency, in the order of days."""
    found: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for row in connection.execute(select(RATES).where(RATES.c.base == base).order_by(RATES.c.currency, RATES.c.day)):
        found[row.currency].append((row.day, row.rate))
    return dict(found)


def check_open(connection: Connection, entity_id: str, period: str) -> None:
    """RejectedError for a period that is closed."""
    c = PERIODS.c
    state = connection.execute(select(c.state).where(c.entity_id == entity_id, c.period == period)).scalar_one_or_none()
    if state == "closed":
        raise RejectedError(f"{entity_id} {period}: is closed; post into the next period, or have it reopened by two people")
