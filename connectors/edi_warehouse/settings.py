"""One warehouse: what it leaves to agreement beside what every partner by X12 does."""

from pydantic import Field

from connectors._kit.x12.settings import CODE_OF_TWO, EdiSettings


class Settings(EdiSettings):
    """One warehouse. Which values it expects stands in its EDI guide."""

    freight_payment: str = Field(default="PP", pattern=CODE_OF_TWO)
    """W66-01: who pays the carrier; `PP` is prepaid by the seller."""
    transport_method: str = Field(default="T", pattern=r"^[A-Z0-9]{1,2}$")
    """W66-02: `T` leaves it to the warehouse, `U` is a parcel service, `M` a common carrier."""
