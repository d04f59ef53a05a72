"""Shopify Payments behind the shop: what an order moves in its balance, disputes, and payouts, in the words of the Admin GraphQL API.

Only what was paid by card through Shopify Payments is there; cash on delivery (`manual`) settles elsewhere. All amounts are in the shop's
currency.
"""

from typing import Final

from sandbox.balance import Account, Deposit, Movement, put, start_of
from sandbox.exchange import Tree, dumps
from sandbox.life import Life
from sandbox.shelf import Ware
from sandbox.shopify.deeds import FEE_PER_MILLE, FLAT_FEE, refund_purse
from sandbox.shopify.money import SHOP_CURRENCY, gid, moment, money, order_id, purse
from sandbox.shopify.nodes import PARTS
from sandbox.story import dice, sums_of
from sandbox.sums import half_up

BALANCE: Final = "shopify-balance"
DISPUTES: Final = "shopify-dispute"
LINE: Final = "ShopifyPaymentsBalanceTransaction"
PAYOUT: Final = "ShopifyPaymentsPayout"
FIRST_LINE, FIRST_STANDING = 880_000_000_000, 990_000_000_000
FIRST_PAYOUT, FIRST_DISPUTE, FIRST_SOURCE = 101_000_000_000, 8_800_000_000, 770_000_000_000
PER_ORDER: Final = 16
DISPUTED, DECIDED = 10, 11  # places of an order's lines behind those of its charge and refunds
DAY_MS: Final = 24 * 3600 * 1000
DISPUTE_ONE_IN: Final = 25
DISPUTE_FEE: Final = 1500
MONTHLY_FEE: Final = 2900
REASONS: Final = ("FRAUDULENT", "PRODUCT_NOT_RECEIVED", "UNRECOGNIZED", "PRODUCT_UNACCEPTABLE")


def moved_by(life: Life) -> list[Ware]:
    """Gives what an order moves in the balance, and its dispute, as stored bytes; times may lie ahead."""
    if not life.paid_ms or life.plan.card == "CASH":
        return []
    gross = purse(sums_of(life.plan, life.paid_for)).shop.total
    first = int(bool(life.authorised_ms))
    wares = [_line(life, 0, life.paid_ms, "CHARGE", (gross, half_up(gross * FEE_PER_MILLE, 1000) + FLAT_FEE), first)]
    for place, back in enumerate(life.refunds, 1):
        wares.append(_line(life, place, back.at_ms, "REFUND", (-refund_purse(life, back).shop.total, 0), first + place))
    return wares + _disputed(life, gross, first)


def _line(life: Life, place: int, at_ms: int, kind: str, amounts: tuple[int, int], transaction: int) -> Ware:
    number = life.plan.number
    sequence = number * PER_ORDER + place
    source = FIRST_DISPUTE + number if place in {DISPUTED, DECIDED} else FIRST_SOURCE + sequence
    tree = _tree(FIRST_LINE + sequence, at_ms, kind, amounts, {"CHARGE": "CHARGE", "REFUND": "REFUND"}.get(kind, "DISPUTE"), source)
    tree["sourceOrderTransactionId"] = str(PARTS["OrderTransaction"].own(number, transaction))
    tree["associatedOrder"] = {"id": gid("Order", order_id(number)), "name": f"#{1001 + number}"}
    return put(BALANCE, str(tree["id"]), sequence, at_ms, amounts, dumps(tree))


def _tree(own: int, at_ms: int, kind: str, amounts: tuple[int, int], source_type: str, source: int) -> Tree:
    gross, fee = amounts
    return {
        "__typename": LINE,
        "id": gid(LINE, own),
        "type": kind,
        "test": False,
        "transactionDate": moment(at_ms),
        "sourceType": source_type,
        "sourceId": str(source),
        "sourceOrderTransactionId": None,
        "adjustmentReason": None,
        "adjustmentsOrders": [],
        "amount": money(gross, SHOP_CURRENCY),
        "fee": money(fee, SHOP_CURRENCY),
        "net": money(gross - fee, SHOP_CURRENCY),
        "associatedOrder": None,
    }


