"""How a vendor is asked and answers, as a table: all that the contract suite knows of a vendor beside its recordings.

It stands in the connector's own folder, `recordings/dialect.toml`, in the words of these models: settings to connect with, how many rows a
page shall have, what a record looks like (`Shape`; a listing: `Catalogue`), and one `Door` for each request the connector makes.
Everything else (rows, windows, paging, levels, faults) is the remote's and the checks'.
Paths are dotted: into the request under `query` (a name that ends in brackets is a list), `body`, `header` or `path` (named groups of
the address), into a record from its top; a number is a place in a list, and a dot at the end of a name belongs to it (`lines..0.id`).
Answers are JSON texts: `"@rows"` the page, `"@row"` its first row or null, `"@named"` the rows asked for in that order with null for the
absent, `"@total"` how many rows fit and `"@left"` how many of them from this page on, `"@more"` whether rows follow, `"@cursor"` the token
of the next page or null (inside any text `@token`), `"@each"` what became of each level that was to be set (`"@one"` of the only one), and
`@shop` (inside any text) the remote's own name.
What commands made is shown by templates as well: `"@reference"` is our reference, `"@state"` the vendor's word for how it stands,
`@thing` (inside any text) what it is made beside, and `"@document"` the document that it is made in.
A parcel's row has `@number`, `@word` (both inside any text) and `"@events"`.
In the template of one row `"@id"` is the id as the vendor writes it and `@key` the bare one (inside any text); `"@level"`, `"@held"` and
`"@on_hand"` are what may be sold of it, what open orders hold and both together, and `"@counted"` whether it is counted at all.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

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
    """`updated` or `placed`, or the path of a time in the record itself."""
    low_in: str = "(.+)"
    """Pattern whose first group is the instant, for ends that stand in a longer text; `@moment` where it is an object of year, month, day,
    hour, minute, second and microsecond, as then in the record."""
    high_in: str = "(.+)"
    zone: str = "UTC"
    """Where times without an offset are counted, in the request and in the record."""


class Absent(Told):
    """How a vendor says that it has no such record."""

    status: int
    body: str


class Sets(Told):
    """How a request sets levels: where it says so, and what the vendor answers for each."""

    changes: str
    """Path of the list of changes, or of the one."""
    parted: str = ""
    """What stands between the changes where they are one text; each is then a key and a quantity around a colon."""
    key: str
    """Within a change: whose level it is."""
    key_in: str = "(.+)"
    """Pattern whose first group is the listing's id."""
    named: str = ""
    """Where the request as a whole names whose level it is, where its changes do not."""
    quantity: str
    """Within a change."""
    expected: str = ""
    """Within a change: what must be shown now, or null; empty where the vendor compares nothing."""
    means: Literal["sellable", "on_hand"] = "sellable"
    """What the quantity is; of `on_hand` the vendor takes off what open orders hold."""
    most: int
    """Changes in one request."""
    is_atomic: bool = False
    """Whether nothing is set when anything is refused."""
    fates: Mapping[str, str]
    """What the vendor writes for a change that was `told`, or `refused`, is of an `unknown` listing, one that is not `counted`, or
    `stale`; empty text for nothing, no entry where the vendor sets it all the same. `"@index"` is the place of the change."""
    refusal: Absent | None = None
    """The answer where anything is refused, if it is another one."""


class Signature(Told):
    """How requests prove who asks where a secret signs and is never sent: over all names and values of a form, in the order of the names.

    The settings' other secrets stand in the form.
    """

    at: str
    """Which name of the form bears it, in capital hexadecimal digits; it is left out of what is signed."""
    secret: str
    """The setting that keys the HMAC."""
    digest: Literal["md5", "sha256"] = "sha256"


