"""A trade of Taobao or Tmall -> Order. Pure: the same payload always gives the same record.

Personal data comes masked or encrypted, and is kept as it is told: nothing is decrypted or guessed. The `oaid`, by which the vendor's own
tools print the receiver's true address, is the external id of the address. Money is escrowed by Alipay until the buyer confirms; that the
buyer has paid is what `pay_time` tells, and cash on delivery has none before it is collected.
Source: https://open.taobao.com/api.htm?docId=54&docType=2
"""

from collections.abc import Mapping
from datetime import datetime

from connectors._kit import read_payload
from connectors._kit.words import standard
from connectors.taobao.mapping_money import Sums, line_total, trade_sums
from connectors.taobao.mapping_parcels import fulfilments_of
from connectors.taobao.payloads import Refused, ServiceOrder, SubOrder, TradePayload
from connectors.taobao.words import CLOSED, CURRENCY, DEPOSIT_KEPT, DEPOSIT_PAID, REFUNDED, TRADES, country_of, fen, instant_of
from model.errors import RejectedError
from model.records.order import FulfilmentState, Order, OrderLine, Party, PaymentState
from model.records.payment import Payment
from model.rules.order_sums import check_order
from model.values.instant import micros

UNAUDITED = "0"
"""`rx_audit_status` of a prescription that nobody has looked at."""


def read_order(raw: bytes, statuses: Mapping[str, str]) -> Order:
    """One order from its raw slice; MalformedError names what cannot be read or does not add up, RejectedError what Taobao hides."""
    if b'"refused"' in raw and (told := read_payload(Refused, raw)).refused:
        raise RejectedError(f"trade: Taobao lists it and does not show it ({told.refused}); read it again by its id when it does")
    trade = read_payload(TradePayload, raw)
    status = standard("status", trade.status, TRADES, statuses)
    sums = trade_sums(trade, status)
    updated_at = instant_of(trade.modified)
    return check_order(
        Order(
            external_id=trade.tid,
            number=trade.tid,
            placed_at=instant_of(trade.created),
            updated_at=updated_at,
            source_version=micros(updated_at),
            currency=CURRENCY,
            total_minor=sums.total,
            shipping_minor=sums.shipping,
            tax_minor=sums.tax,
            charges_minor=sums.charges,
            discount_minor=sums.discount,
            shop_currency=CURRENCY,
            shop_total_minor=sums.total,
            payment_state=_payment_state(trade, status),
            fulfilment_state=_fulfilment_state(trade, status),
            source_status=_source_status(trade),
            lines=(*(_line(line, statuses) for line in trade.orders.order), *map(_service_line, sums.services)),
            adjustments=sums.adjustments,
            parties=_parties(trade),
            payments=_payments(trade, sums),
            fulfilments=fulfilments_of(trade, statuses),
            cancelled_at=_cancelled_at(trade, status, updated_at),
            closed_at=instant_of(trade.end_time) if trade.end_time else None,
            prices_include_tax=True,
            source_name=trade.trade_from or None,
            buyer_note=trade.buyer_message or None,
            tags=(f"seller-flag-{trade.seller_flag}",) if trade.seller_flag else (),
        )
    )


def _payment_state(trade: TradePayload, status: str) -> PaymentState:
    """The status word, corrected by what was given back, by deposits, and by cash on delivery that nobody has collected yet."""
    state = TRADES[status][0]
    if state == "unpaid" and trade.step_trade_status == DEPOSIT_PAID:
        return "part_paid"
    if trade.step_trade_status == DEPOSIT_KEPT:
        return "part_paid"
    if state != "paid":
        return state
    if trade.type == "cod" and not trade.pay_time:
        return "unpaid"
    given_back = [line.refund_status == REFUNDED for line in trade.orders.order]
    return "refunded" if all(given_back) else "part_refunded" if any(given_back) else state


