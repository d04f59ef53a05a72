"""Payouts, their entries, and disputes as Square writes them."""

from typing import cast

from pydantic import AliasChoices, Field, model_validator

from connectors._kit import Payload
from connectors.square import payloads


class Money(payloads.Money):
    """An amount; the specification names its currency `currency`, the vendor's own examples of payouts `currency_code`."""

    currency: str = Field(validation_alias=AliasChoices("currency", "currency_code"))


class PayoutFee(Payload):
    """A part of what Square keeps for the transfer itself."""

    amount_money: Money


class PayoutDocument(Payload):
    """A transfer to the seller's bank, or from it where the amount is negative."""

    id: str
    status: str | None = None
    created_at: str
    updated_at: str
    amount_money: Money
    type: str | None = None
    payout_fee: tuple[PayoutFee, ...] | None = None
    arrival_date: str | None = None
    end_to_end_id: str | None = None


class Details(Payload):
    """What an entry is of; which of these there are depends on its type."""

    payment_id: str | None = None
    refund_id: str | None = None
    dispute_id: str | None = None


class EntryDocument(Payload):
    """One entry of a payout. Its details stand under a name made of its type, and are `details` here."""

    id: str
    payout_id: str
    effective_at: str | None = None
    type: str | None = None
    gross_amount_money: Money
    fee_amount_money: Money | None = None
    net_amount_money: Money
    details: Details = Details()

    @model_validator(mode="before")
    @classmethod
    def _named_details(cls, told: object) -> object:
        if not isinstance(told, dict):
            return told
        fields = cast("dict[str, object]", told)
        return {**fields, "details": fields.get(f"type_{str(fields.get('type')).lower()}_details") or {}}


class DisputedPayment(Payload):
    """The payment in dispute."""

    payment_id: str | None = None


class DisputeDocument(Payload):
    """A dispute of one payment."""

    id: str
    amount_money: Money
    reason: str | None = None
    state: str
    due_at: str | None = None
    disputed_payment: DisputedPayment | None = None
    created_at: str
    updated_at: str