class Ids(Told):
    """How a vendor writes ids."""

    id: str = "id"
    """What the vendor calls a record's id."""
    id_is_number: bool = False
    """Whether the vendor writes ids as numbers."""
    wire_id: str = "@id"
    """The record's external id as the vendor writes it under `id`."""
    own_id: str = "{}"
    """An external id in the vendor's style, made of a number."""
    opening: str = ""
    """How the vendor's own document begins, up to its id, as a template of `@id`, where a record is an envelope of the connector's own and
    the vendor calls the id otherwise."""
    id_in: str = "(.+)"
    """Pattern whose first group is what the vendor writes of an external id, where the connector adds to it."""

    def wired(self, external_id: str) -> Json:
        """An external id as it stands in the record."""
        part = re.fullmatch(self.id_in, external_id)
        assert part is not None, f"{external_id} is nothing like {self.id_in}"
        return int(part[1]) if self.id_is_number else self.wire_id.replace("@id", part[1])

    def numbered(self, number: int) -> str:
        """An external id of a number."""
        return self.own_id.format(number)


class Kept(Told):
    """Something that a request tells and the vendor shows again with what was made."""

    path: str
    each: str = ""
    """How the vendor shows each of a list, as a template of `@it`; left out, it is all shown as it was told."""
    it: str = ""
    """Within one of the list."""
    it_in: str = "(.+)"
    """Pattern whose first group is what `@it` stands for."""
    parts: Mapping[str, str] = {}
    """Within one of the list: what further placeholders of `each`, `"@name"`, stand for, as JSON."""
    words: Mapping[str, str] = {}
    """What the vendor shows for such a part, by the part; both as JSON. One not named is shown as it was told."""
    as_ms: bool = False
    """Whether it is a day, shown again as `/Date(1893456000000+0000)/`: milliseconds since 1970."""


class Document(Told):
    """A thing that the vendor keeps as one document, and merges requests into: objects by their names, anything else as a whole."""

    begins: str
    """What it is before any command, as a template of `@thing`."""
    change: str
    """Where the request tells what shall change."""
    entries: str
    """The one list of which entries are merged by name; the first of a change is what the command makes."""
    name: str
    """Within an entry: what it is merged by."""
    id: str
    """Within an entry: the vendor's id of it; a new one without any is given a number."""
    version: str = ""
    """Within the document: what a change must name as it stands, and what every change raises by one."""
    key: str = ""
    """Where the request bears an idempotency key; a known one is answered with the document as it stands, and changes nothing."""
    stale: Absent | None = None
    """The answer to a change of another version."""


class Makes(Ids):
    """How a request commands something, and what the vendor answers."""

    command: str
    """Which command of ours it is: `shipment`, `cancel`, `notice`."""
    reference: str
    """Where the request names our thing, by our reference or our key; where it is done `upon` something, by the vendor's id of that."""
    reference_in: str = "(.+)"
    """Pattern whose first group is our reference, for references that stand in a longer text."""
    upon: str = ""
    """The command that made what this one is done to."""
    beside: str = ""
    """Where the request names the thing of the vendor's own that this is made beside: the order of a notice."""
    beside_in: str = "(.+)"
    """Pattern whose first group is that thing's id."""
    names: str = ""
    """Where the request gives what is made its id; the vendor numbers it where this is left out."""
    step: str = ""
    """What a further request of the same command does to what the first one made."""
    keeps: Mapping[str, Kept] = {}
    """What the vendor shows again of the request, by its placeholder in templates: `numbers` is `"@numbers"`."""
    document: Document | None = None
    """Where it is made by a change of one document."""
    provider_class: Literal["A", "B", "C"]
    """Of class A it is done once for one reference, however often it is asked; else each request does it again."""
    is_body: bool = False
    """Whether the command's body is the very body that is sent."""
    status: int = 200
    repeat: Absent | None = None
    """What a vendor of class A answers the second time; the same again if left out."""
    refusal: Absent
    """What it answers when it will not do it."""
    refusals: Mapping[str, Absent] = {}
    """What it answers when it will not do it for a certain reason; of a ledger: `closed` and `account`."""


class Books(Told):
    """How a request asks a ledger for its entries: between two days, under our reference, page by page."""

    first: str
    """Where the request names the first day; entries of all days where it names none."""
    first_in: str = r"(\d+)-(\d+)-(\d+)"
    """Pattern whose three groups are year, month and day."""
    last: str
    last_in: str = r"(\d+)-(\d+)-(\d+)"
    named: str = ""
    """Where the request may name the one entry that it wants, by what the ledger calls it."""
    named_in: str = "(.+)"
    day: str = "day"
    """What `keeps` calls the day of an entry."""
    place: str
    """Where the request says from where on."""
    place_in: str = r"(\d+)"
    by_page: bool = False
    """Whether that is the number of a page; else of a row; both from 1."""
    by_id: bool = False
    """Whether that is the id, a number, of the entry behind which the page begins."""


