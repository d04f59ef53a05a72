"""Completeness certificates: signed in the transaction that saved what they certify, numbered per channel and day, never changed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, and_, func, insert, select

from model.rules.completeness import CertificateState, Differences, Sums
from model.store.leases import Lease, hold
from model.tables.certificates import Asked, CompletenessCertificateRow

CERTIFICATES = cast("Table", CompletenessCertificateRow.__table__)
Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a day: how many orders, their ids' hash and the sums by currency."""

    count: int
    ids: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is signed of one business day of a channel."""

    account_id: str
    day: date
    state: CertificateState
    asked: Asked
    zone: str
    cut_off: str
    source: Side
    store: Side
    recovered: int
    corrected: int
    differences: Differences
    oddity: str | None
    run_id: str
    signed_at: datetime


def sign(connection: Connection, certificate: Certificate, lease: Lease) -> int:
    """Write the next certificate of its channel and day, under the lease that the day was read under; gives its number."""
    hold(connection, lease)
    row = CompletenessCertificateRow
    its = and_(row.account_id == certificate.account_id, row.day == certificate.day)
    number = (connection.execute(select(func.max(row.number)).where(its)).scalar() or 0) + 1
    told = certificate
    connection.execute(
        insert(row).values(
            day=told.day, account_id=told.account_id, number=number, state=told.state, asked=told.asked, zone=told.zone,
            cut_off=told.cut_off, source_count=told.source.count, store_count=told.store.count, source_ids=told.source.ids,
            store_ids=told.store.ids, source_sums=_dumped(told.source.sums), store_sums=_dumped(told.store.sums),
            recovered=told.recovered, corrected=told.corrected, differences=_dumped(asdict(told.differences)), oddity=told.oddity,
            run_id=told.run_id, signed_at=told.signed_at,
        )
    )  # fmt: skip
    return number


def list_certificates(
    connection: Connection, channel: str | None = None, since: date | None = None, until: date | None = None, state: str | None = None
) -> list[Shown]:
    """The certificates in force, that is, the newest of each channel and day; newest day first."""
    every = CERTIFICATES.alias()
    newest = select(func.max(every.c.number)).where(every.c.account_id == CERTIFICATES.c.account_id, every.c.day == CERTIFICATES.c.day)
    query = select(CERTIFICATES).where(CERTIFICATES.c.number == newest.correlate(CERTIFICATES).scalar_subquery())
    c = CERTIFICATES.c
    query = query.where(c.account_id == channel) if channel is not None else query
    query = query.where(c.day >= since) if since is not None else query
    query = query.where(c.day <= until) if until is not None else query
    query = query.where(c.state == state) if state is not None else query
    query = query.order_by(CERTIFICATES.c.day.desc(), CERTIFICATES.c.account_id)
    return [_shown(dict(row)) for row in connection.execute(query).mappings()]


def certificates_of(connection: Connection, channel: str, day: date) -> Sequence[Shown]:
    """Every certificate of one channel and day, the one in force first."""
    query = select(CERTIFICATES).where(CERTIFICATES.c.account_id == channel, CERTIFICATES.c.day == day)
    return [_shown(dict(row)) for row in connection.execute(query.order_by(CERTIFICATES.c.number.desc())).mappings()]


def _shown(row: Shown) -> Shown:
    return row | {name: json.loads(row[name]) for name in ("source_sums", "store_sums", "differences")}


def _dumped(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
