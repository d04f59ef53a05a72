"""Where the fields of orders by mail were read, and how sure that is."""

import sqlalchemy as sa
from alembic import op

from model.tables import base

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_field_source",
        sa.Column("order_id", base.RowId(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=False),
        sa.CheckConstraint("confidence BETWEEN 0 AND 100", name=op.f("ck_order_field_source_confidence_in_percent")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_field_source_order_id")),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_field_source")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("order_field_source")
