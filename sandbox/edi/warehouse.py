"""The warehouse at work: it takes 940s and 997s from `in`, moves them to `done`, and puts what it has to tell into `out`.

A third of its orders leave in two parcels or short. Each day it receives goods (944), changes its book (947) and counts (846). It ships a
reference once: whoever asks twice stands in its books under `refusals`.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from sandbox.edi import x12
from sandbox.edi.books import Asked, Books, Line, Refusal, TrueParcel, keep, load
from sandbox.edi.x12 import Document, at
from sandbox.exchange import Clock
from sandbox.story import THOUSANDTHS, dice
from sandbox.wares import WARES

PICKING_S: Final = (30, 300)
REST_S: Final = (600, 3600)
DAY_MS: Final = 24 * 3600 * 1000
FULL: Final = 500 * THOUSANDTHS
"""What lies there of each ware at first."""
UNITS: Final = {ware.sku: "KG" if ware.unit else "EA" for ware in WARES}

Row = Sequence[object]


class EdiWarehouse:
    """A warehouse in a folder of its own; `partner` is what its parcels are told under."""

    def __init__(
        self, home: Path, clock: Clock, *, seed: int = 1, partner: str = "north-dock", stock: Mapping[str, int] | None = None
    ) -> None:
        self._home, self._clock, self._seed, self._partner = home, clock, seed, partner
        for folder in ("in", "out", "done"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        skus = stock if stock is not None else {ware.sku: FULL for ware in WARES if ware.sku and ware.kind == "goods"}
        self._books = load(home / "books.json") or Books(stock=dict(skus), news_ms=self._now_ms() + DAY_MS)

    def advance(self) -> None:
        """Takes in what came, ships what is due, and tells of it."""
        for path in sorted((self._home / "in").iterdir()):
            if path.is_file() and not path.name.endswith(".part") and not path.name.startswith("."):
                self._take(path)
        for reference, order in list(self._books.orders.items()):
            while 0 < order.due_ms <= self._now_ms():
                self._work(reference, order)
        while self._books.news_ms <= self._now_ms():
            self._tell_news(self._books.news_ms)
            self._books.news_ms += DAY_MS
        keep(self._home / "books.json", self._books)

    def parcels(self) -> list[TrueParcel]:
        """Gives every parcel that left."""
        return list(self._books.parcels)

    def refusals(self) -> list[Refusal]:
        """Gives what it was asked and did not do."""
        return list(self._books.refusals)

    def told(self) -> dict[str, str]:
        """Gives the sets it told that want an acknowledgement, by the number of their group."""
        return dict(self._books.told)

    def acknowledged(self) -> dict[str, list[str]]:
        """Gives every answer it got to what it told, by the number of its group."""
        return {number: list(codes) for number, codes in self._books.acknowledged.items()}

    def stock(self) -> dict[str, int]:
        """Gives thousandths on hand by SKU."""
        return dict(self._books.stock)

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _take(self, path: Path) -> None:
        """Reads one file, acts on it, acknowledges it and moves it away."""
        try:
            document = x12.read(path.read_text("utf-8"))
        except (ValueError, UnicodeDecodeError):
            self._books.refusals.append({"reference": path.name, "why": "cannot be read"})
        else:
            self._take_in(document)
        path.replace(self._home / "done" / path.name)

    def _take_in(self, document: Document) -> None:
        named, self._books.depositor = "/".join(document.numbers), document.sender
        if named in self._books.seen:
            self._books.refusals.append({"reference": named, "why": "came before"})
            return
        self._books.seen.append(named)
        if document.kind == "997":
            self._hear(document)
            return
        problem = self._act_on(document)
        code = "R" if problem == "is no order" else "A"
        taken = [
            ["AK1", "OW", document.numbers[1]],
            ["AK2", document.kind, document.numbers[2]],
            ["AK5", code, *(["5"] if code == "R" else [])],
        ]
        self._tell("997", "FA", [*taken, ["AK9", code, 1, 1, int(code == "A")]], self._now_ms())

    def _hear(self, document: Document) -> None:
        """Notes what is answered to a document of its own; an answer to what it never told is none."""
        number, code = at(next(document.all("AK1"), list[str]()), 2), at(next(document.all("AK9"), list[str]()), 1)
        if number not in self._books.told:
            self._books.refusals.append({"reference": number, "why": "was never told"})
            return
        places = [f"{at(segment, 1)} {at(segment, 2)}" for segment in document.all("AK3")]
        self._books.acknowledged.setdefault(number, []).append(" ".join([code, *places]))

    def _act_on(self, document: Document) -> str | None:
        header = next(document.all("W05"), list[str]())
        reference, status = at(header, 2), at(header, 1)
        lines = [] if status == "F" else _lines_of(document)
        if status == "F":
            problem = self._call_back(reference)
        elif document.kind != "940" or status != "N" or not reference or not lines:
            problem = "is no order"
        elif reference in self._books.orders:
            problem = "was asked for before"
        else:
            problem = None
            due = self._now_ms() + dice(self._seed, "edi", reference).randint(*PICKING_S) * 1000
            self._books.orders[reference] = Asked(document.sender, lines, due)
        if problem:
            self._books.refusals.append({"reference": reference, "why": problem})
        return problem

    def _call_back(self, reference: str) -> str | None:
        """Stops an order; what has left has left."""
        order = self._books.orders.get(reference)
        if order is None or not order.due_ms:
            return "is too late to be called back"
        order.due_ms = 0
        self._tell_shipment(reference, order, [0] * len(order.lines), "CU", None, self._now_ms())
        return None

    def _work(self, reference: str, order: Asked) -> None:
        """Ships what this visit brings of an order, and lays out the next one where more is to follow."""
        throw = dice(self._seed, "edi", reference, order.visits)
        now_ms, fate = order.due_ms, throw.randrange(9) if order.visits == 0 else 0
        left = self._found(order)
        if fate in (7, 8) and sum(left) > THOUSANDTHS:
            left = _part_of(left)
        is_split = fate == 8 and sum(left) > 0  # noqa: PLR2004  the last of nine
        is_whole = all(line.gone + each == line.asked for line, each in zip(order.lines, left, strict=True))
        order.visits += 1
        order.due_ms = now_ms + throw.randint(*REST_S) * 1000 if is_split else 0
        tracking = self._ship(reference, order, left) if sum(left) else None
        code = "BP" if is_split else "CC" if is_whole else "CP" if tracking else "CU"
        self._tell_shipment(reference, order, left, code, tracking, now_ms)

    def _found(self, order: Asked) -> list[int]:
        """Gives how much of each line is there and fit to be shipped."""
        shelf = {sku: lies - self._books.damaged.get(sku, 0) for sku, lies in self._books.stock.items()}
        found: list[int] = []
        for line in order.lines:
            found.append(max(0, min(line.asked - line.gone, shelf.get(line.sku, 0))))
            shelf[line.sku] = shelf.get(line.sku, 0) - found[-1]
        return found

    def _ship(self, reference: str, order: Asked, left: Sequence[int]) -> str:
        """Takes goods off the shelf and into a parcel. Gives its number."""
        tracking = f"ND{dice('parcel', reference, order.visits).randrange(10**12):012}"
        inside: dict[str, int] = {}
        for line, each in zip(order.lines, left, strict=True):
            if each:
                inside[line.sku] = inside.get(line.sku, 0) + each
                line.gone += each
                self._books.stock[line.sku] -= each
        self._books.parcels.append({"partner": self._partner, "reference": reference, "lines": inside, "tracking_number": tracking})
        return tracking

    def _tell_shipment(self, reference: str, order: Asked, left: Sequence[int], code: str, tracking: str | None, now_ms: int) -> None:
        day = f"{_moment(now_ms):%Y%m%d}"
        body: list[Row] = [["W06", "F", reference, day], ["G62", "11", day, "8", f"{_moment(now_ms):%H%M}"]]
        body += [["W27", "U", "NDEX", "STANDARD", "", "", "", "", code]] if code != "CU" else []
        for place, (line, each) in enumerate(zip(order.lines, left, strict=True), 1):
            body += [["LX", place], *([["MAN", "CP", tracking]] if tracking and each else [])]
            missing = line.asked - line.gone
            status = "CC" if not missing else code if code != "CC" else "CP"
            body.append(["W12", status, _text(line.asked), _text(each), _text(missing), line.unit, "", "SK", line.sku])
            body.append(["N9", "LI", line.name])
        self._tell("945", "SW", [*body, ["W03", _text(sum(left))]], now_ms)

    def _tell_news(self, now_ms: int) -> None:
        """A delivery, a change and a count."""
        throw, day = dice(self._seed, "edi", "news", now_ms), f"{_moment(now_ms):%Y%m%d}"
        skus = sorted(self._books.stock)
        if not skus:
            return
        come, broken, lost = (throw.choice(skus) for _ in range(3))
        several = 20 * THOUSANDTHS
        self._books.stock[come] += several
        received: list[Row] = [["W17", "F", day, f"R{day}", f"INB-{day}"], ["W07", 20, UNITS.get(come, "EA"), "", "SK", come], ["W14", 20]]
        self._tell("944", "RE", received, now_ms)
        self._books.damaged[broken] = self._books.damaged.get(broken, 0) + THOUSANDTHS
        self._books.stock[lost] -= THOUSANDTHS
        changed: list[Row] = [
            ["W15", day, f"A{day}"],
            *(["W19", why, -1, UNITS.get(sku, "EA"), "", "SK", sku] for why, sku in (("AU", broken), ("AA", lost))),
        ]
        self._tell("947", "AW", changed, now_ms)
        counted: list[Row] = [["BIA", "00", "DD", f"S{day}", day, f"{_moment(now_ms):%H%M}"]]
        for place, sku in enumerate(skus, 1):
            lies, broken_there, unit = self._books.stock[sku], self._books.damaged.get(sku, 0), UNITS.get(sku, "EA")
            counted += [["LIN", place, "SK", sku], ["QTY", "17", _text(lies), unit]]
            counted += [["QTY", "20", _text(broken_there), unit]] if broken_there else []
        self._tell("846", "IB", [*counted, ["CTT", len(skus)]], now_ms)

    def _tell(self, kind: str, function: str, body: Sequence[Row], now_ms: int) -> None:
        """Puts a file out, whole, stamped with the street's time."""
        self._books.number += 1
        if kind != "997":
            self._books.told[str(self._books.number)] = kind
        path = self._home / "out" / f"{kind}-{self._books.number:06}.edi"
        part = path.with_suffix(".part")
        text = x12.write(kind, function, body, to=self._books.depositor, number=self._books.number, at=_moment(now_ms))
        part.write_text(text, "utf-8", newline="")
        os.utime(part, (now_ms / 1000, now_ms / 1000))
        part.replace(path)


def _lines_of(document: Document) -> list[Line]:
    """Gives the lines of a 940; none where one of them says nothing that could be counted."""
    lines: list[Line] = []
    for segment in document.segments:
        if segment[0] == "W01":
            try:
                asked = int(Decimal(at(segment, 1)) * THOUSANDTHS)
            except InvalidOperation:
                return []
            lines.append(Line(str(len(lines) + 1), at(segment, 5), at(segment, 2), asked))
        elif segment[0] == "N9" and at(segment, 1) == "LI" and lines:
            lines[-1].name = at(segment, 2)
    return lines


def _part_of(quantities: Sequence[int]) -> list[int]:
    """Gives about half of each, in whole units, and of all together at least one."""
    part = [each // 2 // THOUSANDTHS * THOUSANDTHS for each in quantities]
    first = next(place for place, each in enumerate(quantities) if each)
    return part if sum(part) else [quantities[first] if place == first else 0 for place in range(len(part))]


def _text(thousandths: int) -> str:
    """Gives a quantity as X12 writes it."""
    return f"{Decimal(thousandths) / THOUSANDTHS:f}"


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC)
