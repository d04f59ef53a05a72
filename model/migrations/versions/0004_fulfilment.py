"""Fulfilment orders, shipments and their ways, what partners tell, and the outbox that commands leave by."""

import sqlalchemy as sa
from alembic import op

from model.migrations.triggers import make_append_only
from model.tables import base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GUARDED = ("tracking_event",)


def upgrade() -> None:
    op.create_table(
        "outbox_gate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("is_shut", base.Flag(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("probe_until", base.UtcInstant(), nullable=True),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_outbox_gate_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_gate")),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("subject_id", base.RowId(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_probed_first", base.Flag(), nullable=False),
        sa.Column("is_unsure", base.Flag(), nullable=False),
        sa.Column("due_at", base.UtcInstant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("token", base.Long, nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("expires_at_ms", base.Long, nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("made_at", base.UtcInstant(), nullable=False),
        sa.Column("sent_at", base.UtcInstant(), nullable=True),
        sa.Column("settled_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("(state IN ('done', 'parked', 'withdrawn')) = (settled_at IS NOT NULL)", name=op.f("ck_outbox_settled_or_open")),
        sa.CheckConstraint("(state IN ('sending', 'probing')) = (holder IS NOT NULL)", name=op.f("ck_outbox_claimed_by_somebody")),
        sa.CheckConstraint(
            "operation IN ('submit_shipment', 'submit_cancel', 'submit_shipment_notice')", name=op.f("ck_outbox_operation_known")
        ),
        sa.CheckConstraint("state <> 'done' OR external_id IS NOT NULL", name=op.f("ck_outbox_done_has_a_receipt")),
        sa.CheckConstraint("state <> 'sending' OR sent_at IS NOT NULL", name=op.f("ck_outbox_sent_is_dated")),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'unknown', 'probing', 'done', 'parked', 'withdrawn')", name=op.f("ck_outbox_state_known")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_outbox_account_id")),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_outbox_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("aggregate", "seq", name=op.f("uq_outbox_aggregate_seq")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_open",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("(state NOT IN ('done', 'parked', 'withdrawn'))"),
            postgresql_where=sa.text("(state NOT IN ('done', 'parked', 'withdrawn'))"),
        )
        batch_op.create_index(
            "ix_outbox_parked",
            ["settled_at"],
            unique=False,
            sqlite_where=sa.text("state = 'parked'"),
            postgresql_where=sa.text("state = 'parked'"),
        )
        batch_op.create_index(batch_op.f("ix_outbox_sent_at_account_id"), ["sent_at", "account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "warehouse_advice",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("told_at", base.UtcInstant(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("source_version", base.Long, nullable=False),
        sa.Column("fetch_seq", base.Long, nullable=False),
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('shipment', 'receipt', 'return', 'adjustment', 'snapshot', 'acknowledgement', 'freight')",
            name=op.f("ck_warehouse_advice_kind_known"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_warehouse_advice_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_warehouse_advice_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse_advice")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("warehouse_advice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_warehouse_advice_reference"), ["reference"], unique=False)

    op.create_table(
        "advice_booking",
        sa.Column("advice_id", base.RowId(), nullable=False),
        sa.Column("fetch_seq", base.Long, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("first_at", base.UtcInstant(), nullable=False),
        sa.Column("at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("state IN ('booked', 'held')", name=op.f("ck_advice_booking_state_known")),
        sa.ForeignKeyConstraint(["advice_id"], ["warehouse_advice.id"], name=op.f("fk_advice_booking_advice_id")),
        sa.PrimaryKeyConstraint("advice_id", name=op.f("pk_advice_booking")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("advice_booking", schema=None) as batch_op:
        batch_op.create_index(
            "ix_advice_booking_held",
            ["advice_id"],
            unique=False,
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        )

    op.create_table(
        "fulfilment_order",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_urgent", base.Flag(), nullable=False),
        sa.Column("ship_by", base.Day(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("basis", base.RowId(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("review_number", sa.Integer(), nullable=False),
        sa.Column("made_at", base.UtcInstant(), nullable=False),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('released', 'accepted', 'part_shipped', 'shipped', 'closed', 'calling_back', 'cancelled', 'refused')",
            name=op.f("ck_fulfilment_order_state_known"),
        ),
        sa.ForeignKeyConstraint(["location_id"], ["stock_location.id"], name=op.f("fk_fulfilment_order_location_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_fulfilment_order_order_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["channel_account.id"], name=op.f("fk_fulfilment_order_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfilment_order")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_fulfilment_order_order_id_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_fulfilment_order_reference")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("fulfilment_order", schema=None) as batch_op:
        batch_op.create_index(
            "ix_fulfilment_order_open",
            ["location_id"],
            unique=False,
            sqlite_where=sa.text("state IN ('released', 'accepted', 'part_shipped', 'calling_back', 'refused')"),
            postgresql_where=sa.text("state IN ('released', 'accepted', 'part_shipped', 'calling_back', 'refused')"),
        )

    op.create_table(
        "fulfilment_order_line",
        sa.Column("fulfilment_order_id", base.RowId(), nullable=False),
        sa.Column("line_external_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("released", base.Long, nullable=False),
        sa.Column("shipped", base.Long, nullable=False),
        sa.Column("given_up", base.Long, nullable=False),
        sa.CheckConstraint(
            "released > 0 AND shipped >= 0 AND given_up >= 0", name=op.f("ck_fulfilment_order_line_quantities_not_negative")
        ),
        sa.CheckConstraint("shipped + given_up <= released", name=op.f("ck_fulfilment_order_line_no_more_than_released")),
        sa.ForeignKeyConstraint(
            ["fulfilment_order_id"], ["fulfilment_order.id"], name=op.f("fk_fulfilment_order_line_fulfilment_order_id")
        ),
        sa.ForeignKeyConstraint(["sku"], ["sku.code"], name=op.f("fk_fulfilment_order_line_sku")),
        sa.PrimaryKeyConstraint("fulfilment_order_id", "line_external_id", "sku", name=op.f("pk_fulfilment_order_line")),
        sqlite_strict=True,
    )
    op.create_table(
        "shipment",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("fulfilment_order_id", base.RowId(), nullable=False),
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("shipped_at", base.UtcInstant(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("tracking_numbers", sa.Text(), nullable=False),
        sa.Column("tracking_urls", sa.Text(), nullable=False),
        sa.Column("freight_minor", base.Long, nullable=True),
        sa.Column("freight_currency", sa.Text(), nullable=True),
        sa.Column("billed_minor", base.Long, nullable=True),
        sa.Column("tracking_state", sa.Text(), nullable=True),
        sa.Column("tracking_at", base.UtcInstant(), nullable=True),
        sa.Column("asked_at", base.UtcInstant(), nullable=True),
        sa.Column("made_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint(
            "tracking_state IN ('announced', 'in_transit', 'out_for_delivery', 'held', 'failed', 'delivered', 'returned', 'lost')",
            name=op.f("ck_shipment_tracking_state_known"),
        ),
        sa.CheckConstraint(
            "(freight_minor IS NULL AND billed_minor IS NULL) = (freight_currency IS NULL)", name=op.f("ck_shipment_freight_has_a_currency")
        ),
        sa.ForeignKeyConstraint(["fulfilment_order_id"], ["fulfilment_order.id"], name=op.f("fk_shipment_fulfilment_order_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_shipment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("fulfilment_order_id", "external_id", name=op.f("uq_shipment_fulfilment_order_id_external_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("shipment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shipment_order_id"), ["order_id"], unique=False)
        batch_op.create_index(
            "ix_shipment_under_way",
            ["shipped_at"],
            unique=False,
            sqlite_where=sa.text("tracking_state IS NULL OR (tracking_state NOT IN ('delivered', 'returned', 'lost'))"),
            postgresql_where=sa.text("tracking_state IS NULL OR (tracking_state NOT IN ('delivered', 'returned', 'lost'))"),
        )

    op.create_table(
        "shipment_line",
        sa.Column("shipment_id", base.RowId(), nullable=False),
        sa.Column("line_external_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("fulfilment_order_id", base.RowId(), nullable=False),
        sa.Column("quantity", base.Long, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_line_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["fulfilment_order_id", "line_external_id", "sku"],
            ["fulfilment_order_line.fulfilment_order_id", "fulfilment_order_line.line_external_id", "fulfilment_order_line.sku"],
            name=op.f("fk_shipment_line_fulfilment_order_id_line_external_id_sku"),
        ),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_line_shipment_id")),
        sa.ForeignKeyConstraint(["sku"], ["sku.code"], name=op.f("fk_shipment_line_sku")),
        sa.PrimaryKeyConstraint("shipment_id", "line_external_id", "sku", name=op.f("pk_shipment_line")),
        sqlite_strict=True,
    )
    op.create_table(
        "tracking_event",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("shipment_id", base.RowId(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("at", base.UtcInstant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("seen_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint(
            "state IN ('announced', 'in_transit', 'out_for_delivery', 'held', 'failed', 'delivered', 'returned', 'lost')",
            name=op.f("ck_tracking_event_state_known"),
        ),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_tracking_event_shipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_event")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("tracking_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tracking_event_shipment_id"), ["shipment_id"], unique=False)

    with op.batch_alter_table("order_line_state", table_kwargs={"sqlite_strict": True}) as batch_op:
        batch_op.add_column(sa.Column("released", base.Long, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("returned", base.Long, nullable=False, server_default="0"))
    op.execute("UPDATE order_line_state SET released = issued")
    with op.batch_alter_table("order_line_state", table_kwargs={"sqlite_strict": True}) as batch_op:
        batch_op.alter_column("released", server_default=None)
        batch_op.alter_column("returned", server_default=None)
        batch_op.create_check_constraint("returned_left", "returned >= 0 AND returned <= issued")
        batch_op.create_check_constraint("left_as_approved", "issued <= released AND released <= approved")
    for table in GUARDED:
        make_append_only(table)


def downgrade() -> None:
    with op.batch_alter_table("order_line_state", table_kwargs={"sqlite_strict": True}) as batch_op:
        batch_op.drop_constraint(op.f("ck_order_line_state_returned_left"), type_="check")
        batch_op.drop_constraint(op.f("ck_order_line_state_left_as_approved"), type_="check")
        batch_op.drop_column("returned")
        batch_op.drop_column("released")

    with op.batch_alter_table("tracking_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tracking_event_shipment_id"))

    op.drop_table("tracking_event")
    op.drop_table("shipment_line")
    with op.batch_alter_table("shipment", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_shipment_under_way",
            sqlite_where=sa.text("tracking_state IS NULL OR (tracking_state NOT IN ('delivered', 'returned', 'lost'))"),
            postgresql_where=sa.text("tracking_state IS NULL OR (tracking_state NOT IN ('delivered', 'returned', 'lost'))"),
        )
        batch_op.drop_index(batch_op.f("ix_shipment_order_id"))

    op.drop_table("shipment")
    op.drop_table("fulfilment_order_line")
    with op.batch_alter_table("fulfilment_order", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_fulfilment_order_open",
            sqlite_where=sa.text("state IN ('released', 'accepted', 'part_shipped', 'calling_back', 'refused')"),
            postgresql_where=sa.text("state IN ('released', 'accepted', 'part_shipped', 'calling_back', 'refused')"),
        )

    op.drop_table("fulfilment_order")
    with op.batch_alter_table("advice_booking", schema=None) as batch_op:
        batch_op.drop_index("ix_advice_booking_held", sqlite_where=sa.text("state = 'held'"), postgresql_where=sa.text("state = 'held'"))

    op.drop_table("advice_booking")
    with op.batch_alter_table("warehouse_advice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_warehouse_advice_reference"))

    op.drop_table("warehouse_advice")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_subject_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_sent_at_account_id"))
        batch_op.drop_index("ix_outbox_parked", sqlite_where=sa.text("state = 'parked'"), postgresql_where=sa.text("state = 'parked'"))
        batch_op.drop_index(
            "ix_outbox_open",
            sqlite_where=sa.text("(state NOT IN ('done', 'parked', 'withdrawn'))"),
            postgresql_where=sa.text("(state NOT IN ('done', 'parked', 'withdrawn'))"),
        )

    op.drop_table("outbox")
    op.drop_table("outbox_gate")
