"""The review's word on a partner's order (855): taken, taken with less, or not taken, line by line."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from model.records.partner_reply import AnsweredLine, OrderAnswer, Verdict
from model.rules.allocation import WHOLE
from model.store.partner_replies import AnyRow
from model.values.ids import derive_id


def answer_key(order_id: str, review_number: int) -> str:
    """What names an answer for ever: the order, and which of its reviews it tells."""
    return f"answer:{order_id}:{review_number}"


def answer_of(decided: AnyRow, rows: Sequence[AnyRow], zone: ZoneInfo) -> OrderAnswer:
    """The answer to one order; `rows` are its lines with what of them was approved."""
    lines = tuple(_line(row, is_taken=decided.outcome == "approved") for row in rows)
    return OrderAnswer(
        reference=f"A{derive_id(decided.order_id, 'answer', str(decided.review_number))[:12]}",
        order_external_id=decided.external_id,
        order_number=decided.number,
        ordered_on=decided.placed_at.astimezone(zone).date(),
        decided_at=decided.at,
        verdict=_of_all([each.verdict for each in lines]),
        currency=decided.currency,
        lines=lines,
    )


def _line(row: AnyRow, *, is_taken: bool) -> AnsweredLine:
    accepted = _accepted(row) if is_taken else 0
    verdict: Verdict = "rejected" if accepted == 0 else "changed" if accepted != row.quantity else "accepted"
    return AnsweredLine(
        line_external_id=row.external_id,
        verdict=verdict,
        ordered=row.quantity,
        accepted=accepted,
        unit_price=row.unit_price,
        sku=row.sku,
        unit=row.unit,
    )


def _accepted(row: AnyRow) -> int:
    """What was approved, in the partner's unit; a line that sells no SKU takes nothing from stock and is taken as it is."""
    if row.own_sku is None or not row.factor or row.approved is None:
        return int(row.quantity)
    return min(int(row.quantity), row.approved * WHOLE // row.factor)


def _of_all(verdicts: Sequence[Verdict]) -> Verdict:
    if all(each == "accepted" for each in verdicts):
        return "accepted"
    return "rejected" if all(each == "rejected" for each in verdicts) else "changed"
