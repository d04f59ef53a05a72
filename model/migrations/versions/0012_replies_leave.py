"""The outbox carries replies to trading partners."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPERATIONS = ("submit_shipment", "submit_cancel", "submit_shipment_notice", "submit_label", "submit_acknowledgement", "submit_voucher")
NEW_OPERATION = "submit_reply"


def upgrade() -> None:
    _allow(*OPERATIONS, NEW_OPERATION)


def downgrade() -> None:
    op.execute(f"DELETE FROM outbox WHERE operation = '{NEW_OPERATION}'")  # noqa: S608  our own name
    _allow(*OPERATIONS)


def _allow(*operations: str) -> None:
    """Let the outbox carry these operations and no others."""
    listed = ", ".join(f"'{each}'" for each in operations)
    with op.batch_alter_table("outbox", table_kwargs={"sqlite_strict": True}) as batch_op:
        batch_op.drop_constraint(op.f("ck_outbox_operation_known"), type_="check")
        batch_op.create_check_constraint("operation_known", f"operation IN ({listed})")
