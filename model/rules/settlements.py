"""Whether what a provider or bank states adds up: net = gross − fees, lines = total, opening + lines = closing."""

from model.errors import RejectedError
from model.records.settlement import Payout, Settlement, SettlementLine
from model.records.statement import Statement


def check_line(line: SettlementLine) -> None:
    """RejectedError where net is not gross less fees."""
    fees = sum(fee.amount_minor for fee in line.fees)
    if line.net_minor != line.gross_minor - fees:
        raise RejectedError(
            f"line {line.external_id}: gross {line.gross_minor} less fees {fees} is not its net {line.net_minor} ({line.currency})"
        )


def check_settlement(settlement: Settlement) -> None:
    """RejectedError where a line, the stated total, the balances or a payout of the settlement do not agree with its lines."""
    where = f"settlement {settlement.external_id}"
    for line in settlement.lines:
        check_line(line)
        if line.currency != settlement.currency:
            raise RejectedError(f"{where}: line {line.external_id} is in {line.currency}, the settlement in {settlement.currency}")
    total = sum(line.net_minor for line in settlement.lines)
    if settlement.total_minor is not None and settlement.total_minor != total:
        raise RejectedError(f"{where}: states a total of {settlement.total_minor}, its lines sum to {total} ({settlement.currency})")
    if (settlement.opening_minor is None) != (settlement.closing_minor is None):
        raise RejectedError(f"{where}: states only one of opening and closing balance")
    if settlement.opening_minor is not None and settlement.opening_minor + total != settlement.closing_minor:
        raise RejectedError(
            f"{where}: opening {settlement.opening_minor} and lines {total} do not give closing {settlement.closing_minor}"
            f" ({settlement.currency})"
        )
    for payout in settlement.payouts:
        if payout.is_itemised:
            check_payout(payout, tuple(line for line in settlement.lines if line.payout_external_id == payout.external_id))


def check_payout(payout: Payout, lines: tuple[SettlementLine, ...]) -> None:
    """RejectedError where the lines of an itemised payout do not sum to it.

    Its own leaving the balance is no part of it. Money that came back from another payout that failed is: this one pays it again.
    """
    total = sum(line.net_minor for line in lines if not _is_the_payout(line, payout))
    if total - payout.fee_minor != payout.amount_minor:
        raise RejectedError(
            f"payout {payout.external_id}: is {payout.amount_minor}, its lines sum to {total} less a fee of {payout.fee_minor}"
            f" ({payout.currency})"
        )


def _is_the_payout(line: SettlementLine, payout: Payout) -> bool:
    if line.kind == "payout_failed":
        return line.source_reference in {None, payout.external_id}
    return line.kind == "payout"


def check_statement(statement: Statement) -> None:
    """RejectedError where opening and lines do not give closing, or where two lines are one."""
    where = f"statement {statement.external_id}"
    if (statement.opening_minor is None) != (statement.closing_minor is None):
        raise RejectedError(f"{where}: states only one of opening and closing balance")
    total = sum(line.amount_minor for line in statement.lines)
    if statement.opening_minor is not None and statement.opening_minor + total != statement.closing_minor:
        raise RejectedError(
            f"{where}: opening {statement.opening_minor} and lines {total} do not give closing {statement.closing_minor}"
            f" ({statement.currency})"
        )
    ids = {line.external_id for line in statement.lines}
    if len(ids) != len(statement.lines):
        raise RejectedError(f"{where}: two of its lines have one id")
