"""How a vendor is asked and answers, as a table: all that the contract suite knows of a vendor beside its recordings.

It stands in the connector's own folder, `recordings/dialect.toml`, in the words of these models: settings to connect with, how many rows a
page shall have, what a record looks like (`Shape`), and one `Door` for each request the connector makes. Everything else (rows, windows,
paging, faults) is the remote's and the checks'.
Paths are dotted: into the request under `query`, `body` or `path` (named groups of the address), into a record from its top; a
number is a place in a list. Answers are JSON texts: `"@rows"` the page, `"@row"` its first row or null, `"@named"` the rows
asked for in that order with null for the absent, `"@total"` how many rows fit, `"@more"` whether rows follow, `"@cursor"` the token
of the next page or null, and `@shop` (inside any text) the remote's own name.
"""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

CONNECTORS = Path(__file__).parents[2] / "connectors"
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

NEVER = r"(?!)"


class Told(BaseModel):
    """A part of the table; a word nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(Told):
    """A filter by time: where the request states its ends, and whether they belong to it (`[]`, `[)`, `()`)."""

    low: str
    high: str
    ends: str
    column: str = "updated"
    """`updated` or `placed`."""
    low_in: str = "(.+)"
    """Pattern whose first group is the instant, for ends that stand in a longer text."""
    high_in: str = "(.+)"


class Absent(Told):
    """How a vendor says that it has no such record."""

    status: int
    body: str


class Door(Told):
    """One kind of request and its answer; the first door that fits a request is taken."""

    request: str
    """Pattern of `METHOD /path`."""
    answer: str
    body: str = ""
    """Pattern found in the body, to tell GraphQL documents apart."""
    query: str = ""
    """Pattern found in the query of the address."""
    headers: Mapping[str, str] = {}
    rows: str = ""
    """Which rows it shows: `orders` or `payments`."""
    row: str = "@whole"
    """How it shows one of them: whole, or a template in which `"@id"` is its id."""
    spans: tuple[Span, ...] = ()
    size: str = ""
    offset: str = ""
    after: str = ""
    by_time: str = NEVER
    """Pattern of a request that wants rows by time of change; other requests get them by id."""
    ids: str = ""
    """Where ids are asked for: a list, or text with commas."""
    absent: Absent | None = None
    """The answer where the one row asked for does not exist."""
    shows_hidden: bool = False
    """Whether it also shows what lists leave out: the trash, another index."""
    only_hidden: bool = False
    """Whether it is the list of just that."""

    @property
    def is_list(self) -> bool:
        """Whether it gives pages of a window."""
        return bool(self.rows and self.spans)


class Shape(Told):
    """What stands where in one record of a stream; an empty path means that the vendor has no such thing."""

    updated: tuple[str, ...]
    stamp: str
    """How the vendor writes an instant, in the words of strftime."""
    id_is_number: bool = False
    """Whether the vendor writes ids as numbers."""
    wire_id: str = "@id"
    """The record's external id as the vendor writes it under `id`."""
    own_id: str = "{}"
    """An external id in the vendor's style, made of a number."""
    placed: str = ""
    silent: tuple[str, ...] = ()
    """Times of parts that change without moving `updated`."""
    currency: str
    status: str
    amount: str
    """An amount of the record that its total or a line's hangs on."""
    text: str
    """Text for people."""
    lines: str = ""
    quantity: str = ""
    """The quantity, within a line."""
    optional: tuple[str, ...] = ()
    """Which of these the vendor itself may leave out, or null."""

    def stamped(self, at: datetime) -> str:
        """An instant as the vendor writes it."""
        return at.strftime(self.stamp)

    def wired(self, external_id: str) -> Json:
        """An external id as it stands under `id`."""
        return int(external_id) if self.id_is_number else self.wire_id.replace("@id", external_id)

    def numbered(self, number: int) -> str:
        """An external id of a number."""
        return self.own_id.format(number)


class Dialect(Told):
    """One vendor."""

    settings: Mapping[str, object]
    page: int
    """Rows of one page."""
    shapes: Mapping[str, Shape]
    """By stream: `orders`, `payments`."""
    doors: tuple[Door, ...]
    sizes: bool = True
    """Whether the vendor gives as many rows as asked for; else it gives `page` of them."""

    tokens_are_places: bool = False
    """Whether the vendor's tokens must be taken for places in a moving list, because it does not promise that they are keys;
    such a token is refused (400) with any other filter than its own."""

    @property
    def has_tokens(self) -> bool:
        """Whether pages are asked for by the vendor's tokens."""
        return any(door.after for door in self.doors)


@cache
def dialect_of(name: str) -> Dialect:
    """What a connector's folder tells of its vendor."""
    return Dialect.model_validate(tomllib.loads((CONNECTORS / name / "recordings" / "dialect.toml").read_text("utf-8")))
