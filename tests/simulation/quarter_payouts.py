"""Two processors of the generated quarter that say which lines each payout is made of: the card account and the store's own."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from model.records.settlement import Fee, FeeKind, Payout, SettlementLine, fees_of
from model.store.money_rows import line_id, payout_id
from model.values.instant import micros
from tests.simulation.quarter_truth import (
    CARDS,
    LAST_DAY,
    MARKET_MONEY,
    START,
    STORE,
    WALLET,
    Making,
    Movement,
    Sent,
    business_days_on,
    midnight,
)

USUAL: dict[str, tuple[tuple[FeeKind, int, int], ...]] = {
    CARDS: (("processing", 140, 0), ("fixed", 0, 25)), STORE: (("processing", 190, 25),), WALLET: (("processing", 249, 35),),
    MARKET_MONEY: (("commission", 1200, 0), ("fulfilment", 0, 215)),
}  # fmt: skip
"""What a processor keeps of a charge: kind, ten-thousandths of it, minor units beside."""
WORDS = {CARDS: "txn_1{:07d}", STORE: "{}", WALLET: "T{:09d}", MARKET_MONEY: "row-{:08d}"}
STYLES = {
    CARDS: ("reference",) * 5 + ("text",) * 3 + ("bare", "parts", "bare parts"), STORE: ("text",) * 5 + ("reference", "joined", "joined"),
    WALLET: ("bare",), MARKET_MONEY: ("text",),
}  # fmt: skip
"""How the bank shows an account's payouts."""


