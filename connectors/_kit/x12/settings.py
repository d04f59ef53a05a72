"""One partner: how its folders are reached, who we are to each other, and what its documents leave to agreement."""

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from connectors._kit.exchanging import FileSettings
from connectors._kit.x12.told import RECEIVER, SENDER, SKU_QUALIFIER, TOTALS, USAGE, ZONE
from connectors._kit.x12.writing import Encoding

_SEPARATORS = 3


def _three_signs(text: str) -> str:
    if (
        len(text) != _SEPARATORS
        or len(set(text)) != _SEPARATORS
        or any(each.isalnum() or each == " " or not each.isascii() for each in text)
    ):
        raise ValueError("are three different signs: behind an element, behind a component, behind a segment")
    return text


def _zone_known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not an IANA time zone; write one like America/Chicago") from None
    return name


_EDI_ID = r"^[!-~](?:[ -~]{0,13}[!-~])?$"
"""A name in an envelope: up to 15 plain characters."""
CODE_OF_TWO = r"^[A-Z0-9]{2}$"


class EdiSettings(FileSettings):
    """One partner. Which values it expects stands in its EDI guide."""

    our_id: str = Field(pattern=_EDI_ID)
    """Who we are in the interchange (ISA06 of what we send, ISA08 of what comes)."""
    their_id: str = Field(pattern=_EDI_ID)
    """Who the partner is. What comes from another sender, or is for another receiver, is set aside."""
    our_qualifier: str = Field(default="ZZ", pattern=CODE_OF_TWO)
    """Of what kind `our_id` is (ISA05): `ZZ` as agreed, `01` a DUNS number, `12` a phone number."""
    their_qualifier: str = Field(default="ZZ", pattern=CODE_OF_TWO)
    our_group_id: str | None = Field(default=None, pattern=_EDI_ID)
    """Who we are in the group (GS02), where that is another name."""
    their_group_id: str | None = Field(default=None, pattern=_EDI_ID)
    usage: Literal["P", "T"] = "P"
    """ISA15: `P` for real documents, `T` for a test. Documents marked otherwise are set aside."""
    separators: Annotated[str, AfterValidator(_three_signs)] = "*>~"
    """What we write behind an element, a component and a segment. What comes in says its own."""
    encoding: Encoding = "ascii"
    """How we write letters; with `ascii`, accents are left away."""
    zone: Annotated[str, AfterValidator(_zone_known)] = "UTC"
    """Where the partner's days and hours are counted, as X12 says no zone."""
    sku_qualifier: str = Field(default="SK", pattern=CODE_OF_TWO)
    """Which of a line's product ids is our SKU (element 235): `SK`, `VN` (vendor's number) or as agreed."""
    check_totals: bool = True
    """Whether totals (W03, W14, CTT) are the sums of the lines; not so where a partner counts cartons there."""
    acknowledges: bool = True
    """Whether the partner gets a 997 for each group of its documents."""
    page_files: int = Field(default=50, ge=1, le=500)
    """Files read before what they held is saved."""

    @model_validator(mode="after")
    def _is_no_monologue(self) -> Self:
        if (self.our_qualifier, self.our_id) == (self.their_qualifier, self.their_id):
            raise ValueError("their_id: is our_id; give each side its own")
        return self

    def words(self) -> dict[str, str]:
        """What reading a document must know of the account."""
        totals = "checked" if self.check_totals else "ignored"
        sides = {SENDER: self.their_id, RECEIVER: self.our_id}
        return {**sides, USAGE: self.usage, ZONE: self.zone, SKU_QUALIFIER: self.sku_qualifier, TOTALS: totals}
