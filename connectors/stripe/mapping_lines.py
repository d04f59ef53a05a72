"""From Stripe's balance transactions to settlement lines."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from connectors.stripe.payloads import BalanceDocument, LineDocument, Source
from connectors.stripe.words import FEE_KINDS, LINE_FEES, LINE_KINDS, LONE_FEES, OBJECTS, ORDER_KEYS
from model.errors import MalformedError
from model.records.settlement import FeeKind, LineKind, SettlementLine, fees_of
from model.values.instant import EPOCH, micros
from model.values.money import exponent

PLACES: Final[Mapping[str, int]] = {"ISK": 2, "MGA": 0, "UGX": 2}
"""Decimal places with which Stripe counts where ISO 4217 says otherwise (docs.stripe.com/currencies)."""

NAMELESS: Final = frozenset({"fee", "dispute", "dispute_won", "payout", "payout_failed", "reserve_held", "reserve_released", "loan"})
"""Lines whose description is Stripe's own text; those of charges and adjustments are the shop's, and may name a buyer."""


def minor(amount: int, code: str) -> int:
    """Minor units as ISO 4217 counts them; a part of one, as half a króna, is a MalformedError."""
    currency = code.upper()
    places = exponent(currency)
    shift = places - PLACES.get(currency, places)
    whole, rest = (amount * 10**shift, 0) if shift >= 0 else divmod(amount, 10**-shift)
    if rest:
        raise MalformedError(f"amount: is no whole number of {currency}")
    return whole


def line_of(document: BalanceDocument, statuses: Mapping[str, str]) -> SettlementLine:
    """The record of one line; a MalformedError where its parts do not agree."""
    line = document.line
    kind = kind_of(line, statuses)
    gross, fees = _parts(line, kind)
    source = _source(line)
    is_charge = source is not None and source.thing == "charge"
    presented = _presented(line, source)
    created = EPOCH + timedelta(seconds=line.created)
    return SettlementLine(
        external_id=document.id,
        kind=kind,
        raw_kind=line.reporting_category,
        gross_minor=minor(gross, line.currency),
        net_minor=minor(line.net, line.currency),
        currency=line.currency.upper(),
        occurred_at=created,
        fees=fees_of({fee: minor(amount, line.currency) for fee, amount in fees.items()}),
        available_at=EPOCH + timedelta(seconds=line.available_on),
        payout_external_id=document.payout,
        payment_reference=(source.id if is_charge else source.charge) if source else None,
        other_reference=source.payment_intent if source else None,
        source_reference=source.id if source and not is_charge else None,
        order_reference=_order(source) if source else None,
        presented_minor=presented[0] if presented else None,
        presented_currency=presented[1] if presented else None,
        note=line.description[:500] if line.description and kind in NAMELESS else None,
        source_version=micros(created) + (document.payout is not None),
    )


def kind_of(line: LineDocument, statuses: Mapping[str, str]) -> LineKind:
    """What a line is; a category that neither Stripe's page of them nor the settings know is `unknown`."""
    word = line.reporting_category
    kind = LINE_KINDS.get(word) or LINE_KINDS.get(statuses.get(word, ""), "unknown")
    return "reserve_released" if kind == "reserve_held" and line.amount > 0 else kind


def _parts(line: LineDocument, kind: LineKind) -> tuple[int, Counter[FeeKind]]:
    """Gross and fees in Stripe's units. A line that is itself a fee has no gross."""
    if line.amount - line.fee != line.net:
        raise MalformedError(f"line.net: amount {line.amount} less fee {line.fee} is not {line.net}")
    fees: Counter[FeeKind] = Counter()
    for detail in line.fee_details:
        if detail.currency != line.currency:
            raise MalformedError("line.fee_details.currency: is not the line's")
        of_line = LINE_FEES.get(kind, "processing") if detail.type == "stripe_fee" else "other"
        fees[FEE_KINDS.get(detail.type, of_line)] += detail.amount
    listed = sum(fees.values())
    if line.fee_details and listed != line.fee:
        raise MalformedError(f"line.fee_details: sum to {listed}, the line says {line.fee}")
    fees["other"] += line.fee - listed
    if kind != "fee":
        return line.amount, fees
    fees[LONE_FEES.get(line.type) or LONE_FEES.get(line.reporting_category, "other")] -= line.amount
    return 0, fees


def _source(line: LineDocument) -> Source | None:
    """What moved the balance, as far as its id tells where it is not told whole."""
    if not isinstance(line.source, str):
        return line.source
    return Source.model_validate({"id": line.source, "object": OBJECTS.get(line.source.partition("_")[0], "unknown")})


def _presented(line: LineDocument, source: Source | None) -> tuple[int, str] | None:
    """What the buyer paid, or was given back, in a currency of his own, signed as the line is."""
    if source is None or source.thing not in {"charge", "refund", "dispute"} or source.amount is None:
        return None
    if source.currency is None or source.currency == line.currency:
        return None
    amount = minor(abs(source.amount), source.currency)
    return (-amount if line.amount < 0 else amount), source.currency.upper()


def _order(source: Source) -> str | None:
    told: dict[str, object] = source.metadata or {}
    names = (told.get(key) for key in ORDER_KEYS)
    return next((name[:200] for name in names if isinstance(name, str) and name), None)
