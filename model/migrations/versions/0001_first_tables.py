"""The first tables: accounts, keys, audit trail, streams, landing and orders."""

import sqlalchemy as sa
from alembic import op

from model.migrations.triggers import drop_append_only_function, make_append_only
from model.tables import base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actor",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_seen_at", base.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor")),
        sqlite_strict=True,
    )
    op.create_table(
        "chain_head",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_chain_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "channel_account",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("first_seen_at", base.UtcInstant(), nullable=False),
        sa.Column("paused_at", base.UtcInstant(), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_account")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_channel_account_fingerprint")),
        sqlite_strict=True,
    )
    op.create_table(
        "config_version",
        sa.Column("hash", base.RowId(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("first_used_at", base.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_config_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "data_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("master_id", sa.Text(), nullable=False),
        sa.Column("created_at", base.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "lease",
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("resource", name=op.f("pk_lease")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_event",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_audit_event_actor_id")),
        sa.PrimaryKeyConstraint("scope", "seq", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("scope", "prev_hash", name=op.f("uq_audit_event_scope_prev_hash")),
        sqlite_strict=True,
    )
    op.create_table(
        "pull_run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("started_at", base.UtcInstant(), nullable=False),
        sa.Column("ended_at", base.UtcInstant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("new", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unchanged", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("superseded", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quarantined", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pages", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("config_hash", base.RowId(), nullable=True),
        sa.CheckConstraint("outcome IN ('running', 'done', 'failed', 'skipped')", name=op.f("ck_pull_run_outcome_known")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_pull_run_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pull_run")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("pull_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pull_run_started_at"), ["started_at"], unique=False)

    op.create_table(
        "raw_payload",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("mapping_version", sa.Text(), nullable=False),
        sa.Column("fetched_at", base.UtcInstant(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("cards_scrubbed", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.CheckConstraint("disposition IN ('current', 'superseded', 'quarantined')", name=op.f("ck_raw_payload_disposition_known")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_raw_payload_account_id")),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_raw_payload_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_payload")),
        sqlite_strict=True,
    )
    op.create_table(
        "stream_cursor",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("read_until", base.UtcInstant(), nullable=False),
        sa.Column("window_start", base.UtcInstant(), nullable=True),
        sa.Column("window_end", base.UtcInstant(), nullable=True),
        sa.Column("page_token", sa.Text(), nullable=True),
        sa.Column("fence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("(window_start IS NULL) = (window_end IS NULL)", name=op.f("ck_stream_cursor_window_whole")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_stream_cursor_account_id")),
        sa.PrimaryKeyConstraint("account_id", "stream", "scope", name=op.f("pk_stream_cursor")),
        sqlite_strict=True,
    )
    op.create_table(
        "order_return",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("order_external_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", base.UtcInstant(), nullable=False),
        sa.Column("updated_at", base.UtcInstant(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("removed_at", base.UtcInstant(), nullable=True),
        sa.Column("source_version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fetch_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.CheckConstraint("status IN ('requested', 'open', 'received', 'closed', 'cancelled')", name=op.f("ck_order_return_status_known")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_order_return_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_order_return_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_return")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("order_return", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_return_order_id"), ["order_id"], unique=False)

    op.create_table(
        "orders",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("placed_at", base.UtcInstant(), nullable=False),
        sa.Column("updated_at", base.UtcInstant(), nullable=False),
        sa.Column("business_date", base.Day(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lines_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tax_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("charges_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("discount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("total_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shop_currency", sa.Text(), nullable=False),
        sa.Column("shop_total_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payment_state", sa.Text(), nullable=False),
        sa.Column("fulfilment_state", sa.Text(), nullable=False),
        sa.Column("return_state", sa.Text(), nullable=False),
        sa.Column("source_status", sa.Text(), nullable=False),
        sa.Column("cancelled_at", base.UtcInstant(), nullable=True),
        sa.Column("closed_at", base.UtcInstant(), nullable=True),
        sa.Column("prices_include_tax", base.Flag(), nullable=False),
        sa.Column("is_disputed", base.Flag(), nullable=False),
        sa.Column("is_test", base.Flag(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=True),
        sa.Column("location_external_id", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("source_version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fetch_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mapping_version", sa.Text(), nullable=False),
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.Column("first_run_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("first_seen_at", base.UtcInstant(), nullable=False),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint(
            "fulfilment_state IN ('unfulfilled', 'on_hold', 'in_progress', 'part_fulfilled', 'fulfilled')",
            name=op.f("ck_orders_fulfilment_state_known"),
        ),
        sa.CheckConstraint(
            "payment_state IN ('unpaid', 'authorized', 'part_paid', 'paid', 'part_refunded', 'refunded', 'voided', 'expired')",
            name=op.f("ck_orders_payment_state_known"),
        ),
        sa.CheckConstraint("return_state IN ('none', 'requested', 'part_returned', 'returned')", name=op.f("ck_orders_return_state_known")),
        sa.CheckConstraint(
            "total_minor = lines_minor + shipping_minor + tax_minor + charges_minor - discount_minor",
            name=op.f("ck_orders_parts_sum_to_total"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_orders_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_orders_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("external_id", "account_id", name=op.f("uq_orders_external_id_account_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orders_placed_at"), ["placed_at"], unique=False)

    op.create_table(
        "payment",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("order_external_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", base.UtcInstant(), nullable=False),
        sa.Column("updated_at", base.UtcInstant(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("parent_external_id", sa.Text(), nullable=True),
        sa.Column("tip_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_test", base.Flag(), nullable=False),
        sa.Column("removed_at", base.UtcInstant(), nullable=True),
        sa.Column("source_version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fetch_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.CheckConstraint("kind IN ('authorization', 'capture', 'sale', 'void')", name=op.f("ck_payment_kind_known")),
        sa.CheckConstraint("status IN ('requested', 'pending', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_payment_status_known")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_payment_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_payment_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_order_id"), ["order_id"], unique=False)

    op.create_table(
        "quarantine",
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("mapping_version", sa.Text(), nullable=False),
        sa.Column("window_start", base.UtcInstant(), nullable=True),
        sa.Column("window_end", base.UtcInstant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", base.UtcInstant(), nullable=False),
        sa.Column("last_seen_at", base.UtcInstant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("resolved_at", base.UtcInstant(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'resolved')", name=op.f("ck_quarantine_state_known")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_quarantine_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_quarantine_raw_id")),
        sa.PrimaryKeyConstraint("raw_id", name=op.f("pk_quarantine")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quarantine_state_account_id"), ["state", "account_id"], unique=False)

    op.create_table(
        "refund",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("order_external_id", sa.Text(), nullable=False),
        sa.Column("payment_external_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", base.UtcInstant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("removed_at", base.UtcInstant(), nullable=True),
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.CheckConstraint("status IN ('requested', 'pending', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_refund_status_known")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_refund_amount_not_negative")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_refund_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_refund_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_order_id"), ["order_id"], unique=False)

    op.create_table(
        "fulfilment",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", base.UtcInstant(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking_numbers", sa.Text(), nullable=False),
        sa.Column("tracking_urls", sa.Text(), nullable=False),
        sa.Column("location_external_id", sa.Text(), nullable=True),
        sa.Column("removed_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("status IN ('pending', 'shipped', 'delivered', 'cancelled', 'failed')", name=op.f("ck_fulfilment_status_known")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_fulfilment_order_id")),
        sa.PrimaryKeyConstraint("order_id", "external_id", name=op.f("pk_fulfilment")),
        sqlite_strict=True,
    )
    op.create_table(
        "fulfilment_line",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("fulfilment_external_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("line_external_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_fulfilment_line_order_id")),
        sa.PrimaryKeyConstraint("order_id", "fulfilment_external_id", "position", name=op.f("pk_fulfilment_line")),
        sqlite_strict=True,
    )
    op.create_table(
        "order_adjustment",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rate", sa.Text(), nullable=True),
        sa.Column("line_external_id", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('shipping', 'tax', 'charge', 'discount')", name=op.f("ck_order_adjustment_kind_known")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_adjustment_order_id")),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_adjustment")),
        sqlite_strict=True,
    )
    op.create_table(
        "order_change",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("fetch_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", base.UtcInstant(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_change_order_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_order_change_raw_id")),
        sa.PrimaryKeyConstraint("order_id", "fetch_seq", name=op.f("pk_order_change")),
        sqlite_strict=True,
    )
    op.create_table(
        "order_line",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("unit_price", sa.Text(), nullable=True),
        sa.Column("total_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tax_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("discount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_external_id", sa.Text(), nullable=True),
        sa.Column("variant_external_id", sa.Text(), nullable=True),
        sa.Column("requires_shipping", base.Flag(), nullable=False),
        sa.Column("is_gift_card", base.Flag(), nullable=False),
        sa.Column("removed_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_order_line_quantity_not_negative")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_line_order_id")),
        sa.PrimaryKeyConstraint("order_id", "external_id", name=op.f("pk_order_line")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("order_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_line_sku"), ["sku"], unique=False)

    op.create_table(
        "order_party",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("email_index", base.RowId(), nullable=True),
        sa.Column("phone_index", base.RowId(), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=False),
        sa.Column("personal_digest", base.RowId(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.CheckConstraint("role IN ('buyer', 'shipping', 'billing')", name=op.f("ck_order_party_role_known")),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_order_party_key_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_party_order_id")),
        sa.PrimaryKeyConstraint("order_id", "role", name=op.f("pk_order_party")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("order_party", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_order_party_email_index"),
            ["email_index"],
            unique=False,
            sqlite_where=sa.text("email_index IS NOT NULL"),
            postgresql_where=sa.text("email_index IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_order_party_phone_index"),
            ["phone_index"],
            unique=False,
            sqlite_where=sa.text("phone_index IS NOT NULL"),
            postgresql_where=sa.text("phone_index IS NOT NULL"),
        )

    op.create_table(
        "order_state",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("accounting", sa.Text(), nullable=False),
        sa.Column("is_history", base.Flag(), nullable=False),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("accounting IN ('unposted', 'posted', 'settled', 'banked')", name=op.f("ck_order_state_accounting_known")),
        sa.CheckConstraint(
            "lifecycle IN ('received', 'held', 'approved', 'allocated', 'part_allocated', 'backordered', 'released', 'part_shipped', 'shipped', 'delivered', 'closed', 'cancelled')",
            name=op.f("ck_order_state_lifecycle_known"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_state_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_state")),
        sqlite_strict=True,
    )
    op.create_table(
        "refund_line",
        sa.Column("refund_id", base.RowId(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("line_external_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tax_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("restock", sa.Text(), nullable=False),
        sa.CheckConstraint("restock IN ('none', 'cancel', 'return', 'unknown')", name=op.f("ck_refund_line_restock_known")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_refund_line_refund_id")),
        sa.PrimaryKeyConstraint("refund_id", "position", name=op.f("pk_refund_line")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("refund_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_line_order_id"), ["order_id"], unique=False)

    op.create_table(
        "return_line",
        sa.Column("return_id", base.RowId(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("line_external_id", sa.Text(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tax_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["return_id"], ["order_return.id"], name=op.f("fk_return_line_return_id")),
        sa.PrimaryKeyConstraint("return_id", "position", name=op.f("pk_return_line")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("return_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_return_line_order_id"), ["order_id"], unique=False)
    make_append_only("audit_event")
    make_append_only("order_change")


def downgrade() -> None:
    with op.batch_alter_table("return_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_return_line_order_id"))

    op.drop_table("return_line")
    with op.batch_alter_table("refund_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_line_order_id"))

    op.drop_table("refund_line")
    op.drop_table("order_state")
    with op.batch_alter_table("order_party", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_order_party_phone_index"),
            sqlite_where=sa.text("phone_index IS NOT NULL"),
            postgresql_where=sa.text("phone_index IS NOT NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_order_party_email_index"),
            sqlite_where=sa.text("email_index IS NOT NULL"),
            postgresql_where=sa.text("email_index IS NOT NULL"),
        )

    op.drop_table("order_party")
    with op.batch_alter_table("order_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_line_sku"))

    op.drop_table("order_line")
    op.drop_table("order_change")
    op.drop_table("order_adjustment")
    op.drop_table("fulfilment_line")
    op.drop_table("fulfilment")
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_order_id"))

    op.drop_table("refund")
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quarantine_state_account_id"))

    op.drop_table("quarantine")
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_order_id"))

    op.drop_table("payment")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_orders_placed_at"))

    op.drop_table("orders")
    with op.batch_alter_table("order_return", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_return_order_id"))

    op.drop_table("order_return")
    op.drop_table("stream_cursor")
    op.drop_table("raw_payload")
    with op.batch_alter_table("pull_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pull_run_started_at"))

    op.drop_table("pull_run")
    op.drop_table("audit_event")
    op.drop_table("lease")
    op.drop_table("data_key")
    op.drop_table("config_version")
    op.drop_table("channel_account")
    op.drop_table("chain_head")
    op.drop_table("actor")
    drop_append_only_function()
