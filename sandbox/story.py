"""The plan of one order: everything about it that is settled by the seed alone, before anything happens to it."""

import random
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from sandbox.sums import Part, Sums, half_up, part_of, share
from sandbox.wares import (
    BY_WEIGHT,
    FIRST_NAMES,
    LAST_NAMES,
    MAIL_DOMAINS,
    NOTES,
    PLACES,
    WARES,
    WRAPPING,
    Place,
    Ware,
)

CHANNELS: Final = ("shopify-main", "woo-shop", "square-till")
THOUSANDTHS: Final = 1000


class Rate(NamedTuple):
    """One tax: `basis_points` 2100 is 21 %."""

    label: str
    code: str
    basis_points: int


class Buyer(NamedTuple):
    """Who ordered; `account` 0 is a guest."""

    first: str
    last: str
    email: str
    phone: str
    place: Place
    account: int


class Discount(NamedTuple):
    """A reduction: `kind` percent (value in basis points), fixed, line (both in minor units), shipping or none."""

    kind: str = "none"
    value: int = 0
    code: str = ""


class Step(NamedTuple):
    """What will happen to the order, `after_s` seconds after the step before it."""

    act: str
    after_s: int


class PlanLine(NamedTuple):
    """One ordered ware: its place in WARES, quantity in thousandths, unit price in minor units."""

    ware: int
    quantity: int
    unit_price: int

    @property
    def sold(self) -> Ware:
        """Gives the ware itself."""
        return WARES[self.ware]


@dataclass(frozen=True, slots=True)
class Plan:
    """One order as its buyer placed it, and the steps fate has laid out for it."""

    channel: str
    number: int
    seed: int
    currency: str
    inclusive: bool
    rates: tuple[Rate, ...]
    lines: tuple[PlanLine, ...]
    discount: Discount
    shipping: int
    fee: int
    tip: int
    buyer: Buyer
    note: str
    card: str
    fate: tuple[Step, ...]

    @property
    def basis_points(self) -> tuple[int, ...]:
        """Gives the order's tax rates in basis points."""
        return tuple(rate.basis_points for rate in self.rates)


# price in the currency = cents of the euro × numerator ÷ denominator; the exponents are in `sums.EXPONENTS`
EXCHANGE: Final = {"EUR": (1, 1), "USD": (1087, 1000), "GBP": (853, 1000), "JPY": (161, 100), "KWD": (3337, 1000)}
CURRENCIES: Final = {
    "shopify-main": ("EUR",) * 12 + ("USD",) * 3 + ("GBP",) * 2 + ("JPY", "KWD"),
    "woo-shop": ("EUR",) * 14 + ("USD",) * 2 + ("JPY", "KWD"),
    "square-till": ("GBP",),
}
RATES: Final = {
    "EUR": ((Rate("VAT", "EU-VAT 21%", 2100),), (Rate("VAT", "EU-VAT 9%", 900),)),
    "GBP": ((Rate("VAT", "GB-VAT 20%", 2000),), (Rate("VAT", "GB-VAT 20%", 2000),)),
    "USD": ((Rate("State Tax", "US-TX-STATE TAX", 625), Rate("City Tax", "US-TX-CITY TAX", 200)), ()),
    "JPY": ((Rate("消費税", "JP-CT 10%", 1000),), (Rate("消費税", "JP-CT 8%", 800),)),
    "KWD": ((), (Rate("VAT", "KW-VAT 5%", 500),)),
}
NO_DISCOUNT: Final = Discount()
DISCOUNTS: Final = (
    *(NO_DISCOUNT,) * 6, Discount("percent", 1000, "WELCOME10"), Discount("percent", 1550, "spring-15½"),
    Discount("fixed", 500, "5OFF"), Discount("line", 200, "loyal customer"), Discount("shipping", 0, "FREESHIP"),
)  # fmt: skip
SHIPPING: Final = (0, 495, 495, 690, 1250)
FEES: Final = (0, 0, 0, 0, 0, 0, 250, 199)
TIPS: Final = (0, 0, 0, 0, 150, 320)
FATES: Final = (
    *((Step("pay", 9), Step("ship", 240), Step("close", 900)),) * 5,
    *((Step("pay", 4), Step("ship_part", 180), Step("ship", 420), Step("note", 600)),) * 2,
    (Step("pay", 12), Step("ship", 90), Step("refund_part", 700), Step("close", 900)),
    (Step("pay", 12), Step("ship", 120), Step("refund_part", 500), Step("refund_rest", 1400)),
    (Step("pay", 6), Step("ship", 200), Step("return", 1100)),
    (Step("pay", 8), Step("refund_rest", 300)),
    (Step("pay", 8), Step("edit", 50), Step("ship", 300)),
    (Step("pay", 7), Step("ship_part", 240)),
    (Step("pay", 5),),
    (Step("authorise", 3), Step("pay", 400), Step("ship", 60)),
    (Step("authorise", 3),),
    (Step("hold", 5), Step("pay", 1500), Step("ship", 300)),
    (Step("hold", 5),),
    (Step("note", 120), Step("cancel", 900)),
    (Step("pay", 6), Step("cancel", 240)),
    (Step("fail", 11),),
    (),
)  # fmt: skip
# A till knows neither parcels nor holds: money is taken at once, sometimes given back, a few tabs stay open or are dropped.
TILL_FATES: Final = (
    *((Step("pay", 2),),) * 9,
    *((Step("pay", 3), Step("note", 40)),) * 2,
    (Step("pay", 2), Step("refund_part", 400)),
    (Step("pay", 2), Step("refund_part", 300), Step("refund_rest", 800)),
    (Step("pay", 2), Step("refund_rest", 500)),
    (Step("edit", 60), Step("pay", 120)),
    (Step("authorise", 2), Step("pay", 300)),
    (Step("cancel", 90),),
    (),
)
CARDS: Final = ("VISA", "VISA", "VISA", "MASTERCARD", "AMERICAN_EXPRESS", "CASH")


