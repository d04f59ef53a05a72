"""PayPal's documents as far as we read them, in the connector's own envelopes.

The envelopes tell the id, and of a dispute what only its own page says.
"""

from typing import Annotated

from pydantic import Field

from connectors._kit import Payload

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(max_length=500)]
Stamp = Annotated[str, Field(max_length=64)]


class Money(Payload):
    """An amount in major units, as text."""

    currency_code: Annotated[str, Field(max_length=3)]
    value: Annotated[str, Field(max_length=32)]


class TransactionFields(Payload):
    """`transaction_info`: one movement of the balance; amounts are signed from our side."""

    transaction_id: Id
    paypal_reference_id: Id | None = None
    paypal_reference_id_type: Word | None = None
    transaction_event_code: Word
    transaction_initiation_date: Stamp
    transaction_updated_date: Stamp
    transaction_amount: Money
    fee_amount: Money | None = None
    transaction_status: Word | None = None
    bank_reference_id: Text | None = None
    invoice_id: Text | None = None


class Transaction(Payload):
    """A row of the search."""

    transaction_info: TransactionFields


class TransactionDocument(Payload):
    """A row with its id."""

    id: Id
    transaction: Transaction


class DisputeFields(Payload):
    """A row of the list of disputes."""

    dispute_id: Id
    create_time: Stamp
    update_time: Stamp
    reason: Word | None = None
    status: Word
    dispute_amount: Money
    dispute_life_cycle_stage: Word | None = None
    seller_response_due_date: Stamp | None = None
    outcome: Word | None = None


class DisputeDocument(Payload):
    """A row with its id, the payment it is about, and how it ended."""

    id: Id
    payment: Id | None = None
    outcome: Word | None = None
    dispute: DisputeFields
