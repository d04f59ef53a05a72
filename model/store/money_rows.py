"""What processors and banks tell, as rows: pure translation of one record into primitive rows of its tables."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time
from typing import cast
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Table

from model.records.settlement import Dispute, Fee, Payout, Settlement, SettlementLine
from model.records.statement import Statement, StatementLine
from model.store.bulk import PrimitiveRow
from model.store.sealing import Sealer
from model.tables.settlements import DisputeRow, PayoutRow, SettlementFeeRow, SettlementLineRow, SettlementRow
from model.tables.statements import BankStatementRow, MoneyFileRow, StatementLineRow
from model.values.ids import derive_id
from model.values.instant import business_date, iso

PAYOUTS = cast("Table", PayoutRow.__table__)
SETTLEMENTS = cast("Table", SettlementRow.__table__)
SETTLEMENT_LINES = cast("Table", SettlementLineRow.__table__)
SETTLEMENT_FEES = cast("Table", SettlementFeeRow.__table__)
DISPUTES = cast("Table", DisputeRow.__table__)
STATEMENTS = cast("Table", BankStatementRow.__table__)
STATEMENT_LINES = cast("Table", StatementLineRow.__table__)
MONEY_FILES = cast("Table", MoneyFileRow.__table__)

LONGEST_TEXT = 500
"""Characters of a provider's or bank's own words that are kept in a row; the whole lies in the landed payload."""


def payout_id(account_id: str, external_id: str) -> str:
    """The row id of a payout."""
    return derive_id(account_id, "payout", external_id)


def line_id(account_id: str, external_id: str) -> str:
    """The row id of a settlement line."""
    return derive_id(account_id, "settlement_line", external_id)


def settlement_id(account_id: str, external_id: str, currency: str) -> str:
    """The row id of a processor's account of a period; one file may tell several, one per currency."""
    return derive_id(account_id, "settlement", external_id, currency)


def statement_id(account_id: str, external_id: str) -> str:
    """The row id of a bank statement."""
    return derive_id(account_id, "statement", external_id)


def statement_line_id(account_id: str, bank_account: str, external_id: str) -> str:
    """The row id of a bank line: banks number lines per account only."""
    return derive_id(account_id, "statement_line", bank_account, external_id)


def payout_row(payout: Payout, account_id: str, zone: ZoneInfo, cut_off: time, raw_id: str, seq: int) -> PrimitiveRow:
    """A payout's row."""
    return (
        payout_id(account_id, payout.external_id), account_id, payout.external_id, payout.status, payout.amount_minor, payout.currency,
        iso(payout.created_at), business_date(payout.created_at, zone, cut_off).isoformat(),
        payout.arrival_on.isoformat() if payout.arrival_on else None, payout.is_itemised, payout.reference, payout.fee_minor,
        payout.source_version, seq, raw_id,
    )  # fmt: skip


def line_row(
    line: SettlementLine, account_id: str, zone: ZoneInfo, cut_off: time, raw_id: str, seq: int, settlement: str | None = None
) -> PrimitiveRow:
    """A settlement line's row, without its fees."""
    return (
        line_id(account_id, line.external_id), account_id, line.external_id, line.kind, line.raw_kind[:LONGEST_TEXT], line.gross_minor,
        sum(fee.amount_minor for fee in line.fees), line.net_minor, line.currency, iso(line.occurred_at),
        business_date(line.occurred_at, zone, cut_off).isoformat(), _moment(line.available_at),
        payout_id(account_id, line.payout_external_id) if line.payout_external_id else None, line.payment_reference,
        line.other_reference, line.source_reference, line.order_reference, line.presented_minor, line.presented_currency,
        line.note[:LONGEST_TEXT] if line.note else None, settlement, line.source_version, seq, raw_id,
    )  # fmt: skip


def fee_rows(line_row_id: str, fees: Sequence[Fee]) -> list[PrimitiveRow]:
    """A line's fees, one row per kind."""
    by_kind: Counter[str] = Counter()
    for fee in fees:
        by_kind[fee.kind] += fee.amount_minor
    return [(line_row_id, kind, amount) for kind, amount in sorted(by_kind.items()) if amount]


def dispute_row(dispute: Dispute, account_id: str, raw_id: str, seq: int) -> PrimitiveRow:
    """A dispute's row."""
    return (
        derive_id(account_id, "dispute", dispute.external_id), account_id, dispute.external_id, dispute.payment_reference,
        dispute.status, dispute.amount_minor, dispute.currency, iso(dispute.opened_at), iso(dispute.updated_at), dispute.reason,
        _moment(dispute.due_at), dispute.source_version, seq, raw_id,
    )  # fmt: skip


def settlement_row(settlement: Settlement, account_id: str, raw_id: str) -> PrimitiveRow:
    """The row of a processor's account of a period."""
    return (
        settlement_id(account_id, settlement.external_id, settlement.currency), account_id, settlement.external_id,
        settlement.currency, iso(settlement.opened_at), iso(settlement.closed_at), sum(line.net_minor for line in settlement.lines),
        settlement.opening_minor, settlement.closing_minor, raw_id,
    )  # fmt: skip


def statement_row(statement: Statement, account_id: str, raw_id: str) -> PrimitiveRow:
    """A statement's row."""
    return (
        statement_id(account_id, statement.external_id), account_id, statement.external_id, statement.account, statement.currency,
        statement.opened_on.isoformat(), statement.closed_on.isoformat(), statement.opening_minor, statement.closing_minor,
        statement.sequence, raw_id,
    )  # fmt: skip


def statement_line_row(line: StatementLine, statement: Statement, account_id: str, sealer: Sealer, key_id: str) -> PrimitiveRow:
    """A bank line's row; what may name a person is sealed."""
    row_id = statement_line_id(account_id, statement.account, line.external_id)
    words = msgspec.json.encode({"counterparty": line.counterparty, "account": line.counterparty_account, "text": line.text})
    return (
        row_id, account_id, statement_id(account_id, statement.external_id), line.external_id, line.booked_on.isoformat(),
        line.value_on.isoformat() if line.value_on else None, line.amount_minor, statement.currency, line.fee_minor, line.raw_kind,
        line.reference, line.bank_reference, sealer.seal(words, key_id=key_id, place=words_place(row_id)), key_id,
    )  # fmt: skip


def words_place(row_id: str) -> str:
    """What a bank line's sealed words are bound to."""
    return f"statement_line|{row_id}"


def _moment(value: datetime | None) -> str | None:
    return iso(value) if value else None