class Tracks(Told):
    """How a request asks where parcels are: the numbers it names, and the vendor's words for how they stand."""

    numbers: str
    """Where the request names them: a list, or one."""
    begins: bool = False
    """Whether the vendor begins to follow what it did not follow before; else it shows what it follows already."""
    words: Mapping[str, str]
    """The vendor's word for each of our states that it can tell."""
    unknown: str
    """Its word for a parcel of which it knows nothing."""
    event: str
    """One dated state, as a template of `@word` and `@at`."""
    refusal: Absent | None = None
    """Its answer for a number that it does not follow."""


class Door(Told):
    """One kind of request and its answer; the first door that fits a request is taken."""

    request: str
    """Pattern of `METHOD /path`."""
    answer: str
    last: str = ""
    """The answer where no rows follow, if it is another one."""
    body: str = ""
    """Pattern found in the body, to tell GraphQL documents apart."""
    query: str = ""
    """Pattern found in the query of the address."""
    headers: Mapping[str, str] = {}
    rows: str = ""
    """Which rows it shows: `orders`, `payments`, `order-refunds` or `listings`."""
    row: str = "@whole"
    """How it shows one of them: whole, or a template in which `"@id"` is its id, `"@part"` its part and `"@updated"` its time of change."""
    of: str = ""
    """Where the request names the payout of which it shows the lines only."""
    of_in: str = "(.+)"
    """Pattern whose first group is that payout's id, where it stands in a longer text."""
    behind: str = ""
    """Pattern whose first group is a row's id, where pages are asked for by the last row's id and not by a token."""
    newest_first: bool = False
    part: str = ""
    """Which part of a row it shows, where a record is an envelope of the connector's own around what the vendor has."""
    uncounted_row: str = ""
    """How it shows a listing that is not counted; empty where it shows it like any other."""
    spans: tuple[Span, ...] = ()
    any_span: bool = False
    """Whether a row is shown that fits one of them; else it has to fit all."""
    counts: bool = False
    """Whether it only tells how many rows stand behind the one that is named, or in all."""
    size: str = ""
    offset: str = ""
    page: str = ""
    """Where the page is asked for by its number, from 1 on."""
    after: str = ""
    by_time: str = NEVER
    """Pattern of a request that wants rows by time of change; other requests get them by id."""
    ids: str = ""
    """Where ids are asked for: a list, or text with commas."""
    absent: Absent | None = None
    """The answer where the one row, or the one thing made, that is asked for does not exist."""
    shows_hidden: bool = False
    """Whether it also shows what lists leave out: the trash, another index."""
    only_hidden: bool = False
    """Whether it is the list of just that."""
    ids_in: str = "(.+)"
    """Pattern whose first group is an id, for ids that stand in a longer text."""
    is_catalogue: bool = False
    """Whether it gives pages of all there is."""
    under: str = ""
    """Where the request names the product of which it wants the variants, or several with commas."""
    sets: Sets | None = None
    makes: Makes | None = None
    books: Books | None = None
    """How entries are asked for, of a ledger that shows what was `made`."""
    made: str = ""
    """Which command's effects it shows, those of the references, or beside the things, asked for under `ids`."""
    row_after: Mapping[str, str] = {}
    """How it shows such an effect once another was done upon it, by the last of those; `row` for all not named here."""
    tracks: Tracks | None = None
    states: Mapping[str, str] = {}
    """The vendor's words for how such an effect stands: by the last command done upon it, empty for none."""

    @property
    def is_list(self) -> bool:
        """Whether it gives pages of a window, or of all there is."""
        return bool(self.rows and (self.spans or self.is_catalogue))


