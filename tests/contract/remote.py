"""One make-believe remote for all vendors: rows cloned from a connector's recordings, answered in the words of its dialect.

It keeps state: rows may leave a window, arrive late, hide from lists or be broken between two requests. An address that no door knows is a
failed test, not a 404.
"""

import base64
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import cast
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import httpx

from connectors.capabilities import Window
from tests.contract.books import shown_books
from tests.contract.dialects import CONNECTORS, Catalogue, Dialect, Door, Json, Sets, Shape, Span
from tests.contract.documents import at, steps
from tests.contract.effects import Account, filled
from tests.contract.ways import Ways

WINDOW = Window(datetime(2030, 5, 1, tzinfo=UTC), datetime(2030, 5, 2, tzinfo=UTC))
"""Later than any recording, so that nothing in a payload is newer than the change its row is stamped with."""
NOW = datetime(2030, 5, 3, 12, tzinfo=UTC)
PAGES = 3
"""Whole pages that the rows of a window fill."""
MOMENT = "@moment"
"""In place of a pattern: the instant is an object of its parts."""
PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")
VARIANTS = 6
"""Neighbouring rows of which the variants are of one product."""


@dataclass(slots=True)
class Row:
    """One record of the remote."""

    external_id: str
    wire_id: Json
    updated: datetime
    placed: datetime
    body: bytes
    is_hidden: bool = False
    product: str | None = None
    """The id of the product of which it is a variant."""
    level: int | None = None
    """What may be sold of it; None where it is not counted."""
    held: int = 0
    """What the channel's own open orders hold of it."""
    payout: Json = None
    """The payout that carries it, of a line of a balance."""
    is_refused: bool = False
    """Whether the vendor refuses to set its level."""


def recordings(name: str, stream: str) -> list[dict[str, Json]]:
    """A connector's recorded payloads of one stream."""
    return json.loads((CONNECTORS / name / "recordings" / f"{stream}.json").read_text("utf-8"))


def put(record: Json, path: str, value: Json) -> Json:
    """A copy of the record with another value under the path; the path must be there."""
    return _put(record, steps(path), value)


def _put(record: Json, path: Sequence[str], value: Json) -> Json:
    if not path:
        return value
    step, *rest = path
    if isinstance(record, list):
        place = int(step)
        return [_put(child, rest, value) if at_place == place else child for at_place, child in enumerate(record)]
    assert isinstance(record, dict), path
    assert step in record, path
    return {key: _put(child, rest, value) if key == step else child for key, child in record.items()}


def row_of(record: Json, shape: Shape, external_id: str, updated: datetime) -> Row:
    """The record as a row of another id, changed at another time, placed a day before the suite's window."""
    wire_id, placed = shape.wired(external_id), WINDOW.start - timedelta(days=1)
    changes = {shape.id: wire_id, **dict.fromkeys(shape.updated, shape.stamped(updated))}
    changes |= {shape.placed: shape.stamped(placed)} if shape.placed else {}
    for path, template in shape.named.items():
        text = template.replace("@id", external_id)
        changes |= {path: int(text) if shape.id_is_number and text.isdigit() else text} if at(record, path) is not None else {}
    for path, value in changes.items():
        record = put(record, path, value)
    named = at(record, shape.payout) if shape.payout else None
    payout = found[1] if named and (found := re.search(shape.payout_in, str(named))) else None
    return Row(external_id, wire_id, updated, placed, json.dumps(record, ensure_ascii=False).encode(), payout=payout)


def window_rows(records: Sequence[Json], shape: Shape, count: int) -> list[Row]:
    """`count` rows of these times."""
    return [
        row_of(records[place % len(records)], shape, shape.numbered(number), updated)
        for place, (number, updated) in enumerate(window_times(count))
    ]


def window_times(count: int) -> Iterator[tuple[int, datetime]]:
    """Times evenly over the suite's window, the first at its very start and the last a second before its end, with numbers in no order."""
    numbers = list(range(2001, 2001 + count))
    random.Random(7).shuffle(numbers)  # noqa: S311  a fixed shuffle
    step = (WINDOW.end - WINDOW.start) // count
    times = [WINDOW.start + place * timedelta(seconds=step.seconds) for place in range(count - 1)] + [WINDOW.end - timedelta(seconds=1)]
    return zip(numbers, times, strict=True)


