"""Reading lists of Tryton by ids: what changed in a window, and the catalogue.

Rows are asked for in the order of their ids, each page behind the last id of the one before. An id never changes, so neither ties in time
nor rows that change, come or go meanwhile move a row between pages. A page that is not full is the last one only if Tryton counts no row
behind it.

A sale counts from when it is first done, as only then it has a number; what is being rung up is no commitment yet, and may be thrown away.
Tryton moves a sale's own time for its own fields alone, so its lines' and payments' times are asked for as well. A part that is deleted
while a sale is open anew leaves no trace before the sale is done again.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from connectors._kit import own_id
from connectors._kit.tokens import place_of, token_of
from connectors._kit.tryton_rpc import Context, Rpc, result_of
from connectors._kit.tryton_values import said_instant
from connectors.capabilities import Lookup, RawPage, Window
from connectors.tryton_pos.payloads import DAY_FIELDS, PRODUCT_FIELDS, SALE_FIELDS
from model.errors import ContractError, RejectedError, TransientError

SALE: Final = "model.sale.point.sale"
PRODUCT: Final = "model.product.product"
OLDEST_FIRST: Final = (("id", "ASC"),)
ASK_AGAIN: Final = 3
"""How often an answer that cannot be is asked for again."""
IS_GONE: Final = "don't exist"
"""What Tryton says, asked in English, of a record that is not there; of one that the user may not see it says something else."""
_LONGEST_ID: Final = 9
"""Digits of an id; PostgreSQL's own numbers end behind two thousand millions, and a larger one is a failure there."""

Clause = Sequence[object]
Domain = tuple[Clause, ...]


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: behind the row of this id."""

    behind: int


def changed(window: Window, company: int) -> Domain:
    """Sales with a number of which something changed in the window."""
    ranges = [[(name, ">=", said_instant(window.start)), (name, "<", said_instant(window.end))] for name in ("write_date", "create_date")]
    parts = [[(part, "where", each)] for part in ("lines", "payments") for each in ranges]
    return (*_numbered(company), ("OR", *ranges, *parts))


def made(window: Window, company: int) -> Domain:
    """Sales with a number that were begun in the window."""
    return (*_numbered(company), ("create_date", ">=", said_instant(window.start)), ("create_date", "<", said_instant(window.end)))


def sale_pages(rpc: Rpc, company: int, domain: Domain, batch: int, resume: str | None) -> Iterator[RawPage]:
    """Sales of a domain."""
    return _pages(rpc, "order", SALE, domain, SALE_FIELDS, company, batch, resume)


def day_pages(rpc: Rpc, company: int, day: Window, batch: int) -> Iterator[RawPage]:
    """Sales begun in a span, with the few fields that tell what they come to."""
    return _pages(rpc, "order", SALE, made(day, company), DAY_FIELDS, company, batch, None)


def product_pages(rpc: Rpc, company: int, batch: int, resume: str | None) -> Iterator[RawPage]:
    """Every variant that may be sold now."""
    return _pages(rpc, "listing", PRODUCT, (("salable", "=", True),), PRODUCT_FIELDS, company, batch, resume)


def counted(rpc: Rpc, company: int, domain: Domain) -> int:
    """How many sales fit."""
    return _count(rpc, SALE, domain, {"company": company})


def sales_by_id(rpc: Rpc, company: int, ids: Sequence[str], batch: int) -> Lookup:
    """These sales; gone is what Tryton says does not exist, and not what the user may not see, or what has no number."""
    numbers = [int(each) for each in ids if each.isdecimal() and each.isascii() and len(each) <= _LONGEST_ID]
    slices: list[bytes] = []
    context: Context = {"company": company}
    for start in range(0, len(numbers), batch):
        domain = (("id", "in", numbers[start : start + batch]), *_numbered(company))
        slices += rpc.rows(SALE, domain, 0, None, OLDEST_FIRST, SALE_FIELDS, context=context)
    found = {own_id(raw) for raw in slices}
    missing = [number for number in numbers if str(number) not in found]
    return Lookup("order", tuple(slices), tuple(str(number) for number in missing if _is_gone(rpc, number, context)))


def _numbered(company: int) -> Domain:
    return (("company", "=", company), ("number", "!=", None))


def _is_gone(rpc: Rpc, number: int, context: Context) -> bool:
    where = f"{SALE}.read"
    asked = ((number,), ("number",))
    try:
        rpc.look(where, *asked, read=lambda answer: result_of(answer, msgspec.Raw, where), context={**context, "language": "en"})
    except RejectedError as error:
        if error.code != "UserError" or IS_GONE not in str(error):
            raise
        return True
    return False


def _pages(
    rpc: Rpc, kind: str, model: str, domain: Domain, fields: Sequence[str], company: int, batch: int, resume: str | None
) -> Iterator[RawPage]:
    context: Context = {"company": company}
    place: Place | None = place_of(resume, Place) if resume else Place(0)
    while place is not None:
        slices, is_last = _page(rpc, model, domain, place.behind, fields, batch, context)
        place = None if is_last else Place(_last_id(slices, place, model))
        yield RawPage(kind, slices, token_of(place) if place else None)


def _page(
    rpc: Rpc, model: str, domain: Domain, behind: int, fields: Sequence[str], batch: int, context: Context
) -> tuple[tuple[bytes, ...], bool]:
    """The rows behind an id, and whether no row is behind them. What is empty although rows are counted, or old, is asked for again."""
    is_old = False
    for _ in range(ASK_AGAIN + 1):
        slices = rpc.rows(model, _behind(domain, behind), 0, batch, OLDEST_FIRST, fields, context=context)
        ids = _ids(slices)
        is_old = min(ids, default=behind + 1) <= behind
        if is_old:
            continue
        if len(slices) >= batch:
            return slices, False
        left = _count(rpc, model, _behind(domain, max(ids, default=behind)), context)
        if slices or not left:
            return slices, not left
    if is_old:
        raise ContractError(f"{model}: rows that were read come again, whatever is asked")
    raise TransientError(f"{model}: no rows come, although some are counted")


def _behind(domain: Domain, last: int) -> Domain:
    return (*domain, ("id", ">", last)) if last else domain


def _count(rpc: Rpc, model: str, domain: Domain, context: Context) -> int:
    return rpc.ask(f"{model}.search_count", domain, shape=int, context=context)


def _ids(slices: Sequence[bytes]) -> list[int]:
    told = (own_id(raw) for raw in slices)
    return [int(each) for each in told if each is not None and each.isdigit()]


def _last_id(slices: Sequence[bytes], place: Place, model: str) -> int:
    last = max(_ids(slices), default=place.behind)
    if last <= place.behind:
        raise ContractError(f"{model}: a page names no id, so nothing leads behind it")
    return last