def _fulfilment_state(trade: TradePayload, status: str) -> FulfilmentState:
    """The status word; a closed trade may have left before, and the platform holds some that it calls ready."""
    state = TRADES[status][1]
    if status == "TRADE_CLOSED" and trade.consign_time:
        return "fulfilled"
    held = any((trade.top_hold, trade.team_buy_hold, trade.share_group_hold, trade.ofp_hold)) or trade.rx_audit_status == UNAUDITED
    return "on_hold" if held and state == "unfulfilled" and status not in CLOSED else state


def _cancelled_at(trade: TradePayload, status: str, updated_at: datetime) -> datetime | None:
    """When a trade ended of which nothing had left; one that was refunded after it had left is no cancelled one."""
    if status not in CLOSED or trade.consign_time:
        return None
    return instant_of(trade.end_time) if trade.end_time else updated_at


def _source_status(trade: TradePayload) -> tuple[tuple[str, str], ...]:
    told = (("status", trade.status), ("type", trade.type), ("step", trade.step_trade_status))
    return tuple((name, word) for name, word in told if word)


def _line(line: SubOrder, statuses: Mapping[str, str]) -> OrderLine:
    """A line; of one that is closed before it left nothing is to be sent any more."""
    is_closed = standard("orders.status", line.status, TRADES, statuses) in CLOSED and not line.consign_time
    sku_id = str(line.sku_id) if line.sku_id else None
    return OrderLine(
        external_id=line.oid,
        title=" - ".join(part for part in (line.title, line.sku_properties_name) if part),
        quantity=0 if is_closed else line.num * 1000,
        total_minor=line_total(line),
        tax_minor=0,
        sku=line.outer_sku_id or line.outer_iid or None,
        unit_price=line.price,
        discount_minor=fen(line.discount_fee),
        product_external_id=line.num_iid,
        variant_external_id=sku_id,
        requires_shipping=line.shipping_type != "virtual",
    )


def _service_line(service: ServiceOrder) -> OrderLine:
    return OrderLine(
        external_id=service.oid,
        title=service.title or "service",
        quantity=service.num * 1000,
        total_minor=fen(service.payment),
        tax_minor=0,
        unit_price=service.price,
        requires_shipping=False,
    )


def _payments(trade: TradePayload, sums: Sums) -> tuple[Payment, ...]:
    """What the buyer paid: all of it, or so far the deposit of a sale in steps.

    Its id is made of the trade's: Alipay may take several trades in one payment, so its number is only the reference.
    """
    paid = fen(trade.step_paid_fee) if trade.step_trade_status in {DEPOSIT_PAID, DEPOSIT_KEPT} else sums.total if trade.pay_time else 0
    if not paid:
        return ()
    at = instant_of(trade.pay_time or trade.modified)
    payment = Payment(
        external_id=f"trade-{trade.tid}",
        order_external_id=trade.tid,
        kind="sale",
        status="succeeded",
        amount_minor=paid,
        currency=CURRENCY,
        created_at=at,
        updated_at=at,
        source_version=micros(instant_of(trade.modified)),
        gateway="cod" if trade.type == "cod" else "alipay",
        reference=trade.alipay_no or None,
    )
    return (payment,)


def _parties(trade: TradePayload) -> tuple[Party, ...]:
    parties: list[Party] = []
    if trade.buyer_open_uid or trade.buyer_nick:
        parties.append(Party(role="buyer", external_id=trade.buyer_open_uid or None, name=trade.buyer_nick or None))
    if trade.receiver_address or trade.receiver_name or trade.oaid:
        parties.append(_receiver(trade))
    return tuple(parties)


def _receiver(trade: TradePayload) -> Party:
    """The address as it is told. Of cities that a province rules directly the name stands under `receiver_district` alone."""
    city = trade.receiver_city or trade.receiver_district
    within = (trade.receiver_district if trade.receiver_city else None, trade.receiver_town, trade.receiver_address)
    return Party(
        role="shipping",
        external_id=trade.oaid or None,
        name=trade.receiver_name or None,
        phone=trade.receiver_mobile or trade.receiver_phone or None,
        street=tuple(part for part in within if part),
        city=city or None,
        region=trade.receiver_state or None,
        postcode=trade.receiver_zip or None,
        country=country_of(trade.receiver_country, trade.receiver_state),
    )
