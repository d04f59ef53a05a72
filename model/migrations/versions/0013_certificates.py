"""Completeness certificates, which nobody changes; how late changes are seen; orders that are two though they look like one."""

import sqlalchemy as sa
from alembic import op

from model.migrations.triggers import make_append_only
from model.tables import base

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLE = "completeness_certificate"
_NO_REPLACING = f"""CREATE TRIGGER {_TABLE}_no_replace BEFORE INSERT ON {_TABLE} WHEN EXISTS (
    SELECT 1 FROM {_TABLE} c WHERE c.day = NEW.day AND c.account_id = NEW.account_id AND c.number = NEW.number
) BEGIN SELECT RAISE(ABORT, '{_TABLE} is append-only'); END"""  # noqa: S608  our own words
"""SQLite's REPLACE deletes what is in its way and fires no trigger of deletion."""


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("day", base.Day(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("cut_off", sa.Text(), nullable=False),
        sa.Column("source_count", base.Long, nullable=False),
        sa.Column("store_count", base.Long, nullable=False),
        sa.Column("source_ids", sa.Text(), nullable=False),
        sa.Column("store_ids", sa.Text(), nullable=False),
        sa.Column("source_sums", sa.Text(), nullable=False),
        sa.Column("store_sums", sa.Text(), nullable=False),
        sa.Column("recovered", base.Long, nullable=False),
        sa.Column("corrected", base.Long, nullable=False),
        sa.Column("differences", sa.Text(), nullable=False),
        sa.Column("oddity", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("signed_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("state IN ('complete', 'incomplete', 'warning')", name=op.f(f"ck_{_TABLE}_state_known")),
        sa.CheckConstraint("asked IN ('listed', 'read again')", name=op.f(f"ck_{_TABLE}_asked_known")),
        sa.CheckConstraint("number > 0 AND recovered >= 0 AND corrected >= 0", name=op.f(f"ck_{_TABLE}_counts_not_negative")),
        sa.CheckConstraint(
            "state <> 'complete' OR (source_ids = store_ids AND source_count = store_count AND source_sums = store_sums)",
            name=op.f(f"ck_{_TABLE}_complete_means_equal"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f(f"fk_{_TABLE}_account_id")),
        sa.ForeignKeyConstraint(["run_id"], ["pull_run.id"], name=op.f(f"fk_{_TABLE}_run_id")),
        sa.PrimaryKeyConstraint("day", "account_id", "number", name=op.f(f"pk_{_TABLE}")),
        sqlite_strict=True,
    )
    make_append_only(_TABLE)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_NO_REPLACING)
    op.create_table(
        "stream_lateness",
        sa.Column("day", base.Day(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("bucket_s", base.Long, nullable=False),
        sa.Column("count", base.Long, nullable=False),
        sa.Column("longest_s", base.Long, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_stream_lateness_account_id")),
        sa.PrimaryKeyConstraint("day", "account_id", "stream", "bucket_s", name=op.f("pk_stream_lateness")),
        sqlite_strict=True,
    )
    op.create_table(
        "order_distinct",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("other_id", base.RowId(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("order_id < other_id", name=op.f("ck_order_distinct_pair_in_order")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_distinct_order_id")),
        sa.ForeignKeyConstraint(["other_id"], ["orders.id"], name=op.f("fk_order_distinct_other_id")),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_order_distinct_actor_id")),
        sa.PrimaryKeyConstraint("order_id", "other_id", name=op.f("pk_order_distinct")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_order_distinct_other_id"), "order_distinct", ["other_id"])
    make_append_only("order_distinct")


def downgrade() -> None:
    op.drop_table("order_distinct")
    op.drop_table("stream_lateness")
    op.drop_table(_TABLE)
