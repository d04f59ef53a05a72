"""What a trade's parts sum to.

Taobao documents `payment` as what the lines cost (`total_fee`, after their own discounts), and postage, and the fee of cash on delivery,
less the trade's discounts. Not documented is which of three further parts a given trade's `payment` holds, so that which it is shown by
the sum itself, to the last fen: services bought beside the goods, import tax of Tmall Global, and discounts of the whole trade, which
stand with each line as its share (`part_mjz_discount`), in `discount_fee` of the trade alone, or in what is left of each line
(`divide_order_fee`; of a line that was given back, nothing may be left). Where none of these readings gives `payment`, the trade is refused
by `check_order`.

A refund that succeeded makes `payment` fall: in 12,000 paid trades of a Tmall shop's own report, what was paid is the total less what was
given back, to the last fen. The sum then shows nothing more, so that of such a trade only the first reading is taken: with services, with
tax unless the seller bears it (`tax_free`), less the trade's discounts. What was bought is the sum of the parts, which no refund
changes; what was given back is told by the refunds.
Source: https://open.taobao.com/docV3.htm?docId=108471 (amounts of a trade), descriptions of `Trade` and `Order`
"""

from dataclasses import dataclass
from itertools import product

from connectors.taobao.payloads import ServiceOrder, SubOrder, TradePayload
from connectors.taobao.words import REFUNDED, UNPAID, fen
from model.errors import MalformedError
from model.records.order import Adjustment


@dataclass(frozen=True, slots=True)
class Sums:
    """A trade's amounts, in fen."""

    total: int
    shipping: int
    tax: int
    charges: int
    discount: int
    services: tuple[ServiceOrder, ...]
    """The services that `payment` holds."""
    adjustments: tuple[Adjustment, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a trade's amounts."""

    goods: int
    services: int
    tax: int
    discount: int

    def total(self, shipping: int, charges: int) -> int:
        return self.goods + self.services + self.tax - self.discount + shipping + charges


def trade_sums(trade: TradePayload, status: str) -> Sums:
    """A trade's amounts; MalformedError where a paid one tells no `payment`."""
    shipping, charges = fen(trade.post_fee), fen(trade.buyer_cod_fee) if trade.type == "cod" else 0
    was_refunded = gave_back(trade, status)
    readings = _readings(trade)[: 1 if was_refunded else None]
    bought = [each.total(shipping, charges) for each in readings]
    stated = _stated(trade, status, bought)
    reading = readings[bought.index(stated)] if stated in bought else readings[0]
    was_lowered = was_refunded and 0 <= stated < bought[0]
    services = _services(trade) if reading.services == readings[0].services else ()
    return Sums(
        total=bought[0] if was_lowered else stated,
        shipping=shipping,
        tax=reading.tax,
        charges=charges,
        discount=reading.discount,
        services=services,
        adjustments=tuple(_adjustments(trade, reading, shipping, charges)),
    )


def line_total(line: SubOrder) -> int:
    """What a line costs, after its own discount and before its share of the trade's."""
    return fen(line.total_fee)


def _readings(trade: TradePayload) -> list[_Reading]:
    """Every way to read the parts, the likeliest first, each once."""
    goods = sum(line_total(line) for line in trade.orders.order)
    services, tax = sum(fen(each.payment) for each in _services(trade)), fen(trade.order_tax_fee)
    taxes = (0, tax) if all(line.tax_free for line in trade.orders.order) else (tax, 0)
    choices = product(dict.fromkeys((services, 0)), dict.fromkeys(taxes), dict.fromkeys(_discounts_of(trade, goods)))
    return [_Reading(goods, service, tax, discount) for service, tax, discount in choices]


def _discounts_of(trade: TradePayload, goods: int) -> list[int]:
    """What may be off the whole trade. Its `discount_fee` is that, unless it only repeats what the lines tell of themselves."""
    lines, told = trade.orders.order, fen(trade.discount_fee)
    if shared := sum(fen(line.part_mjz_discount) for line in lines):
        found = [shared]
    else:
        found = [0, told] if told == sum(fen(line.discount_fee) for line in lines) else [told, 0]
    left = [fen(line.divide_order_fee) for line in lines if line.divide_order_fee]
    return [*found, goods - sum(left)] if len(left) == len(lines) and sum(left) < goods else found


def _stated(trade: TradePayload, status: str, bought: list[int]) -> int:
    """What the trade says was paid, or is to be; one that nobody paid may say nothing, or nought, and costs what its parts do."""
    if status in UNPAID and (trade.payment is None or (not fen(trade.payment) and 0 not in bought)):
        return bought[0]
    if not trade.payment:
        raise MalformedError("payment: is missing, although the trade was paid")
    return fen(trade.payment)


def gave_back(trade: TradePayload, status: str) -> bool:
    """Whether money of the trade went back, so that its `payment` may have fallen."""
    return status == "TRADE_CLOSED" or any(line.refund_status == REFUNDED for line in trade.orders.order)


def _services(trade: TradePayload) -> tuple[ServiceOrder, ...]:
    return tuple(trade.service_orders.service_order) if trade.service_orders else ()


def _adjustments(trade: TradePayload, reading: _Reading, shipping: int, charges: int) -> list[Adjustment]:
    made: list[Adjustment] = []
    if shipping:
        made.append(Adjustment(kind="shipping", title=trade.shipping_type or "postage", amount_minor=shipping))
    if charges:
        made.append(Adjustment(kind="charge", title="cash on delivery", amount_minor=charges))
    if reading.tax:
        made.append(Adjustment(kind="tax", title="import tax", amount_minor=reading.tax))
    if reading.discount:
        made += _discounts(trade, reading.discount)
    return made


def _discounts(trade: TradePayload, discount: int) -> list[Adjustment]:
    """The trade's own promotions by name where they sum to its discount, else that discount as one."""
    listed = trade.promotion_details.promotion_detail if trade.promotion_details else []
    own = [(each.promotion_name or "discount", fen(each.discount_fee)) for each in listed if each.id == trade.tid]
    named = [(name, amount) for name, amount in own if amount]
    if sum(amount for _name, amount in named) != discount:
        named = [("discount", discount)]
    return [Adjustment(kind="discount", title=name, amount_minor=amount) for name, amount in named]
