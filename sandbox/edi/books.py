"""The warehouse's books, kept beside its folders: what it was asked, what it shipped, what it refused and what lies there."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypedDict, cast


class TrueParcel(TypedDict):
    """One parcel that left: for which partner and which reference of ours, with what in it (thousandths by SKU), under which number."""

    partner: str
    reference: str
    lines: dict[str, int]
    tracking_number: str


class Refusal(TypedDict):
    """Something the warehouse did not do, and why."""

    reference: str
    why: str


@dataclass(slots=True)
class Line:
    """A line asked for: its reference, SKU, unit code and thousandths, and how much of it left."""

    name: str
    sku: str
    unit: str
    asked: int
    gone: int = 0


@dataclass(slots=True)
class Asked:
    """One order: who asked, its lines, when work on it is next due (0: it is over) and how often it was worked on."""

    sender: str
    lines: list[Line]
    due_ms: int
    visits: int = 0


@dataclass(slots=True)
class Books:
    """Everything the warehouse knows."""

    depositor: str = "ENTREPOT"
    number: int = 0
    orders: dict[str, Asked] = field(default_factory=dict[str, Asked])
    seen: list[str] = field(default_factory=list[str])
    """Numbers of documents taken in, so that none is worked on twice."""
    parcels: list[TrueParcel] = field(default_factory=list[TrueParcel])
    refusals: list[Refusal] = field(default_factory=list[Refusal])
    stock: dict[str, int] = field(default_factory=dict[str, int])
    """Thousandths on hand by SKU."""
    told: dict[str, str] = field(default_factory=dict[str, str])
    """What it told, by the number of its group: which set. Acknowledgements are not among them, as nobody answers those."""
    acknowledged: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What it was answered to that, by the same number: the code of each answer, and of a refusal the places named."""
    damaged: dict[str, int] = field(default_factory=dict[str, int])
    news_ms: int = 0
    """When it next counts and receives."""


def load(path: Path) -> Books | None:
    """Gives the books kept there, None where none are."""
    if not path.exists():
        return None
    kept = json.loads(path.read_text("utf-8"))
    orders = cast("dict[str, dict[str, object]]", kept.pop("orders"))
    books = Books(**kept)
    for reference, order in orders.items():
        lines = [Line(**line) for line in cast("list[dict[str, object]]", order.pop("lines"))]  # pyright: ignore[reportArgumentType]  as it was written
        books.orders[reference] = Asked(lines=lines, **order)  # pyright: ignore[reportArgumentType]  same
    return books


def keep(path: Path, books: Books) -> None:
    """Writes the books down, whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(books)), "utf-8")
    part.replace(path)
