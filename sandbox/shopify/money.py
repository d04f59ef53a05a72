"""How Shopify writes ids, times and money: every amount twice, in the shop's currency and in the buyer's."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sandbox.exchange import Tree
from sandbox.story import EXCHANGE
from sandbox.sums import EXPONENTS, Part, Sums, decimal_text, half_up

SHOP_CURRENCY: Final = "EUR"
FIRST_ORDER: Final = 5_600_000_000_000
ORDER_STEP: Final = 1_024


class Purse(NamedTuple):
    """The same arithmetic in both currencies."""

    shop: Sums
    buyer: Sums

    def bag(self, amount: Callable[[Sums], int]) -> Tree:
        """Gives a MoneyBag of an amount taken from both."""
        return {"shopMoney": money(amount(self.shop), self.shop.currency),
                "presentmentMoney": money(amount(self.buyer), self.buyer.currency)}  # fmt: skip


def purse(buyer: Sums) -> Purse:
    """Gives the purse of an order: each part is converted, so that the parts sum to the total in both currencies."""
    if buyer.currency == SHOP_CURRENCY:
        return Purse(buyer, buyer)
    numerator, denominator = EXCHANGE[buyer.currency]

    def converted(amount: int) -> int:
        return half_up(amount * denominator, numerator)

    def part(one: Part) -> Part:
        before, after = tuple(map(converted, one.gross_taxes)), tuple(map(converted, one.taxes))
        return Part(converted(one.gross), converted(one.discount), before, after)

    lines = tuple(part(line) for line in buyer.lines)
    shop = Sums(SHOP_CURRENCY, buyer.inclusive, lines, part(buyer.shipping), part(buyer.fee), converted(buyer.tip))
    return Purse(shop, buyer)


def money(minor: int, currency: str) -> Tree:
    """Gives a MoneyV2; amounts end in at least one decimal, without further zeros, as the Decimal scalar writes them."""
    text = decimal_text(minor, EXPONENTS[currency])
    whole, _, part = text.partition(".")
    return {"amount": f"{whole}.{part.rstrip('0') or '0'}", "currencyCode": currency}


def order_id(number: int) -> int:
    """Gives the numeric id of order `number`."""
    return FIRST_ORDER + number * ORDER_STEP


def gid(kind: str, number: int) -> str:
    """Gives a global id."""
    return f"gid://shopify/{kind}/{number}"


def moment(at_ms: int) -> str:
    """Gives a DateTime: UTC, whole seconds."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_or_none(at_ms: int) -> str | None:
    """Gives a DateTime, null where it has not happened."""
    return moment(at_ms) if at_ms else None