class Catalogue(Ids):
    """What stands where in one listing; an empty path means that the vendor has no such thing."""

    text: str
    """Text for people."""
    named: Mapping[str, str] = {}
    """Where its ids stand beside `id`, as templates of `@id` and, for variants, `@product`; only where a recording has them. One of
    these alone is written as an id is."""
    made: str = ""
    """When it was made, of a catalogue that is asked for by that time."""
    product: str = ""
    """A recording that has this is a variant: it stands below a product, and not in the list of products."""
    product_row: str = ""
    """A product with variants, as the list of products shows it; `"@id"` is its id."""
    uncounted: Mapping[str, str | int | bool | None] = {}
    """What a recording says elsewhere when the vendor does not count it: path and value."""


class Shape(Ids):
    """What stands where in one record of a stream; an empty path means that the vendor has no such thing."""

    named: Mapping[str, str] = {}
    """Where ids that belong together with its own stand, as templates of `@id`; only where a recording has them."""
    updated: tuple[str, ...]
    stamp: str
    """How the vendor writes an instant, in the words of strftime; `unix` for a number of seconds since 1970. One that begins with a
    brace is an object."""
    zone: str = "UTC"
    """By which clocks."""
    placed: str = ""
    day: str = ""
    """Where an order says when it was placed, of a vendor whose days are listed."""
    silent: tuple[str, ...] = ()
    """Times of parts that change without moving `updated`."""
    currency: str = ""
    """Empty where records tell of no money, or where all of the vendor's is of one currency."""
    status: str = ""
    amount: str = ""
    """An amount of the record that its total or a line's hangs on; empty where records tell of no money."""
    told_apart: bool = False
    """Whether orders tell nothing of these records, so that none is told twice."""
    net: str = ""
    """What a line of a balance leaves, after fees."""
    word: str = ""
    """What a line of a balance says it is for; a word nobody knows is no reason to refuse it."""
    payout: str = ""
    """Where a line of a balance names the payout that carries it; empty where the vendor itemises no payouts."""
    payout_in: str = "(.+)"
    """Pattern whose first group is that payout's external id."""
    again_days: int = 0
    """For so many days before a window rows are read again, where the vendor tells no change of them."""
    by_payout: bool = False
    """Whether the vendor shows lines only with their payouts, and not by their own times."""
    small_letters: bool = False
    """Whether currencies are written in small letters."""
    text: str
    """Text for people."""
    lines: str = ""
    quantity: str = ""
    """The quantity, within a line."""
    optional: tuple[str, ...] = ()
    """Which of these the vendor itself may leave out, or null."""

    def stamped(self, at: datetime) -> Json:
        """An instant as the vendor writes it."""
        if self.stamp == "unix":
            return int(at.timestamp())
        told = at.astimezone(ZoneInfo(self.zone)).strftime(self.stamp)
        return json.loads(told) if told.startswith("{") else told


class Dialect(Told):
    """One vendor."""

    settings: Mapping[str, object]
    page: int
    """Rows of one page."""
    shapes: Mapping[str, Shape]
    """By stream: `orders`, `payments`, `order-refunds`."""
    catalogue: Catalogue | None = None
    """What listings look like, of a connector that reads them."""
    doors: tuple[Door, ...]
    sizes: bool = True
    """Whether the vendor gives as many rows as asked for; else it gives `page` of them."""

    signature: Signature | None = None
    token: str = ""
    """What the remote gives for the secrets, and the other requests bear in their place."""
    logs_in: bool = False
    """Whether a session is opened first, by one request more."""
    in_stretches: bool = False
    """Whether windows are read in ever shorter stretches, so that tokens matter within one second only."""
    tokens_are_places: bool = False
    """Whether the vendor's tokens must be taken for places in a moving list, because it does not promise that they are keys;
    such a token is refused (400) with any other filter than its own."""

    def makes(self, command: str) -> Makes | None:
        """How the vendor is told this command; None where it takes none."""
        return next((door.makes for door in self.doors if door.makes and door.makes.command == command), None)

    @property
    def has_tokens(self) -> bool:
        """Whether pages are asked for by the vendor's tokens."""
        return any(door.after for door in self.doors) and not self.in_stretches


@cache
def dialect_of(name: str) -> Dialect:
    """What a connector's folder tells of its vendor."""
    return Dialect.model_validate(tomllib.loads((CONNECTORS / name / "recordings" / "dialect.toml").read_text("utf-8")))
