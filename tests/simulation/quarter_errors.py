"""The errors planted among the sales: each is an open break of its kind, found on the row it is about."""

from dataclasses import replace
from datetime import timedelta

from model.values.ids import derive_id
from tests.simulation.quarter_quirks import ALL, DIRECT, disputed
from tests.simulation.quarter_sales import Fate, Sale
from tests.simulation.quarter_truth import CARDS, SHOP, STORE


def missing_line(sale: Sale) -> None:
    """Paid, and the processor never counted it."""
    sale.amount = sale.making.own_amount()
    paid = sale.payment(1, sale.amount)
    sale.order(paid)
    sale.making.truth.plant("payment_unsettled", sale.account, sale.row("payment", paid.external_id))


def refund_missing(sale: Sale) -> None:
    """Written down as refunded, and no money moved."""
    sale.amount = sale.making.own_amount()
    paid = sale.sold()
    given = sale.refund(paid, sale.amount // 2, days=7)
    lost = sale.making.movements[sale.account].pop()
    if lost.bond is not None:
        sale.making.truth.bonds.remove(lost.bond)
    sale.making.truth.plant("refund_unsettled", sale.account, sale.row("refund", given.external_id))


def stray_line(sale: Sale) -> None:
    """The processor counts a sale that no channel tells of."""
    sale.amount = sale.making.own_amount()
    sale.move(None, sale.amount, planted=(sale.making.truth.plant("line_without_payment", sale.account),))


def amount_differs(sale: Sale) -> None:
    """The processor took a fee off and did not call it a fee."""
    sale.amount = sale.making.own_amount()
    paid = sale.payment(1, sale.amount)
    sale.order(paid)
    bond = sale.settled(paid, why="amount differs")
    bond.rule = "never"
    sale.move(bond, sale.amount - 30, planted=(sale.making.truth.plant("amount_differs", sale.account, *bond.lefts),))


def currency_differs(sale: Sale) -> None:
    """Paid in dollars, settled in euros, and the line does not say what the buyer paid."""
    sale.currency, sale.amount = "USD", sale.making.own_amount()
    paid = sale.payment(1, sale.amount)
    sale.order(paid)
    bond = sale.settled(paid, why="currency differs")
    bond.rule = "never"
    planted = sale.making.truth.plant("currency_differs", sale.account, *bond.lefts)
    sale.move(bond, sale.amount * 9137 // 10_000, currency="EUR", planted=(planted,))


def settled_twice(sale: Sale) -> None:
    """The processor counts one charge twice; one of the two lines may be matched."""
    sale.amount = sale.making.own_amount()
    paid = sale.payment(1, sale.amount)
    sale.order(paid)
    bond = sale.settled(paid, why="settled twice")
    bond.rule = "may"
    planted = sale.making.truth.plant("settled_twice", sale.account, *bond.lefts)
    sale.move(bond, sale.amount, planted=(planted,))
    sale.move(bond, sale.amount, timedelta(days=4), planted=(planted,))


def refunded_and_disputed(sale: Sale) -> None:
    """The buyer got the money back twice."""
    paid = sale.sold()
    given = sale.refund(paid, sale.amount, days=7)
    dispute = disputed(sale, paid, "lost")
    rows = (sale.row("payment", paid.external_id), sale.row("refund", given.external_id), sale.order_row, dispute)
    rows = (*rows, derive_id(sale.account, "disputed", sale.reference))  # the payment, as its processor names it
    planted = sale.making.truth.plant("refunded_and_disputed", sale.account, *rows)
    _also(sale, 2, planted)


def dispute_open(sale: Sale) -> None:
    """A dispute waits for an answer."""
    paid = sale.sold()
    dispute = disputed(sale, paid, "open")
    _also(sale, 2, sale.making.truth.plant("dispute_open", sale.account, dispute, sale.row("payment", paid.external_id)))


def _also(sale: Sale, last: int, planted: object) -> None:
    """The last movements are subjects of the error, too."""
    movements = sale.making.movements[sale.account]
    movements[-last:] = [replace(each, planted=(*each.planted, planted)) for each in movements[-last:]]  # pyright: ignore


def ambiguous(sale: Sale) -> None:
    """Two payments and two lines of one price and hour, and no name on any of them: any pairing is a guess."""
    sale.amount = sale.making.own_amount()
    twin = Sale(sale.making, sale.number + 10_000_000, sale.account, sale.seconds + 90, sale.amount)
    truth = sale.making.truth
    bond = truth.bond("payment", rule="never", why="ambiguous")
    for each in (sale, twin):
        paid = each.payment(1, each.amount, reference=None)
        each.order(paid)
        row = each.row("payment", paid.external_id)
        bond.lefts.append(row)
        guess = truth.plant("ambiguous", sale.account, row)
        each.move(bond, each.amount, order_reference=None, payment_reference=f"{each.reference}x", other_reference=None, planted=(guess,))


def strangers(sale: Sale) -> None:
    """A payment without line and a line without payment, of one price and hour: each has a sound name, and not the same."""
    sale.amount = sale.making.own_amount()
    paid, truth = sale.payment(1, sale.amount), sale.making.truth
    sale.order(paid)
    truth.plant("payment_unsettled", sale.account, sale.row("payment", paid.external_id))
    other = Sale(sale.making, sale.number + 20_000_000, sale.account, sale.seconds + 60, sale.amount)
    other.move(None, other.amount, planted=(truth.plant("line_without_payment", sale.account),))


def nobody_settles(sale: Sale) -> None:
    """Paid by a gateway for which no account is named."""
    paid = sale.payment(1, sale.amount, gateway="klarna")
    sale.order(paid)
    gateway = derive_id(sale.channel, "gateway", "klarna", sale.currency)
    sale.making.truth.plant("nobody_settles", SHOP, sale.row("payment", paid.external_id), gateway)


def overpaid(sale: Sale) -> None:
    """Paid once, and then something more."""
    more = sale.payment(2, 700, reference=f"{sale.reference}b")
    paid = sale.payment(1, sale.amount)
    sale.order(paid, more)
    sale.move(sale.settled(paid), sale.amount)
    sale.move(sale.settled(more), 700, payment_reference=more.reference, other_reference=None)
    sale.making.truth.plant("order_overpaid", sale.channel, sale.order_row)


def underpaid(sale: Sale) -> None:
    """All of it was delivered, and a part was paid."""
    paid = sale.payment(1, sale.amount - 200)
    sale.order(paid, total=sale.amount)
    sale.move(sale.settled(paid), sale.amount - 200)
    sale.making.truth.plant("order_underpaid", sale.channel, sale.order_row)


def unknown_line(sale: Sale) -> None:
    """Beside the sale, the processor books something under a word that nobody knows."""
    sale.sold()
    planted = sale.making.truth.plant("unknown_line", sale.account)
    changes = {"payment_reference": None, "other_reference": None, "order_reference": None, "fees": (), "planted": (planted,)}
    sale.move(None, 123, timedelta(days=3), kind="unknown", raw_kind="network_rebate_v9", **changes)


ERRORS: tuple[tuple[Fate, tuple[str, ...]], ...] = (
    (missing_line, ALL), (refund_missing, ALL), (stray_line, ALL), (amount_differs, ALL), (currency_differs, (CARDS,)),
    (settled_twice, DIRECT), (refunded_and_disputed, (CARDS, STORE)), (dispute_open, (CARDS, STORE)), (ambiguous, DIRECT),
    (strangers, DIRECT), (nobody_settles, (CARDS,)), (overpaid, (CARDS, STORE)), (underpaid, (CARDS, STORE)), (unknown_line, ALL),
)  # fmt: skip
