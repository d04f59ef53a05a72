"""GraphQL's ids and amounts in the hub's form."""

from decimal import Decimal
from typing import NamedTuple, Protocol

from connectors.shopify.payloads import MoneyBag, Node
from model.errors import MalformedError
from model.values.money import minor_units


class Amount(Protocol):
    """An amount of either shape, in major units."""

    @property
    def amount(self) -> Decimal | str:
        """Text, or a decimal number."""
        ...

    @property
    def currency_code(self) -> str:
        """The currency it is in."""
        ...


class ShopSide(NamedTuple):
    """What the same money is in the shop's currency; both or neither."""

    minor: int | None = None
    currency: str | None = None


def number(gid: str) -> str:
    """The numeric part of `gid://shopify/Type/number`, the id the REST shape uses."""
    return gid.rpartition("/")[2].partition("?")[0]


def reference(node: Node | None) -> str | None:
    """The number of a referenced object, None if there is none."""
    return number(node.id) if node is not None else None


def presented(bag: MoneyBag, currency: str) -> int:
    """Minor units in the buyer's currency; an amount in another one is a MalformedError."""
    money = bag.presentment_money
    if money.currency_code != currency:
        raise MalformedError(f"currency: an amount is in {money.currency_code[:8]!r}, the order in {currency[:8]!r}")
    return minor_units(money.amount, currency)


def shop_side(told: Amount | None, currency: str, sign: int = 1) -> ShopSide:
    """What money of this currency is in the shop's; empty where the shop's is the same, or is not told."""
    if told is None or told.currency_code == currency:
        return ShopSide()
    return ShopSide(sign * minor_units(told.amount, told.currency_code), told.currency_code)
