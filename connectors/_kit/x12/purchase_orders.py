"""850 -> Order."""

from collections.abc import Mapping

from model.records.order import Order


def read_850(raw: bytes, statuses: Mapping[str, str]) -> Order:
    """One purchase order, with its changes; `raw` is a slice of `cut_850`, `statuses` are the words of `connectors._kit.x12.told`.

    MalformedError where it cannot be read, names no price or no currency, or its parts do not sum to its totals; RejectedError where it is
    none for this account. Source: X12 004010, transaction set 850.
    """
    raise NotImplementedError
