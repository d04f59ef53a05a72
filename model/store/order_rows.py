"""Records as rows: pure translation of one record into primitive rows of its tables, personal parts sealed on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import cast
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Table

from model.records.advice import ReceiptAdvice, WarehouseRecord
from model.records.order import Order, Party
from model.records.payment import Payment, Refund
from model.records.settlement import Dispute, Payout, SettlementLine
from model.records.shipment import Return
from model.store.bulk import PrimitiveRow
from model.store.money_rows import DISPUTES, PAYOUTS, SETTLEMENT_FEES, SETTLEMENT_LINES, dispute_row, fee_rows, line_row, payout_row
from model.store.sealing import Sealer, normalised_email, normalised_phone
from model.tables.advice import AdviceKind, WarehouseAdviceRow
from model.tables.orders import OrderAdjustmentRow, OrderFieldSourceRow, OrderLineRow, OrderPartyRow, OrderRow, OrderStateRow
from model.tables.payments import PaymentRow, RefundLineRow, RefundRow
from model.tables.shipments import FulfilmentLineRow, FulfilmentRow, ReturnLineRow, ReturnRow
from model.values.ids import derive_id
from model.values.instant import business_date, iso

ORDERS = cast("Table", OrderRow.__table__)
STATES = cast("Table", OrderStateRow.__table__)
LINES = cast("Table", OrderLineRow.__table__)
ADJUSTMENTS = cast("Table", OrderAdjustmentRow.__table__)
FIELD_SOURCES = cast("Table", OrderFieldSourceRow.__table__)
PARTIES = cast("Table", OrderPartyRow.__table__)
PAYMENTS = cast("Table", PaymentRow.__table__)
REFUNDS = cast("Table", RefundRow.__table__)
REFUND_LINES = cast("Table", RefundLineRow.__table__)
FULFILMENTS = cast("Table", FulfilmentRow.__table__)
FULFILMENT_LINES = cast("Table", FulfilmentLineRow.__table__)
RETURNS = cast("Table", ReturnRow.__table__)
RETURN_LINES = cast("Table", ReturnLineRow.__table__)
ADVICES = cast("Table", WarehouseAdviceRow.__table__)

TABLES = (
    ORDERS, STATES, LINES, ADJUSTMENTS, FIELD_SOURCES, PARTIES, PAYMENTS, REFUNDS, REFUND_LINES, FULFILMENTS, FULFILMENT_LINES,
    RETURNS, RETURN_LINES, ADVICES, PAYOUTS, SETTLEMENT_LINES, SETTLEMENT_FEES, DISPUTES,
)  # fmt: skip
"""In the order rows are inserted: parents first."""

_encode = msgspec.json.encode

ADVICE_KINDS: Mapping[str, AdviceKind] = {
    "ShipmentAdvice": "shipment", "ReceiptAdvice": "receipt", "AdjustmentAdvice": "adjustment", "StockSnapshot": "snapshot",
    "Acknowledgement": "acknowledgement", "FreightBill": "freight",
}  # fmt: skip
"""Record types of partners to the kind they are stored as."""


def advice_kind(record: WarehouseRecord) -> AdviceKind:
    """What kind of advice a record is; partners number returns and deliveries each by themselves."""
    return "return" if isinstance(record, ReceiptAdvice) and record.is_return else ADVICE_KINDS[type(record).__name__]


@dataclass(frozen=True, slots=True)
class Reading:
    """The circumstances of one page: whose it is, how its days are cut, by which run and when it was read."""

    account_id: str
    zone: ZoneInfo
    cut_off: time
    live_from: datetime
    run_id: str
    mapping_version: str
    at: datetime
    key_id: str
    sealer: Sealer = field(repr=False)
    stream: str
    moment: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "moment", iso(self.at))

    def order_id(self, external_id: str) -> str:
        """The row id of an order of this account."""
        return derive_id(self.account_id, "order", external_id)

    def advice_id(self, kind: AdviceKind, external_id: str) -> str:
        """The row id of what a partner told."""
        return derive_id(self.account_id, "advice", kind, external_id)

    def row_id(self, kind: str, external_id: str) -> str:
        """The row id of another record of this account."""
        return derive_id(self.account_id, kind, external_id)


class RowBatch:
    """Rows by table, gathered for one transaction."""

    def __init__(self) -> None:
        self.rows: dict[Table, list[PrimitiveRow]] = {table: [] for table in TABLES}

    def add_order(self, order: Order, reading: Reading, raw_id: str, fetch_seq: int, *, is_own: bool = False) -> str:
        """Append all rows of an order; gives its row id. `is_own`: the hub made it itself."""
        order_id = reading.order_id(order.external_id)
        self.rows[ORDERS].append(_header(order, order_id, reading, raw_id, fetch_seq))
        is_history = order.placed_at < reading.live_from
        self.rows[STATES].append((order_id, "received", "unposted", is_history, reading.moment, None, False, not is_history, is_own))
        self.rows[LINES] += [
            (order_id, line.external_id, position, line.sku, line.title, line.quantity, line.unit, line.unit_price, line.total_minor,
             line.tax_minor, line.discount_minor, line.product_external_id, line.variant_external_id, line.requires_shipping,
             line.is_gift_card, None)
            for position, line in enumerate(order.lines)
        ]  # fmt: skip
        self.rows[ADJUSTMENTS] += [
            (order_id, position, part.kind, part.title, part.code, part.amount_minor, part.rate, part.line_external_id)
            for position, part in enumerate(order.adjustments)
        ]
        self.rows[FIELD_SOURCES] += [
            (order_id, position, each.path, each.place, each.confidence) for position, each in enumerate(order.sources)
        ]
        self.rows[PARTIES] += [_party(party, order, order_id, reading) for party in order.parties]
        for payment in order.payments:
            self.add_payment(payment, reading, raw_id, fetch_seq)
        for refund in order.refunds:
            self.add_refund(refund, reading, raw_id)
        for returned in order.returns:
            self.add_return(returned, reading, raw_id, fetch_seq)
        if order.fulfilments:
            self._add_fulfilments(order, order_id)
        return order_id

    def add_payment(self, payment: Payment, reading: Reading, raw_id: str, fetch_seq: int) -> str:
        """Append the row of a payment; gives its row id."""
        row_id = reading.row_id("payment", payment.external_id)
        self.rows[PAYMENTS].append(
            (row_id, reading.account_id, reading.order_id(payment.order_external_id), payment.external_id, payment.order_external_id,
             payment.kind, payment.status, payment.amount_minor, payment.currency, payment.shop_minor, payment.shop_currency,
             iso(payment.created_at), iso(payment.updated_at), payment.gateway, payment.method, payment.reference,
             payment.parent_external_id, payment.tip_minor, payment.is_test, None, payment.source_version, fetch_seq, raw_id)
        )  # fmt: skip
        return row_id

    def add_return(self, returned: Return, reading: Reading, raw_id: str, fetch_seq: int) -> str:
        """Append the rows of a return and of its refunds; gives its row id."""
        row_id = reading.row_id("return", returned.external_id)
        order_id = reading.order_id(returned.order_external_id)
        self.rows[RETURNS].append(
            (row_id, reading.account_id, order_id, returned.external_id, returned.order_external_id, returned.status,
             iso(returned.created_at), iso(returned.updated_at), returned.currency, returned.reason, None, returned.source_version,
             fetch_seq, raw_id)
        )  # fmt: skip
        self.rows[RETURN_LINES] += [
            (row_id, position, order_id, line.line_external_id, line.sku, line.quantity, line.amount_minor, line.tax_minor, line.reason)
            for position, line in enumerate(returned.lines)
        ]
        for refund in returned.refunds:
            self.add_refund(refund, reading, raw_id)
        return row_id

    def add_advice(self, advice: WarehouseRecord, reading: Reading, raw_id: str, fetch_seq: int) -> str:
        """Append the row of what a partner told; gives its row id."""
        kind = advice_kind(advice)
        row_id = reading.advice_id(kind, advice.external_id)
        reference = getattr(advice, "reference", None)
        self.rows[ADVICES].append(
            (row_id, reading.account_id, kind, advice.external_id, reference, iso(advice.told_at), _encode(advice).decode(),
             advice.source_version, fetch_seq, raw_id)
        )  # fmt: skip
        return row_id

    def add_payout(self, payout: Payout, reading: Reading, raw_id: str, fetch_seq: int) -> None:
        """Append the row of a payout."""
        self.rows[PAYOUTS].append(payout_row(payout, reading.account_id, reading.zone, reading.cut_off, raw_id, fetch_seq))

    def add_settlement_line(self, line: SettlementLine, reading: Reading, raw_id: str, fetch_seq: int) -> None:
        """Append the rows of a settlement line."""
        row = line_row(line, reading.account_id, reading.zone, reading.cut_off, raw_id, fetch_seq)
        self.rows[SETTLEMENT_LINES].append(row)
        self.rows[SETTLEMENT_FEES] += fee_rows(str(row[0]), line.fees)

    def add_dispute(self, dispute: Dispute, reading: Reading, raw_id: str, fetch_seq: int) -> None:
        """Append the row of a dispute."""
        self.rows[DISPUTES].append(dispute_row(dispute, reading.account_id, raw_id, fetch_seq))

    def add_refund(self, refund: Refund, reading: Reading, raw_id: str, own_seq: int | None = None) -> str:
        """Append the rows of a refund; gives its row id. `own_seq`: it was read on its own, as this payload of our reading."""
        row_id = reading.row_id("refund", refund.external_id)
        order_id = reading.order_id(refund.order_external_id)
        self.rows[REFUNDS].append(
            (row_id, reading.account_id, order_id, refund.external_id, refund.order_external_id, refund.payment_external_id,
             refund.status, refund.amount_minor, refund.shipping_minor, refund.currency, refund.shop_minor, refund.shop_currency,
             iso(refund.created_at), refund.reason,
             refund.is_outline, None, raw_id, refund.source_version if own_seq else 0, own_seq or 0, raw_id if own_seq else None)
        )  # fmt: skip
        self.rows[REFUND_LINES] += [
            (row_id, position, order_id, line.line_external_id, line.quantity, line.amount_minor, line.tax_minor, line.restock)
            for position, line in enumerate(refund.lines)
        ]
        return row_id

    def _add_fulfilments(self, order: Order, order_id: str) -> None:
        for parcel in order.fulfilments:
            self.rows[FULFILMENTS].append(
                (order_id, parcel.external_id, parcel.status, iso(parcel.created_at), parcel.carrier, _json(parcel.tracking_numbers),
                 _json(parcel.tracking_urls), parcel.location_external_id, None)
            )  # fmt: skip
            self.rows[FULFILMENT_LINES] += [
                (order_id, parcel.external_id, position, line.line_external_id, line.quantity) for position, line in enumerate(parcel.lines)
            ]


def _header(order: Order, order_id: str, reading: Reading, raw_id: str, fetch_seq: int) -> PrimitiveRow:
    return (
        order_id, reading.account_id, order.external_id, order.number, iso(order.placed_at), iso(order.updated_at),
        business_date(order.placed_at, reading.zone, reading.cut_off).isoformat(), order.currency,
        sum(line.total_minor for line in order.lines), order.shipping_minor, order.tax_minor, order.charges_minor,
        order.discount_minor, order.total_minor, order.shop_currency, order.shop_total_minor, order.payment_state,
        order.fulfilment_state, order.return_state, _json(dict(order.source_status)), _moment(order.cancelled_at),
        _moment(order.closed_at), order.prices_include_tax, order.is_disputed, order.is_test, order.source_name,
        order.location_external_id, _json(order.tags), order.source_version, fetch_seq, reading.mapping_version, raw_id,
        reading.run_id, reading.run_id, reading.moment, reading.moment,
    )  # fmt: skip


def _party(party: Party, order: Order, order_id: str, reading: Reading) -> PrimitiveRow:
    sealer, place = reading.sealer, f"order_party|{order_id}|{party.role}"
    person: dict[str, object] = {
        "name": party.name, "company": party.company, "email": party.email, "phone": party.phone, "street": party.street,
        "city": party.city, "region": party.region, "postcode": party.postcode, "country": party.country,
    }  # fmt: skip
    if party.role == "buyer" and order.buyer_note:
        person["note"] = order.buyer_note
    plain = _encode(person)
    return (
        order_id, party.role, party.external_id, party.country,
        sealer.index("email", normalised_email(party.email)) if party.email else None,
        sealer.index("phone", normalised_phone(party.phone)) if party.phone else None,
        sealer.seal(plain, key_id=reading.key_id, place=place), sealer.digest(plain), reading.key_id,
    )  # fmt: skip


def _json(value: Mapping[str, str] | tuple[str, ...]) -> str:
    return _encode(value).decode() if value else "[]"


def _moment(value: datetime | None) -> str | None:
    return iso(value) if value else None
