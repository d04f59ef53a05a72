"""Goods that come back, refunds read on their own, labels, and orders that the hub makes itself."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from model.tables import base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPERATIONS = ("submit_shipment", "submit_cancel", "submit_shipment_notice")
NEW_OPERATIONS = ("submit_label", "submit_acknowledgement")


def upgrade() -> None:
    op.create_table(
        "return_order",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("told_id", base.RowId(), nullable=True),
        sa.Column("exchange_order_id", base.RowId(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("opened_at", base.UtcInstant(), nullable=False),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('unwanted', 'wrong', 'damaged', 'defective', 'late', 'refused', 'undeliverable', 'recalled', 'other')",
            name=op.f("ck_return_order_reason_known"),
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'authorised', 'part_received', 'received', 'closed', 'cancelled')",
            name=op.f("ck_return_order_state_known"),
        ),
        sa.CheckConstraint("wish IN ('refund', 'exchange', 'nothing')", name=op.f("ck_return_order_wish_known")),
        sa.ForeignKeyConstraint(["exchange_order_id"], ["orders.id"], name=op.f("fk_return_order_exchange_order_id")),
        sa.ForeignKeyConstraint(["location_id"], ["stock_location.id"], name=op.f("fk_return_order_location_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_return_order_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_order")),
        sa.UniqueConstraint("exchange_order_id", name=op.f("uq_return_order_exchange_order_id")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_return_order_order_id_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_return_order_reference")),
        sa.UniqueConstraint("told_id", name=op.f("uq_return_order_told_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("return_order", schema=None) as batch_op:
        batch_op.create_index(
            "ix_return_order_open",
            ["opened_at"],
            unique=False,
            sqlite_where=sa.text("(state NOT IN ('closed', 'cancelled'))"),
            postgresql_where=sa.text("(state NOT IN ('closed', 'cancelled'))"),
        )

    op.create_table(
        "returnable_part",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("line_external_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("shipped", base.Long, nullable=False),
        sa.Column("expected", base.Long, nullable=False),
        sa.Column("returned", base.Long, nullable=False),
        sa.CheckConstraint("expected + returned <= shipped", name=op.f("ck_returnable_part_no_more_than_left")),
        sa.CheckConstraint("shipped >= 0 AND expected >= 0 AND returned >= 0", name=op.f("ck_returnable_part_quantities_not_negative")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_returnable_part_order_id")),
        sa.ForeignKeyConstraint(["sku"], ["sku.code"], name=op.f("fk_returnable_part_sku")),
        sa.PrimaryKeyConstraint("order_id", "line_external_id", "sku", name=op.f("pk_returnable_part")),
        sqlite_strict=True,
    )
    op.create_table(
        "label",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("fulfilment_order_id", base.RowId(), nullable=False),
        sa.Column("parcel", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("weight_g", base.Long, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("tracking_url", sa.Text(), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("cost_minor", base.Long, nullable=True),
        sa.Column("cost_currency", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("asked_at", base.UtcInstant(), nullable=False),
        sa.Column("bought_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("(cost_minor IS NULL) = (cost_currency IS NULL)", name=op.f("ck_label_cost_has_a_currency")),
        sa.CheckConstraint("weight_g > 0", name=op.f("ck_label_weighs_something")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_label_account_id")),
        sa.ForeignKeyConstraint(["fulfilment_order_id"], ["fulfilment_order.id"], name=op.f("fk_label_fulfilment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("fulfilment_order_id", "parcel", name=op.f("uq_label_fulfilment_order_id_parcel")),
        sa.UniqueConstraint("reference", name=op.f("uq_label_reference")),
        sqlite_strict=True,
    )
    op.create_table(
        "return_order_line",
        sa.Column("return_order_id", base.RowId(), nullable=False),
        sa.Column("line_external_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("wanted", base.Long, nullable=False),
        sa.Column("received", base.Long, nullable=False),
        sa.Column("sellable", base.Long, nullable=False),
        sa.Column("damaged", base.Long, nullable=False),
        sa.Column("given_up", base.Long, nullable=False),
        sa.CheckConstraint("received + given_up <= wanted", name=op.f("ck_return_order_line_no_more_than_wanted")),
        sa.CheckConstraint("sellable + damaged <= received", name=op.f("ck_return_order_line_judged_is_here")),
        sa.CheckConstraint("sellable >= 0 AND damaged >= 0", name=op.f("ck_return_order_line_judged_not_negative")),
        sa.CheckConstraint("wanted > 0 AND received >= 0 AND given_up >= 0", name=op.f("ck_return_order_line_quantities_not_negative")),
        sa.ForeignKeyConstraint(["return_order_id"], ["return_order.id"], name=op.f("fk_return_order_line_return_order_id")),
        sa.ForeignKeyConstraint(["sku"], ["sku.code"], name=op.f("fk_return_order_line_sku")),
        sa.PrimaryKeyConstraint("return_order_id", "line_external_id", "sku", name=op.f("pk_return_order_line")),
        sqlite_strict=True,
    )
    _add_columns("order_state", is_own=sa.Column("is_own", base.Flag(), nullable=False, server_default=sa.false()))
    _add_columns(
        "refund",
        is_outline=sa.Column("is_outline", base.Flag(), nullable=False, server_default=sa.false()),
        source_version=sa.Column("source_version", base.Long, nullable=False, server_default="0"),
        fetch_seq=sa.Column("fetch_seq", base.Long, nullable=False, server_default="0"),
    )
    with op.batch_alter_table("refund", table_kwargs={"sqlite_strict": True}) as batch_op:
        batch_op.add_column(sa.Column("own_raw_id", base.RowId(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_refund_own_raw_id"), "raw_payload", ["own_raw_id"], ["id"])
    op.execute(
        "UPDATE refund SET is_outline = NOT is_outline WHERE account_id IN (SELECT id FROM channel_account WHERE connector = 'woocommerce')"
    )
    with op.batch_alter_table("shipment", table_kwargs={"sqlite_strict": True}) as batch_op:
        batch_op.add_column(sa.Column("expected_on", base.Day(), nullable=True))
        batch_op.add_column(sa.Column("settled_at", base.UtcInstant(), nullable=True))
    _allow(*NEW_OPERATIONS)


def downgrade() -> None:
    _allow()
    for table, columns in (
        ("shipment", ("expected_on", "settled_at")),
        ("refund", ("own_raw_id", "fetch_seq", "source_version", "is_outline")),
        ("order_state", ("is_own",)),
    ):
        with op.batch_alter_table(table, table_kwargs={"sqlite_strict": True}) as batch_op:
            for column in columns:
                batch_op.drop_column(column)
    op.drop_table("return_order_line")
    op.drop_table("label")
    op.drop_table("returnable_part")
    op.drop_index("ix_return_order_open", table_name="return_order")
    op.drop_table("return_order")


def _add_columns(table: str, **columns: sa.Column[Any]) -> None:
    """Columns that rows written before have at their default, and new rows must give."""
    with op.batch_alter_table(table, table_kwargs={"sqlite_strict": True}) as batch_op:
        for column in columns.values():
            batch_op.add_column(column)
    with op.batch_alter_table(table, table_kwargs={"sqlite_strict": True}) as batch_op:
        for name in columns:
            batch_op.alter_column(name, server_default=None)


def _allow(*more: str) -> None:
    """Let the outbox carry these operations besides the first ones."""
    listed = ", ".join(f"'{each}'" for each in (*OPERATIONS, *more))
    with op.batch_alter_table("outbox", table_kwargs={"sqlite_strict": True}) as batch_op:
        batch_op.drop_constraint(op.f("ck_outbox_operation_known"), type_="check")
        batch_op.create_check_constraint("operation_known", f"operation IN ({listed})")
