"""Refunds come by two doors: with their order or return, and on their own. Neither makes the other's word worse."""

from collections.abc import Sequence

from sqlalchemy import Connection

from model.store.bulk import PrimitiveRow, column_names, load_rows
from model.store.order_rows import REFUND_LINES, REFUNDS, RowBatch

_NAMES = column_names(REFUNDS)
_AT = {name: place for place, name in enumerate(_NAMES)}
_OWN = ("source_version", "fetch_seq", "own_raw_id")
"""What belongs to the reading on its own."""
_IN_SHOP = ("shop_minor", "shop_currency")
_MONEY = ("amount_minor", "currency")
_SETTLED = ("succeeded", "failed", "cancelled")


def reconcile_refunds(connection: Connection, batch: RowBatch) -> None:
    """Bring a batch's refunds together with what the other door told of them, before they are merged.

    An outline never replaces what the refund told itself; a status that one door calls final is not taken back by the other, which may
    have been asked earlier; what one door alone says in the shop's currency stays; and each door keeps its own payload.
    """
    rows = batch.rows[REFUNDS]
    stored = {str(row[0]): row for row in load_rows(connection, REFUNDS, "id", sorted({str(row[0]) for row in rows}))}
    kept = [str(row[0]) for row in rows if str(row[0]) in stored and _is_poorer(row, stored[str(row[0])])]
    batch.rows[REFUNDS] = [_reconciled(row, stored[str(row[0])]) if str(row[0]) in stored else row for row in rows]
    if kept:
        of_others = [row for row in batch.rows[REFUND_LINES] if row[0] not in set(kept)]
        batch.rows[REFUND_LINES] = of_others + load_rows(connection, REFUND_LINES, "refund_id", kept)


def _is_own(row: PrimitiveRow) -> bool:
    return row[_AT["own_raw_id"]] is not None


def _is_poorer(new: PrimitiveRow, old: PrimitiveRow) -> bool:
    return bool(new[_AT["is_outline"]]) and not old[_AT["is_outline"]]


def _reconciled(new: PrimitiveRow, old: PrimitiveRow) -> PrimitiveRow:
    base = old if _is_poorer(new, old) else new
    values = dict(zip(_NAMES, base, strict=True)) | {"removed_at": None}
    if _is_own(new):
        values["raw_id"] = old[_AT["raw_id"]]
    else:
        values |= {"raw_id": new[_AT["raw_id"]], **{name: old[_AT[name]] for name in _OWN}}
    is_other_door = _is_own(new) != _is_own(old)
    if is_other_door and old[_AT["status"]] in _SETTLED and new[_AT["status"]] not in _SETTLED:
        values["status"] = old[_AT["status"]]
    if is_other_door and values["shop_minor"] is None and all(values[name] == old[_AT[name]] for name in _MONEY):
        values |= {name: old[_AT[name]] for name in _IN_SHOP}
    return tuple(values[name] for name in _NAMES)


def own_refunds(rows: Sequence[PrimitiveRow]) -> set[object]:
    """Ids of the refunds in a batch that were read on their own."""
    return {row[0] for row in rows if _is_own(row)}
