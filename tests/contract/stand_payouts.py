"""Where a source of payouts is put to the test: its stream brings payouts and the lines of the balance that they are paid from.

A stand is of one of the two kinds, and sees that kind only; what both of them together must keep to is asked of `books`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
from typing_extensions import override

from connectors.capabilities import RawPage, Window
from model.records.settlement import Payout, SettlementLine
from tests.contract.dialects import Json, Shape
from tests.contract.hostile import dumped
from tests.contract.remote import WINDOW, Asked, Remote, Row, put, recordings, row_of
from tests.contract.stand import Link, Stand

PAYOUTS, LINES = "payouts", "balances"
LATER = timedelta(hours=12)


class PayoutLink(Link):
    """A source of payouts at work, of which one kind of record is looked at."""

    @override
    def pages(self, window: Window = WINDOW, resume: str | None = None) -> Iterator[RawPage]:
        """The pages of a window; those of the other kind without their rows."""
        for page in self.all_pages(window, resume):
            yield page if page.kind == self.stream.kind else replace(page, slices=())

    def all_pages(self, window: Window = WINDOW, resume: str | None = None) -> Iterator[RawPage]:
        """The pages of a window, of both kinds."""
        return Link.pages(self, window, resume)


@dataclass
class PayoutStand(Stand):
    """One connector class under test as a source of payouts, or of the lines of a balance."""

    @override
    def remote(self, rows: list[Row] | None = None, *, shop: str = "north", empties: int = 0) -> Remote:
        remote = super().remote(rows, shop=shop, empties=empties)
        if self.stream.rows == LINES and self.shape.by_payout:
            carrier = self.carrier()
            for row in remote.rows[LINES]:
                row.payout = carrier.external_id
            remote.rows[PAYOUTS] = [carrier]
        return remote

    @override
    def link(self, outside: httpx.BaseTransport | None = None) -> PayoutLink:
        link = super().link(outside)
        return PayoutLink(link.connector, link.stream, link.asked, link.waits)

    @override
    def is_list(self, request: httpx.Request) -> bool:
        """Whether a request asks for a page of this stand's rows."""
        request.read()
        fits = ((door, Asked.of(request, door)) for door in self.dialect.doors)
        return next((door.is_list and self.stream.rows in door.rows.split(",") for door, asked in fits if asked), False)

    @property
    def lines(self) -> Shape:
        """What lines look like."""
        return self.dialect.shapes[LINES]

    def carrier(self, number: int = 8001, place: int | None = None) -> Row:
        """A settled payout that changed in the middle of the window."""
        shape = self.dialect.shapes[PAYOUTS]
        recorded: list[Any] = recordings(self.name, PAYOUTS)
        itemised = [payload for payload in recorded if self.payout_of(dumped(payload)).is_itemised]
        payload = itemised[0] if place is None else recorded[place]
        return row_of(payload, shape, shape.numbered(number), WINDOW.start + LATER)

    def books(self, *, old_lines: bool = False) -> Remote:
        """The vendor with all recorded payouts and lines under their own ids, all of the window, or the lines of long before it."""
        before = WINDOW.start - self.facts.overlap - timedelta(days=2) if old_lines else WINDOW.start + timedelta(hours=1)
        payouts, lines = self.dialect.shapes[PAYOUTS], self.lines
        rows = {
            PAYOUTS: [self._own(payload, payouts, WINDOW.start + LATER) for payload in recordings(self.name, PAYOUTS)],
            LINES: [self._own(payload, lines, before) for payload in recordings(self.name, LINES)],
        }
        return Remote(self.dialect, rows)

    def payout_of(self, raw: bytes) -> Payout:
        """A slice read as a payout."""
        record = self.kind.kinds["payout"].read(raw, {})
        assert isinstance(record, Payout)
        return record

    def line_of(self, raw: bytes) -> SettlementLine:
        """A slice read as a line."""
        record = self.kind.kinds["balance"].read(raw, {})
        assert isinstance(record, SettlementLine)
        return record

    def told(self, remote: Remote) -> tuple[list[Payout], list[SettlementLine]]:
        """All that the source tells of a window, read."""
        pages = list(self.link(remote).all_pages())
        payouts = [self.payout_of(raw) for page in pages if page.kind == "payout" for raw in page.slices]
        lines = [self.line_of(raw) for page in pages if page.kind == "balance" for raw in page.slices]
        return payouts, lines

    def _own(self, payload: dict[str, Json], shape: Shape, updated: Any) -> Row:  # noqa: ANN401  an instant
        external_id = self.kind.external_id_in(dumped(payload))
        assert external_id is not None
        return row_of(payload, shape, external_id, updated)


def newest(lines: list[SettlementLine]) -> dict[str, SettlementLine]:
    """What a store keeps of lines told more than once: of each, the one of the highest version."""
    return {line.external_id: line for line in sorted(lines, key=lambda line: line.source_version)}


def without_payout(row: Row, shape: Shape) -> bytes:
    """The row as it was before a payout carried it."""
    return dumped(put(json.loads(row.body), shape.payout, None))
