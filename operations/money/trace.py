"""Trace money: from a bank line down to order lines, and from an order up to the bank, with a sum and a named remainder at each level."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from model.errors import RejectedError
from model.store import money_chain
from model.store.money_chain import Chain
from model.store.money_matches import rules_of
from operations.runtime.hub import Hub

Sums = Mapping[str, int]
"""Minor units by currency."""
OTHERS = "of the same match, elsewhere"
"""What a match joins beside the lines of a trace."""
CONVERSION = "currency conversion"
"""The remainder that a level has where money was paid in one currency and settled in another: less of one, more of the other."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a chain: its rows, their sum by currency, and what lies between it and the level before, by name.

    `amount`, `gross`, `net` and what is in `fees` (by kind) are minor units of the row's `currency`.
    """

    name: str
    rows: list[dict[str, Any]]
    sums: Sums
    remainders: Mapping[str, Sums] = field(default_factory=dict[str, Sums])
    unexplained: Sums = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Trace:
    """A chain as levels, from where it was asked."""

    kind: str
    named: str
    levels: list[Level]
    passes: dict[str, int]

    @property
    def is_explained(self) -> bool:
        """Whether every level sums to the one before."""
        return not any(amount for level in self.levels for amount in level.unexplained.values())


def trace(hub: Hub, named: str, kind: str | None = None) -> Trace:
    """The chain of what bears an id or number; RejectedError where nothing does, or several of one kind do."""
    with hub.database.read() as connection:
        found = money_chain.find(connection, named, kind)
        if not found:
            raise RejectedError(f"{named!r}: no bank line, payout, settlement line, payment, refund or order bears it")
        what, ids = found[0][0], [row_id for _, row_id in found]
        if what in {"bank line", "payout"}:
            chain = money_chain.down(connection, what, ids)
        else:
            chain = money_chain.up(connection, what, ids)
            if what != "order":
                below = money_chain.down(connection, what, ids)
                chain.payments, chain.refunds = chain.payments or below.payments, chain.refunds or below.refunds
                chain.orders, chain.order_lines, chain.adjustments = below.orders, below.order_lines, below.adjustments
                chain.matches = list({row.id: row for row in (*chain.matches, *below.matches)}.values())
                chain.members = list({(row.level, row.line_id): row for row in (*chain.members, *below.members)}.values())
        money_chain.look_elsewhere(connection, chain)
        apart = rules_of(connection, [row.id for row in chain.bank])
    return Trace(what, named, _levels(chain, apart), dict(Counter(row.pass_name for row in chain.matches)))


def _levels(chain: Chain, apart: Mapping[str, str]) -> list[Level]:
    """From the bank down; levels that have nothing are left out, but not one that ought to have something."""
    levels = [_bank(chain), _payouts(chain, apart), _lines(chain), _payments(chain), _orders(chain)]
    return [level for level in levels if level.rows or any(level.unexplained.values()) or (level.name == "payouts" and level.remainders)]


def _bank(chain: Chain) -> Level:
    rows = [
        {"line": row.external_id, "booked": row.booked_on, "value": row.value_on, "amount": row.amount_minor, "currency": row.currency}
        for row in chain.bank
    ]
    return Level("bank", rows, _sums((row.currency, row.amount_minor) for row in chain.bank))


def _payouts(chain: Chain, apart: Mapping[str, str]) -> Level:
    rows = [
        {"payout": row.external_id, "status": row.status, "arrival": row.arrival_on, "amount": row.amount_minor, "currency": row.currency}
        for row in chain.payouts
    ]
    sums = _sums((row.currency, row.amount_minor) for row in chain.payouts)
    fees = _sums((row.currency, -row.fee_minor) for row in chain.bank)
    sent = {row.id: _Amount(row.currency, row.amount_minor) for row in chain.payouts}
    converted = _converted(chain, "bank", sent, {row.id: _Amount(row.currency, row.amount_minor + row.fee_minor) for row in chain.bank})
    others = _elsewhere(
        chain, [("payout", lambda row: _Amount(row.currency, row.amount_minor))],
        ("bank line", lambda row: _Amount(row.currency, row.amount_minor + row.fee_minor)),
    )  # fmt: skip
    named = (("bank fee", fees), (CONVERSION, converted), (OTHERS, others))
    remainders = {name: each for name, each in named if any(each.values())}
    for rule in sorted(set(apart.values())):
        remainders[f"set apart: {rule}"] = _sums((row.currency, row.amount_minor) for row in chain.bank if apart.get(row.id) == rule)
    above = _sums((row.currency, row.amount_minor) for row in chain.bank if row.id not in apart)
    return Level("payouts", rows, sums, remainders, _less(above, sums, fees, converted, others) if chain.bank else {})


def _lines(chain: Chain) -> Level:
    fees: dict[str, Counter[str]] = {}
    for fee in chain.fees:
        fees.setdefault(fee.line_id, Counter())[fee.kind] += fee.amount_minor
    rows = [
        {"line": row.external_id, "kind": row.kind, "day": row.business_on, "gross": row.gross_minor,
         "fees": dict(fees.get(row.id, {})), "net": row.net_minor, "currency": row.currency}
        for row in chain.lines
    ]  # fmt: skip
    moved = [row for row in chain.lines if row.kind not in {"payout", "payout_failed"}]
    sums = _sums((row.currency, row.net_minor) for row in moved)
    kept = {row.id for row in chain.payouts if row.is_itemised}
    paid = _sums((row.currency, row.amount_minor + row.fee_minor) for row in chain.payouts if row.id in kept)
    inside = _sums((row.currency, row.net_minor) for row in moved if row.payout_id in kept)
    remainders = {
        kind: _sums((row.currency, row.gross_minor) for row in moved if row.kind == kind) for kind in sorted({row.kind for row in moved})
    }
    currency_of = {row.id: row.currency for row in chain.lines}
    for kind in sorted({fee.kind for fee in chain.fees}):
        remainders[f"fee: {kind}"] = _sums((currency_of[fee.line_id], -fee.amount_minor) for fee in chain.fees if fee.kind == kind)
    return Level("settlement lines", rows, sums, remainders, _less(paid, inside) if chain.is_whole else {})


def _payments(chain: Chain) -> Level:
    rows = [
        {"payment": row.external_id, "kind": row.kind, "gateway": row.gateway, "amount": row.amount_minor, "currency": row.currency}
        for row in chain.payments
    ]
    rows += [
        {"payment": row.external_id, "kind": "refund", "gateway": None, "amount": -row.amount_minor, "currency": row.currency}
        for row in chain.refunds
    ]
    sums = _sums((row["currency"], row["amount"]) for row in rows)
    told = {row.id: _presented(row) for row in chain.lines if row.kind in {"charge", "refund", "refund_failed"}}
    paid = {row.id: _Amount(row.currency, row.amount_minor, row.account_id, row.shop_currency, row.shop_minor) for row in chain.payments}
    paid |= {
        row.id: _Amount(row.currency, -row.amount_minor, row.account_id, row.shop_currency, -(row.shop_minor or 0)) for row in chain.refunds
    }
    converted = _converted(chain, "payment", paid, told)
    others = _elsewhere(
        chain,
        [
            ("payment", lambda row: _Amount(row.currency, row.amount_minor)),
            ("refund", lambda row: _Amount(row.currency, -row.amount_minor)),
        ],
        ("settlement line", _presented),
    )
    remainders = {name: each for name, each in ((CONVERSION, converted), (OTHERS, others)) if any(each.values())}
    above = _sums((each.currency, each.minor) for each in told.values())
    return Level("payments and refunds", rows, sums, remainders, _less(above, sums, converted, others) if chain.lines else {})


class _Amount(NamedTuple):
    """An amount, and what its channel says it is in the shop's currency."""

    currency: str
    minor: int
    account: str = ""
    shop_currency: str | None = None
    shop_minor: int | None = None

    def is_told_in(self, others: Collection["_Amount"]) -> bool:
        """Whether our own channel settled it and says what it is in the currency of these."""
        return any((self.account, self.shop_currency) == (each.account, each.currency) for each in others)


