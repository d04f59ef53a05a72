"""How each vendor is asked and answers, as a table: all that the contract suite knows of a vendor beside its recordings.

A newcomer declares one `Dialect`: settings to connect with, how many rows a page shall have, what a record looks like (`Shape`), and one
`Door` for each request the connector makes. Everything else (rows, windows, paging, faults) is the remote's and the checks'.
Paths are dotted: into the request under `query`, `body` or `path` (named groups of the address), into a record from its top; a
number is a place in a list. Answers are JSON templates: `"@rows"` the page, `"@row"` its first row or null, `"@named"` the rows
asked for in that order with null for the absent, `"@total"` how many rows fit, `"@more"` whether rows follow, `"@cursor"` the token
of the next page or null, and `@shop` (inside any text) the remote's own name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

NEVER = r"(?!)"


@dataclass(frozen=True, slots=True)
class Span:
    """A filter by time: where the request states its ends, and whether they belong to it (`[]`, `[)`, `()`)."""

    low: str
    high: str
    ends: str
    column: str = "updated"
    """`updated` or `placed`."""
    low_in: str = "(.+)"
    """Pattern whose first group is the instant, for ends that stand in a longer text."""
    high_in: str = "(.+)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One kind of request and its answer; the first door that fits a request is taken."""

    request: str
    """Pattern of `METHOD /path`."""
    answer: Json
    body: str = ""
    """Pattern found in the body, to tell GraphQL documents apart."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    rows: str = ""
    """Which rows it shows: `orders` or `payments`."""
    row: Json = "@whole"
    """How it shows one of them: whole, or a template in which `"@id"` is its id."""
    spans: tuple[Span, ...] = ()
    size: str = ""
    offset: str = ""
    after: str = ""
    by_time: str = NEVER
    """Pattern of a request that wants rows by time of change; other requests get them by id."""
    ids: str = ""
    """Where ids are asked for: a list, or text with commas."""
    absent: tuple[int, Json] | None = None
    """Status and body where the one row asked for does not exist."""
    shows_hidden: bool = False
    """Whether it also shows what lists leave out: the trash, another index."""

    @property
    def is_list(self) -> bool:
        """Whether it gives pages of a window."""
        return bool(self.rows and self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What stands where in one record of a stream; an empty path means that the vendor has no such thing."""

    updated: tuple[str, ...]
    stamp: Callable[[datetime], str]
    """How the vendor writes an instant."""
    wire_id: Callable[[str], Json] = str
    """The record's external id as the vendor writes it under `id`."""
    own_id: Callable[[int], str] = str
    """An external id in the vendor's style."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
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


def _whole_second(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}"


def _whole_second_utc(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _milliseconds_utc(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


def _gid(external_id: str) -> Json:
    return f"gid://shopify/Order/{external_id}"


WOOCOMMERCE = Dialect(
    settings={"url": "https://shop.example.com", "consumer_key": "ck_suite", "consumer_secret": "cs_suite_secret", "page_size": 10},
    page=10,
    shapes={
        "orders": Shape(
            updated=("date_modified_gmt", "date_modified"),
            stamp=_whole_second,
            wire_id=int,
            currency="currency",
            status="status",
            amount="total",
            text="billing.first_name",
            lines="line_items",
            quantity="quantity",
        )
    },
    doors=(
        Door(request="GET .*/system_status", answer={"environment": {"home_url": "https://@shop.example.com"}}),
        Door(
            request=r"GET .*/orders/(?P<id>\w+)",
            rows="orders",
            ids="path.id",
            answer="@row",
            absent=(404, {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}),
            shows_hidden=True,
        ),
        Door(
            request="GET .*/orders",
            rows="orders",
            spans=(Span("query.modified_after", "query.modified_before", "()"),),
            ids="query.include",
            size="query.per_page",
            offset="query.offset",
            by_time="orderby=modified",
            answer="@rows",
            headers={"X-WP-Total": "@total"},
        ),
    ),
)

_SHOPIFY_SPAN = Span("body.variables.query", "body.variables.query", "[)", low_in="updated_at:>='([^']+)'", high_in="updated_at:<'([^']+)'")
_SHOPIFY_COST: Json = {"cost": {"requestedQueryCost": 20}}
SHOPIFY = Dialect(
    settings={"url": "https://shop.example.com", "access_token": "shpat_suite_secret", "page_size": 10, "returns": False},
    page=10,
    shapes={
        "orders": Shape(
            updated=("updatedAt",),
            stamp=_whole_second_utc,
            wire_id=_gid,
            currency="presentmentCurrencyCode",
            status="displayFinancialStatus",
            optional=("displayFinancialStatus",),
            amount="totalPriceSet.presentmentMoney.amount",
            text="name",
            lines="lineItems.nodes",
            quantity="quantity",
        )
    },
    doors=(
        Door(
            request="POST .*/graphql.json",
            body=r"query Orders\(",
            rows="orders",
            spans=(_SHOPIFY_SPAN,),
            size="body.variables.first",
            after="body.variables.after",
            by_time="sortKey: UPDATED_AT",
            answer={
                "data": {"orders": {"pageInfo": {"hasNextPage": "@more", "endCursor": "@cursor"}, "nodes": "@rows"}},
                "extensions": _SHOPIFY_COST,
            },
        ),
        Door(
            request="POST .*/graphql.json",
            body=r"query OrdersById\(",
            rows="orders",
            ids="body.variables.ids",
            answer={"data": {"nodes": "@named"}},
            shows_hidden=True,
        ),
        Door(
            request="POST .*/graphql.json",
            body=r"query Count\(",
            rows="orders",
            spans=(_SHOPIFY_SPAN,),
            answer={"data": {"ordersCount": {"count": "@total", "precision": "EXACT"}}},
        ),
        Door(
            request="POST .*/graphql.json",
            body="query Shop",
            answer={"data": {"shop": {"id": "gid://shopify/Shop/@shop", "name": "Shop @shop"}}},
        ),
    ),
)

_SQUARE_SPAN = Span("body.query.filter.date_time_filter.updated_at.start_at", "body.query.filter.date_time_filter.updated_at.end_at", "[]")
SQUARE = Dialect(
    settings={"url": "https://shop.example.com", "access_token": "EAAA_suite_secret"},
    page=10,
    sizes=False,
    tokens_are_places=True,
    shapes={
        "orders": Shape(
            updated=("updated_at",),
            stamp=_milliseconds_utc,
            own_id="ORDsuite{:04}".format,
            currency="total_money.currency",
            status="state",
            amount="total_money.amount",
            text="line_items.0.name",
            lines="line_items",
            quantity="quantity",
            optional=("line_items",),
        ),
        "payments": Shape(
            updated=("updated_at",),
            stamp=_milliseconds_utc,
            own_id="PAYsuite{:04}".format,
            currency="total_money.currency",
            status="status",
            amount="total_money.amount",
            text="source_type",
        ),
    },
    doors=(
        Door(request="GET .*/merchants/me", answer={"merchant": {"id": "M@shop", "business_name": "Till @shop"}}),
        Door(request="GET .*/locations", answer={"locations": [{"id": "LSUITE1"}]}),
        Door(
            request="POST .*/orders/search",
            body='"return_entries": ?true',
            rows="orders",
            row={"order_id": "@id"},
            spans=(_SQUARE_SPAN,),
            after="body.cursor",
            by_time="UPDATED_AT",
            answer={"order_entries": "@rows", "cursor": "@cursor"},
        ),
        Door(
            request="POST .*/orders/search",
            rows="orders",
            spans=(_SQUARE_SPAN,),
            after="body.cursor",
            by_time="UPDATED_AT",
            answer={"orders": "@rows", "cursor": "@cursor"},
        ),
        Door(
            request="GET .*/payments",
            rows="payments",
            spans=(Span("query.updated_at_begin_time", "query.updated_at_end_time", "[]"),),
            after="query.cursor",
            by_time="UPDATED_AT",
            answer={"payments": "@rows", "cursor": "@cursor"},
        ),
        Door(request="POST .*/orders/batch-retrieve", rows="orders", ids="body.order_ids", answer={"orders": "@rows"}),
        Door(
            request=r"GET .*/orders/(?P<id>\w+)",
            rows="orders",
            ids="path.id",
            answer={"order": "@row"},
            absent=(404, {"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "NOT_FOUND"}]}),
            shows_hidden=True,
        ),
    ),
)

_VENDURE_FILTER = "body.variables.options.filter"
_VENDURE_PRECISION: Json = {"serverConfig": {"moneyStrategyPrecision": 2}}
VENDURE = Dialect(
    settings={"url": "https://shop.example.com", "api_key": "vendure_suite_secret"},
    page=100,
    shapes={
        "orders": Shape(
            updated=("updatedAt",),
            stamp=_milliseconds_utc,
            placed="orderPlacedAt",
            silent=("payments.0.updatedAt", "payments.0.refunds.0.updatedAt", "fulfillments.0.updatedAt"),
            currency="currencyCode",
            status="state",
            amount="total",
            text="code",
            lines="lines",
            quantity="quantity",
        )
    },
    doors=(
        Door(
            request="POST .*/admin-api",
            body=r"query (Orders|Stamps)\(",
            rows="orders",
            spans=(
                Span(f"{_VENDURE_FILTER}.updatedAt.between.start", f"{_VENDURE_FILTER}.updatedAt.between.end", "[]"),
                Span(f"{_VENDURE_FILTER}.orderPlacedAt.between.start", f"{_VENDURE_FILTER}.orderPlacedAt.between.end", "[]", "placed"),
            ),
            ids=f"{_VENDURE_FILTER}.id.in",
            size="body.variables.options.take",
            offset="body.variables.options.skip",
            answer={"data": {"globalSettings": _VENDURE_PRECISION, "orders": {"totalItems": "@total", "items": "@rows"}}},
        ),
        Door(
            request="POST .*/admin-api",
            body=r"query Order\(",
            rows="orders",
            ids="body.variables.id",
            answer={"data": {"order": "@row"}},
            shows_hidden=True,
        ),
        Door(
            request="POST .*/admin-api",
            body="query Identity",
            answer={"data": {"activeChannel": {"code": "__default_channel__", "token": "@shop"}}},
        ),
    ),
)

DIALECTS: Mapping[str, Dialect] = {"shopify": SHOPIFY, "square": SQUARE, "vendure": VENDURE, "woocommerce": WOOCOMMERCE}
"""By the connector's folder."""
