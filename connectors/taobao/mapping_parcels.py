"""The parcels of a trade. Taobao tells them line by line: who carries it, under which number, and when it was consigned."""

from collections.abc import Mapping

from connectors._kit.words import standard
from connectors.taobao.payloads import SubOrder, TradePayload
from connectors.taobao.words import CLOSED, DELIVERED, TRADES, instant_of
from model.records.shipment import Fulfilment, FulfilmentLine, FulfilmentStatus

_Parcel = tuple[str, str, str]


def fulfilments_of(trade: TradePayload, statuses: Mapping[str, str]) -> tuple[Fulfilment, ...]:
    """What left together, by carrier, number and time; lines that need no carrier (virtual goods) have no number."""
    parcels: dict[_Parcel, list[SubOrder]] = {}
    for line in trade.orders.order:
        at = line.consign_time or (trade.consign_time if line.invoice_no else None)
        if at:
            parcels.setdefault((line.invoice_no or "", line.logistics_company or "", at), []).append(line)
    return tuple(_fulfilment(trade, parcel, lines, statuses) for parcel, lines in parcels.items())


def _fulfilment(trade: TradePayload, parcel: _Parcel, lines: list[SubOrder], statuses: Mapping[str, str]) -> Fulfilment:
    number, carrier, at = parcel
    words = {standard("orders.status", line.status, TRADES, statuses) for line in lines}
    status: FulfilmentStatus = "delivered" if words <= DELIVERED | CLOSED and words & DELIVERED else "shipped"
    return Fulfilment(
        external_id=f"{trade.tid}-{number or lines[0].oid}",
        status=status,
        created_at=instant_of(at),
        carrier=carrier or None,
        tracking_numbers=(number,) if number else (),
        lines=tuple(FulfilmentLine(line_external_id=line.oid, quantity=line.num * 1000) for line in lines),
    )
