"""A mailbox's slice -> Order. Pure: all that decides stands in the slice."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import msgspec

from connectors._kit import Payload, own_id, read_payload
from connectors.mailbox.schema_order import read_schema_order
from connectors.mailbox.slices import Slice, unpacked_slice
from connectors.mailbox.text_order import read_text_order
from model.errors import MalformedError, RejectedError
from model.records.order import Order
from model.rules.order_sums import check_order
from model.values.instant import instant


def read_order(raw: bytes, statuses: Mapping[str, str]) -> Order:
    """The order of a slice, named by its sender and number. RejectedError for a mail that is none, with the reason it was refused for."""
    read_payload(Payload, raw)  # refuses what JSON readers quietly accept
    try:
        told = unpacked_slice(raw)
    except (msgspec.DecodeError, RecursionError):
        raise MalformedError("slice: is none of a mailbox") from None
    if told.form in {"refused", "strangers"}:
        raise RejectedError(told.reason)
    try:
        order = _read(told, instant(told.mail.arrived_at), statuses)
    except (msgspec.DecodeError, RecursionError):
        raise MalformedError("slice: its order is none of a mailbox") from None
    if not told.id.startswith(f"{told.mail.sender}:"):
        raise MalformedError("id: is not of the mail's sender")
    return check_order(replace(order, external_id=told.id))


def _read(told: Slice, arrived_at: datetime, statuses: Mapping[str, str]) -> Order:
    if told.form == "text":
        return read_text_order(told, arrived_at)
    return read_schema_order(told, arrived_at, statuses)[1]


def external_id_in(raw: bytes) -> str | None:
    """What a slice calls its record."""
    return own_id(raw)
