"""What partners that ship by order ask of a fulfilment order, whatever their words are: an address, SKUs, whole pieces, ids of numbers."""

from typing import Final

import msgspec

from model.errors import RejectedError
from model.records.fulfilment import FulfilmentOrder, FulfilmentOrderLine
from model.records.order import Party
from model.values.quantity import PIECE

INT32: Final = 2**31 - 1


class Destination(msgspec.Struct, frozen=True):
    """What no parcel leaves without."""

    name: str
    street: tuple[str, ...]
    city: str
    country: str


def destination(party: Party, vendor: str) -> Destination:
    """Where an order goes; RejectedError names what is missing."""
    street = tuple(line for line in party.street if line)
    told = {"name": party.name or party.company, "street": street and street[0], "city": party.city, "country": party.country}
    if missing := [name for name, text in told.items() if not text]:
        raise RejectedError(f"ship_to.{missing[0]}: is missing, and {vendor} ships nowhere without it; complete the order's address")
    return Destination(str(told["name"]), street, party.city or "", party.country or "")


def check_lines(order: FulfilmentOrder) -> None:
    """A RejectedError for an order of nothing."""
    if not order.lines:
        raise RejectedError("lines: there are none; nothing could be shipped")


def sku(line: FulfilmentOrderLine, vendor: str) -> str:
    """The line's SKU; RejectedError where it has none."""
    if not line.sku:
        raise RejectedError(f"lines {line.reference}: has no SKU; name one in the listing, {vendor} knows products by it")
    return line.sku


def pieces(line: FulfilmentOrderLine, vendor: str) -> int:
    """Whole pieces of a line; RejectedError for anything else."""
    whole, rest = divmod(line.quantity, 1000)
    if line.unit != PIECE or rest or whole < 1:
        raise RejectedError(
            f"lines {line.reference}: is no whole number of pieces, and {vendor} counts nothing else; ship it from another location"
        )
    return whole


def check_countable(sku: str, count: int, vendor: str) -> None:
    """A RejectedError for more pieces than an integer of 32 bits holds."""
    if count > INT32:
        raise RejectedError(f"lines: more of {sku[:40]!r} than {vendor} can count; split the order")


def location_number(code: str, vendor: str) -> int:
    """A location's code, where the vendor's are numbers; RejectedError for any other."""
    if not (code.isascii() and code.isdigit() and int(code) <= INT32):
        raise RejectedError(f"location_code: is no id of {vendor}'s, which are numbers; mend `code` of the location in hub.toml")
    return int(code)
