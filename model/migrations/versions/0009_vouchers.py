"""The books: posting rules, periods, vouchers with their lines, the facts they tell of, and exchange rates."""

import sqlalchemy as sa
from alembic import op

from model.migrations.book_triggers import drop_book_functions, guard_books
from model.migrations.triggers import make_append_only
from model.tables import base

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounting_period",
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("last_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wish", sa.Text(), nullable=True),
        sa.Column("maker_id", sa.Text(), nullable=True),
        sa.Column("checker_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_accounting_period_state_known")),
        sa.CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name=op.f("ck_accounting_period_two_people")),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_accounting_period_last_number_not_negative")),
        sa.ForeignKeyConstraint(["checker_id"], ["actor.id"], name=op.f("fk_accounting_period_checker_id")),
        sa.ForeignKeyConstraint(["maker_id"], ["actor.id"], name=op.f("fk_accounting_period_maker_id")),
        sa.PrimaryKeyConstraint("entity_id", "period", name=op.f("pk_accounting_period")),
        sqlite_strict=True,
    )
    op.create_table(
        "exchange_rate",
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("day", base.Day(), nullable=False),
        sa.Column("rate", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("told_at", base.UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_exchange_rate_actor_id")),
        sa.PrimaryKeyConstraint("base", "currency", "day", name=op.f("pk_exchange_rate")),
        sqlite_strict=True,
    )
    op.create_table(
        "posting_rule_set",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("effective_from", base.Day(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("maker_id", sa.Text(), nullable=False),
        sa.Column("made_at", base.UtcInstant(), nullable=False),
        sa.Column("checker_id", sa.Text(), nullable=True),
        sa.Column("checked_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("state <> 'approved' OR checker_id <> maker_id", name=op.f("ck_posting_rule_set_two_people")),
        sa.CheckConstraint("state <> 'approved' OR checker_id IS NOT NULL", name=op.f("ck_posting_rule_set_approved_by_somebody")),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'rejected')", name=op.f("ck_posting_rule_set_state_known")),
        sa.CheckConstraint("(checker_id IS NULL) = (checked_at IS NULL)", name=op.f("ck_posting_rule_set_checked_at_a_time")),
        sa.ForeignKeyConstraint(["checker_id"], ["actor.id"], name=op.f("fk_posting_rule_set_checker_id")),
        sa.ForeignKeyConstraint(["maker_id"], ["actor.id"], name=op.f("fk_posting_rule_set_maker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting_rule_set")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("posting_rule_set", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_posting_rule_set_entity_id_effective_from"), ["entity_id", "effective_from"], unique=False)

    op.create_table(
        "voucher",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule_set", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("posted_on", base.Day(), nullable=False),
        sa.Column("happened_on", base.Day(), nullable=False),
        sa.Column("base_currency", sa.Text(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("reverses_id", base.RowId(), nullable=True),
        sa.Column("maker_id", sa.Text(), nullable=False),
        sa.Column("checker_id", sa.Text(), nullable=True),
        sa.Column("made_at", base.UtcInstant(), nullable=False),
        sa.Column("posted_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("(state = 'posted') = (posted_at IS NOT NULL)", name=op.f("ck_voucher_posted_at_a_time")),
        sa.CheckConstraint("state <> 'posted' OR number IS NOT NULL", name=op.f("ck_voucher_posted_with_a_number")),
        sa.CheckConstraint("state = 'draft' OR checker_id IS NOT NULL", name=op.f("ck_voucher_checked_before_posted")),
        sa.CheckConstraint("state IN ('draft', 'approved', 'posted')", name=op.f("ck_voucher_state_known")),
        sa.CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name=op.f("ck_voucher_two_people")),
        sa.ForeignKeyConstraint(["checker_id"], ["actor.id"], name=op.f("fk_voucher_checker_id")),
        sa.ForeignKeyConstraint(["maker_id"], ["actor.id"], name=op.f("fk_voucher_maker_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["voucher.id"], name=op.f("fk_voucher_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher")),
        sa.UniqueConstraint("period", "number", "entity_id", name=op.f("uq_voucher_period_number_entity_id")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_voucher_reverses_id")),
        sa.UniqueConstraint(
            "source_id",
            "event",
            "source",
            "version",
            "rule_set",
            "entity_id",
            name=op.f("uq_voucher_source_id_event_source_version_rule_set_entity_id"),
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("voucher", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_voucher_posted_on"), ["posted_on"], unique=False)

    op.create_table(
        "booked_fact",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", base.RowId(), nullable=False),
        sa.Column("voucher_id", base.RowId(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("read", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_booked_fact_voucher_id")),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_booked_fact")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("booked_fact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_booked_fact_voucher_id"), ["voucher_id"], unique=False)

    op.create_table(
        "voucher_line",
        sa.Column("voucher_id", base.RowId(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("base_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tax_code", sa.Text(), nullable=True),
        sa.Column("dimensions", sa.Text(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_voucher_line_voucher_id")),
        sa.PrimaryKeyConstraint("voucher_id", "line_no", name=op.f("pk_voucher_line")),
        sqlite_strict=True,
    )
    guard_books()
    make_append_only("exchange_rate")


def downgrade() -> None:
    op.drop_table("voucher_line")
    with op.batch_alter_table("booked_fact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_booked_fact_voucher_id"))

    op.drop_table("booked_fact")
    with op.batch_alter_table("voucher", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_voucher_posted_on"))

    op.drop_table("voucher")
    with op.batch_alter_table("posting_rule_set", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_posting_rule_set_entity_id_effective_from"))

    op.drop_table("posting_rule_set")
    op.drop_table("exchange_rate")
    op.drop_table("accounting_period")
    drop_book_functions()
