"""Stripe's documents as far as we read them (specification of 2022-11-15), in the connector's own envelopes.

The envelopes tell what Stripe keeps apart: when something changed (payouts and disputes have no time of change, their events have), and
which payout carries a line (a line does not say).
"""

from decimal import Decimal
from typing import Annotated, cast

from pydantic import BeforeValidator, Field

from connectors._kit import Payload
from model.values.money import LIMIT


def _id_of(told: object) -> object:
    """The id of what is told by its id, or whole."""
    return cast("dict[str, object]", told).get("id") if isinstance(told, dict) else told


def _whole(told: object) -> object:
    """A whole number that is written with a decimal point."""
    return int(told) if isinstance(told, Decimal) and told.is_finite() and told.adjusted() < 11 and told == int(told) else told  # noqa: PLR2004  seconds have ten digits


Minor = Annotated[int, Field(strict=True, gt=-LIMIT, lt=LIMIT)]
"""In Stripe's smallest unit, which is not everywhere ISO's."""
Seconds = Annotated[int, BeforeValidator(_whole), Field(strict=True, ge=631_152_000, lt=7_258_118_400)]
"""Since 1970; between 1990 and 2200."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,200}$")]
Ref = Annotated[Id, BeforeValidator(_id_of)]
Code = Annotated[str, Field(pattern=r"^[a-z]{3}$")]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(max_length=5_000)]


class FeeDetail(Payload):
    """One of the fees on a line."""

    amount: Minor
    currency: Code
    type: Word


class Source(Payload):
    """What moved the balance: a charge, a refund, a dispute, a payout, or anything else."""

    id: Id
    thing: Annotated[Word, Field(alias="object")]
    amount: Minor | None = None
    currency: Code | None = None
    charge: Ref | None = None
    payment_intent: Ref | None = None
    metadata: dict[str, object] | None = None


class LineDocument(Payload):
    """A balance transaction."""

    id: Id
    amount: Minor
    fee: Minor
    net: Minor
    currency: Code
    created: Seconds
    available_on: Seconds
    type: Word
    reporting_category: Word
    fee_details: tuple[FeeDetail, ...] = ()
    source: Source | Id | None = None
    description: Text | None = None


class BalanceDocument(Payload):
    """A line with the payout that carries it."""

    id: Id
    payout: Id | None = None
    line: LineDocument


class Trace(Payload):
    """What the banks pass on."""

    value: Text | None = None


class PayoutFields(Payload):
    """A payout; what carries its amount to the bank is `method`, and `automatic` whether a schedule made it."""

    id: Id
    amount: Minor
    currency: Code
    created: Seconds
    arrival_date: Seconds
    automatic: Annotated[bool, Field(strict=True)]
    status: Word
    reconciliation_status: Word | None = None
    statement_descriptor: Text | None = None
    trace_id: Trace | None = None


class PayoutDocument(Payload):
    """A payout with the time of its last change."""

    id: Id
    changed: Seconds
    payout: PayoutFields


class EvidenceDetails(Payload):
    """Until when evidence is taken."""

    due_by: Seconds | None = None


class DisputeFields(Payload):
    """A dispute."""

    id: Id
    amount: Minor
    currency: Code
    charge: Ref
    created: Seconds
    status: Word
    reason: Word | None = None
    evidence_details: EvidenceDetails | None = None


class DisputeDocument(Payload):
    """A dispute with the time of its last change."""

    id: Id
    changed: Seconds
    dispute: DisputeFields
