"""What the mails of a sender look like that are written for people: where each field stands, as an operator declares it."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from connectors.mailbox.patterns import anchored_field, compiled
from model.errors import MalformedError
from model.values.money import exponent

FieldName = Literal[
    "number", "placed", "currency", "total", "shipping", "tax", "discount", "name", "company", "street", "city", "region", "postcode",
    "country", "email", "phone", "note",
]  # fmt: skip
NEEDED: tuple[FieldName, ...] = ("number", "placed", "total")
LINE_GROUPS = frozenset({"sku", "title", "quantity", "unit_price", "line_total"})


def _line(pattern: str) -> str:
    if not pattern.startswith("^") or not pattern.endswith("$"):
        raise ValueError("is not anchored; let it begin with ^ and end with $")
    groups = set(compiled(pattern).groupindex)
    if groups - LINE_GROUPS:
        raise ValueError(f"names the group {min(groups - LINE_GROUPS)!r}; known are {', '.join(sorted(LINE_GROUPS))}")
    if "quantity" not in groups or not groups & {"sku", "title"} or not groups & {"unit_price", "line_total"}:
        raise ValueError("needs the named groups quantity, sku or title, and unit_price or line_total")
    return pattern


def _current(code: str) -> str:
    try:
        exponent(code)
    except MalformedError:
        raise ValueError("is not a current ISO 4217 code") from None
    return code


class TextTemplate(BaseModel):
    """Patterns of RE2, each for whole lines of the plain text."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    fields: Mapping[FieldName, Annotated[str, AfterValidator(anchored_field)]]
    """`number = '^Order no: (\\S+)$'`. `number`, `placed` and `total` are needed."""
    line: Annotated[str, AfterValidator(_line)]
    """One line of an order: `'^(?P<quantity>\\d+) x (?P<sku>\\S+) at (?P<unit_price>[\\d.]+)$'`."""
    currency: Annotated[str, AfterValidator(_current)] | None = None
    """Where no field tells it."""
    decimal: Literal[".", ","] = "."
    date_order: Literal["ymd", "dmy", "mdy"] = "ymd"
    least_lines: int = Field(default=1, ge=1, le=1000)

    @model_validator(mode="after")
    def _tells_an_order(self) -> Self:
        if missing := [name for name in NEEDED if name not in self.fields]:
            raise ValueError(f"fields.{missing[0]}: is needed")
        if self.currency is None and "currency" not in self.fields:
            raise ValueError("currency: name the one that the orders are in, or its field")
        return self
