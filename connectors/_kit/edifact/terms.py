"""What a partner's ORDERS leave to agreement."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from connectors._kit.order_sheets.layout import Currency, Zone

_Code = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,3}$")]


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class EdifactTerms(BaseModel):
    """How one partner's ORDERS are read."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    our_id: str | None = Field(default=None, min_length=1, max_length=35)
    """Who we are in the interchange (UNB, recipient). What is for somebody else is refused."""
    their_id: str | None = Field(default=None, min_length=1, max_length=35)
    """Who the partner is (UNB, sender). What comes from somebody else is refused."""
    currency: Currency | None = None
    """Where no CUX tells it."""
    zone: Zone = "UTC"
    """Whose clocks the times are by."""
    sku_from: Annotated[tuple[_Code, ...], BeforeValidator(_one_or_several), Field(min_length=1)] = ("SA", "EN", "SRV", "UP")
    """Which of a line's product ids (code 7143) is our SKU: the first of these that the line tells. `SA` is the supplier's own number,
    `EN` and `SRV` are a GTIN, `UP` a UPC, `BP` the buyer's number."""
    units: dict[str, str] = {"PCE": "piece", "EA": "piece", "C62": "piece", "NAR": "piece"}
    """The partner's codes for units (6411); others are taken as they are."""
    tax_by_rate: bool = False
    """Whether tax is computed by the rates of TAX where no amount is told; else such an order is refused."""
    charset: Literal["latin-1", "utf-8", "cp1252"] | None = None
    """How letters are written, where that is not what the UNB says."""
    later_files: Literal["held", "newest"] = "held"
    """What becomes of another document that tells the same order otherwise and does not say that it replaces it: it is held for a
    person, or the newest counts."""
