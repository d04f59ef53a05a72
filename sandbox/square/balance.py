"""What an order moves in the seller's Square balance, disputes and payouts, in the words of the Payouts and Disputes APIs.

Cash never comes by Square. A fee is given back with a refund, in proportion.
"""

from typing import Final

from sandbox.balance import DAY_MS, Account, Deposit, Movement, put
from sandbox.exchange import Tree, dumps
from sandbox.life import Life, refund_sums
from sandbox.shelf import Ware
from sandbox.square.payments import FEE_BASIS_POINTS, payment_id, refund_id, tender_type
from sandbox.square.words import CURRENCY, LOCATION, moment, money, token
from sandbox.story import dice, sums_of
from sandbox.sums import half_up

BALANCE: Final = "square-balance"
DISPUTES: Final = "square-dispute"
PER_ORDER: Final = 16
DISPUTED, DECIDED = 10, 11  # places of an order's entries behind those of its charge and refunds
STANDING: Final = 1 << 40
DISPUTE_ONE_IN: Final = 25
MONTHLY_FEE: Final = 2900
TRACE_LENGTH: Final = 10
REASONS: Final = ("NOT_RECEIVED", "DUPLICATE", "NO_KNOWLEDGE", "NOT_AS_DESCRIBED")


def moved_by(life: Life) -> list[Ware]:
    """Gives what an order moves in the balance, and its dispute, as stored bytes; times may lie ahead."""
    if not life.paid_ms or tender_type(life) == "CASH":
        return []
    gross = sums_of(life.plan, life.paid_for).total
    paid_by: Tree = {"payment_id": payment_id(life)}
    wares = [_entry(life, 0, life.paid_ms, "CHARGE", (gross, _fee(gross)), paid_by)]
    for place, back in enumerate(life.refunds):
        amount = refund_sums(life, back).total
        details = {**paid_by, "refund_id": refund_id(life, place)}
        wares.append(_entry(life, place + 1, back.at_ms, "REFUND", (-amount, -_fee(amount)), details))
    return wares + _disputed(life, gross, paid_by)


def _fee(amount: int) -> int:
    return half_up(amount * FEE_BASIS_POINTS, 10_000)


def _entry(life: Life, place: int, at_ms: int, kind: str, amounts: tuple[int, int], details: Tree) -> Ware:
    own = f"poe_{token(life.plan.seed, life.plan.number, 'entry', place)}"
    tree = _tree(own, at_ms, kind, amounts) | {f"type_{kind.lower()}_details": details}
    return put(BALANCE, own, life.plan.number * PER_ORDER + place, at_ms, amounts, dumps(tree))


def _tree(own: str, at_ms: int, kind: str, amounts: tuple[int, int]) -> Tree:
    gross, fee = amounts
    return {
        "id": own,
        "effective_at": moment(at_ms),
        "type": kind,
        "gross_amount_money": money(gross),
        "fee_amount_money": money(fee),
        "net_amount_money": money(gross - fee),
    }


def _disputed(life: Life, gross: int, paid_by: Tree) -> list[Ware]:
    """Gives a dispute as it will come and end: raised some days after the payment, decided some days later."""
    number, seed = life.plan.number, life.plan.seed
    throw = dice(seed, "square-dispute", number)
    if throw.randrange(DISPUTE_ONE_IN) or life.refunds or not gross:
        return []
    raised = life.paid_ms + throw.randint(2 * DAY_MS, 5 * DAY_MS) // 1000 * 1000
    decided = raised + throw.randint(3 * DAY_MS, 8 * DAY_MS) // 1000 * 1000
    is_won = throw.randrange(2) == 0
    own = token(seed, number, "dispute", length=20)
    tree: Tree = {
        "id": own,
        "dispute_id": own,
        "amount_money": money(gross),
        "reason": throw.choice(REASONS),
        "state": "WON" if is_won else "LOST",
        "due_at": moment(raised + 10 * DAY_MS),
        "disputed_payment": paid_by,
        "evidence_ids": [],
        "card_brand": "VISA",
        "created_at": moment(raised),
        "updated_at": moment(decided),
        "brand_dispute_id": token(seed, number, "brand", length=22),
        "reported_at": moment(raised),
        "version": 2,
        "location_id": LOCATION,
    }
    details = {**paid_by, "dispute_id": own}
    wares = [
        Ware(DISPUTES, own, number, raised, raised, decided, "", "", dumps(tree)),
        _entry(life, DISPUTED, raised, "OPEN_DISPUTE", (-gross, 0), details),
    ]
    return wares + ([_entry(life, DECIDED, decided, "DISPUTE", (gross, 0), details)] if is_won else [])


def payout_id(deposit: Deposit) -> str:
    """Gives the id of a payout."""
    return f"po_{token('payout', deposit.day)}"


def trace_of(deposit: Deposit) -> str:
    """Gives what the bank's line names the payout by."""
    return f"L2{token('trace', deposit.day, length=TRACE_LENGTH).upper()}"


def payout_tree(deposit: Deposit, now_ms: int) -> Tree:
    """Gives a payout as it stands."""
    settled = deposit.is_settled(now_ms)
    status = ("FAILED" if deposit.is_refused else "PAID") if settled else "SENT"
    return {
        "id": payout_id(deposit),
        "status": status,
        "location_id": LOCATION,
        "created_at": moment(deposit.issued_ms),
        "updated_at": moment(deposit.settled_ms if settled else deposit.issued_ms),
        "amount_money": money(deposit.amount),
        "destination": {"type": "BANK_ACCOUNT", "id": f"bact:{token('destination')}"},
        "version": 1 + settled,
        "type": "BATCH",
        "payout_fee": [],
        "arrival_date": deposit.arrival.isoformat(),
        "end_to_end_id": trace_of(deposit),
    }


def _returned(deposit: Deposit) -> Movement:
    own = f"poe_{token('returned', deposit.day)}"
    tree = _tree(own, deposit.settled_ms, "RETURNED_PAYOUT", (deposit.amount, 0))
    return Movement(deposit.settled_ms, STANDING + deposit.day * 2, own, deposit.amount, 0, tree=tree)


def _monthly(day: int) -> Movement:
    own, at_ms = f"poe_{token('monthly', day)}", day * DAY_MS + DAY_MS // 2
    tree = _tree(own, at_ms, "SUBSCRIPTION_FEE", (-MONTHLY_FEE, 0))
    return Movement(at_ms, STANDING + day * 2 + 1, own, -MONTHLY_FEE, 0, tree=tree)


ACCOUNT: Final = Account("square-till", BALANCE, CURRENCY, _monthly, _returned)
