"""How late changes were seen, counted in the transaction that saves them; and the counts of the last weeks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, case, select
from sqlalchemy.dialects import postgresql, sqlite

from model.rules.lateness import REMEMBERED_DAYS, LateDay, bucket_of
from model.tables.certificates import StreamLatenessRow


@dataclass(frozen=True, slots=True)
class Meter:
    """What lateness is measured against: the end of the stream's last reading, and the day it is counted on."""

    account_id: str
    stream: str
    read_until: datetime
    day: date


def count_late(connection: Connection, meter: Meter, changed_at: Iterable[datetime]) -> None:
    """Count each saved change by how long before the end of the last reading it says that it happened; 0 where it was in time."""
    counted: dict[int, tuple[int, int]] = {}
    for at in changed_at:
        late_s = max(0, (meter.read_until - at) // timedelta(seconds=1))
        count, longest = counted.get(bucket_of(late_s), (0, 0))
        counted[bucket_of(late_s)] = (count + 1, max(longest, late_s))
    if not counted:
        return
    row = StreamLatenessRow
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(row)
    longest = case((row.longest_s < insert.excluded.longest_s, insert.excluded.longest_s), else_=row.longest_s)
    added = {"count": row.count + insert.excluded.count, "longest_s": longest}
    upsert = insert.on_conflict_do_update(index_elements=["day", "account_id", "stream", "bucket_s"], set_=added)
    connection.execute(
        upsert,
        [
            {
                "day": meter.day,
                "account_id": meter.account_id,
                "stream": meter.stream,
                "bucket_s": bucket,
                "count": count,
                "longest_s": most,
            }
            for bucket, (count, most) in sorted(counted.items())
        ],
    )


def late_days(connection: Connection, account_id: str, stream: str, today: date) -> list[LateDay]:
    """The counts of a stream in the days that still matter, oldest first."""
    row = StreamLatenessRow
    columns = select(row.day, row.bucket_s, row.count, row.longest_s).where(row.account_id == account_id, row.stream == stream)
    recent = columns.where(row.day > today - timedelta(days=REMEMBERED_DAYS)).order_by(row.day, row.bucket_s)
    return [LateDay(*found) for found in connection.execute(recent).tuples()]
