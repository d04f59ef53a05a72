"""Shipments that the hub told a WooCommerce order of, read back from beside it: the shop itself knows no parcels."""

from collections.abc import Iterator

import msgspec

from connectors._kit import notices
from connectors.woocommerce.notices import OURS, Meta
from model.errors import ContractError
from model.records.shipment import Fulfilment, FulfilmentLine

_MARK = OURS.encode()


class _Beside(msgspec.Struct):
    meta_data: tuple[Meta, ...] = ()


def told_fulfilments(raw: bytes) -> tuple[Fulfilment, ...]:
    """What was told of the order in this slice; most orders tell nothing, and then their long metadata is not even read."""
    if _MARK not in raw:
        return ()
    try:
        beside = msgspec.json.decode(raw, type=_Beside)
    except msgspec.DecodeError:
        return ()
    return tuple(found for entry in beside.meta_data if entry.key.startswith(OURS) for found in _fulfilments(entry))


def _fulfilments(entry: Meta) -> Iterator[Fulfilment]:
    """The notice of one entry; what somebody else wrote over it tells nothing, and is no reason to refuse the order."""
    try:
        notice = notices.read(msgspec.json.decode(entry.value, type=str).encode())
    except (msgspec.DecodeError, ContractError):
        return
    yield Fulfilment(
        external_id=notice.reference,
        status="shipped",
        created_at=notice.shipped_at,
        carrier=notice.carrier,
        tracking_numbers=notice.tracking_numbers,
        tracking_urls=notice.tracking_urls,
        lines=tuple(FulfilmentLine(line_external_id=line.line_external_id, quantity=line.quantity) for line in notice.lines),
    )
