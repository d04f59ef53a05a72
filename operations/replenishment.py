"""What is short, what is too much, and what to order: read off stock, sales and the SKU master, on the day of the hub's first entity."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from model.rules.replenishment import Position, propose
from model.store import proposals, supply
from model.store.supply import Supply
from model.values.instant import business_date, iso
from model.values.quantity import decimal_quantity
from operations.masters.cells import Cell
from operations.masters.files import write_table
from operations.runtime.hub import Hub
from operations.sales import sales_window

Shown = dict[str, Any]

COLUMNS = (
    "day", "supplier", "sku", "title", "unit", "quantity", "runs_out_on", "target", "demand", "safety", "low_at", "velocity", "on_hand",
    "held_back", "reserved", "backordered", "inbound", "order_multiple", "lead_days", "review_days", "window_days",
)  # fmt: skip
"""Of a file of proposals."""
QUANTITIES = frozenset((
    "quantity", "target", "demand", "safety", "low_at", "on_hand", "held_back", "reserved", "backordered", "inbound", "order_multiple",
))  # fmt: skip


def today(hub: Hub, at: datetime) -> date:
    """The day at the hub's first entity."""
    return business_date(at, ZoneInfo(hub.file.entities[0].zone), time(0))


def stock_warnings(hub: Hub) -> list[Shown]:
    """SKUs that are low, run out before an order could come, or lie there in surplus; the worst first."""
    at = hub.clock.now()
    lead_days = hub.file.replenishment.lead_time_days
    with hub.database.read() as connection:
        return list(supply.warnings(connection, sales_window(hub, at), today=today(hub, at), lead_days=lead_days))


def propose_replenishment(hub: Hub) -> int:
    """Work out what to order of each SKU, and keep it as today's proposals; gives how many there are."""
    at = hub.clock.now()
    day, settings = today(hub, at), hub.file.replenishment
    with hub.database.read() as connection:
        found = supply.supplies(connection, sales_window(hub, at), today=day, lead_days=settings.lead_time_days)
        rows = [row for each in found if (row := _proposed(hub, each, day, at))["quantity"]]
    hub.database.run(lambda connection: proposals.replace_day(connection, day, rows))
    return len(rows)


def _proposed(hub: Hub, one: Supply, day: date, at: datetime) -> Shown:
    row, settings = one.row, hub.file.replenishment
    kept = {name: row[name] for name in Position.__dataclass_fields__}
    certainty = int(settings.certainty * 10**6)
    made = propose(Position(**kept), one.sales, row["lead_days"] + settings.review_days, certainty)
    runs_out = None if made.cover_days is None else (day + timedelta(days=made.cover_days)).isoformat()
    return {
        **kept, "sku": row["sku"], "quantity": made.quantity, "target": made.target, "demand": made.demand, "safety": made.safety,
        "window_days": settings.window_days, "lead_days": row["lead_days"], "review_days": settings.review_days, "certainty": certainty,
        "runs_out_on": runs_out, "made_at": iso(at),
    }  # fmt: skip


def list_proposals(connection: Connection) -> Iterator[Shown]:
    """The newest day's proposals, by supplier and by when the SKU runs out."""
    day = proposals.newest_day(connection)
    return proposals.of_day(connection, day) if day else iter(())


def export_proposals(hub: Hub, path: Path) -> int:
    """Write the newest day's proposals into a CSV or XLSX file, quantities in units; gives how many."""
    with hub.database.read() as connection:
        rows = [[_cell(name, row[name]) for name in COLUMNS] for row in list_proposals(connection)]
    write_table(path, "proposals", COLUMNS, rows, hub.clock.now())
    hub.note("export", "proposals", file=path.name)
    return len(rows)


def _cell(name: str, value: Any) -> Cell:  # noqa: ANN401  a column's own
    if value is None:
        return ""
    if name in QUANTITIES:
        return Decimal(decimal_quantity(value))
    if name == "velocity":
        return Decimal(units_a_day(value))
    return value if isinstance(value, date) else str(value)


def certainty_text(millionths: int) -> str:
    """A certainty as hub.toml says it: 980000 is `0.98`."""
    return str(Decimal(millionths) / 10**6)


def units_a_day(velocity: int) -> str:
    """Millionths of a unit a day as people read them, to the thousandth, never below what they are."""
    return decimal_quantity(-(-velocity // 1000))
