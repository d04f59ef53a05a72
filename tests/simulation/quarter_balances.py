"""Two accounts of the generated quarter told by files: a balance account with weekly reports, and a marketplace with settlements."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from model.records.settlement import Fee, FeeKind, LineKind, Payout, Settlement, SettlementLine
from model.store.money_rows import settlement_id
from model.values.ids import derive_id
from tests.simulation.quarter_payouts import line_of
from tests.simulation.quarter_truth import LAST_DAY, MARKET_MONEY, WALLET, Making, Movement, Sent, business_days_on, midnight

FIRST = date(2026, 1, 5)
"""A Monday."""
KEPT = 20_000
"""What stays in the wallet when it is emptied."""


def wallet(making: Making) -> None:
    """Weekly reports of a balance in euros and one in dollars; withdrawals say nothing of their lines."""
    _wallet_habits(making)
    moves = sorted(making.movements[WALLET], key=lambda move: move.at)
    balance = {"EUR": 0, "USD": 0}
    start, end, number, taken = midnight(date(2025, 12, 29)), midnight(FIRST), 0, 0
    gap = making.rng.randrange(5, 9)
    while start.date() <= LAST_DAY:
        lines: list[SettlementLine] = []
        while taken < len(moves) and moves[taken].at < end:
            lines.append(line_of(making, moves[taken]))
            taken += 1
        lines += _converted(making, end, number, balance["USD"] + _net(lines, "USD"))
        payouts, drawn = _withdrawn(making, end, number, balance["EUR"] + _net(lines, "EUR"))
        lines += drawn
        for currency, opening in tuple(balance.items()):
            own = tuple(line for line in lines if line.currency == currency)
            told = Settlement(
                external_id=f"STL-{end:%Y%m%d}", currency=currency, opened_at=start, closed_at=end, lines=own,
                payouts=tuple(payouts) if currency == "EUR" else (), total_minor=_net(own, currency), opening_minor=opening,
                closing_minor=opening + _net(own, currency),
            )  # fmt: skip
            making.tell(end + timedelta(hours=6), WALLET, told)
            balance[currency] = opening + _net(own, currency)
        if number == gap:
            _missing_report(making, end, balance)
        start, end, number = end, end + timedelta(days=7), number + 1


def _net(lines: Sequence[SettlementLine], currency: str) -> int:
    return sum(line.net_minor for line in lines if line.currency == currency)


def _missing_report(making: Making, end: datetime, balance: dict[str, int]) -> None:
    """A report of an hour in which only something of the provider's own moved never reaches us."""
    balance["EUR"] -= 777
    before = settlement_id(WALLET, f"STL-{end:%Y%m%d}", "EUR")
    after = settlement_id(WALLET, f"STL-{end + timedelta(days=7):%Y%m%d}", "EUR")
    making.truth.plant("balance_differs", WALLET, before, after)


