"""Orders in tables: a CSV or XLSX file is cut into one slice per order, and a slice is read by the columns that an operator declared.

Nothing is known of a file but what its layout says. What cannot be read refuses its own order, by row and column; the others go on.
"""

from connectors._kit.order_sheets.cutting import Slice, cut_sheet, number_in, refused_file
from connectors._kit.order_sheets.layout import SheetColumns, SheetLayout
from connectors._kit.order_sheets.places import Flaw, UnreadOrderError
from connectors._kit.order_sheets.reading import layout_of, read_sheet_order

__all__ = [
    "Flaw",
    "SheetColumns",
    "SheetLayout",
    "Slice",
    "UnreadOrderError",
    "cut_sheet",
    "layout_of",
    "number_in",
    "read_sheet_order",
    "refused_file",
]
