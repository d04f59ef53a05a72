"""One partner: where its files lie, and what they mean."""

from typing import Self

from pydantic import Field, model_validator

from connectors._kit.edifact import EdifactTerms
from connectors._kit.exchanging import FileSettings
from connectors._kit.order_sheets import SheetLayout

LAYOUT, TERMS = "layout", "edifact"
"""Words of reading, beside those for codes."""


class Settings(FileSettings):
    """One partner. A file's form is told by what stands in it; forms that are not declared are refused by name."""

    layout: SheetLayout | None = None
    """What the columns of CSV and XLSX files mean; see the guide."""
    edifact: EdifactTerms | None = None
    """How EDIFACT ORDERS are read; `edifact = {}` takes them as the standard has them."""
    settle_s: int = Field(default=60, ge=0, le=86_400)
    """Seconds for which a file must not have changed before it is read, as some programs write slowly and without a name that says so."""
    page_files: int = Field(default=50, ge=1, le=500)
    """Files read before what they held is saved."""

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if self.layout is None and self.edifact is None:
            raise ValueError("layout: describe the columns of tables under it, or write edifact = {} for EDIFACT")
        return self

    def words(self) -> dict[str, str]:
        """What reading a slice must know of the account."""
        found = {LAYOUT: self.layout, TERMS: self.edifact}
        return {word: said.model_dump_json(exclude_defaults=True) for word, said in found.items() if said is not None}