def _converted(making: Making, at: datetime, number: int, dollars: int) -> list[SettlementLine]:
    """Every fourth week the dollars become euros."""
    if number % 4 != 3 or dollars <= 0:
        return []
    reference = f"FX{number}"
    at -= timedelta(hours=3)
    away = Movement(account=WALLET, kind="conversion", at=at, gross_minor=-dollars, currency="USD", source_reference=reference)
    there = Movement(account=WALLET, kind="conversion", at=at, gross_minor=dollars * 9137 // 10_000, source_reference=reference)
    return [line_of(making, away), line_of(making, there)]


def _withdrawn(making: Making, at: datetime, number: int, euros: int) -> tuple[list[Payout], list[SettlementLine]]:
    """All but a remainder goes to our bank; once in two equal sums on one day, which no line tells apart."""
    amount = euros - KEPT
    if amount < 5_000:
        return [], []
    parts = [amount // 2] * 2 if number == 10 else [amount]
    payouts: list[Payout] = []
    lines: list[SettlementLine] = []
    bond = making.truth.bond("bank", rule="never", why="ambiguous withdrawals") if len(parts) > 1 else None
    for part, each in enumerate(parts):
        payout = Payout(
            external_id=f"W{number:03d}-{part}", status="paid", amount_minor=each, currency="EUR", created_at=at - timedelta(hours=1),
            arrival_on=business_days_on(at.date(), 1), is_itemised=False,
        )  # fmt: skip
        payouts.append(payout)
        move = Movement(account=WALLET, kind="payout", at=payout.created_at, gross_minor=-each, source_reference=payout.external_id)
        lines.append(line_of(making, move, payout.external_id))
        making.sent.append(Sent(WALLET, payout, "never" if number == 12 else "", bond))
    return payouts, lines


def _wallet_habits(making: Making) -> None:
    """Monthly fees, and holds that are released after three weeks; one is not."""
    moves = making.movements[WALLET]
    subscription = (Fee(kind="subscription", amount_minor=3000),)
    moves += [
        Movement(account=WALLET, kind="fee", at=midnight(date(2026, n, 3), 4), gross_minor=0, fees=subscription) for n in (1, 2, 3, 4)
    ]
    for number in range(6):
        held, reference = midnight(date(2026, 1 + number % 3, 6 + number), 8), f"HOLD{number}"
        values = {"account": WALLET, "source_reference": reference}
        if number == 5:
            planted = (making.truth.plant("reserve_outstanding", WALLET, derive_id(WALLET, "reserve", "EUR")),)
            moves.append(Movement(kind="reserve_held", at=held, gross_minor=-4400, planted=planted, **values))  # pyright: ignore
        else:
            moves.append(Movement(kind="reserve_held", at=held, gross_minor=-4400 - number, **values))  # pyright: ignore
            later = held + timedelta(days=21)
            moves.append(Movement(kind="reserve_released", at=later, gross_minor=4400 + number, **values))  # pyright: ignore


def market(making: Making) -> None:
    """Settlements every two weeks, each with a deposit; a reserve and what is owed are carried from one to the next."""
    _market_habits(making)
    moves = sorted(making.movements[MARKET_MONEY], key=lambda move: move.at)
    start, end, number, taken, carried = midnight(date(2025, 12, 22), 10), midnight(FIRST, 10), 0, 0, 0
    while start.date() <= LAST_DAY:
        name = str(19_000_000_000 + 7_919 * number)
        due: list[Movement] = [] if carried == 0 else [_market("carried", start, carried, "Previous Reserve Amount Balance")]
        while taken < len(moves) and moves[taken].at < end:
            due.append(moves[taken])
            taken += 1
        lines = [line_of(making, each, name) for each in due]
        total = _net(lines, "EUR")
        carried = 15_000 if total > 40_000 else total
        if carried:
            lines.append(line_of(making, _market("carried", end, -carried, "Current Reserve Amount"), name))
        _deposit(making, name, start, end, lines)
        start, end, number = end, end + timedelta(days=14), number + 1


def _deposit(making: Making, name: str, start: datetime, end: datetime, lines: list[SettlementLine]) -> None:
    total = _net(lines, "EUR")
    payout = Payout(
        external_id=name, status="paid", amount_minor=total, currency="EUR", created_at=end,
        arrival_on=business_days_on(end.date(), 3), is_itemised=True, reference=name,
    )  # fmt: skip
    paid = total > 0
    lines = lines if paid else [replace(line, payout_external_id=None) for line in lines]
    told = Settlement(
        external_id=name,
        currency="EUR",
        opened_at=start,
        closed_at=end,
        lines=tuple(lines),
        payouts=(payout,) if paid else (),
        total_minor=total,
    )
    making.tell(end + timedelta(hours=20), MARKET_MONEY, told)
    if paid:
        making.sent.append(Sent(MARKET_MONEY, payout))


def _market(kind: LineKind, at: datetime, amount: int, word: str, **changes: object) -> Movement:
    return Movement(account=MARKET_MONEY, kind=kind, at=at, gross_minor=amount, raw_kind=word, **changes)  # pyright: ignore


def _market_habits(making: Making) -> None:
    """Fees that stand on their own, and tax that the marketplace withholds and names by the order it is of."""
    moves = making.movements[MARKET_MONEY]
    withheld = [
        _market("tax_withheld", each.at, -each.gross_minor // 10, "MarketplaceFacilitatorTax", order_reference=each.order_reference)
        for each in moves[::8] if each.kind == "charge"
    ]  # fmt: skip
    kinds: tuple[tuple[FeeKind, str, int], ...] = (
        ("storage", "StorageFee", 1212), ("subscription", "Subscription", 3900), ("advertising", "ServiceFee", 5151),
    )  # fmt: skip
    fees = [
        _market("fee", midnight(date(2026, month, 7), 6), 0, word, fees=(Fee(kind=kind, amount_minor=amount),))
        for month in (1, 2, 3) for kind, word, amount in kinds
    ]  # fmt: skip
    making.movements[MARKET_MONEY] = moves + withheld + fees
