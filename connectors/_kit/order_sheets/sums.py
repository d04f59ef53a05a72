"""What the rows of an order sum to: lines, and the parts that belong to the whole order, net of tax as the house keeps them."""

from dataclasses import dataclass
from decimal import Decimal

from connectors._kit.order_sheets.cells import Rows
from connectors._kit.order_sheets.cutting import SliceRow
from model.errors import MalformedError
from model.records.order import Adjustment, AdjustmentKind, OrderLine
from model.values.money import exponent, minor_units
from model.values.quantity import thousandths


@dataclass(frozen=True, slots=True)
class Parts:
    """The amounts of an order in minor units; they sum to `total`."""

    shipping: int
    charges: int
    discount: int
    tax: int
    total: int
    adjustments: tuple[Adjustment, ...]


def lines_of(rows: Rows, currency: str) -> tuple[OrderLine, ...]:
    """Every row as a line; rows that cannot be read leave flaws, and no line."""
    lines: list[OrderLine] = []
    seen: dict[str, int] = {}
    for place, row in enumerate(rows.rows, 1):
        if row.flaw is not None:
            rows.flaw(row.row, None, row.flaw, "write the row anew; a sign that parts cells may stand in one without quotes")
            continue
        line = _line(rows, row, currency, place)
        if line is None:
            continue
        if line.external_id in seen:
            rows.flaw(
                row.row, rows.layout.columns.line, f"is the number of row {seen[line.external_id]} too", "number each line of its own"
            )
        seen[line.external_id] = row.row
        lines.append(line)
    return tuple(lines)


def _line(rows: Rows, row: SliceRow, currency: str, place: int) -> OrderLine | None:
    columns, layout = rows.layout.columns, rows.layout
    before = len(rows.flaws)
    sku, title = rows.text(row, columns.sku), rows.text(row, columns.title)
    if sku is None and title is None:
        rows.flaw(row.row, columns.sku or columns.title, "is empty", "say what was ordered")
    quantity = _quantity(rows, row)
    tax = rows.minor(row, columns.line_tax, currency)
    if tax is None and layout.prices_include_tax:
        rows.flaw(row.row, columns.line_tax, "is empty", "say how much of the price is tax, be it 0")
    total, price, off = _total(rows, row, currency, quantity)
    if len(rows.flaws) > before or total is None or quantity is None:
        return None
    word = rows.text(row, columns.unit)
    return OrderLine(
        external_id=rows.text(row, columns.line) or str(place),
        title=title or sku or "",
        quantity=thousandths(quantity),
        total_minor=total - (tax or 0) if layout.prices_include_tax else total,
        tax_minor=tax or 0,
        sku=sku,
        unit=layout.units.get(word, word) if word else layout.unit,
        unit_price=f"{price:f}" if price is not None else None,
        discount_minor=off,
    )


def _quantity(rows: Rows, row: SliceRow) -> Decimal | None:
    column = rows.layout.columns.quantity
    before = len(rows.flaws)
    quantity = rows.decimal(row, column)
    if quantity is None:
        if len(rows.flaws) == before:
            rows.flaw(row.row, column, "is empty", "say how many were ordered")
        return None
    if quantity <= 0:
        rows.flaw(row.row, column, "is not positive", "leave the row out; returns and cancellations are not read from files of orders")
        return None
    try:
        thousandths(quantity)
    except MalformedError:
        rows.flaw(row.row, column, "is finer than a thousandth, or too great", "count it in another unit")
        return None
    return quantity


