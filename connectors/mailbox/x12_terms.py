"""What a sender's purchase orders by X12 leave to agreement."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from connectors._kit.order_sheets.layout import Currency, Zone
from connectors._kit.x12.purchase_money import CURRENCY
from connectors._kit.x12.purchase_parties import COUNTRY
from connectors._kit.x12.told import RECEIVER, SENDER, SKU_QUALIFIER, TOTALS, USAGE, ZONE

_EdiId = Annotated[str, Field(pattern=r"^[!-~](?:[ -~]{0,13}[!-~])?$")]


class X12Terms(BaseModel):
    """How one sender's 850 are read."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    our_id: _EdiId
    """Who we are in the interchange (ISA08)."""
    their_id: _EdiId
    """Who the partner is (ISA06). What comes from another sender, or is for another receiver, is refused."""
    usage: Literal["P", "T"] = "P"
    """ISA15: `P` for real documents, `T` for a test."""
    zone: Zone = "UTC"
    """Where the partner's days and hours are counted."""
    sku_qualifier: Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$")] = "VN"
    """Which of a line's product ids is our SKU (element 235)."""
    check_totals: bool = True
    """Whether CTT is the sum of the lines."""
    currency: Currency | None = None
    """Where no CUR tells it."""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    """Where an address tells none."""

    def words(self) -> dict[str, str]:
        """The same in the words that reading asks for."""
        told = {
            SENDER: self.their_id, RECEIVER: self.our_id, USAGE: self.usage, ZONE: self.zone, SKU_QUALIFIER: self.sku_qualifier,
            TOTALS: "checked" if self.check_totals else "ignored", CURRENCY: self.currency, COUNTRY: self.country,
        }  # fmt: skip
        return {name: value for name, value in told.items() if value is not None}
