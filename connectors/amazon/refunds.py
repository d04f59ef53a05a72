"""Refunds, picked out of the seller's transactions: by the time at which they were posted, which never changes.

Transactions may turn up 48 hours late, so windows overlap by more than that. A deferred transaction and its release are two, with the
same money; the release names the other one, and is left out.
Source: model finances_2024-06-19, listTransactions.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import msgspec

from connectors._kit import Http
from connectors.amazon.mapping_refund import KIND, REFUND
from connectors.amazon.paging import Listed, stamp_by, walk, window_of
from connectors.capabilities import RawPage, Window

DEFERRED: Final = "DEFERRED_TRANSACTION_ID"


class _Related(msgspec.Struct, rename="camel"):
    related_identifier_name: str = ""


class _Transaction(msgspec.Struct, rename="camel"):
    transaction_type: str | None = None
    posted_date: str | None = None
    related_identifiers: tuple[_Related, ...] | None = None


def _posted(raw: bytes) -> str | None:
    return msgspec.json.decode(raw, type=_Transaction).posted_date


_LISTED: Final = Listed(
    KIND, "finances/2024-06-19/transactions", "transactions", "postedAfter", "nextToken", stamp_by(_posted), interval_s=2
)


def refund_pages(http: Http, window: Window, resume: str | None) -> Iterator[RawPage]:
    """The refunds of each page of transactions; of all marketplaces, as the account is one."""
    start, until = window_of(window)
    for page in walk(http, _LISTED, {"postedBefore": until}, start, window.end, resume):
        yield replace(page, slices=tuple(raw for raw in page.slices if _is_refund(raw)))


def _is_refund(raw: bytes) -> bool:
    """Whether it is a refund; one that cannot be read, or tells no type, is given out as it is, so that it is set aside by name."""
    try:
        told = msgspec.json.decode(raw, type=_Transaction)
    except msgspec.DecodeError:
        return True
    releases = any(each.related_identifier_name == DEFERRED for each in told.related_identifiers or ())
    return told.transaction_type in {REFUND, None} and not releases
