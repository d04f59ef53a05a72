"""A slice of a table -> Order. Pure: the same slice and layout give the same order."""

from connectors._kit.order_sheets.layout import SheetLayout
from model.records.order import Order


def read_sheet_order(raw: bytes, layout: SheetLayout | None = None) -> Order:
    """The order that a slice of `cut_sheet` tells, its sums checked.

    By the layout given, or by the one in the slice. UnreadOrderError (a MalformedError) tells every flaw by row, column, reason and mend.
    """
    raise NotImplementedError
