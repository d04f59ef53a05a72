"""Which lines a payout is the sum of."""

from datetime import UTC, datetime

import pytest

from model.errors import RejectedError
from model.records.settlement import LineKind, Payout, SettlementLine
from model.rules.settlements import check_payout

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PAYOUT = Payout(
    external_id="P2", status="paid", amount_minor=900, currency="EUR", created_at=NOON, arrival_on=NOON.date(), is_itemised=True
)  # fmt: skip


def line(kind: LineKind, amount: int, source: str | None = None) -> SettlementLine:
    return SettlementLine(
        external_id=f"{kind}{amount}", kind=kind, raw_kind=kind, gross_minor=amount, net_minor=amount, currency="EUR", occurred_at=NOON,
        payout_external_id="P2", source_reference=source,
    )  # fmt: skip


def test_the_payout_itself_is_none_of_its_lines() -> None:
    check_payout(PAYOUT, (line("charge", 900), line("payout", -900, "P2"), line("payout_failed", 900, "P2"), line("payout_failed", 900)))


def test_money_of_another_payout_that_failed_is_paid_again() -> None:
    lines = (line("charge", 400), line("payout_failed", 500, "P1"), line("payout", -900, "P2"))

    check_payout(PAYOUT, lines)
    with pytest.raises(RejectedError, match="P2: is 900, its lines sum to 400"):
        check_payout(PAYOUT, (lines[0], lines[2]))
