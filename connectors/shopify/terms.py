"""GraphQL's ids and amounts in the hub's form."""

from connectors.shopify.payloads import MoneyBag, Node
from model.errors import MalformedError
from model.values.money import minor_units


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