def dice(*parts: object) -> random.Random:
    """Gives the one random source that belongs to these parts: same parts, same throws."""
    return random.Random(":".join(map(str, parts)))  # noqa: S311  make-believe orders, no secrets


def plan_order(seed: int, channel: str, number: int) -> Plan:
    """Gives the plan of order `number` of a channel; the same arguments always give the same plan."""
    throw = dice(seed, channel, number)
    currency = throw.choice(CURRENCIES[channel])
    rates = throw.choice(RATES[currency])
    till = channel == "square-till"
    return Plan(
        channel=channel,
        number=number,
        seed=seed,
        currency=currency,
        inclusive=bool(rates) and currency != "USD" and throw.randrange(10) < 6,  # noqa: PLR2004  six of ten shops
        rates=rates,
        lines=_lines(throw, currency, by_weight=till),
        discount=_discount(throw, currency, channel),
        shipping=0 if till else priced(throw.choice(SHIPPING), currency),
        fee=0 if channel == "shopify-main" else priced(throw.choice(FEES), currency),
        tip=0 if channel == "woo-shop" else priced(throw.choice(TIPS), currency),
        buyer=_buyer(throw),
        note=throw.choice(NOTES),
        card=throw.choice(CARDS),
        fate=throw.choice(TILL_FATES if till else FATES),
    )


def plan_sale(seed: int, channel: str, number: int, ware: int, units: int) -> Plan:
    """Gives the plan of an order somebody placed on purpose: so many units of one ware, and nothing laid out for it."""
    plan = plan_order(seed, channel, number)
    return replace(plan, lines=(_line(ware, units * THOUSANDTHS, plan.currency),), fate=())


def priced(cents: int, currency: str) -> int:
    """Gives an amount of euro cents in minor units of `currency`."""
    numerator, denominator = EXCHANGE[currency]
    return half_up(cents * numerator, denominator)


def _lines(throw: random.Random, currency: str, *, by_weight: bool) -> tuple[PlanLine, ...]:
    chosen = [throw.randrange(WRAPPING) for _ in range(throw.choice((1, 1, 1, 2, 2, 3, 4)))]
    chosen += [chosen[0]] * (throw.randrange(12) == 0) + [WRAPPING] * (throw.randrange(9) == 0)  # same SKU twice; no SKU
    lines = [_line(ware, THOUSANDTHS * throw.choice((1, 1, 1, 2, 3, 7)), currency) for ware in chosen]
    if by_weight and throw.randrange(4) == 0:
        lines.append(_line(throw.choice(BY_WEIGHT), throw.choice((1500, 250, 735, 2000, 1125)), currency))
    return tuple(lines)


def _line(ware: int, quantity: int, currency: str) -> PlanLine:
    return PlanLine(ware, quantity, priced(WARES[ware].price, currency))


def _discount(throw: random.Random, currency: str, channel: str) -> Discount:
    drawn = throw.choice(DISCOUNTS)
    if drawn.kind == "percent":
        return drawn
    if drawn.kind == "shipping" and channel != "shopify-main":
        return NO_DISCOUNT
    return drawn._replace(value=priced(drawn.value, currency))


def _buyer(throw: random.Random) -> Buyer:
    first, last = throw.choice(FIRST_NAMES), throw.choice(LAST_NAMES)
    place, account = throw.choice(PLACES), throw.randrange(1, 900)
    mail = f"buyer{account:03d}@{throw.choice(MAIL_DOMAINS)}"
    known = throw.randrange(10) < 7  # noqa: PLR2004  seven of ten have an account
    return Buyer(first, last, mail, f"{place.phone}{throw.randrange(100):02d}", place, account if known else 0)


def sums_of(plan: Plan, quantities: tuple[int, ...]) -> Sums:
    """Gives the order's arithmetic for these line quantities (thousandths)."""
    rates, inclusive = plan.basis_points, plan.inclusive
    gross = [half_up(line.unit_price * many, THOUSANDTHS) for line, many in zip(plan.lines, quantities, strict=True)]
    cuts = discount_shares(plan.discount, gross)
    ship_cut = plan.shipping if plan.discount.kind == "shipping" else 0
    nothing = Part(0, 0, (0,) * len(rates), (0,) * len(rates))
    return Sums(
        currency=plan.currency,
        inclusive=inclusive,
        lines=tuple(part_of(whole, cut, rates, inclusive=inclusive) for whole, cut in zip(gross, cuts, strict=True)),
        shipping=part_of(plan.shipping, ship_cut, rates, inclusive=inclusive) if plan.shipping else nothing,
        fee=Part(plan.fee, 0, nothing.taxes, nothing.taxes),
        tip=plan.tip,
    )


def discount_shares(discount: Discount, gross: list[int]) -> list[int]:
    """Gives the discount that falls on each line, never more than the line."""
    if discount.kind == "percent":
        return share(half_up(sum(gross) * discount.value, 10_000), gross)
    if discount.kind == "fixed":
        return share(min(discount.value, sum(gross)), gross)
    if discount.kind == "line":
        return [min(discount.value, gross[0]), *[0] * (len(gross) - 1)]
    return [0] * len(gross)
