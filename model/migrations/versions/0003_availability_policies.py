"""How channels sold from stock when last computed; one foreign key less, which was checked for each listing computed."""

import sqlalchemy as sa
from alembic import op

from model.tables import base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ACCOUNT = "fk_shown_stock_account_id"


def upgrade() -> None:
    op.create_table(
        "availability_policy",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("computed_at", base.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_availability_policy")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("shown_stock", table_kwargs={"sqlite_strict": True}) as batch_op:
        batch_op.drop_constraint(_ACCOUNT, type_="foreignkey")


def downgrade() -> None:
    with op.batch_alter_table("shown_stock", table_kwargs={"sqlite_strict": True}) as batch_op:
        batch_op.create_foreign_key(_ACCOUNT, "channel_account", ["account_id"], ["id"])
    op.drop_table("availability_policy")
