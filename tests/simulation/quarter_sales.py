"""The sales of the generated quarter: price points, channels and gateways, and what becomes of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from model.records.order import Order, OrderLine
from model.records.payment import Payment, PaymentKind, Refund
from model.records.settlement import Fee
from model.values.ids import derive_id
from model.values.instant import micros
from tests.simulation.quarter_truth import CARDS, END, MARKET, MARKET_MONEY, PAID_BY, SHOP, START, STORE, WALLET, Bond, Making, Movement

PRICES = (999, 1499, 1999, 1999, 1999, 2499, 2999, 2999, 3999, 4999, 4999, 7999, 9999)
SHARES = ((CARDS, 38), (STORE, 28), (MARKET_MONEY, 19), (WALLET, 12), ("", 3))
"""Who settles, in hundredths of all sales; the rest is paid by gift card or cash, which nobody settles."""
SECONDS = (END - START) // timedelta(seconds=1)


@dataclass(slots=True)
class Sale:
    """One order of the world and its money."""

    making: Making
    number: int
    account: str
    seconds: int
    amount: int
    currency: str = "EUR"

    @property
    def channel(self) -> str:
        """Where it was sold."""
        return PAID_BY[self.account][0] if self.account else (SHOP, STORE)[self.number % 2]

    @property
    def gateway(self) -> str:
        """How it was paid."""
        return PAID_BY[self.account][1] if self.account else (("gift_card", "cash")[self.number // 2 % 2 if self.channel == SHOP else 0])

    @property
    def external_id(self) -> str:
        """What the channel calls the order."""
        return (
            f"302-{1_000_000 + self.number:07d}-{7 * self.number % 9_999_991:07d}" if self.channel == MARKET else str(70_000 + self.number)
        )

    @property
    def reference(self) -> str:
        """The processor's id of the payment."""
        scrambled = self.number * 2_654_435_761 % 2**40
        return {
            CARDS: f"ch_3{scrambled:012x}", WALLET: f"{scrambled:017d}"[:17], STORE: str(5_000_000_000 + self.number),
        }.get(self.account, f"none-{self.number}")  # fmt: skip

    @property
    def at(self) -> "timedelta":
        """When, from the beginning of the quarter."""
        return timedelta(seconds=self.seconds)

    def row(self, kind: str, external_id: str) -> str:
        """The row id of one of the order's records."""
        return derive_id(self.channel, kind, external_id)

    @property
    def order_row(self) -> str:
        """The row id of the order."""
        return self.row("order", self.external_id)

    def payment(self, part: int, amount: int, kind: PaymentKind = "sale", **changes: object) -> Payment:
        """One of the order's payments."""
        at = START + self.at + timedelta(seconds=20 + part)
        values: dict[str, object] = {
            "external_id": f"{self.external_id}-p{part}", "order_external_id": self.external_id, "kind": kind, "status": "succeeded",
            "amount_minor": amount, "currency": self.currency, "created_at": at, "updated_at": at, "source_version": micros(at),
            "gateway": self.gateway, "reference": None if self.account in {MARKET_MONEY, ""} else self.reference,
        }  # fmt: skip
        return Payment(**(values | changes))  # pyright: ignore

    def order(self, *payments: Payment, total: int | None = None) -> None:
        """The order is told with these payments."""
        placed, total = START + self.at, self.amount if total is None else total
        self.making.tell(
            placed + timedelta(minutes=5),
            self.channel,
            Order(
                external_id=self.external_id, number=f"#{self.number}", placed_at=placed, updated_at=placed, source_version=micros(placed),
                currency=self.currency, total_minor=total, shipping_minor=0, tax_minor=0, charges_minor=0, discount_minor=0,
                shop_currency=self.currency, shop_total_minor=total, payment_state="paid", fulfilment_state="fulfilled",
                source_status=(("status", "completed"),), payments=payments,
                lines=(OrderLine(external_id="1", title="Thing", quantity=1000, total_minor=total, tax_minor=0, sku="THING"),),
            ),
        )  # fmt: skip

    def move(self, bond: Bond | None, amount: int, after: timedelta | None = None, **changes: object) -> None:
        """The processor's line of a payment (positive) or refund (negative)."""
        late = timedelta(hours=self.making.rng.randrange(20, 110)) if self.account == MARKET_MONEY else timedelta(seconds=25)
        named = self.account in {MARKET_MONEY, WALLET}
        at = START + self.at + (late if after is None else after)
        values: dict[str, object] = {
            "account": self.account, "kind": "charge" if amount > 0 else "refund", "at": at,
            "gross_minor": amount, "currency": self.currency, "bond": bond,
            "payment_reference": None if self.account == MARKET_MONEY else self.reference,
            "other_reference": f"pi_{self.reference[3:]}" if self.account == CARDS else None,
            "order_reference": (self.external_id if self.account == MARKET_MONEY else f"#{self.number}") if named else None,
        }  # fmt: skip
        self.making.movements[self.account].append(Movement(**(values | changes)))  # pyright: ignore

    def settled(self, *payments: Payment, why: str = "plain") -> Bond:
        """A bond of these payments with lines to come."""
        return self.making.truth.bond("payment", *(self.row("payment", each.external_id) for each in payments), why=why)

    def sold(self, why: str = "plain", **changes: object) -> Payment:
        """Ordered, paid in one, and settled in one line."""
        paid = self.payment(1, self.amount, **changes)  # pyright: ignore
        self.order(paid)
        self.move(self.settled(paid, why=why), self.amount)
        return paid

    def refund(self, paid: Payment, amount: int, days: int, part: int = 1, bond: Bond | None = None) -> Refund:
        """Money goes back after some days; the processor's line comes within a day."""
        at, told = START + self.at + timedelta(days=days, hours=3 * part), f"{self.external_id}-r{part}"
        given = Refund(
            external_id=told, order_external_id=self.external_id, status="succeeded", amount_minor=amount, currency=self.currency,
            created_at=at, payment_external_id=None if self.account == MARKET_MONEY else paid.external_id,
        )  # fmt: skip
        self.making.tell(at, self.channel, given)
        bond = bond or self.making.truth.bond("payment", why="refund")
        bond.lefts.append(self.row("refund", told))
        self.move(bond, -amount, timedelta(days=days, hours=3 * part + 6), source_reference=f"re_{told}", fees=self.fees_of_refund(amount))
        return given

    def fees_of_refund(self, amount: int) -> tuple[Fee, ...]:
        """Marketplaces give a part of their commission back; others keep what they took."""
        return (Fee(kind="commission", amount_minor=-(amount * 12 // 100)),) if self.account == MARKET_MONEY else ()


Fate = Callable[[Sale], None]


def plain(sale: Sale) -> None:
    """As nearly all are; beside the sale there may be an authorization, a failed try or a test, which move nothing."""
    paid, rng = sale.payment(1, sale.amount), sale.making.rng.randrange(12)
    if rng == 0 and sale.account != MARKET_MONEY:
        held = sale.payment(0, sale.amount, "authorization")
        paid = sale.payment(1, sale.amount, "capture", parent_external_id=held.external_id)
        sale.order(held, paid)
    elif rng == 1:
        sale.order(sale.payment(0, sale.amount, status="failed"), paid)
    else:
        sale.order(paid)
    if sale.account:
        sale.move(sale.settled(paid), sale.amount)


def dealt(making: Making, orders: int) -> dict[str, list[Sale]]:
    """All sales by who settles them, at random moments of the quarter."""
    sales: dict[str, list[Sale]] = {account: [] for account, _ in SHARES}
    accounts = [account for account, share in SHARES for _ in range(share)]
    for number in range(orders):
        account = accounts[number % 100]
        amount = making.rng.choice(PRICES) * making.rng.choice((1, 1, 1, 2, 3))
        sales[account].append(Sale(making, number, account, making.rng.randrange(SECONDS), amount))
    return sales