def _total(rows: Rows, row: SliceRow, currency: str, quantity: Decimal | None) -> tuple[int | None, Decimal | None, int]:
    """What the line costs as the file shows it, its unit price, and its own discount."""
    columns = rows.layout.columns
    before = len(rows.flaws)
    price = rows.decimal(row, columns.unit_price)
    told = rows.minor(row, columns.line_total, currency)
    off = off_of(rows, rows.minor(row, columns.line_discount, currency), row.row, columns.line_discount)
    if len(rows.flaws) > before or quantity is None:
        return None, price, off
    if price is None and told is None:
        rows.flaw(row.row, columns.line_total or columns.unit_price, "is empty", "say what it costs, be it 0")
        return None, price, off
    if price is None:
        return told, price, off
    computed = price * quantity - Decimal(off).scaleb(-exponent(currency))
    if told is None:
        try:
            return minor_units(computed, currency), price, off
        except MalformedError:
            rows.flaw(row.row, columns.unit_price, f"times the quantity is no whole amount of {currency}", "declare a column line_total")
            return None, price, off
    if not fits(computed, told, price, quantity, currency):
        rows.flaw(row.row, columns.line_total, "is not the quantity times the unit price, less the discount", "mend one of them")
    return told, price, off


def fits(computed: Decimal, told: int, price: Decimal, quantity: Decimal, currency: str) -> bool:
    """Whether an amount is what a price gives, which may itself be rounded in its last place."""
    digits = price.as_tuple().exponent
    last = Decimal(1).scaleb(min(int(digits), -exponent(currency)) if isinstance(digits, int) else 0) / 2
    room = last * abs(quantity) + Decimal(1).scaleb(-exponent(currency)) / 2
    return abs(computed - Decimal(told).scaleb(-exponent(currency))) <= room


def off_of(rows: Rows, amount: int | None, row: int, column: str | None) -> int:
    """What is taken off, as a positive amount."""
    off = -(amount or 0) if rows.layout.discounts_are_negative else amount or 0
    if off < 0:
        sign = "positive" if rows.layout.discounts_are_negative else "negative"
        rows.flaw(row, column, f"is {sign}", "write what is taken off the other way, or declare layout.discounts_are_negative")
    return off


def parts_of(rows: Rows, lines: tuple[OrderLine, ...], currency: str) -> Parts:
    """Shipping, charges, discount, tax and total of the order."""
    columns = rows.layout.columns

    def told(column: str | None) -> int | None:
        return rows.one(lambda row, name: rows.minor(row, name, currency), column)

    shipping, charges = told(columns.shipping) or 0, told(columns.charges) or 0
    discount = off_of(rows, told(columns.discount), 0, columns.discount)
    of_lines = sum(line.tax_minor for line in lines)
    tax = told(columns.tax)
    rest = 0 if tax is None else tax - of_lines
    if rest < 0 and not rows.flaws:
        rows.flaw(0, columns.tax, "is less than the tax of the lines", "mend one of them")
    if rows.layout.prices_include_tax:
        if rest > shipping and not rows.flaws:
            rows.flaw(0, columns.tax, "is more than lines and shipping can hold", "tell each line's tax in line_tax")
        shipping -= rest
    tax = of_lines + rest
    parts = sum(line.total_minor for line in lines) + shipping + tax + charges - discount
    total = told(columns.total)
    if total is not None and total != parts and not rows.flaws:
        rows.flaw(0, columns.total, f"is {total}, and the parts sum to {parts} minor units of {currency}", "tell every part, or mend one")
    return Parts(shipping, charges, discount, tax, parts, _adjustments(lines, shipping, charges, discount, rest))


def _adjustments(lines: tuple[OrderLine, ...], shipping: int, charges: int, discount: int, rest: int) -> tuple[Adjustment, ...]:
    amounts: tuple[tuple[AdjustmentKind, int], ...] = (("shipping", shipping), ("charge", charges), ("discount", discount), ("tax", rest))
    whole = [Adjustment(kind=kind, title=kind, amount_minor=amount) for kind, amount in amounts if amount]
    taxes = [
        Adjustment(kind="tax", title="tax", amount_minor=line.tax_minor, line_external_id=line.external_id)
        for line in lines
        if line.tax_minor
    ]
    return (*whole, *taxes)
