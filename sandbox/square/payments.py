"""Payments, tenders and refunds in Square's words."""

from typing import Final

from sandbox.exchange import Tree
from sandbox.life import GivenBack, Life, refund_sums
from sandbox.square.words import LOCATION, moment, money, token
from sandbox.sums import Sums, half_up

FEE_BASIS_POINTS: Final = 175
BINS: Final = {"VISA": "453275", "MASTERCARD": "540988", "AMERICAN_EXPRESS": "371263"}
DELAY_MS: Final = 7 * 24 * 3600 * 1000


def order_id(life: Life) -> str:
    """Gives the order's id."""
    return token(life.plan.seed, life.plan.number, "order") + "ZY"


def payment_id(life: Life) -> str:
    """Gives the id of the order's payment."""
    return token(life.plan.seed, life.plan.number, "payment") + "ZY"


def refund_id(life: Life, place: int) -> str:
    """Gives the id of one refund: the payment's id and a tail."""
    return f"{payment_id(life)}_{token(life.plan.seed, life.plan.number, 'refund', place, length=43)}"


def return_order_id(life: Life, place: int) -> str:
    """Gives the id of the order that records one refund."""
    return token(life.plan.seed, life.plan.number, "return", place) + "ZY"


def taken_ms(life: Life) -> int:
    """Gives when the card was presented, 0 where it never was."""
    return life.authorised_ms or life.paid_ms


def tender_type(life: Life) -> str:
    """Gives CASH or CARD."""
    return "CASH" if life.plan.card == "CASH" else "CARD"


def card_status(life: Life) -> str:
    """Gives what became of the card payment."""
    return "CAPTURED" if life.paid_ms else ("VOIDED" if life.cancelled_ms else "AUTHORIZED")


def fee_of(life: Life, sums: Sums) -> int:
    """Gives Square's processing fee; cash costs nothing."""
    return 0 if tender_type(life) == "CASH" else half_up(sums.total * FEE_BASIS_POINTS, 10_000)


def tender(life: Life, sums: Sums) -> Tree:
    """Gives the order's tender; its amount includes the tip."""
    own = payment_id(life)
    details: Tree = {"cash_details": {"buyer_tendered_money": money(sums.total), "change_back_money": money(0)}}
    if tender_type(life) == "CARD":
        details = {"card_details": {"status": card_status(life), "card": _card(life), "entry_method": "EMV"}}
    return {
        "id": own,
        "location_id": LOCATION,
        "transaction_id": order_id(life),
        "created_at": moment(taken_ms(life)),
        "amount_money": money(sums.total),
        **({"tip_money": money(sums.tip)} if sums.tip else {}),
        **({"processing_fee_money": money(fee_of(life, sums))} if life.paid_ms else {}),
        "type": tender_type(life),
        **details,
        "payment_id": own,
    }


def _card(life: Life) -> Tree:
    return {
        "card_brand": life.plan.card,
        "last_4": f"{life.plan.number % 10_000:04d}",
        "exp_month": 1 + life.plan.number % 12,
        "exp_year": 2030,
        "fingerprint": f"sq-1-{token('card', life.plan.buyer.account, length=40)}",
        "card_type": "CREDIT",
        "prepaid_type": "NOT_PREPAID",
        "bin": BINS[life.plan.card],
    }


def payment(life: Life, sums: Sums) -> Tree:
    """Gives the Payment: amount and tip apart, their total, what was refunded of it."""
    taken, refunded = taken_ms(life), len(life.refunds)
    status = "COMPLETED" if life.paid_ms else ("CANCELED" if life.cancelled_ms else "APPROVED")
    own = payment_id(life)
    return {
        "id": own,
        "created_at": moment(taken),
        "updated_at": moment(updated_ms(life)),
        "amount_money": money(sums.total - sums.tip),
        **({"tip_money": money(sums.tip)} if sums.tip else {}),
        "status": status,
        "delay_duration": "PT168H",
        "delay_action": "CANCEL",
        "delayed_until": moment(taken + DELAY_MS),
        "source_type": tender_type(life),
        **_source(life, sums),
        "location_id": LOCATION,
        "order_id": order_id(life),
        **({"processing_fee": [_fee(life, fee_of(life, sums))]} if life.paid_ms and fee_of(life, sums) else {}),
        **({"refunded_money": money(sum(_amounts(life))), "refund_ids": [refund_id(life, at) for at in range(refunded)]}
           if refunded else {}),
        "total_money": money(sums.total),
        "approved_money": money(sums.total),
        "receipt_number": own[:4],
        "receipt_url": f"https://squareup.example/receipt/preview/{own}",
        "application_details": {"square_product": "SQUARE_POS", "application_id": "sq0idp-street"},
        "device_details": {"device_id": "street-till-1", "device_name": "Till 1"},
        "version_token": token(life.plan.seed, life.plan.number, "version", life.version, length=45),
    }  # fmt: skip


def updated_ms(life: Life) -> int:
    """Gives when the payment last changed: taken, captured, voided or refunded."""
    refunded = [back.at_ms for back in life.refunds]
    voided = 0 if life.paid_ms else life.cancelled_ms
    return max(taken_ms(life), life.paid_ms, voided, *refunded)


def _source(life: Life, sums: Sums) -> Tree:
    if tender_type(life) == "CASH":
        return {"cash_details": {"buyer_supplied_money": money(sums.total), "change_back_money": money(0)}}
    times = {"authorized_at": taken_ms(life), "captured_at": life.paid_ms,
             "voided_at": 0 if life.paid_ms else life.cancelled_ms}  # fmt: skip
    return {
        "card_details": {
            "status": card_status(life),
            "card": _card(life),
            "entry_method": "EMV",
            "cvv_status": "CVV_ACCEPTED",
            "avs_status": "AVS_ACCEPTED",
            "auth_result_code": token("auth", life.plan.number, length=6),
            "statement_description": "SQ *STREET TILL",
            "card_payment_timeline": {name: moment(at_ms) for name, at_ms in times.items() if at_ms},
        }
    }


def _fee(life: Life, amount: int) -> Tree:
    return {"effective_at": moment(life.paid_ms), "type": "INITIAL", "amount_money": money(amount)}


def _amounts(life: Life) -> list[int]:
    return [refund_sums(life, back).total for back in life.refunds]


def payment_refund(life: Life, place: int) -> Tree:
    """Gives the PaymentRefund; its order is the one that records the refund."""
    back = life.refunds[place]
    return {
        "id": refund_id(life, place),
        "status": "COMPLETED",
        "location_id": LOCATION,
        "destination_type": tender_type(life),
        "amount_money": money(refund_sums(life, back).total),
        "payment_id": payment_id(life),
        "order_id": return_order_id(life, place),
        "reason": reason(back),
        "created_at": moment(back.at_ms),
        "updated_at": moment(back.at_ms),
    }


def reason(back: GivenBack) -> str:
    """Gives why money went back."""
    return "Returned goods" if back.returned else ("Accidental charge" if back.extras else "Damaged item")
