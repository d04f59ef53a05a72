"""One trading partner: what it leaves to agreement beside what every partner by X12 does."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from connectors._kit.x12.purchase_money import CURRENCY
from connectors._kit.x12.purchase_parties import COUNTRY
from connectors._kit.x12.settings import CODE_OF_TWO, EdiSettings
from model.values.money import EXPONENTS


def _known_currency(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError("is not an ISO 4217 currency; write one like USD")
    return code


class Settings(EdiSettings):
    """One partner. Which values it expects stands in its EDI guide."""

    sku_qualifier: str = Field(default="VN", pattern=CODE_OF_TWO)
    """Which of a line's product ids is our SKU (element 235): `VN` (vendor's number), `SK` or as agreed."""
    currency: Annotated[str, AfterValidator(_known_currency)] | None = None
    """The currency of orders that tell none (no CUR), as agreed; without it such an order is set aside."""
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    """The country of addresses that tell none, as agreed."""
    answers: tuple[Literal["855", "856", "810"], ...] = ("855", "856", "810")
    """Which answers the partner wants: `855` for what the review decides, `856` for what leaves, `810` for invoices."""
    vendor_number: str | None = Field(default=None, pattern=r"^[!-~]{1,20}$")
    """What the partner calls us; told with every answer as REF with VR."""

    def words(self) -> dict[str, str]:
        """What reading a document must know of the account."""
        agreed = {CURRENCY: self.currency, COUNTRY: self.country}
        return {**super().words(), **{name: value for name, value in agreed.items() if value is not None}}
