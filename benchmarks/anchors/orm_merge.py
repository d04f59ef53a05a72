"""A typical hand-written integration: pages by httpx, pydantic models, SQLAlchemy's `session.merge` per order, a commit per page.

Header, lines, addresses, shipping and fee rows, refunds, one payment; money as Decimal columns, foreign keys on. `--since` reads only
orders modified after. Left out: raw payloads, history, quarantine, checks of sums, version guard, encryption, cursor.
Environment: requirements-orm.txt (setup.sh).

    python orm_merge.py URL DATABASE [--since 2026-01-31T13:00:00]
"""

import argparse
from datetime import datetime
from decimal import Decimal

import httpx
import orjson
from pydantic import BaseModel
from sqlalchemy import ForeignKey, Numeric, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map = {Decimal: Numeric(18, 6)}


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    name: Mapped[str]
    sku: Mapped[str | None] = mapped_column(index=True)
    product_id: Mapped[int]
    quantity: Mapped[Decimal]
    price: Mapped[Decimal]
    total: Mapped[Decimal]
    total_tax: Mapped[Decimal]


class Charge(Base):
    __tablename__ = "charges"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    title: Mapped[str]
    total: Mapped[Decimal]


class Refund(Base):
    __tablename__ = "refunds"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    reason: Mapped[str]
    total: Mapped[Decimal]


class Address(Base):
    __tablename__ = "addresses"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    company: Mapped[str]
    street: Mapped[str]
    city: Mapped[str]
    postcode: Mapped[str]
    country: Mapped[str]
    email: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str]


class Payment(Base):
    __tablename__ = "payments"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    method: Mapped[str]
    reference: Mapped[str]
    amount: Mapped[Decimal]
    paid_at: Mapped[datetime]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    status: Mapped[str]
    currency: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    modified_at: Mapped[datetime]
    total: Mapped[Decimal]
    total_tax: Mapped[Decimal]
    shipping_total: Mapped[Decimal]
    discount_total: Mapped[Decimal]
    lines: Mapped[list[Line]] = relationship(cascade="all, delete-orphan")
    charges: Mapped[list[Charge]] = relationship(cascade="all, delete-orphan")
    refunds: Mapped[list[Refund]] = relationship(cascade="all, delete-orphan")
    addresses: Mapped[list[Address]] = relationship(cascade="all, delete-orphan")
    payments: Mapped[list[Payment]] = relationship(cascade="all, delete-orphan")


class LineIn(BaseModel):
    id: int
    name: str
    sku: str | None
    product_id: int
    quantity: Decimal
    price: Decimal
    total: Decimal
    total_tax: Decimal


class ChargeIn(BaseModel):
    id: int
    name: str = ""
    method_title: str = ""
    total: Decimal


class RefundIn(BaseModel):
    id: int
    reason: str
    total: Decimal


class AddressIn(BaseModel):
    first_name: str
    last_name: str
    company: str
    address_1: str
    city: str
    postcode: str
    country: str
    email: str = ""
    phone: str = ""


class OrderIn(BaseModel):
    id: int
    number: str
    status: str
    currency: str
    date_created_gmt: datetime
    date_modified_gmt: datetime
    date_paid_gmt: datetime | None
    payment_method: str
    transaction_id: str
    total: Decimal
    total_tax: Decimal
    shipping_total: Decimal
    discount_total: Decimal
    billing: AddressIn
    shipping: AddressIn
    line_items: list[LineIn]
    shipping_lines: list[ChargeIn]
    fee_lines: list[ChargeIn]
    refunds: list[RefundIn]


def order_of(read: OrderIn) -> Order:
    address = lambda role, at: Address(
        order_id=read.id, role=role, name=f"{at.first_name} {at.last_name}", company=at.company, street=at.address_1, city=at.city,
        postcode=at.postcode, country=at.country, email=at.email, phone=at.phone,
    )  # fmt: skip
    charges = [("shipping", each) for each in read.shipping_lines] + [("fee", each) for each in read.fee_lines]
    paid = [Payment(method=read.payment_method, reference=read.transaction_id, amount=read.total, paid_at=read.date_paid_gmt)]
    return Order(
        id=read.id, number=read.number, status=read.status, currency=read.currency, created_at=read.date_created_gmt,
        modified_at=read.date_modified_gmt, total=read.total, total_tax=read.total_tax, shipping_total=read.shipping_total,
        discount_total=read.discount_total,
        lines=[Line(order_id=read.id, **each.model_dump()) for each in {line.id: line for line in read.line_items}.values()],
        charges=[Charge(id=one.id, kind=kind, order_id=read.id, title=one.name or one.method_title, total=one.total) for kind, one in charges],
        refunds=[Refund(order_id=read.id, **each.model_dump()) for each in read.refunds],
        addresses=[address("billing", read.billing), address("shipping", read.shipping)],
        payments=[payment for payment in paid if payment.paid_at and setattr(payment, "order_id", read.id) is None],
    )  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url"), parser.add_argument("database"), parser.add_argument("--since")
    asked = parser.parse_args()
    engine = create_engine(asked.database)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"))  # fmt: skip
    Base.metadata.create_all(engine)
    params = {"per_page": 100, "orderby": "id", "order": "asc", "status": "any"}
    params |= {"modified_after": asked.since, "dates_are_gmt": "true"} if asked.since else {}
    count, page = 0, 1
    with httpx.Client(auth=("ck_street", "cs_street"), timeout=60) as client, Session(engine) as session:
        while orders := orjson.loads(client.get(f"{asked.url}/wp-json/wc/v3/orders", params={**params, "page": page}).content):
            for each in orders:
                session.merge(order_of(OrderIn.model_validate(each)))
            session.commit()
            session.expunge_all()
            count, page = count + len(orders), page + 1
    print(f"{count} orders")


if __name__ == "__main__":
    main()