def _disputed(life: Life, gross: int, transaction: int) -> list[Ware]:
    """Gives a dispute as it will come and end: raised some days after the payment, decided some days later."""
    number = life.plan.number
    throw = dice(life.plan.seed, "shopify-dispute", number)
    if throw.randrange(DISPUTE_ONE_IN) or life.refunds or not gross:
        return []
    raised = life.paid_ms + throw.randint(2 * DAY_MS, 5 * DAY_MS) // 1000 * 1000
    decided = raised + throw.randint(3 * DAY_MS, 8 * DAY_MS) // 1000 * 1000
    is_won = throw.randrange(2) == 0
    own = FIRST_DISPUTE + number
    tree: Tree = {
        "__typename": "ShopifyPaymentsDispute",
        "id": gid("ShopifyPaymentsDispute", own),
        "legacyResourceId": str(own),
        "type": "CHARGEBACK",
        "status": "WON" if is_won else "LOST",
        "initiatedAt": moment(raised),
        "evidenceDueBy": moment(raised + 10 * DAY_MS),
        "evidenceSentOn": moment(raised + DAY_MS),
        "finalizedOn": moment(decided),
        "amount": money(gross, SHOP_CURRENCY),
        "reasonDetails": {"reason": throw.choice(REASONS), "networkReasonCode": None},
        "order": gid("Order", order_id(number)),
    }
    wares = [
        Ware(DISPUTES, gid("ShopifyPaymentsDispute", own), number, raised, raised, decided, "", "", dumps(tree)),
        _line(life, DISPUTED, raised, "DISPUTE_WITHDRAWAL", (-gross, DISPUTE_FEE), transaction),
    ]
    return wares + ([_line(life, DECIDED, decided, "DISPUTE_REVERSAL", (gross, -DISPUTE_FEE), transaction)] if is_won else [])


def payout_gid(deposit: Deposit) -> str:
    """Gives the id of a payout."""
    return gid(PAYOUT, FIRST_PAYOUT + deposit.day)


def payout_number(deposit: Deposit) -> str:
    """Gives the number of a payout, which is the end of its id."""
    return str(FIRST_PAYOUT + deposit.day)


def trace_of(deposit: Deposit) -> str:
    """Gives what the bank's line names the payout by."""
    return f"SHPFY{deposit.day * 7919 % 10**8:08d}"


def status_of(deposit: Deposit, now_ms: int) -> str:
    """Gives the status a payout has come to."""
    if deposit.is_settled(now_ms):
        return "FAILED" if deposit.is_refused else "PAID"
    return "IN_TRANSIT" if now_ms >= start_of(deposit.arrival) else "SCHEDULED"


def payout_tree(deposit: Deposit, now_ms: int) -> Tree:
    """Gives a payout as it stands."""
    status, amount = status_of(deposit, now_ms), money(deposit.amount, SHOP_CURRENCY)
    return {
        "__typename": PAYOUT,
        "id": payout_gid(deposit),
        "legacyResourceId": str(FIRST_PAYOUT + deposit.day),
        "status": status,
        "issuedAt": moment(deposit.issued_ms),
        "transactionType": "DEPOSIT" if deposit.amount > 0 else "WITHDRAWAL",
        "externalTraceId": None if status == "SCHEDULED" else trace_of(deposit),
        "gross": amount,
        "net": amount,
    }


def transfer(deposit: Deposit) -> Movement:
    """Gives the line that takes a payout out of the balance; it is told with the lines, and no part of what sums to it."""
    own = FIRST_STANDING + deposit.day * 4
    tree = _tree(own, deposit.issued_ms, "TRANSFER", (-deposit.amount, 0), "TRANSFER", FIRST_PAYOUT + deposit.day)
    return Movement(deposit.issued_ms, own, str(tree["id"]), -deposit.amount, 0, tree=tree)


def _returned(deposit: Deposit) -> Movement:
    own = FIRST_STANDING + deposit.day * 4 + 1
    tree = _tree(own, deposit.settled_ms, "TRANSFER_FAILURE", (deposit.amount, 0), "TRANSFER", FIRST_PAYOUT + deposit.day)
    return Movement(deposit.settled_ms, own, str(tree["id"]), deposit.amount, 0, tree=tree)


def _monthly(day: int) -> Movement:
    own, at_ms = FIRST_STANDING + day * 4 + 2, day * DAY_MS + DAY_MS // 2
    tree = _tree(own, at_ms, "BILLING_DEBIT", (-MONTHLY_FEE, 0), "ADJUSTMENT", own) | {"adjustmentReason": "subscription"}
    return Movement(at_ms, own, str(tree["id"]), -MONTHLY_FEE, 0, tree=tree)


ACCOUNT: Final = Account("shopify-main", BALANCE, SHOP_CURRENCY, _monthly, _returned)
