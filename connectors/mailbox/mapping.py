"""A mailbox's slice -> Order. Pure: all that decides stands in the slice."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

import msgspec
from pydantic import ValidationError

from connectors._kit import Payload, own_id, read_payload
from connectors._kit.edifact import EdifactTerms, read_edifact_order
from connectors._kit.order_sheets import read_sheet_order
from connectors._kit.x12.purchase_orders import read_850
from connectors.mailbox.evidence import SURE
from connectors.mailbox.schema_order import read_schema_order
from connectors.mailbox.slices import Slice, unpacked_slice
from connectors.mailbox.text_order import read_text_order
from model.errors import MalformedError, RejectedError
from model.records.order import FieldSource, Order
from model.rules.order_sums import check_order
from model.rules.told_once import told_once
from model.values.instant import EPOCH, instant, micros


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
    return check_order(_versioned(_of_mail(order, told, instant(told.mail.arrived_at)), told))


def _read(told: Slice, arrived_at: datetime, statuses: Mapping[str, str]) -> Order:
    match told.form:
        case "text":
            return read_text_order(told, arrived_at)
        case "sheet":
            return read_sheet_order(bytes(told.body))
        case "x12":
            return read_850(bytes(told.body), {**statuses, **msgspec.json.decode(told.terms, type=dict[str, str])})
        case "edifact":
            document = msgspec.json.decode(told.body, type=str)
            return read_edifact_order(document.encode("latin-1"), edifact_terms(bytes(told.terms)))
        case _:
            return read_schema_order(told, arrived_at, statuses)


@lru_cache(maxsize=64)
def edifact_terms(raw: bytes) -> EdifactTerms:
    """Terms as JSON; MalformedError where they are none."""
    try:
        return EdifactTerms.model_validate_json(raw)
    except ValidationError:
        raise MalformedError("terms: are none of EDIFACT") from None


def _of_mail(order: Order, told: Slice, arrived_at: datetime) -> Order:
    """The order under the mail's names: its id, when it was told, and where it stands."""
    place = f"part {told.part.number} {told.part.name}".strip() if told.part else "mail"
    sources = order.sources or (FieldSource(path="order", place=place, confidence=SURE),)
    return replace(order, external_id=told.id, updated_at=arrived_at, source_name="e-mail", sources=sources)


def _versioned(order: Order, told: Slice) -> Order:
    """By the mail's arrival, or told once; then only what the order says counts, and not by which mail it came."""
    if told.later == "newest":
        return replace(order, source_version=micros(order.updated_at))
    is_supposed = any(each.path == "placed_at" for each in order.sources)
    said = replace(order, updated_at=EPOCH, sources=(), **({"placed_at": EPOCH} if is_supposed else {}))
    cancelled_at = EPOCH if order.cancelled_at else None
    return replace(order, source_version=told_once(replace(said, cancelled_at=cancelled_at)).source_version)


def external_id_in(raw: bytes) -> str | None:
    """What a slice calls its record."""
    return own_id(raw)
