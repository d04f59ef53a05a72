"""ORDERS -> Order. Pure: the same message and terms give the same order."""

from datetime import datetime

from connectors._kit.edifact.terms import EdifactTerms
from model.records.order import Order


def read_edifact_order(raw: bytes, terms: EdifactTerms | None = None, *, told_at: datetime | None = None) -> Order:
    """The order that a slice of `cut_edifact_orders` tells, its counts and sums checked.

    MalformedError where it cannot be read, RejectedError where it is none to take in: both name segment, element and mend.
    `told_at` says when the file was written, which tells versions apart under `later_files = "newest"`.
    """
    raise NotImplementedError