def _presented(row: Any) -> _Amount:  # noqa: ANN401  a row
    if row.presented_minor is None:
        return _Amount(row.currency, row.gross_minor, row.account_id)
    minor = abs(row.presented_minor) if row.gross_minor > 0 else -abs(row.presented_minor)
    return _Amount(row.presented_currency, minor, row.account_id)


def _converted(chain: Chain, level: str, ours: Mapping[str, _Amount], theirs: Mapping[str, _Amount]) -> Counter[str]:
    """What matches across currencies take from one and give in another: as the channel says, else as the person did who matched them."""
    total: Counter[str] = Counter()
    sides: dict[str, tuple[list[_Amount], list[_Amount]]] = {}
    for row in chain.members:
        known = ours if row.side == "left" else theirs
        if row.level == level and row.line_id in known:
            sides.setdefault(row.match_id, ([], []))[row.side == "right"].append(known[row.line_id])
    for left, right in sides.values():
        currencies = {each.currency for each in right}
        foreign = [each for each in left if each.currency not in currencies] if right else []
        if all(each.is_told_in(right) for each in foreign):
            gives = [(each.shop_currency or "", each.shop_minor or 0) for each in foreign]
        else:
            gives, foreign = [(each.currency, each.minor) for each in right], left
        _add(total, gives, 1)
        _add(total, [(each.currency, each.minor) for each in foreign], -1)
    return total


