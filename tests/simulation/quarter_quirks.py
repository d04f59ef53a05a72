"""What is unusual about a sale and yet has an explanation: a hub has to match all of it."""

from datetime import timedelta

from model.records.breaks import BreakKind
from model.records.payment import Payment, Refund
from model.records.settlement import Dispute, DisputeStatus, Fee
from model.values.ids import derive_id
from model.values.instant import micros
from tests.simulation.quarter_sales import Fate, Sale
from tests.simulation.quarter_truth import CARDS, MARKET_MONEY, START, STORE, WALLET

UNSURE: tuple[BreakKind, ...] = ("payment_unsettled", "line_without_payment", "ambiguous")
"""What a hub may call lines of which it cannot be sure, on either side."""


def refunded(sale: Sale) -> None:
    """All goes back within two weeks."""
    sale.refund(sale.sold(), sale.amount, days=sale.making.rng.randrange(6, 14))


def part_refunded(sale: Sale) -> None:
    """A part goes back."""
    sale.refund(sale.sold(), sale.amount // 3, days=sale.making.rng.randrange(6, 14))


def late_refunded(sale: Sale) -> None:
    """All goes back after sixty days."""
    sale.refund(sale.sold(), sale.amount, days=60)


def refunded_in_parts(sale: Sale) -> None:
    """Two different parts go back at different times."""
    paid = sale.sold()
    sale.refund(paid, sale.amount // 4, days=8)
    sale.refund(paid, sale.amount // 2, days=15, part=2)


def refunded_in_twins(sale: Sale) -> None:
    """Two equal parts go back, on one day or in two weeks; whoever takes one line for the other does no harm."""
    paid, bond = sale.sold(), sale.making.truth.bond("payment", why="equal refunds")
    sale.refund(paid, sale.amount // 4, days=9, bond=bond)
    sale.refund(paid, sale.amount // 4, days=sale.making.rng.choice((9, 13)), part=2, bond=bond)


def captured_in_parts(sale: Sale) -> None:
    """Two captures, each with a charge of its own."""
    first = sale.payment(1, sale.amount // 3, "capture")
    second = sale.payment(2, sale.amount - sale.amount // 3, "capture", reference=f"{sale.reference}b")
    sale.order(first, second)
    sale.move(sale.settled(first), first.amount_minor)
    sale.move(sale.settled(second), second.amount_minor, payment_reference=second.reference, other_reference=None)


def captured_in_parts_settled_in_one(sale: Sale) -> None:
    """Two captures of one charge, which the processor shows as one."""
    first = sale.payment(1, sale.amount // 3, "capture")
    second = sale.payment(2, sale.amount - sale.amount // 3, "capture")
    sale.order(first, second)
    sale.move(sale.settled(first, second, why="two payments, one line"), sale.amount)


def settled_in_parts(sale: Sale) -> None:
    """One payment, two lines under one reference: goods and shipping."""
    paid = sale.payment(1, sale.amount)
    sale.order(paid)
    bond = sale.settled(paid, why="one payment, two lines")
    sale.move(bond, sale.amount - 490)
    sale.move(bond, 490)


def captured_in_twins(sale: Sale) -> None:
    """Two equal captures under one reference, and two equal lines."""
    half = sale.amount // 2
    first, second = sale.payment(1, half, "capture"), sale.payment(2, half, "capture")
    sale.order(first, second, total=2 * half)
    bond = sale.settled(first, second, why="equal captures")
    sale.move(bond, half)
    sale.move(bond, half, timedelta(seconds=26))


def named_by_intent(sale: Sale) -> None:
    """The channel knows the payment by the processor's other id."""
    sale.sold("second id", reference=f"pi_{sale.reference[3:]}")


def named_by_order(sale: Sale) -> None:
    """The channel knows no id of the payment; the processor knows the order."""
    sale.sold("order's number", reference=None)


def nameless(sale: Sale) -> None:
    """Neither side names the other; but nothing else costs the same."""
    sale.amount = sale.making.own_amount()
    paid = sale.payment(1, sale.amount, reference=None)
    sale.order(paid)
    sale.move(sale.settled(paid, why="amount alone"), sale.amount, order_reference=None)


def garbled(sale: Sale) -> None:
    """The channel cut the reference off; a hub may find the line by its amount, or leave it to a person."""
    sale.amount = sale.making.own_amount()
    paid = sale.payment(1, sale.amount, reference=sale.reference[:-3])
    sale.order(paid)
    bond = sale.settled(paid, why="garbled")
    bond.rule = "may"
    named = [sale.making.truth.plant(kind, sale.account, *bond.lefts, must=False) for kind in UNSURE]
    sale.move(bond, sale.amount, order_reference=None, planted=tuple(named))


def bought_in_dollars(sale: Sale) -> None:
    """Paid in dollars, settled in euros; the line says what the buyer paid."""
    sale.currency = "USD"
    paid = sale.payment(1, sale.amount)
    sale.order(paid)
    sale.move(
        sale.settled(paid, why="converted"), sale.amount * 9137 // 10_000, currency="EUR", presented_minor=sale.amount,
        presented_currency="USD",
    )  # fmt: skip


def kept_in_dollars(sale: Sale) -> None:
    """Paid in dollars into a balance in dollars."""
    sale.currency = "USD"
    sale.sold("dollars")


def shipped_late(sale: Sale) -> None:
    """The marketplace settles when it ships, here weeks after the order."""
    paid = sale.payment(1, sale.amount)
    sale.order(paid)
    sale.move(sale.settled(paid, why="weeks later"), sale.amount, timedelta(days=18))


def at_month_end(sale: Sale) -> None:
    """Ordered in the last second of January by one clock, settled in February by another."""
    sale.seconds = 31 * 86_400 - 30
    sale.sold("month end")


def refund_that_failed(sale: Sale) -> None:
    """The processor sent it, the buyer's bank gave it back, and the channel counts it as failed: two lines that undo each other."""
    paid, at = sale.sold(), START + sale.at + timedelta(days=5)
    refund = Refund(
        external_id=f"{sale.external_id}-r1", order_external_id=sale.external_id, status="failed", amount_minor=sale.amount,
        currency=sale.currency, created_at=at, payment_external_id=paid.external_id,
    )  # fmt: skip
    sale.making.tell(at, sale.channel, refund)
    given = {"source_reference": f"re_{sale.external_id}", "fees": ()}
    undone = sale.making.truth.bond("payment", rule="apart", why="undone")
    sale.move(undone, -sale.amount, timedelta(days=5), **given)
    sale.move(undone, sale.amount, timedelta(days=8), kind="refund_failed", **given)


def disputed(sale: Sale, paid: Payment, status: DisputeStatus, days: int = 20) -> str:
    """A dispute of the whole payment, with a line for the amount and one for its fee; gives its row id."""
    told, at = f"dp_{sale.external_id}", START + sale.at + timedelta(days=days)
    dispute = Dispute(
        external_id=told, payment_reference=paid.reference or "", status=status, amount_minor=sale.amount, currency=sale.currency,
        opened_at=at, updated_at=at, due_at=at + timedelta(days=10), source_version=micros(at),
    )  # fmt: skip
    sale.making.tell(at, sale.account, dispute)
    sale.move(None, -sale.amount, timedelta(days=days), kind="dispute", source_reference=told, fees=())
    sale.move(
        None,
        0,
        timedelta(days=days),
        kind="dispute",
        raw_kind="dispute_fee",
        source_reference=told,
        fees=(Fee(kind="dispute", amount_minor=1500),),
    )
    return derive_id(sale.account, "dispute", told)


def dispute_lost(sale: Sale) -> None:
    """The money is gone."""
    disputed(sale, sale.sold(), "lost")


def dispute_won(sale: Sale) -> None:
    """The money comes back, and the fee too."""
    disputed(sale, sale.sold(), "won")
    back = (Fee(kind="dispute", amount_minor=-1500),)
    sale.move(None, sale.amount, timedelta(days=50), kind="dispute_won", source_reference=f"dp_{sale.external_id}", fees=back)


ALL = (CARDS, WALLET, STORE, MARKET_MONEY)
DIRECT = (CARDS, WALLET, STORE)
QUIRKS: tuple[tuple[Fate, int, tuple[str, ...]], ...] = (
    (refunded, 300, ALL), (part_refunded, 300, ALL), (late_refunded, 100, ALL), (refunded_in_parts, 40, ALL),
    (refunded_in_twins, 20, ALL), (captured_in_parts, 60, DIRECT), (captured_in_parts_settled_in_one, 40, (CARDS, WALLET)),
    (settled_in_parts, 60, (CARDS, WALLET, MARKET_MONEY)), (captured_in_twins, 20, (CARDS,)), (named_by_intent, 500, (CARDS,)),
    (named_by_order, 200, (WALLET,)), (nameless, 40, DIRECT), (garbled, 30, (CARDS, STORE)), (bought_in_dollars, 300, (CARDS, STORE)),
    (kept_in_dollars, 600, (WALLET,)), (shipped_late, 100, (MARKET_MONEY,)), (at_month_end, 20, ALL), (refund_that_failed, 10, (CARDS,)),
    (dispute_lost, 30, DIRECT), (dispute_won, 20, DIRECT),
)  # fmt: skip
"""How many of ten thousand sales of an account are like that; at least one is."""
