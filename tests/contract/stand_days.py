"""Where a connector that lists days is put to the test: orders placed through one day, and changed whenever."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx

from connectors.capabilities import Window
from model.records.days import ListedOrder
from model.records.order import Order
from tests.contract.documents import at
from tests.contract.remote import WINDOW, Row, put, window_rows
from tests.contract.stand import Stand


@dataclass
class DayStand(Stand):
    """One connector class under test as a teller of whole days."""

    def usual_rows(self) -> list[Row]:
        """Orders placed all through the window; every second one changed a week later."""
        rows = [self.placed(row) for row in window_rows(self.recorded(), self.shape, self.count)]
        return [replace(row, updated=row.updated + timedelta(days=7 * (place % 2))) for place, row in enumerate(rows)]

    def placed(self, row: Row) -> Row:
        """The row, placed when it was changed."""
        body, path = json.loads(row.body), self.shape.day
        assert at(body, path) is not None, f"{self.name}: a recorded order has no {path}"
        told = json.dumps(put(body, path, self.shape.stamped(row.updated)), ensure_ascii=False).encode()
        return replace(row, placed=row.updated, body=told)

    def sales(self, rows: Iterable[Row] | None = None) -> dict[str, Order]:
        """What the mapping reads of the rows that are orders, by id."""
        read = (self.read(row.body) for row in (self.rows if rows is None else rows))
        return {each.external_id: each for each in read if isinstance(each, Order)}

    def listed(self, outside: httpx.BaseTransport | None = None, window: Window = WINDOW) -> list[ListedOrder]:
        """The day as the connector lists it, whole."""
        source: Any = self.link(outside).connector
        pages: Iterator[tuple[ListedOrder, ...]] = source.list_day(window)
        return [each for page in pages for each in page]
