"""`[entities.invoices]` of hub.toml: how a legal entity issues invoices and credit notes."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from operations.runtime.hub_accounts import HubTable

SERIES = r"^[A-Za-z0-9/_.-]{0,12}(\{year\}[A-Za-z0-9/_.-]{0,4})?$"
"""What stands before a paper's number; `{year}` begins a new series every year."""


class Invoices(HubTable):
    """How a legal entity issues invoices and credit notes: `[entities.invoices]`. Without it, it issues none."""

    since: date
    """What left, or was refunded, before this day is not invoiced."""
    tax_number: Annotated[str, Field(min_length=1)]
    """As it stands on invoices."""
    address: tuple[str, ...] = Field(min_length=1)
    """Lines of the address, without the name."""
    series: Annotated[str, Field(pattern=SERIES)] = "INV-{year}-"
    credit_series: Annotated[str, Field(pattern=SERIES)] = "CN-{year}-"
    language: Literal["en", "zh"] = "en"
    pay_to: tuple[str, ...] = ()
    """Lines that tell customers with terms where to pay."""
    shipping_tax_code: Annotated[str, Field(pattern=r"^[0-9]{19}$")] | None = None
    """税收分类编码 of shipping, for Chinese e-invoices."""
    charge_tax_code: Annotated[str, Field(pattern=r"^[0-9]{19}$")] | None = None
    """The same of other charges."""
    remind_after_days: tuple[Annotated[int, Field(ge=1)], ...] = (1, 15, 30)
    """Days after the due day on which each reminder is to go out."""

    @model_validator(mode="after")
    def _apart(self) -> "Invoices":
        if self.series == self.credit_series:
            raise ValueError("credit_series: is the series of invoices; give credit notes one of their own")
        if list(self.remind_after_days) != sorted(set(self.remind_after_days)):
            raise ValueError("remind_after_days: do not grow; write them like [1, 15, 30]")
        return self
