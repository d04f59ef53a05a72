"""What Tryton shows of a sale at the till and of a product, as far as we ask for it.

A field behind a dot is shown under the name before it with a dot at its end: `point.name` stands in `point.` as `name`.
Source: trytond 8.2, model/modelstorage.py (`search_read`); trytond-sale-point 8.2, sale.py.
"""

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StrictStr

from connectors._kit import Payload
from model.errors import MalformedError
from model.values.instant import utc_instant
from model.values.money import exact_amount

LONGEST_AMOUNT: Final = 40
"""Characters of a number; Tryton's prices have four decimal places unless the shop says otherwise."""

SALE_FIELDS: Final = (
    "number", "state", "date", "total", "total_tax", "create_date", "write_date",
    "currency.code", "currency.rounding", "point.name", "point.tax_included",
    "lines.product.code", "lines.product.name", "lines.product.template", "lines.quantity", "lines.unit.symbol",
    "lines.unit_list_price", "lines.unit_gross_price", "lines.amount", "lines.create_date", "lines.write_date",
    "payments.amount", "payments.method.name", "payments.method.cash", "payments.create_date", "payments.write_date",
)  # fmt: skip
"""No field of a person: Tryton's sales at the till name no buyer, and whose till it was is nobody's business here."""

DAY_FIELDS: Final = (
    "create_date", "total", "currency.code", "currency.rounding",
    "lines.quantity", "lines.unit_gross_price", "payments.amount", "payments.method.name",
)  # fmt: skip
"""Of a sale in a list of its day: what the lines that go out and those that come back come to, with tax, and the means it was paid by."""

PRODUCT_FIELDS: Final = ("code", "name", "template", "type", "consumable")

DecimalText = Annotated[StrictStr, Field(max_length=LONGEST_AMOUNT)]


class WireDecimal(Payload):
    """`{"__class__": "Decimal", "decimal": "10.05"}`."""

    decimal: DecimalText

    @property
    def value(self) -> Decimal:
        """The number; MalformedError for none, or for one of no payable size."""
        return exact_amount(self.decimal)


class WireDate(Payload):
    """`{"__class__": "date", "year": 2026, "month": 1, "day": 31}`."""

    year: Annotated[StrictInt, Field(ge=1, le=9999)]
    month: Annotated[StrictInt, Field(ge=1, le=12)]
    day: Annotated[StrictInt, Field(ge=1, le=31)]

    @property
    def text(self) -> str:
        """As ISO 8601 writes it."""
        return f"{self.year:04}-{self.month:02}-{self.day:02}"


def _plausible(moment: "WireInstant") -> "WireInstant":
    try:
        utc_instant(moment.text)
    except MalformedError as error:
        raise ValueError(str(error)) from None
    return moment


class WireInstant(WireDate):
    """The same of class `datetime`, with hours to microseconds; UTC, as the database's clock has to be."""

    hour: Annotated[StrictInt, Field(ge=0, le=23)]
    minute: Annotated[StrictInt, Field(ge=0, le=59)]
    second: Annotated[StrictInt, Field(ge=0, le=59)]
    microsecond: Annotated[StrictInt, Field(ge=0, le=999_999)]

    @property
    def text(self) -> str:
        """As ISO 8601 writes it, without offset."""
        return f"{super().text}T{self.hour:02}:{self.minute:02}:{self.second:02}.{self.microsecond:06}"


Instant = Annotated[WireInstant, AfterValidator(_plausible)]
"""One that a calendar has."""


class Stamped(Payload):
    """When it was made and last changed."""

    id: StrictInt
    create_date: Instant
    write_date: Instant | None


class Currency(Payload):
    """The company's own."""

    code: StrictStr
    rounding: WireDecimal


class Till(Payload):
    """A point of sale."""

    id: StrictInt
    name: StrictStr
    tax_included: StrictBool | None
    """Whether its prices have tax in them; null for no, of tills that were never asked."""


class SoldProduct(Payload):
    """What a line sells: a variant."""

    id: StrictInt
    code: StrictStr | None
    name: StrictStr
    template: StrictInt


class Unit(Payload):
    """What is counted."""

    symbol: StrictStr


class Moved(Payload):
    """What a line moves over the counter, at its price with tax; a quantity below nothing comes back."""

    quantity: Decimal = Field(allow_inf_nan=False, max_digits=24)
    unit_gross_price: WireDecimal


class Line(Stamped, Moved):
    """One line."""

    product: SoldProduct = Field(alias="product.")
    unit: Unit | None = Field(alias="unit.")
    unit_list_price: WireDecimal
    amount: WireDecimal


class Method(Payload):
    """How it is paid."""

    id: StrictInt
    name: StrictStr
    cash: StrictBool | None


class Paid(Stamped):
    """Money taken, or given when below nothing: change, or what is paid back."""

    amount: WireDecimal | None
    method: Method = Field(alias="method.")


class Sale(Stamped):
    """One sale at a till."""

    number: StrictStr | None
    state: StrictStr
    date: WireDate
    total: WireDecimal
    total_tax: WireDecimal
    currency: Currency = Field(alias="currency.")
    point: Till = Field(alias="point.")
    lines: list[Line] = Field(alias="lines.")
    payments: list[Paid] = Field(alias="payments.")


class Product(Payload):
    """One variant that may be sold."""

    id: StrictInt
    code: StrictStr | None
    name: StrictStr
    template: StrictInt
    type: Literal["goods", "assets", "service"]
    consumable: StrictBool | None
