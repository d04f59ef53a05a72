"""Catalogue, stock, reviews and what channels shall show."""

import sqlalchemy as sa
from alembic import op

from model.migrations.triggers import make_append_only
from model.tables import base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sku",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("is_tracked", base.Flag(), nullable=False),
        sa.Column("is_active", base.Flag(), nullable=False),
        sa.Column("low_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("surplus_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("order_multiple", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("supplier", sa.Text(), nullable=True),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("order_multiple IS NULL OR order_multiple > 0", name=op.f("ck_sku_order_multiple_positive")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_sku")),
        sqlite_strict=True,
    )
    op.create_table(
        "stock_location",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("first_seen_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("owner IN ('hub', 'channel', '3pl')", name=op.f("ck_stock_location_owner_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_location")),
        sqlite_strict=True,
    )
    op.create_table(
        "stock_touch",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_stock_touch")),
        sqlite_strict=True,
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("email_index", base.RowId(), nullable=True),
        sa.Column("phone_index", base.RowId(), nullable=True),
        sa.Column("terms_days", sa.Integer(), nullable=True),
        sa.Column("credit_limit_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("is_on_hold", base.Flag(), nullable=False),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("price_list", sa.Text(), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("type IN ('retail', 'wholesale', 'dealer', 'internal')", name=op.f("ck_customer_type_known")),
        sa.CheckConstraint("(credit_limit_minor IS NULL) OR (currency IS NOT NULL)", name=op.f("ck_customer_limit_has_a_currency")),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_customer_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_customer_email_index"),
            ["email_index"],
            unique=False,
            sqlite_where=sa.text("email_index IS NOT NULL"),
            postgresql_where=sa.text("email_index IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_customer_phone_index"),
            ["phone_index"],
            unique=False,
            sqlite_where=sa.text("phone_index IS NOT NULL"),
            postgresql_where=sa.text("phone_index IS NOT NULL"),
        )

    op.create_table(
        "inbound",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("received", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expected_on", base.Day(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'received', 'cancelled')", name=op.f("ck_inbound_state_known")),
        sa.CheckConstraint("quantity > 0 AND received >= 0", name=op.f("ck_inbound_quantities_sane")),
        sa.ForeignKeyConstraint(["location_id"], ["stock_location.id"], name=op.f("fk_inbound_location_id")),
        sa.ForeignKeyConstraint(["sku"], ["sku.code"], name=op.f("fk_inbound_sku")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbound_sku"), ["sku"], unique=False)

    op.create_table(
        "kit_part",
        sa.Column("kit", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("kit <> part", name=op.f("ck_kit_part_no_part_of_itself")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_kit_part_quantity_positive")),
        sa.ForeignKeyConstraint(["kit"], ["sku.code"], name=op.f("fk_kit_part_kit")),
        sa.ForeignKeyConstraint(["part"], ["sku.code"], name=op.f("fk_kit_part_part")),
        sa.PrimaryKeyConstraint("kit", "part", name=op.f("pk_kit_part")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("kit_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kit_part_part"), ["part"], unique=False)

    op.create_table(
        "listing",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("product_external_id", sa.Text(), nullable=True),
        sa.Column("stock_external_id", sa.Text(), nullable=False),
        sa.Column("channel_sku", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_tracked", base.Flag(), nullable=False),
        sa.Column("first_seen_at", base.UtcInstant(), nullable=False),
        sa.Column("seen_at", base.UtcInstant(), nullable=False),
        sa.Column("gone_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("kind IN ('goods', 'bundle', 'gift_card', 'service')", name=op.f("ck_listing_kind_known")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_listing_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listing_external_id_account_id"), ["external_id", "account_id"], unique=True)

    op.create_table(
        "price",
        sa.Column("price_list", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("valid_from", base.Day(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_price_amount_not_negative")),
        sa.ForeignKeyConstraint(["sku"], ["sku.code"], name=op.f("fk_price_sku")),
        sa.PrimaryKeyConstraint("price_list", "sku", "valid_from", name=op.f("pk_price")),
        sqlite_strict=True,
    )
    op.create_table(
        "replenishment_proposal",
        sa.Column("day", base.Day(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("demand", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("safety", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("velocity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("review_days", sa.Integer(), nullable=False),
        sa.Column("certainty", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("on_hand", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held_back", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reserved", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("backordered", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("inbound", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("low_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("order_multiple", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("runs_out_on", base.Day(), nullable=True),
        sa.Column("made_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_replenishment_proposal_quantity_positive")),
        sa.ForeignKeyConstraint(["sku"], ["sku.code"], name=op.f("fk_replenishment_proposal_sku")),
        sa.PrimaryKeyConstraint("day", "sku", name=op.f("pk_replenishment_proposal")),
        sqlite_strict=True,
    )
    op.create_table(
        "safety_stock",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_manual", base.Flag(), nullable=False),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_safety_stock_quantity_not_negative")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_safety_stock_account_id")),
        sa.ForeignKeyConstraint(["sku"], ["sku.code"], name=op.f("fk_safety_stock_sku")),
        sa.PrimaryKeyConstraint("account_id", "sku", name=op.f("pk_safety_stock")),
        sqlite_strict=True,
    )
    op.create_table(
        "sku_map",
        sa.Column("listing_id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("factor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mapped_by", sa.Text(), nullable=False),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("factor > 0", name=op.f("ck_sku_map_factor_positive")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_sku_map_account_id")),
        sa.ForeignKeyConstraint(["sku"], ["sku.code"], name=op.f("fk_sku_map_sku")),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_sku_map")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("sku_map", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sku_map_sku"), ["sku"], unique=False)

    op.create_table(
        "stock_level",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("damaged", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reserved", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("damaged + held + reserved <= on_hand", name=op.f("ck_stock_level_never_oversold")),
        sa.CheckConstraint("damaged >= 0 AND held >= 0 AND reserved >= 0", name=op.f("ck_stock_level_parts_not_negative")),
        sa.ForeignKeyConstraint(["location_id"], ["stock_location.id"], name=op.f("fk_stock_level_location_id")),
        sa.ForeignKeyConstraint(["sku"], ["sku.code"], name=op.f("fk_stock_level_sku")),
        sa.PrimaryKeyConstraint("sku", "location_id", name=op.f("pk_stock_level")),
        sqlite_strict=True,
    )
    op.create_table(
        "stock_movement",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("damaged", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reserved", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", base.UtcInstant(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('receipt', 'issue', 'adjust', 'transfer_out', 'transfer_in', 'return', 'damage', 'repair', 'hold', 'unhold', 'count', 'reserve', 'release')",
            name=op.f("ck_stock_movement_kind_known"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_stock_movement_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("stock_movement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stock_movement_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_stock_movement_sku_location_id"), ["sku", "location_id"], unique=False)

    op.create_table(
        "stocktake",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("maker_id", sa.Text(), nullable=False),
        sa.Column("checker_id", sa.Text(), nullable=True),
        sa.Column("begun_at", base.UtcInstant(), nullable=False),
        sa.Column("ended_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("state <> 'approved' OR checker_id IS NOT NULL", name=op.f("ck_stocktake_approved_by_somebody")),
        sa.CheckConstraint("state IN ('counting', 'approved', 'cancelled')", name=op.f("ck_stocktake_state_known")),
        sa.CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name=op.f("ck_stocktake_four_eyes")),
        sa.CheckConstraint("(state = 'counting') = (ended_at IS NULL)", name=op.f("ck_stocktake_ended_or_counting")),
        sa.ForeignKeyConstraint(["checker_id"], ["actor.id"], name=op.f("fk_stocktake_checker_id")),
        sa.ForeignKeyConstraint(["location_id"], ["stock_location.id"], name=op.f("fk_stocktake_location_id")),
        sa.ForeignKeyConstraint(["maker_id"], ["actor.id"], name=op.f("fk_stocktake_maker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake")),
        sa.UniqueConstraint("id", "location_id", "state", name=op.f("uq_stocktake_id_location_id_state")),
        sqlite_strict=True,
    )
    op.create_table(
        "shown_stock",
        sa.Column("listing_id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("desired", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("on_hand", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held_back", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reserved", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unrouted", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("inbound", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("base", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scarcest", sa.Text(), nullable=True),
        sa.Column("per_unit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("share", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("safety", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("end_when", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("max_listed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("computed_at", base.UtcInstant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", base.UtcInstant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("sent", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sent_version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sent_at", base.UtcInstant(), nullable=True),
        sa.Column("told", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("told_at", base.UtcInstant(), nullable=True),
        sa.Column("seen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("seen_at", base.UtcInstant(), nullable=True),
        sa.Column("exposure", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("put_back", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_bounded", base.Flag(), nullable=False),
        sa.Column("is_counting", base.Flag(), nullable=False),
        sa.CheckConstraint("state IN ('settled', 'due', 'sending', 'unknown', 'parked')", name=op.f("ck_shown_stock_state_known")),
        sa.CheckConstraint("desired >= 0 AND exposure >= 0", name=op.f("ck_shown_stock_quantities_not_negative")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_shown_stock_account_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_shown_stock_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_shown_stock")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("shown_stock", schema=None) as batch_op:
        batch_op.create_index(
            "ix_shown_stock_due",
            ["account_id", "due_at"],
            unique=False,
            sqlite_where=sa.text("state != 'settled'"),
            postgresql_where=sa.text("state != 'settled'"),
        )
        batch_op.create_index(batch_op.f("ix_shown_stock_sku"), ["sku"], unique=False)

    op.create_table(
        "stocktake_line",
        sa.Column("stocktake_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("booked", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("booked_version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("counted", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("counted_by", sa.Text(), nullable=True),
        sa.Column("counted_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint(
            "(counted IS NULL) = (booked IS NULL) AND (counted IS NULL) = (booked_version IS NULL)"
            " AND (counted IS NULL) = (counted_by IS NULL) AND (counted IS NULL) = (counted_at IS NULL)",
            name=op.f("ck_stocktake_line_counted_as_a_whole"),
        ),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_stocktake_line_counted_not_negative")),
        sa.ForeignKeyConstraint(["counted_by"], ["actor.id"], name=op.f("fk_stocktake_line_counted_by")),
        sa.ForeignKeyConstraint(["sku"], ["sku.code"], name=op.f("fk_stocktake_line_sku")),
        sa.ForeignKeyConstraint(
            ["stocktake_id", "location_id", "state"],
            ["stocktake.id", "stocktake.location_id", "stocktake.state"],
            name=op.f("fk_stocktake_line_stocktake_id_location_id_state"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("stocktake_id", "sku", name=op.f("pk_stocktake_line")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("stocktake_line", schema=None) as batch_op:
        batch_op.create_index(
            "ix_stocktake_line_counting",
            ["location_id", "sku"],
            unique=True,
            sqlite_where=sa.text("state = 'counting'"),
            postgresql_where=sa.text("state = 'counting'"),
        )

    op.create_table(
        "backorder",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("line_external_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", base.UtcInstant(), nullable=False),
        sa.Column("ended_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'filled', 'cancelled')", name=op.f("ck_backorder_state_known")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_backorder_quantity_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_backorder_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backorder")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("backorder", schema=None) as batch_op:
        batch_op.create_index(
            "ix_backorder_open", ["sku"], unique=False, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )
        batch_op.create_index(batch_op.f("ix_backorder_order_id"), ["order_id"], unique=False)

    op.create_table(
        "order_amendment",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", base.UtcInstant(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_order_amendment_actor_id")),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_order_amendment_key_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_amendment_order_id")),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_order_amendment")),
        sqlite_strict=True,
    )
    op.create_table(
        "order_line_state",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("line_external_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("listing_id", base.RowId(), nullable=True),
        sa.Column("sold", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approved", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("issued", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("approved >= 0 AND issued >= 0 AND sold >= 0", name=op.f("ck_order_line_state_quantities_not_negative")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_line_state_order_id")),
        sa.PrimaryKeyConstraint("order_id", "line_external_id", name=op.f("pk_order_line_state")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("order_line_state", schema=None) as batch_op:
        batch_op.create_index(
            "ix_order_line_state_unmapped",
            ["order_id"],
            unique=False,
            sqlite_where=sa.text("sku IS NULL"),
            postgresql_where=sa.text("sku IS NULL"),
        )

    op.create_table(
        "order_review",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", base.UtcInstant(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("fetch_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rules_hash", base.RowId(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('rules', 'approve', 'reject', 'amend')", name=op.f("ck_order_review_kind_known")),
        sa.CheckConstraint("outcome IN ('approved', 'held', 'rejected', 'cancelled')", name=op.f("ck_order_review_outcome_known")),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_order_review_actor_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_review_order_id")),
        sa.ForeignKeyConstraint(["rules_hash"], ["config_version.hash"], name=op.f("fk_order_review_rules_hash")),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_order_review")),
        sqlite_strict=True,
    )
    op.create_table(
        "reservation",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("line_external_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", base.UtcInstant(), nullable=False),
        sa.Column("expires_at", base.UtcInstant(), nullable=True),
        sa.Column("ended_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("(state = 'live') = (ended_at IS NULL)", name=op.f("ck_reservation_ended_or_live")),
        sa.CheckConstraint("kind IN ('soft', 'hard')", name=op.f("ck_reservation_kind_known")),
        sa.CheckConstraint("state IN ('live', 'consumed', 'released', 'expired')", name=op.f("ck_reservation_state_known")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservation_quantity_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_reservation_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reservation_expiring",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state = 'live' AND expires_at IS NOT NULL"),
            postgresql_where=sa.text("state = 'live' AND expires_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_reservation_live",
            ["sku", "location_id"],
            unique=False,
            sqlite_where=sa.text("state = 'live'"),
            postgresql_where=sa.text("state = 'live'"),
        )
        batch_op.create_index(batch_op.f("ix_reservation_order_id"), ["order_id"], unique=False)

    with op.batch_alter_table("order_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reviewed_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("is_urgent", base.Flag(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("is_open", base.Flag(), nullable=False, server_default=sa.false()))
        batch_op.create_index(
            "ix_order_state_open", ["order_id"], unique=False, sqlite_where=sa.text("is_open = 1"), postgresql_where=sa.text("is_open")
        )

    # orders stored before this revision are the hub's business from now on, unless they are history
    op.execute("UPDATE order_state SET is_open = NOT is_history")
    make_append_only("order_review")
    make_append_only("stock_movement")


def downgrade() -> None:
    with op.batch_alter_table("order_state", schema=None) as batch_op:
        batch_op.drop_index("ix_order_state_open", sqlite_where=sa.text("is_open = 1"), postgresql_where=sa.text("is_open"))
        batch_op.drop_column("is_open")
        batch_op.drop_column("is_urgent")
        batch_op.drop_column("reviewed_seq")

    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reservation_order_id"))
        batch_op.drop_index("ix_reservation_live", sqlite_where=sa.text("state = 'live'"), postgresql_where=sa.text("state = 'live'"))
        batch_op.drop_index(
            "ix_reservation_expiring",
            sqlite_where=sa.text("state = 'live' AND expires_at IS NOT NULL"),
            postgresql_where=sa.text("state = 'live' AND expires_at IS NOT NULL"),
        )

    op.drop_table("reservation")
    op.drop_table("order_review")
    with op.batch_alter_table("order_line_state", schema=None) as batch_op:
        batch_op.drop_index("ix_order_line_state_unmapped", sqlite_where=sa.text("sku IS NULL"), postgresql_where=sa.text("sku IS NULL"))

    op.drop_table("order_line_state")
    op.drop_table("order_amendment")
    with op.batch_alter_table("backorder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_backorder_order_id"))
        batch_op.drop_index("ix_backorder_open", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.drop_table("backorder")
    with op.batch_alter_table("stocktake_line", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_stocktake_line_counting",
            sqlite_where=sa.text("state = 'counting'"),
            postgresql_where=sa.text("state = 'counting'"),
        )

    op.drop_table("stocktake_line")
    with op.batch_alter_table("shown_stock", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shown_stock_sku"))
        batch_op.drop_index(
            "ix_shown_stock_due", sqlite_where=sa.text("state != 'settled'"), postgresql_where=sa.text("state != 'settled'")
        )

    op.drop_table("shown_stock")
    op.drop_table("stocktake")
    with op.batch_alter_table("stock_movement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stock_movement_sku_location_id"))
        batch_op.drop_index(batch_op.f("ix_stock_movement_at"))

    op.drop_table("stock_movement")
    op.drop_table("stock_level")
    with op.batch_alter_table("sku_map", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sku_map_sku"))

    op.drop_table("sku_map")
    op.drop_table("safety_stock")
    op.drop_table("replenishment_proposal")
    op.drop_table("price")
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_listing_external_id_account_id"))

    op.drop_table("listing")
    with op.batch_alter_table("kit_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kit_part_part"))

    op.drop_table("kit_part")
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbound_sku"))

    op.drop_table("inbound")
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_customer_phone_index"),
            sqlite_where=sa.text("phone_index IS NOT NULL"),
            postgresql_where=sa.text("phone_index IS NOT NULL"),
        )
        batch_op.drop_index(
            batch_op.f("ix_customer_email_index"),
            sqlite_where=sa.text("email_index IS NOT NULL"),
            postgresql_where=sa.text("email_index IS NOT NULL"),
        )

    op.drop_table("customer")
    op.drop_table("stock_touch")
    op.drop_table("stock_location")
    op.drop_table("sku")