def fees_on(move: Movement) -> tuple[Fee, ...]:
    """What is kept of a movement."""
    if move.fees is not None:
        return move.fees
    if move.kind != "charge":
        return ()
    parts: dict[FeeKind, int] = {kind: move.gross_minor * rate // 10_000 + fixed for kind, rate, fixed in USUAL[move.account]}
    if move.presented_currency:
        parts["conversion"] = move.gross_minor // 50
    return fees_of(parts)


def line_of(making: Making, move: Movement, payout: str | None = None) -> SettlementLine:
    """The settlement line of a movement; its bond and its errors learn the line's id."""
    making.serial += 1
    fees = fees_on(move)
    line = SettlementLine(
        external_id=WORDS[move.account].format(making.serial), kind=move.kind, raw_kind=move.raw_kind or move.kind,
        gross_minor=move.gross_minor, net_minor=move.gross_minor - sum(fee.amount_minor for fee in fees), currency=move.currency,
        occurred_at=move.at, fees=fees, available_at=move.at + timedelta(days=2), payout_external_id=payout,
        payment_reference=move.payment_reference, other_reference=move.other_reference, source_reference=move.source_reference,
        order_reference=move.order_reference, presented_minor=move.presented_minor, presented_currency=move.presented_currency,
        source_version=micros(move.at),
    )  # fmt: skip
    row = line_id(move.account, line.external_id)
    if move.bond is not None:
        move.bond.rights.append(row)
    for each in move.planted:
        each.subjects.append(row)
    return line


def itemised(making: Making, account: str) -> None:
    """Daily payouts of what became available, two business days after it moved; a store's may be negative."""
    waiting = sorted(making.movements[account], key=lambda move: move.at)
    payouts: list[tuple[Payout, list[SettlementLine]]] = []
    day, taken = START.date(), 0
    carried: list[Movement] = []
    while day <= LAST_DAY:
        day = business_days_on(day + timedelta(days=1), 0)
        while taken < len(waiting) and business_days_on(waiting[taken].at.date(), 2) <= day:
            carried.append(waiting[taken])
            taken += 1
        total = sum(each.gross_minor - sum(fee.amount_minor for fee in fees_on(each)) for each in carried)
        if carried and (account == STORE or total > 0):
            payouts.append(_payout(making, account, day, len(payouts) + 1, carried, total))
            carried = []
    for each in (*carried, *waiting[taken:]):
        _tell(making, account, midnight(LAST_DAY, 12), [line_of(making, each)])
    _send(making, account, payouts)


def _payout(
    making: Making, account: str, day: date, number: int, moves: Iterable[Movement], total: int
) -> tuple[Payout, list[SettlementLine]]:
    name = f"po_1{number * 7_654_321 % 2**28:07x}" if account == CARDS else str(90_000 + number)
    lines = [line_of(making, each, name) for each in moves]
    reference = f"{name.upper().replace('_', '-')}" if account == CARDS else f"SP{number}"
    payout = Payout(
        external_id=name, status="paid", amount_minor=total, currency="EUR", created_at=midnight(day, 5),
        arrival_on=business_days_on(day, 1), is_itemised=True, reference=reference, source_version=micros(midnight(day, 5)),
    )  # fmt: skip
    return payout, lines


def _send(making: Making, account: str, payouts: list[tuple[Payout, list[SettlementLine]]]) -> None:
    """Tell and send the payouts; some of them with a fate of their own."""
    usual = [n for n, (payout, _) in enumerate(payouts) if payout.amount_minor > 0][5:-5]
    fates = FATES[account]
    chosen = dict(zip(sorted(making.rng.sample(usual, len(fates))), making.rng.sample(fates, len(fates)), strict=True))
    for number, (payout, lines) in enumerate(payouts):
        fate = chosen.get(number, "")
        if fate in _TURNS:
            _TURNS[fate](making, account, payout, lines)
        else:
            _tell_payout(making, account, payout, lines)
            making.sent.append(Sent(account, payout, fate))


def _tell(making: Making, account: str, at: datetime, lines: list[SettlementLine]) -> None:
    for line in lines:
        making.tell(at, account, line)


def _tell_payout(making: Making, account: str, payout: Payout, lines: list[SettlementLine]) -> None:
    """The payout, its lines, and its own line, which takes the balance down. The store tells its lines first without their payout."""
    making.tell(payout.created_at, account, payout)
    for line in lines:
        if account == STORE:
            making.tell(line.occurred_at + timedelta(minutes=30), account, replace(line, payout_external_id=None))
        late = replace(line, source_version=micros(payout.created_at)) if account == STORE else line
        making.tell(payout.created_at, account, late)
    _own_line(making, account, payout, -payout.amount_minor)


def _own_line(making: Making, account: str, payout: Payout, amount: int, days: int = 0) -> None:
    at = payout.created_at + timedelta(days=days)
    move = Movement(account=account, kind="payout_failed" if days else "payout", at=at, gross_minor=amount)
    making.tell(at, account, replace(line_of(making, move, payout.external_id), source_reference=payout.external_id))


def _sum_wrong(making: Making, account: str, payout: Payout, lines: list[SettlementLine]) -> None:
    """The provider sends a cent less than its lines say."""
    short = replace(payout, amount_minor=payout.amount_minor - 1)
    making.truth.plant("payout_sum_differs", account, payout_id(account, payout.external_id))
    _tell_payout(making, account, short, lines)
    making.sent.append(Sent(account, short))


def _untold(making: Making, account: str, payout: Payout, lines: list[SettlementLine]) -> None:
    """Its lines name it, and the bank has it, but the provider's list of payouts does not."""
    rows = (line_id(account, line.external_id) for line in lines)
    making.truth.plant("payout_unknown", account, payout_id(account, payout.external_id), *rows)
    for line in lines:
        making.tell(payout.created_at, account, line)
    making.sent.append(Sent(account, payout, "untold"))


def _by_hand(making: Making, account: str, payout: Payout, lines: list[SettlementLine]) -> None:
    """A manual payout: nobody says which lines it is made of, and they name no payout."""
    _tell_payout(making, account, replace(payout, is_itemised=False), [])
    for line in lines:
        making.tell(payout.created_at, account, replace(line, payout_external_id=None))
    making.sent.append(Sent(account, payout, "text"))


def _failed(making: Making, account: str, payout: Payout, lines: list[SettlementLine], *, must: bool = True) -> None:
    """The bank refuses the payout; the money is in the balance again three days later."""
    failed = replace(payout, status="failed")
    _tell_payout(making, account, failed, lines)
    _own_line(making, account, failed, payout.amount_minor, days=3)
    making.truth.plant("payout_failed", account, payout_id(account, payout.external_id), must=must)


def _failed_and_paid_again(making: Making, account: str, payout: Payout, lines: list[SettlementLine], style: str = "failed") -> None:
    """The same amount is sent again by hand a week later."""
    _failed(making, account, payout, lines, must=False)
    at = payout.created_at + timedelta(days=7)
    again = replace(
        payout, external_id=f"{payout.external_id}again", created_at=at, arrival_on=business_days_on(at.date(), 1), is_itemised=False,
        reference=f"{payout.reference}R2",
    )  # fmt: skip
    _tell_payout(making, account, again, [])
    making.sent += [Sent(account, payout, style), Sent(account, again, "reference")]


def _returned_and_paid_again(making: Making, account: str, payout: Payout, lines: list[SettlementLine]) -> None:
    """As before, but our bank first books the payout and then sends it back."""
    _failed_and_paid_again(making, account, payout, lines, "returned")


_TURNS = {
    "sum wrong": _sum_wrong, "untold": _untold, "by hand": _by_hand, "failed": _failed, "paid again": _failed_and_paid_again,
    "returned": _returned_and_paid_again,
}  # fmt: skip
FATES: dict[str, tuple[str, ...]] = {
    CARDS: ("sum wrong", "sum wrong", "untold", "by hand", "failed", "paid again", "returned", "never", "bank differs", "fee said"),
    STORE: ("sum wrong", "never", "never", "untold"),
}
