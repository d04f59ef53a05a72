"""What processors and banks tell, what explains what, what is left unexplained, and who signed for it."""

import sqlalchemy as sa
from alembic import op

from model.tables import base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PAID = ("payment", "refund")
"""What a channel may also say in the shop's currency."""


def upgrade() -> None:

    op.create_table(
        "money_reminder",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("told_on", base.Day(), nullable=False),
        sa.Column("told_at", base.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "person_id", "told_on", name=op.f("pk_money_reminder")),
        sqlite_strict=True,
    )
    op.create_table(
        "money_break",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", base.RowId(), nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=False),
        sa.Column("business_on", base.Day(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", base.Long, nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("first_seen_at", base.UtcInstant(), nullable=False),
        sa.Column("last_seen_at", base.UtcInstant(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("maker_id", sa.Text(), nullable=True),
        sa.Column("made_at", base.UtcInstant(), nullable=True),
        sa.Column("checker_id", sa.Text(), nullable=True),
        sa.Column("checked_at", base.UtcInstant(), nullable=True),
        sa.Column("resolved_at", base.UtcInstant(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (resolution IS NULL)", name=op.f("ck_money_break_resolved_for_a_reason")),
        sa.CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name=op.f("ck_money_break_resolved_at_a_time")),
        sa.CheckConstraint(
            "kind IN ('payment_unsettled', 'refund_unsettled', 'line_without_payment', 'amount_differs', 'currency_differs', 'ambiguous', 'settled_twice', 'unknown_line', 'payout_sum_differs', 'payout_unknown', 'payout_not_banked', 'payout_failed', 'bank_line_unexplained', 'bank_amount_differs', 'balance_differs', 'statement_gap', 'dispute_open', 'refunded_and_disputed', 'order_underpaid', 'order_overpaid', 'nobody_settles', 'reserve_outstanding')",
            name=op.f("ck_money_break_kind_known"),
        ),
        sa.CheckConstraint("state <> 'proposed' OR maker_id IS NOT NULL", name=op.f("ck_money_break_proposed_by_somebody")),
        sa.CheckConstraint("state IN ('open', 'proposed', 'resolved')", name=op.f("ck_money_break_state_known")),
        sa.CheckConstraint("maker_id <> checker_id", name=op.f("ck_money_break_two_people")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_money_break_account_id")),
        sa.ForeignKeyConstraint(["checker_id"], ["actor.id"], name=op.f("fk_money_break_checker_id")),
        sa.ForeignKeyConstraint(["maker_id"], ["actor.id"], name=op.f("fk_money_break_maker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_break")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("money_break", schema=None) as batch_op:
        batch_op.create_index(
            "ix_money_break_open",
            ["business_on"],
            unique=False,
            sqlite_where=sa.text("state != 'resolved'"),
            postgresql_where=sa.text("state != 'resolved'"),
        )
        batch_op.create_index(batch_op.f("ix_money_break_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "reconciliation_run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("since", base.Day(), nullable=False),
        sa.Column("until", base.Day(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("started_at", base.UtcInstant(), nullable=False),
        sa.Column("ended_at", base.UtcInstant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("config_hash", base.RowId(), nullable=True),
        sa.CheckConstraint("level IN ('payment', 'bank')", name=op.f("ck_reconciliation_run_level_known")),
        sa.CheckConstraint("outcome IN ('running', 'done', 'failed')", name=op.f("ck_reconciliation_run_outcome_known")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_reconciliation_run_account_id")),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_reconciliation_run_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_run")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("reconciliation_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reconciliation_run_started_at"), ["started_at"], unique=False)

    op.create_table(
        "sign_off",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("business_on", base.Day(), nullable=False),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.Column("totals_hash", base.RowId(), nullable=False),
        sa.Column("maker_id", sa.Text(), nullable=False),
        sa.Column("made_at", base.UtcInstant(), nullable=False),
        sa.Column("checker_id", sa.Text(), nullable=True),
        sa.Column("checked_at", base.UtcInstant(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", base.UtcInstant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(checker_id IS NULL) = (checked_at IS NULL)", name=op.f("ck_sign_off_checked_at_a_time")),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (reason IS NULL)", name=op.f("ck_sign_off_withdrawn_for_a_reason")),
        sa.CheckConstraint("(withdrawn_by IS NULL) = (withdrawn_at IS NULL)", name=op.f("ck_sign_off_withdrawn_at_a_time")),
        sa.CheckConstraint("maker_id <> checker_id", name=op.f("ck_sign_off_two_people")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_sign_off_account_id")),
        sa.ForeignKeyConstraint(["checker_id"], ["actor.id"], name=op.f("fk_sign_off_checker_id")),
        sa.ForeignKeyConstraint(["maker_id"], ["actor.id"], name=op.f("fk_sign_off_maker_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["actor.id"], name=op.f("fk_sign_off_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("sign_off", schema=None) as batch_op:
        batch_op.create_index(
            "uq_sign_off_standing",
            ["business_on", "account_id"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.create_table(
        "bank_statement",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("bank_account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("opened_on", base.Day(), nullable=False),
        sa.Column("closed_on", base.Day(), nullable=False),
        sa.Column("opening_minor", base.Long, nullable=True),
        sa.Column("closing_minor", base.Long, nullable=True),
        sa.Column("sequence", sa.Text(), nullable=True),
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.CheckConstraint("(opening_minor IS NULL) = (closing_minor IS NULL)", name=op.f("ck_bank_statement_balances_both")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_bank_statement_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_bank_statement_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
        sqlite_strict=True,
    )
    op.create_table(
        "dispute",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("payment_reference", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_minor", base.Long, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("opened_at", base.UtcInstant(), nullable=False),
        sa.Column("updated_at", base.UtcInstant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("due_at", base.UtcInstant(), nullable=True),
        sa.Column("source_version", base.Long, nullable=False),
        sa.Column("fetch_seq", base.Long, nullable=False),
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.CheckConstraint("status IN ('warning', 'open', 'under_review', 'won', 'lost', 'closed')", name=op.f("ck_dispute_status_known")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_dispute_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_dispute_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispute_payment_reference"), ["payment_reference"], unique=False)

    op.create_table(
        "money_file",
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("modified_s", base.Long, nullable=False),
        sa.Column("size", base.Long, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("lines", base.Long, nullable=False),
        sa.Column("known_lines", base.Long, nullable=False),
        sa.Column("mapping_version", sa.Text(), nullable=False),
        sa.Column("read_at", base.UtcInstant(), nullable=False),
        sa.CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_money_file_refused_for_a_reason")),
        sa.CheckConstraint("state IN ('read', 'refused')", name=op.f("ck_money_file_state_known")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_money_file_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_money_file_raw_id")),
        sa.PrimaryKeyConstraint("raw_id", name=op.f("pk_money_file")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("money_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_money_file_name_modified_s"), ["name", "modified_s"], unique=False)

    op.create_table(
        "money_match",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("pass_name", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("left_minor", base.Long, nullable=False),
        sa.Column("right_minor", base.Long, nullable=False),
        sa.Column("matched_on", base.Day(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("matched_at", base.UtcInstant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(pass_name = 'person') = (reason IS NOT NULL)", name=op.f("ck_money_match_people_give_a_reason")),
        sa.CheckConstraint("level IN ('payment', 'bank')", name=op.f("ck_money_match_level_known")),
        sa.CheckConstraint("pass_name = 'person' OR left_minor = right_minor", name=op.f("ck_money_match_passes_match_to_the_unit")),
        sa.CheckConstraint("shape IN ('one_to_one', 'many_to_one', 'one_to_many')", name=op.f("ck_money_match_shape_known")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_money_match_account_id")),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name=op.f("fk_money_match_actor_id")),
        sa.ForeignKeyConstraint(["run_id"], ["reconciliation_run.id"], name=op.f("fk_money_match_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_match")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("money_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_money_match_matched_on"), ["matched_on"], unique=False)

    op.create_table(
        "payout",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_minor", base.Long, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", base.UtcInstant(), nullable=False),
        sa.Column("business_on", base.Day(), nullable=False),
        sa.Column("arrival_on", base.Day(), nullable=True),
        sa.Column("is_itemised", base.Flag(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("fee_minor", base.Long, nullable=False),
        sa.Column("source_version", base.Long, nullable=False),
        sa.Column("fetch_seq", base.Long, nullable=False),
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.CheckConstraint("status IN ('scheduled', 'in_transit', 'paid', 'failed', 'cancelled')", name=op.f("ck_payout_status_known")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_payout_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_payout_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payout_business_on"), ["business_on"], unique=False)

    op.create_table(
        "settlement",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("opened_at", base.UtcInstant(), nullable=False),
        sa.Column("closed_at", base.UtcInstant(), nullable=False),
        sa.Column("total_minor", base.Long, nullable=False),
        sa.Column("opening_minor", base.Long, nullable=True),
        sa.Column("closing_minor", base.Long, nullable=True),
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.CheckConstraint("(opening_minor IS NULL) = (closing_minor IS NULL)", name=op.f("ck_settlement_balances_both")),
        sa.CheckConstraint("opening_minor IS NULL OR opening_minor + total_minor = closing_minor", name=op.f("ck_settlement_balances")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_settlement_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_settlement_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sqlite_strict=True,
    )
    op.create_table(
        "settlement_line",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("raw_kind", sa.Text(), nullable=False),
        sa.Column("gross_minor", base.Long, nullable=False),
        sa.Column("fees_minor", base.Long, nullable=False),
        sa.Column("net_minor", base.Long, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("occurred_at", base.UtcInstant(), nullable=False),
        sa.Column("business_on", base.Day(), nullable=False),
        sa.Column("available_at", base.UtcInstant(), nullable=True),
        sa.Column("payout_id", base.RowId(), nullable=True),
        sa.Column("payment_reference", sa.Text(), nullable=True),
        sa.Column("other_reference", sa.Text(), nullable=True),
        sa.Column("source_reference", sa.Text(), nullable=True),
        sa.Column("order_reference", sa.Text(), nullable=True),
        sa.Column("presented_minor", base.Long, nullable=True),
        sa.Column("presented_currency", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("settlement_id", base.RowId(), nullable=True),
        sa.Column("source_version", base.Long, nullable=False),
        sa.Column("fetch_seq", base.Long, nullable=False),
        sa.Column("raw_id", base.RowId(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('charge', 'refund', 'refund_failed', 'dispute', 'dispute_won', 'fee', 'reserve_held', 'reserve_released', 'payout', 'payout_failed', 'transfer', 'conversion', 'tax_withheld', 'loan', 'carried', 'top_up', 'adjustment', 'unknown')",
            name=op.f("ck_settlement_line_kind_known"),
        ),
        sa.CheckConstraint("(presented_minor IS NULL) = (presented_currency IS NULL)", name=op.f("ck_settlement_line_presented_whole")),
        sa.CheckConstraint("net_minor = gross_minor - fees_minor", name=op.f("ck_settlement_line_net_is_gross_less_fees")),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_settlement_line_account_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_payload.id"], name=op.f("fk_settlement_line_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_line")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("settlement_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_settlement_line_business_on"), ["business_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_settlement_line_payment_reference"), ["payment_reference"], unique=False)
        batch_op.create_index(batch_op.f("ix_settlement_line_payout_id"), ["payout_id"], unique=False)

    op.create_table(
        "money_match_member",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("line_id", base.RowId(), nullable=False),
        sa.Column("match_id", base.RowId(), nullable=False),
        sa.CheckConstraint("level IN ('payment', 'bank')", name=op.f("ck_money_match_member_level_known")),
        sa.CheckConstraint("side IN ('left', 'right')", name=op.f("ck_money_match_member_side_known")),
        sa.ForeignKeyConstraint(["match_id"], ["money_match.id"], name=op.f("fk_money_match_member_match_id")),
        sa.PrimaryKeyConstraint("level", "side", "line_id", name=op.f("pk_money_match_member")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("money_match_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_money_match_member_match_id"), ["match_id"], unique=False)

    op.create_table(
        "settlement_fee",
        sa.Column("line_id", base.RowId(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", base.Long, nullable=False),
        sa.CheckConstraint(
            "kind IN ('processing', 'fixed', 'cross_border', 'conversion', 'dispute', 'refund', 'commission', 'fulfilment', 'storage', 'advertising', 'subscription', 'payout', 'tax', 'tax_withheld', 'other')",
            name=op.f("ck_settlement_fee_kind_known"),
        ),
        sa.ForeignKeyConstraint(["line_id"], ["settlement_line.id"], name=op.f("fk_settlement_fee_line_id")),
        sa.PrimaryKeyConstraint("line_id", "kind", name=op.f("pk_settlement_fee")),
        sqlite_strict=True,
    )
    op.create_table(
        "statement_line",
        sa.Column("id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("statement_id", base.RowId(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("booked_on", base.Day(), nullable=False),
        sa.Column("value_on", base.Day(), nullable=True),
        sa.Column("amount_minor", base.Long, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fee_minor", base.Long, nullable=False),
        sa.Column("raw_kind", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_statement_line_account_id")),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_statement_line_key_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["bank_statement.id"], name=op.f("fk_statement_line_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_line")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("statement_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_line_booked_on"), ["booked_on"], unique=False)

    op.create_table(
        "money_ignored",
        sa.Column("line_id", base.RowId(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rules_hash", base.RowId(), nullable=False),
        sa.Column("at", base.UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["channel_account.id"], name=op.f("fk_money_ignored_account_id")),
        sa.ForeignKeyConstraint(["line_id"], ["statement_line.id"], name=op.f("fk_money_ignored_line_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_money_ignored")),
        sqlite_strict=True,
    )

    for table in PAID:
        with op.batch_alter_table(table, table_kwargs={"sqlite_strict": True}) as batch_op:
            batch_op.add_column(sa.Column("shop_minor", base.Long, nullable=True))
            batch_op.add_column(sa.Column("shop_currency", sa.Text(), nullable=True))
            batch_op.create_check_constraint("shop_amount_has_a_currency", "(shop_minor IS NULL) = (shop_currency IS NULL)")


def downgrade() -> None:

    for table in PAID:
        with op.batch_alter_table(table, table_kwargs={"sqlite_strict": True}) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_shop_amount_has_a_currency"), type_="check")
            batch_op.drop_column("shop_currency")
            batch_op.drop_column("shop_minor")
    op.drop_table("money_ignored")
    with op.batch_alter_table("statement_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_line_booked_on"))

    op.drop_table("statement_line")
    op.drop_table("settlement_fee")
    with op.batch_alter_table("money_match_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_money_match_member_match_id"))

    op.drop_table("money_match_member")
    with op.batch_alter_table("settlement_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_settlement_line_payout_id"))
        batch_op.drop_index(batch_op.f("ix_settlement_line_payment_reference"))
        batch_op.drop_index(batch_op.f("ix_settlement_line_business_on"))

    op.drop_table("settlement_line")
    op.drop_table("settlement")
    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payout_business_on"))

    op.drop_table("payout")
    with op.batch_alter_table("money_match", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_money_match_matched_on"))

    op.drop_table("money_match")
    with op.batch_alter_table("money_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_money_file_name_modified_s"))

    op.drop_table("money_file")
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dispute_payment_reference"))

    op.drop_table("dispute")
    op.drop_table("bank_statement")
    with op.batch_alter_table("sign_off", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_sign_off_standing", sqlite_where=sa.text("withdrawn_at IS NULL"), postgresql_where=sa.text("withdrawn_at IS NULL")
        )

    op.drop_table("sign_off")
    with op.batch_alter_table("reconciliation_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reconciliation_run_started_at"))

    op.drop_table("reconciliation_run")
    with op.batch_alter_table("money_break", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_money_break_subject_id"))
        batch_op.drop_index(
            "ix_money_break_open", sqlite_where=sa.text("state != 'resolved'"), postgresql_where=sa.text("state != 'resolved'")
        )

    op.drop_table("money_break")
    op.drop_table("money_reminder")
