"""Small orders for tests of the store: whole, adding up, and easy to change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from model.records.order import Adjustment, Order, OrderLine, Party
from model.records.payment import Payment, Refund, RefundLine
from model.records.shipment import Fulfilment, FulfilmentLine
from model.values.instant import micros

PLACED = datetime(2026, 3, 1, 10, tzinfo=UTC)


def line(external_id: str, total_minor: int, quantity: int = 1000) -> OrderLine:
    """A line."""
    return OrderLine(
        external_id=external_id,
        title=f"Thing {external_id}",
        quantity=quantity,
        total_minor=total_minor,
        tax_minor=0,
        sku=f"SKU-{external_id}",
    )


def order(external_id: str = "1001", *, version: int = 0, lines: tuple[OrderLine, ...] | None = None) -> Order:
    """An order of two lines with shipping and tax, paid; `version` moves its last change on by so many minutes."""
    lines = lines or (line("a", 1000), line("b", 2500, 2000))
    updated = PLACED + timedelta(minutes=version)
    net = sum(each.total_minor for each in lines)
    return Order(
        external_id=external_id,
        number=f"#{external_id}",
        placed_at=PLACED,
        updated_at=updated,
        source_version=micros(updated),
        currency="EUR",
        total_minor=net + 500 + 190 - 100,
        shipping_minor=500,
        tax_minor=190,
        charges_minor=0,
        discount_minor=100,
        shop_currency="EUR",
        shop_total_minor=net + 500 + 190 - 100,
        payment_state="paid",
        fulfilment_state="unfulfilled",
        source_status=(("financial", "PAID"),),
        lines=lines,
        adjustments=(
            Adjustment(kind="shipping", title="Parcel", amount_minor=500),
            Adjustment(kind="tax", title="VAT", amount_minor=190, rate="0.19"),
            Adjustment(kind="discount", title="Welcome", amount_minor=100, code="HELLO"),
        ),
        parties=(Party(role="buyer", name="Ada Example", email="ada@example.com", phone="+1 555 0100", country="DE"),),
        payments=(payment(external_id, net + 590),),
        fulfilments=(),
        buyer_note="please ring twice",
    )


def payment(order_external_id: str, amount_minor: int) -> Payment:
    """A sale that paid an order."""
    return Payment(
        external_id=f"pay-{order_external_id}", order_external_id=order_external_id, kind="sale", status="succeeded",
        amount_minor=amount_minor, currency="EUR", created_at=PLACED, updated_at=PLACED, source_version=1, gateway="test",
    )  # fmt: skip


def shipped(before: Order, version: int) -> Order:
    """The order after its first line was shipped."""
    parcel = Fulfilment(
        external_id="f1", status="shipped", created_at=PLACED, carrier="Post", tracking_numbers=("T1",),
        lines=(FulfilmentLine(line_external_id="a", quantity=1000),),
    )  # fmt: skip
    return at_version(replace(before, fulfilment_state="part_fulfilled", fulfilments=(parcel,)), version)


def refunded(before: Order, version: int) -> Order:
    """The order after a part was given back."""
    back = Refund(
        external_id="r1", order_external_id=before.external_id, status="succeeded", amount_minor=300, currency="EUR", created_at=PLACED,
        lines=(RefundLine(line_external_id="a", quantity=1000, amount_minor=300, tax_minor=0, restock="return"),),
    )  # fmt: skip
    return at_version(replace(before, payment_state="part_refunded", refunds=(back,)), version)


def at_version(before: Order, version: int) -> Order:
    """The same order at a later version."""
    updated = PLACED + timedelta(minutes=version)
    return replace(before, updated_at=updated, source_version=micros(updated))