def listing_rows(records: Sequence[Json], catalogue: Catalogue, count: int) -> list[Row]:
    """`count` listings, counted and with some stock, ids in no order; neighbouring variants share a product."""
    numbers = list(range(2001, 2001 + count))
    random.Random(7).shuffle(numbers)  # noqa: S311  a fixed shuffle
    rows = [listing_row(records[place % len(records)], catalogue, number) for place, number in enumerate(numbers)]
    for place, row in enumerate(rows):
        row.product = None if row.product is None else catalogue.numbered(7001 + place // VARIANTS)
        row.body = dumped_listing(records[place % len(records)], catalogue, row)
    return rows


def listing_row(record: Json, catalogue: Catalogue, number: int) -> Row:
    """One listing; a variant stands below a product of its own."""
    external_id = catalogue.numbered(number)
    is_variant = bool(catalogue.product) and at(record, catalogue.product) is not None
    made = WINDOW.start - timedelta(minutes=20_000 - number) if catalogue.made else WINDOW.start
    row = Row(external_id, catalogue.wired(external_id), made, made, b"", level=number % 17)
    row.product = catalogue.numbered(number + 5000) if is_variant else None
    row.body = dumped_listing(record, catalogue, row)
    return row


def dumped_listing(record: Json, catalogue: Catalogue, row: Row) -> bytes:
    """A recorded listing under the ids of a row."""
    record = put(record, catalogue.id, row.wire_id)
    for path, template in catalogue.named.items():
        if at(record, path) is not None and ("@product" not in template or row.product):
            alone = {"@id": row.external_id, "@product": row.product}.get(template)
            text = template.replace("@id", row.external_id).replace("@product", row.product or "")
            record = put(record, path, catalogue.wired(alone) if alone else text)
    record = put(record, catalogue.made, f"{row.placed:%Y-%m-%dT%H:%M:%S.000Z}") if catalogue.made else record
    for path, value in catalogue.uncounted.items() if row.level is None else ():
        record = put(record, path, value)
    return json.dumps(record, ensure_ascii=False).encode()


def product_rows(rows: Sequence[Row], catalogue: Catalogue) -> list[Row]:
    """The products of variants, as the list of products shows them; none where the vendor has no such rows."""
    ids = dict.fromkeys(row.product for row in rows if row.product is not None) if catalogue.product_row else {}
    wired = [(external_id, catalogue.wired(external_id)) for external_id in ids]
    return [
        Row(external_id, wire_id, WINDOW.start, WINDOW.start, catalogue.product_row.replace('"@id"', json.dumps(wire_id)).encode())
        for external_id, wire_id in wired
    ]


@dataclass(slots=True)
class Asked:
    """One request, taken apart."""

    text: str
    tree: Json

    @classmethod
    def of(cls, request: httpx.Request, door: Door) -> "Asked | None":
        """The request as this door understands it; None if it is for another one."""
        place = re.fullmatch(door.request, f"{request.method} {request.url.path}")
        text = request.content.decode()
        if place is None or not re.search(door.body, text) or not re.search(door.query, request.url.query.decode()):
            return None
        tree: Json = {
            "path": cast("Json", place.groupdict()),
            "query": _query(request.url.params),
            "header": cast("Json", dict(request.headers)),
            "body": _told_in(text, request.headers.get("content-type", "")),
        }
        return cls(f"{request.url.query.decode()} {text}", tree)

    def text_at(self, path: str) -> str | None:
        """A text of the request."""
        told = at(self.tree, path) if path else None
        return None if told is None else str(told)

    def payout(self, door: Door) -> str | None:
        """The payout of which lines are asked for."""
        found = re.search(door.of_in, self.text_at(door.of) or "")
        return found[1] if found else None

    def number(self, path: str, default: int) -> int:
        """A whole number of the request."""
        told = at(self.tree, path) if path else None
        return default if told is None else int(str(told))

    def ids(self, door: Door) -> list[str] | None:
        """The ids asked for; None if the request asks for none in particular."""
        told = at(self.tree, door.ids) if door.ids else None
        if told is None:
            return None
        ids = [str(each) for each in told] if isinstance(told, list) else str(told).split(",")
        return [found[1] for each in ids if (found := re.search(door.ids_in, each))]


def _query(params: httpx.QueryParams) -> Json:
    """What the address asks for; a name that ends in brackets is a list."""
    return {name: cast("Json", params.get_list(name)) if name.endswith("[]") else value for name, value in params.items()}


class ForeignTokenError(Exception):
    """A token is used with another question than the one it was given for."""


@dataclass(slots=True)
class Remote(httpx.BaseTransport):
    """The vendor's end of the wire."""

    dialect: Dialect
    rows: dict[str, list[Row]]
    shop: str = "north"
    after_list: Callable[[int, list[Row]], None] = field(default=lambda _turn, _shown: None)
    """Called behind the n-th page (from 1) with its rows: here the world may move on."""
    empties: int = 0
    """So many of the next pages come back empty although more is promised."""
    lists: int = 0
    account: Account = field(init=False)
    """What commands did here."""
    ways: Ways = field(default_factory=Ways)
    """Where parcels are."""

    def __post_init__(self) -> None:
        self.account = Account(self.dialect)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answers one request."""
        request.read()
        for door in self.dialect.doors:
            if asked := Asked.of(request, door):
                try:
                    return self._answer(door, asked)
                except ForeignTokenError:
                    return httpx.Response(400, json={"code": "INVALID_CURSOR"})
        raise AssertionError(f"{request.method} {request.url}: no door of the dialect knows this request")

    def _answer(self, door: Door, asked: Asked) -> httpx.Response:
        if door.sets is not None:
            return self._set_levels(door, door.sets, asked)
        if door.makes is not None:
            return _json(*self.account.obey(door, door.makes, asked.tree), {})
        if door.made:
            books = door.books and (200, shown_books(self.account, door, door.books, asked.tree))
            return _json(*(books or self.account.show(door, asked.ids(door))), {})
        if door.tracks is not None:
            return _json(*self.ways.show(door, door.tracks, asked.tree), {})
        return self._counted(door, asked) if door.counts else self._listed(door, asked)

    def _listed(self, door: Door, asked: Asked) -> httpx.Response:
        rows = self._fitting(door, asked)
        shown = _sorted(rows, door, asked)
        start, end = self._cut(shown, door, asked)
        page = shown[start:end]
        if door.is_list and asked.ids(door) is None and self.empties:
            self.empties -= 1
            more = at(asked.tree, door.after) or (self._token(shown[0], 0, door, asked) if shown else "more")
            return self._response(door, asked, [], len(rows), more, len(rows))
        following = self._token(page[-1], end, door, asked) if end < len(shown) and page else None
        answer = self._response(door, asked, page, len(rows), following, len(shown) - start)
        if door.is_list and asked.ids(door) is None:
            self.lists += 1
            self.after_list(self.lists, page)
        return answer

    def _token(self, row: Row, place: int, door: Door, asked: Asked) -> str:
        """What leads behind a row: its key, or the place it stood at; nothing is told where the row's own id does."""
        if door.behind:
            return row.external_id
        behind = (place, _filter(door, asked)) if self.dialect.tokens_are_places else _key(row, door, asked)
        return base64.b64encode(json.dumps(behind).encode()).decode()

    def _behind(self, token: str, shown: list[Row], door: Door, asked: Asked) -> int:
        """The place a token leads to; a place in the answer to another question is none.

        A row's id leads behind the row, wherever it stands now.
        """
        if door.behind:
            found = re.fullmatch(door.behind, token)
            last = next((row for row in self._kept(door) if found and row.external_id == found[1]), None)
            if last is None:
                raise ForeignTokenError
            return sum(_is_before(row, last, door, asked) for row in shown)
        first, second = cast("tuple[str | int, str]", json.loads(base64.b64decode(token)))
        if not isinstance(first, int):
            return sum(_key(row, door, asked) <= (first, second) for row in shown)
        if second != _filter(door, asked):
            raise ForeignTokenError
        return first

    def _fitting(self, door: Door, asked: Asked) -> list[Row]:
        ids = asked.ids(door)
        return [
            row
            for row in self._kept(door)
            if (ids is None or str(row.wire_id) in ids or row.external_id in ids)
            and _is_under(row, asked.text_at(door.under))
            and (not door.of or row.payout == asked.payout(door))
            and (row.is_hidden if door.only_hidden else door.shows_hidden or not row.is_hidden)
            and (any if door.any_span else all)(_inside(row, span, asked) for span in door.spans)
        ]

    def _kept(self, door: Door) -> list[Row]:
        """The rows a door may show; of several streams where the vendor tells them apart by nothing but what they say."""
        return [row for name in door.rows.split(",") for row in self.rows.get(name, [])]

    def _cut(self, shown: list[Row], door: Door, asked: Asked) -> tuple[int, int]:
        size = asked.number(door.size, self.dialect.page) if self.dialect.sizes else self.dialect.page
        token = at(asked.tree, door.after) if door.after else None
        start = (asked.number(door.page, 1) - 1) * size if door.page else asked.number(door.offset, 0)
        if token is not None:
            start = self._behind(str(token), shown, door, asked)
        paged = bool(door.offset or door.page or door.after)
        return start, start + size if paged else len(shown)

    def _counted(self, door: Door, asked: Asked) -> httpx.Response:
        """How many rows stand behind the one that is named, or in all."""
        rows = self._fitting(door, asked)
        start, _end = self._cut(_sorted(rows, door, asked), door, asked)
        return self._response(door, asked, [], len(rows) - start, None, len(rows) - start)

    def _response(self, door: Door, asked: Asked, page: list[Row], total: int, following: Json, left: int) -> httpx.Response:
        asked_ids = asked.ids(door) or []
        if door.absent and not page:
            return httpx.Response(door.absent.status, content=door.absent.body, headers={"Date": http_date(NOW)})
        shown = [self._shown(row, door) for row in page]
        bodies = {name: body for row, body in zip(page, shown, strict=True) for name in (str(row.wire_id), row.external_id)}
        parts = {
            b'"@rows"': b"[" + b",".join(shown) + b"]",
            b'"@named"': b"[" + b",".join(bodies.get(each, b"null") for each in asked_ids) + b"]",
            b'"@row"': next(iter(shown), b"null"),
            b'"@total"': str(total).encode(),
            b'"@left"': str(left).encode(),
            b'"@more"': b"true" if following else b"false",
            b'"@cursor"': json.dumps(following).encode(),
            b"@token": str(following).encode(),
            b"@shop": self.shop.encode(),
        }
        headers = {name: value.replace("@total", str(total)) for name, value in door.headers.items()}
        return _json(200, filled(door.answer if following else door.last or door.answer, parts), headers)

    def _shown(self, row: Row, door: Door) -> bytes:
        if '"@part"' not in door.row:
            return _shown(row, door)
        shape = self.dialect.shapes.get(door.rows)
        told = json.dumps(shape.stamped(row.updated) if shape else None).encode()  # listings tell no time of change
        return filled(door.row, {b'"@part"': _part_of(row.body, door.part), b'"@updated"': told, b"@key": row.external_id.encode()})

    def _set_levels(self, door: Door, sets: Sets, asked: Asked) -> httpx.Response:
        """Sets what can be set, and says of each what became of it."""
        changes = [_named(sets, change, asked) for change in changes_at(asked, sets)]
        fates = [self._fate(sets, change, asked.text_at(door.under)) for change in changes]
        spoilt = any(fate != "told" for fate in fates)
        if not (spoilt and (sets.is_atomic or sets.refusal)):
            for change, fate in zip(changes, fates, strict=True):
                self._set_level(sets, change, fate)
        if spoilt and sets.refusal:
            return _json(sets.refusal.status, sets.refusal.body.encode(), {})
        told = [self._told(sets, change, fate, place) for place, (change, fate) in enumerate(zip(changes, fates, strict=True))]
        each = {b'"@each"': b"[" + b",".join(filter(None, told)) + b"]", b'"@one"': next(iter(told), b"null")}
        return _json(200, filled(door.answer, each), {})

    def listing(self, external_id: str) -> Row | None:
        """The row of a listing."""
        return next((row for row in self.rows["listings"] if row.external_id == external_id), None)

    def _fate(self, sets: Sets, change: Json, product: str | None) -> str:
        row, quantity = self.listing(_key_of(sets, change)), at(change, sets.quantity)
        assert str(quantity).isdigit(), f"{quantity!r} is no quantity"
        expected = at(change, sets.expected) if sets.expected else None
        if row is None or row.product != product:
            return "unknown"
        if row.level is None and "uncounted" in sets.fates:
            return "uncounted"
        if row.is_refused:
            return "refused"
        return "told" if expected in {None, row.level} else "stale"

    def _set_level(self, sets: Sets, change: Json, fate: str) -> None:
        row = self.listing(_key_of(sets, change))
        if row is not None and fate == "told":
            row.level = int(str(at(change, sets.quantity))) - (row.held if sets.means == "on_hand" else 0)

    def _told(self, sets: Sets, change: Json, fate: str, place: int) -> bytes:
        key = _key_of(sets, change)
        catalogue = self.dialect.catalogue
        assert catalogue is not None
        row = self.listing(key) or Row(key, catalogue.wired(key), WINDOW.start, WINDOW.start, b"")
        return _templated(sets.fates[fate].replace('"@index"', f'"{place}"'), row)


def changes_at(asked: Asked, sets: Sets) -> list[Json]:
    """The levels that a request sets: a list, one, or one text of them."""
    told = at(asked.tree, sets.changes)
    if isinstance(told, str) and sets.parted:
        return [dict(zip((sets.key, sets.quantity), each.split(":", 1), strict=True)) for each in told.split(sets.parted)]
    return told if isinstance(told, list) else [] if told is None else [told]


def _told_in(text: str, content_type: str) -> Json:
    """The body of a request, JSON or a form."""
    if "form-urlencoded" in content_type:
        return dict(parse_qsl(text, keep_blank_values=True))
    return json.loads(text) if text else None


def _is_under(row: Row, product: str | None) -> bool:
    return row.product is None if product is None else row.product in product.split(",")


def http_date(moment: datetime) -> str:
    """An instant as an HTTP header writes it."""
    return format_datetime(moment, usegmt=True)


def _json(status: int, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
    return httpx.Response(status, content=body, headers={"Content-Type": "application/json", "Date": http_date(NOW), **headers})


def _shown(row: Row, door: Door) -> bytes:
    template = door.row if row.level is not None else door.uncounted_row or door.row
    if template != "@whole":
        return _templated(template, row)
    return _part_of(row.body, door.part) if door.part else row.body


def _part_of(body: bytes, part: str) -> bytes:
    """What the vendor has of a row; of one that cannot be read, all."""
    try:
        return json.dumps(json.loads(body, parse_constant=_refuse)[part], ensure_ascii=False).encode()
    except (ValueError, KeyError):
        return body


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _templated(template: str, row: Row) -> bytes:
    parts = {
        b'"@id"': json.dumps(row.wire_id).encode(),
        b"@key": row.external_id.encode(),
        b'"@level"': json.dumps(row.level).encode(),
        b'"@held"': str(row.held).encode(),
        b'"@on_hand"': json.dumps(None if row.level is None else row.level + row.held).encode(),
        b'"@counted"': json.dumps(row.level is not None).encode(),
    }
    return filled(template, parts)


def _named(sets: Sets, change: Json, asked: Asked) -> Json:
    """A change with whose level it is, where the request says that for all of them."""
    return {**change, sets.key: asked.text_at(sets.named)} if sets.named and isinstance(change, dict) else change


def _key_of(sets: Sets, change: Json) -> str:
    told = str(at(change, sets.key))
    found = re.search(sets.key_in, told)
    return found[1] if found else told


def _key(row: Row, door: Door, asked: Asked) -> tuple[str, str]:
    return (row.updated.isoformat() if re.search(door.by_time, asked.text) else "", row.external_id)


def _sorted(rows: list[Row], door: Door, asked: Asked) -> list[Row]:
    return sorted(rows, key=lambda row: _key(row, door, asked), reverse=door.newest_first)


def _is_before(row: Row, last: Row, door: Door, asked: Asked) -> bool:
    """Whether a row stands before another, or is it, in the door's order."""
    first, second = _key(row, door, asked), _key(last, door, asked)
    return first >= second if door.newest_first else first <= second


def _filter(door: Door, asked: Asked) -> str:
    return str([(at(asked.tree, span.low), at(asked.tree, span.high)) for span in door.spans])


def _inside(row: Row, span: Span, asked: Asked) -> bool:
    moment = _moment(row, span)
    if moment is None:
        return False
    low, high = _instant(asked, span.low, span.low_in, span), _instant(asked, span.high, span.high_in, span)
    above = low is None or (moment >= low if span.ends[0] == "[" else moment > low)
    return above and (high is None or (moment <= high if span.ends[1] == "]" else moment < high))


def _moment(row: Row, span: Span) -> datetime | None:
    """The time a filter looks at; None where the record has no such time."""
    if span.column in {"updated", "placed"}:
        return row.updated if span.column == "updated" else row.placed
    told = at(json.loads(row.body), span.column)
    if span.low_in == MOMENT:
        return _taken_apart(told)
    return _aware(str(told), span) if isinstance(told, str | int) else None


def _instant(asked: Asked, path: str, pattern: str, span: Span) -> datetime | None:
    told = at(asked.tree, path)
    if pattern == MOMENT:
        return _taken_apart(told)
    found = re.search(pattern, told) if isinstance(told, str) else None
    if found is None:
        return None
    return _aware(found[1], span)


def _taken_apart(told: Json) -> datetime | None:
    """An instant told as an object of its parts."""
    if not isinstance(told, dict):
        return None
    year, month, day, *clock = (int(str(told[part])) for part in PARTS)
    return datetime(year, month, day, *clock, tzinfo=UTC)


def _aware(text: str, span: Span) -> datetime:
    if re.fullmatch(r"\d{9,11}", text):
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(span.zone))
