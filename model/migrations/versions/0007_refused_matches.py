"""Matches that people took back: kept as they stood, and never made again by a pass."""

import sqlalchemy as sa
from alembic import op

from model.migrations.triggers import make_append_only
from model.tables import base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "money_refusal",
        sa.Column("match_id", base.RowId(), nullable=False),
        sa.Column("seq", base.Long, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("pass_name", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("left_minor", base.Long, nullable=False),
        sa.Column("right_minor", base.Long, nullable=False),
        sa.Column("matched_on", base.Day(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("matched_by", sa.Text(), nullable=False),
        sa.Column("matched_at", base.UtcInstant(), nullable=False),
        sa.Column("matched_for", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("maker_id", sa.Text(), nullable=False),
        sa.Column("made_at", base.UtcInstant(), nullable=False),
        sa.Column("checker_id", sa.Text(), nullable=True),
        sa.Column("checked_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("level IN ('payment', 'bank')", name=op.f("ck_money_refusal_level_known")),
        sa.CheckConstraint("step IN ('proposed', 'refused', 'rejected')", name=op.f("ck_money_refusal_step_known")),
        sa.CheckConstraint("shape IN ('one_to_one', 'many_to_one', 'one_to_many')", name=op.f("ck_money_refusal_shape_known")),
        sa.CheckConstraint("step = 'rejected' OR maker_id <> checker_id", name=op.f("ck_money_refusal_two_people")),
        sa.CheckConstraint("(checker_id IS NULL) = (checked_at IS NULL)", name=op.f("ck_money_refusal_checked_at_a_time")),
        sa.CheckConstraint("step <> 'proposed' OR checker_id IS NULL", name=op.f("ck_money_refusal_proposed_before_checked")),
        sa.CheckConstraint("step <> 'rejected' OR checker_id IS NOT NULL", name=op.f("ck_money_refusal_rejected_by_somebody")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_money_refusal_account_id")),
        sa.ForeignKeyConstraint(["matched_by"], ["actor.id"], name=op.f("fk_money_refusal_matched_by")),
        sa.ForeignKeyConstraint(["maker_id"], ["actor.id"], name=op.f("fk_money_refusal_maker_id")),
        sa.ForeignKeyConstraint(["checker_id"], ["actor.id"], name=op.f("fk_money_refusal_checker_id")),
        sa.PrimaryKeyConstraint("match_id", "seq", name=op.f("pk_money_refusal")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("money_refusal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_money_refusal_account_id_level"), ["account_id", "level"], unique=False)
    make_append_only("money_refusal")


def downgrade() -> None:
    with op.batch_alter_table("money_refusal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_money_refusal_account_id_level"))

    op.drop_table("money_refusal")
