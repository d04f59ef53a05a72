"""What the columns of a partner's table mean, as an operator declares it: nothing of it is guessed from a file."""

from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from model.errors import MalformedError
from model.values.money import exponent
from model.values.quantity import PIECE


def _codec_known(name: str) -> str:
    try:
        "".encode(name)
        b"".decode(name)
    except (LookupError, ValueError):
        raise ValueError("is not an encoding; write one like cp1252 or gb18030") from None
    return name


def _zone_known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not an IANA time zone; write one like Europe/Paris") from None
    return name


def _current(code: str) -> str:
    try:
        exponent(code)
    except MalformedError:
        raise ValueError("is not a current ISO 4217 code") from None
    return code


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Currency = Annotated[str, AfterValidator(_current)]
Zone = Annotated[str, AfterValidator(_zone_known)]
_Column = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(?:.*\S)?$")]
_Texts = Annotated[tuple[_Column, ...], BeforeValidator(_one_or_several)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SheetColumns(_Part):
    """Which column tells what, by the names in the header row. What rows say of a whole order may stand in one of them or in all."""

    number: _Column
    """The order's number: rows of one number are one order, wherever they stand."""
    placed: _Column
    """When it was placed: a date, or a date and a time."""
    placed_time: _Column | None = None
    """The time of day, where it has a column of its own."""
    updated: _Column | None = None
    """When it last changed: the greater one is the newer version of an order."""
    sku: _Column | None = None
    title: _Column | None = None
    quantity: _Column
    unit: _Column | None = None
    """What is counted; without it, pieces."""
    unit_price: _Column | None = None
    line_total: _Column | None = None
    """What the line costs, its own discount taken off; without it, quantity times unit price."""
    line_discount: _Column | None = None
    """What was taken off the line."""
    line_tax: _Column | None = None
    line: _Column | None = None
    """The line's own number; without it, its place in the order."""
    shipping: _Column | None = None
    charges: _Column | None = None
    discount: _Column | None = None
    """What is taken off the whole order."""
    tax: _Column | None = None
    """The order's tax; what is more than that of its lines is that of shipping and charges."""
    total: _Column | None = None
    """What the buyer pays. Where it is told, the parts must sum to it."""
    currency: _Column | None = None
    buyer: _Column | None = None
    """The buyer's number or name with the partner."""
    email: _Column | None = None
    phone: _Column | None = None
    name: _Column | None = None
    company: _Column | None = None
    street: _Texts = ()
    """One column or several."""
    city: _Column | None = None
    region: _Column | None = None
    postcode: _Column | None = None
    country: _Column | None = None
    """Two letters, or a word that `countries` translates."""
    note: _Column | None = None

    @model_validator(mode="after")
    def _tells_a_line(self) -> Self:
        if self.sku is None and self.title is None:
            raise ValueError("sku: it or title names a column")
        if self.unit_price is None and self.line_total is None:
            raise ValueError("unit_price: it or line_total names a column")
        return self

    def named(self) -> tuple[str, ...]:
        """Every column that is needed, each once."""
        one: dict[str, Any] = self.model_dump(exclude={"street"}, exclude_none=True)
        return tuple(dict.fromkeys([*one.values(), *self.street]))


class SheetLayout(_Part):
    """How one partner writes its table of orders."""

    columns: SheetColumns
    sheet: str | None = Field(default=None, min_length=1, max_length=64)
    """Of an XLSX with several sheets, the one to read."""
    delimiter: str = Field(default=",", min_length=1, max_length=1, pattern=r"[^\"\r\n]")
    """Of a CSV."""
    encoding: Annotated[str, AfterValidator(_codec_known)] = "utf-8"
    """How a CSV is written where it is not UTF-8."""
    decimal: Literal[".", ","] = "."
    """What stands before the decimals."""
    thousands: Literal["", ",", ".", "'", " "] = ""
    """What parts the thousands."""
    date_format: str | None = Field(default=None, pattern=r"^[ -~]{2,40}$")
    """As Python's `strptime` reads it, `%d.%m.%Y %H:%M`; without it, ISO 8601. Date cells of an XLSX need none."""
    zone: Zone = "UTC"
    """Whose clocks the times are by, where they tell no offset."""
    currency: Currency | None = None
    """Where no column tells it."""
    countries: dict[str, Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = {}
    """The partner's words for countries, `{"Deutschland": "DE"}`."""
    units: dict[str, str] = {}
    """The partner's words for units, `{"Stk": "piece"}`; others are taken as they are."""
    unit: str = Field(default=PIECE, min_length=1, max_length=20)
    """What is counted where no column says it."""
    prices_include_tax: bool = False
    """Whether prices, line totals and shipping are told with tax; `line_tax` says how much of it."""
    discounts_are_negative: bool = False
    """Whether what is taken off is written with a minus."""
    is_paid: bool = False
    """Whether these orders are paid when they are told. The hub takes no payment from it, it is what the channel says."""
    no_orders: _Texts = ()
    """Rows whose first cell begins so are no orders: sums, notes."""
    later_files: Literal["held", "newest"] = "held"
    """What becomes of another file that tells the same order otherwise: it is held for a person, or the newest file counts."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("thousands: is also the decimal mark")
        if self.columns.currency is None and self.currency is None:
            raise ValueError("currency: name the one that the orders are in, or its column")
        if self.prices_include_tax and self.columns.line_tax is None:
            raise ValueError("columns.line_tax: is needed where prices include tax; nobody else knows how much of them is tax")
        return self