Measure = Callable[[Any], _Amount]


def _elsewhere(chain: Chain, ours: Sequence[tuple[str, Measure]], theirs: tuple[str, Measure]) -> Counter[str]:
    """What matches join beside the lines of this trace: the other payouts of a deposit, or the other part of a divided one."""
    total: Counter[str] = Counter()
    for what, measure in ours:
        _add(total, [(each.currency, each.minor) for each in map(measure, chain.elsewhere.get(what, ()))], 1)
    what, measure = theirs
    _add(total, [(each.currency, each.minor) for each in map(measure, chain.elsewhere.get(what, ()))], -1)
    return total


def _add(total: Counter[str], amounts: Iterable[tuple[str, int]], sign: int) -> None:
    for currency, amount in amounts:
        total[currency] += sign * amount


def _orders(chain: Chain) -> Level:
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in chain.order_lines:
        lines.setdefault(line.order_id, []).append(
            {"order": None, "part": line.sku or line.title, "quantity": line.quantity, "amount": line.total_minor}
        )
    rows: list[dict[str, Any]] = []
    for order in sorted(chain.orders, key=lambda row: row.placed_at):
        rows.append({"order": order.number, "part": "total", "quantity": None, "amount": order.total_minor, "currency": order.currency})
        rows += [{**line, "currency": order.currency} for line in lines.get(order.id, [])]
        parts = {
            "shipping": order.shipping_minor,
            "tax": order.tax_minor,
            "charges": order.charges_minor,
            "discount": -order.discount_minor,
        }
        rows += [
            {"order": None, "part": name, "quantity": None, "amount": amount, "currency": order.currency}
            for name, amount in parts.items()
            if amount
        ]
    return Level("orders", rows, _sums((order.currency, order.total_minor) for order in chain.orders))


def _sums(amounts: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for currency, amount in amounts:
        total[currency] += amount
    return total


def _less(one: Sums, *others: Sums) -> dict[str, int]:
    currencies = sorted({*one, *(currency for other in others for currency in other)})
    return {currency: one.get(currency, 0) - sum(other.get(currency, 0) for other in others) for currency in currencies}
