"""The two layouts of the flat file: amounts one to a line under three columns (V2), or in a column for each kind (before it)."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from connectors._kit.sheets import Line, Row, columns_of, row_of
from model.errors import MalformedError

_HEAD = ("settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date", "total-amount", "currency", "transaction-type")
_OF_V2 = ("amount-type", "amount-description", "amount")
_BEFORE_V2: Final = (
    ("ShipmentFees", "shipment-fee-type", "shipment-fee-amount"),
    ("OrderFees", "order-fee-type", "order-fee-amount"),
    ("ItemPrice", "price-type", "price-amount"),
    ("ItemFees", "item-related-fee-type", "item-related-fee-amount"),
    ("MiscFees", "", "misc-fee-amount"),
    ("OtherFees", "other-fee-reason-description", "other-fee-amount"),
    ("Promotion", "promotion-type", "promotion-amount"),
    ("DirectPayment", "direct-payment-type", "direct-payment-amount"),
    ("", "", "other-amount"),
)
"""What V2 calls the amounts of a column, the column of its description, and its own."""


class Part(NamedTuple):
    """One amount of a row, as it is written."""

    row: Row
    amount_type: str
    description: str
    amount: str


def parts_of(row: Row) -> Iterator[Part]:
    """The amounts of a row; a row of the older layout may hold none, as the one that tells a quantity."""
    fields = row.fields
    if "amount" in fields:
        if not fields["amount"]:
            raise MalformedError(f"line {row.number}: has no amount")
        yield Part(row, fields["amount-type"], fields["amount-description"], fields["amount"])
        return
    for amount_type, described, column in _BEFORE_V2:
        if amount := fields.get(column, ""):
            yield Part(row, amount_type, fields.get(described, ""), amount)


def is_header(line: Line) -> bool:
    """Whether a line names the columns of one of the two layouts."""
    names = {cell.strip() for cell in line.cells}
    return names.issuperset(_HEAD) and (names.issuperset(_OF_V2) or "price-amount" in names)


def rows_of(lines: Iterator[Line]) -> list[Row]:
    """Every line under the header. MalformedError where there is none, or a line is not whole."""
    header = next(lines, None)
    if header is None:
        raise MalformedError("line 1: the file is empty")
    columns = columns_of(header, _HEAD)
    if not is_header(header):
        raise MalformedError(f"line {header.number}: has neither a column 'amount' nor a column 'price-amount'")
    return [row_of(columns, line) for line in lines]


def settlements_of(rows: Sequence[Row]) -> Iterator[tuple[Row, list[Row]]]:
    """Each settlement's own row, and the rows below it."""
    starts = [place for place, row in enumerate(rows) if row.fields["total-amount"]]
    if not starts or starts[0]:
        raise MalformedError("line 2: states no total-amount; the first row is the settlement's own")
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        head, below = rows[start], list(rows[start + 1 : end])
        for row in below:
            if row.fields["settlement-id"] != head.fields["settlement-id"]:
                raise MalformedError(f"line {row.number}: is of another settlement than the rows above it")
        yield head, below
