"""Summaries tell of orders too: each fact of one keeps its order, what it came to, and the day."""

import sqlalchemy as sa
from alembic import op

from model.tables import base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("group_id", base.RowId(), nullable=True),
        sa.Column("share", sa.Text(), nullable=True),
        sa.Column("happened_on", base.Day(), nullable=True),
    ):
        op.add_column("booked_fact", column)


def downgrade() -> None:
    for name in ("happened_on", "share", "group_id"):
        op.drop_column("booked_fact", name)
