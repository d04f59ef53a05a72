"""Exchange rates from a file: what one unit of a currency is worth in the functional currency on a day. What was told never changes."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, select

from model.errors import MalformedError, RejectedError
from model.store import runs
from model.store.audit_trail import append
from model.store.bulk import PrimitiveRow, insert_rows
from model.store.vouchers import RATES
from model.values.instant import iso
from model.values.money import EXPONENTS
from operations.runtime.hub import Hub

COLUMNS = ("day", "base", "currency", "rate")
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,12})?")


def import_rates(hub: Hub, name: str, text: str) -> int:
    """Keep the rates of a CSV file with the columns day, base, currency and rate; gives how many were new.

    MalformedError names the line that cannot be read; RejectedError one that says otherwise than before. A whole file, or nothing of it.
    """
    told = dict(_rows(name, text))
    at = hub.clock.now()

    def work(connection: Connection) -> int:
        known = {(row.base, row.currency, row.day): row.rate for row in connection.execute(select(RATES))}
        for (base, currency, day), (number, rate) in told.items():
            before = known.get((base, currency, day))
            if before is not None and Decimal(before) != Decimal(rate):
                raise RejectedError(f"{name}: line {number}: {currency} in {base} for {day} was {before} before; rates never change")
        new: list[PrimitiveRow] = [
            (base, currency, day.isoformat(), rate, hub.actor.id, iso(at))
            for (base, currency, day), (_, rate) in told.items()
            if (base, currency, day) not in known
        ]
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        insert_rows(connection, RATES, new)
        if new:
            append(connection, hub.actor, "import rates", name, {"new": len(new), "told": len(told)}, at=at)
        return len(new)

    return hub.database.run(work)


def _rows(name: str, text: str) -> Iterator[tuple[tuple[str, str, date], tuple[int, str]]]:
    table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if tuple(table.fieldnames or ()) != COLUMNS:
        raise MalformedError(f"{name}: the first line names {table.fieldnames}; write {','.join(COLUMNS)}")
    for number, row in enumerate(table, 2):
        day, problem = _day(row["day"] or ""), ""
        if day is None:
            problem = "day: is no date; write one like 2026-01-31"
        elif not _NUMBER.fullmatch(row["rate"] or "") or not Decimal(row["rate"]):
            problem = "rate: is no positive decimal number"
        elif {row["base"], row["currency"]} - set(EXPONENTS) or row["base"] == row["currency"]:
            problem = "base and currency: are not two ISO 4217 currencies"
        if day is None or problem:
            raise MalformedError(f"{name}: line {number}: {problem}")
        yield (row["base"], row["currency"], day), (number, row["rate"])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
