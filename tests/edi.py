"""Pieces of X12 that tests share: a partner's settings, an order to ship, and documents put together by hand."""

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from connectors._kit import Wiring
from connectors.capabilities import Command, RawPage, Record, Window
from connectors.edi_warehouse.connector import EdiWarehouse
from connectors.edi_warehouse.settings import Settings
from model.records.fulfilment import FulfilmentOrder, FulfilmentOrderLine
from model.records.order import Party

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
RECORDINGS = Path(__file__).parents[1] / "connectors" / "edi_warehouse" / "recordings"
SHARED = Path(__file__).parents[2] / "shared" / "samples" / "edi-x12"
KEY = "3f2a0c1d4b5e4f60a7b8c9d0e1f20304"
OTHER_KEY = "b71c0e4a9d2f4e13860a5c7d1e2f3041"
SIDES = {"our_id": "ENTREPOT", "their_id": "NORTHDOCK"}
ORDER = FulfilmentOrder(
    reference="FO-2041",
    order_number="1042",
    placed_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    released_at=datetime(2026, 3, 2, 14, 5, tzinfo=UTC),
    ship_by=date(2026, 3, 4),
    ship_to=Party(
        role="shipping",
        name="Ada Example",
        street=("12 Harbour Road", "Flat 3"),
        city="Norfolk",
        region="VA",
        postcode="23510",
        country="US",
        phone="+1 555 0101",
    ),
    lines=(
        FulfilmentOrderLine(reference="1", sku="MUG-STONE-BLU", title="Mug, blue", quantity=2000),
        FulfilmentOrderLine(reference="2", sku="FLOUR-LOOSE", title="Flour", quantity=1500, unit="kg"),
    ),
    currency="USD",
    value_minor=4500,
)


def home(root: Path) -> Path:
    """A partner's folders."""
    for folder in ("in", "out", "done"):
        (root / folder).mkdir(parents=True)
    return root


def warehouse(address: object, **settings: object) -> EdiWarehouse:
    """A connector whose clock stands still."""
    told: dict[str, Any] = {"address": str(address), **SIDES, **settings}
    return EdiWarehouse(Settings(**told), Wiring(httpx.MockTransport(_nobody), allow_hosts=frozenset({"127.0.0.1"}), now=lambda: NOW))


def _nobody(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url}: nothing here is fetched over HTTP")


def command(connector: EdiWarehouse, order: FulfilmentOrder = ORDER, key: str = KEY) -> Command:
    """An order as it was decided."""
    return Command(key=key, reference=order.reference, body=connector.write_shipment(order, key))


def drop(folder: Path, name: str, body: bytes, at: datetime = NOW) -> Path:
    """A file of the partner's, modified at a time."""
    path = folder / name
    path.write_bytes(body)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def pages(connector: EdiWarehouse, since: datetime = NOW - timedelta(days=30), resume: str | None = None) -> list[RawPage]:
    """Every page of a window."""
    return list(connector.fetch_advices(Window(since, NOW), resume))


def records(connector: EdiWarehouse, found: Sequence[RawPage]) -> list[Record]:
    """What the pages tell."""
    return [connector.kinds[page.kind].read(raw, connector.settings.statuses) for page in found for raw in page.slices]


def recorded(name: str) -> bytes:
    """A recording of the connector's."""
    return (RECORDINGS / f"{name}.edi").read_bytes()


def document(kind: str, *body: str, function: str = "SW", number: int = 900, usage: str = "P", sender: str = "NORTHDOCK") -> bytes:
    """One set in its envelope, with these segments in it."""
    return interchange([(kind, body)], function=function, number=number, usage=usage, sender=sender)


def interchange(
    sets: Sequence[tuple[str, Sequence[str]]], *, function: str = "SW", number: int = 900, usage: str = "P", sender: str = "NORTHDOCK"
) -> bytes:
    """Sets in one group of one interchange."""
    lines = [f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{'ENTREPOT':15}*260303*1015*U*00401*{number:09}*0*{usage}*>"]
    lines.append(f"GS*{function}*{sender}*ENTREPOT*20260303*1015*{number}*X*004010")
    for place, (kind, body) in enumerate(sets, 1):
        lines += [f"ST*{kind}*{place:04}", *body, f"SE*{len(body) + 2}*{place:04}"]
    lines += [f"GE*{len(sets)}*{number}", f"IEA*1*{number:09}"]
    return "".join(f"{line}~" for line in lines).encode()
