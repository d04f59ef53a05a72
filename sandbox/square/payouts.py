"""Square's doors to payouts, their entries, and disputes (v2)."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from sandbox.balance import Deposit, Movement, ledger_of
from sandbox.exchange import Answer, Request, Tree, answer_json, tree_of
from sandbox.shelf import CREATED, FOREVER, Entry
from sandbox.shop import Shop, cursor_after, start_after, turn
from sandbox.square.asking import RefusedError, milliseconds
from sandbox.square.balance import ACCOUNT, DISPUTES, payout_id, payout_tree
from sandbox.square.words import LOCATION, moment

MOST: Final = 100


class Row(NamedTuple):
    """One row of a list: by when it is sorted, its number, and how it is shown."""

    at_ms: int
    sequence: int
    show: Callable[[], Tree]


def answer(shop: Shop, request: Request, steps: list[str]) -> Answer:
    """Gives the answer to a request for payouts or disputes."""
    match steps:
        case ["payouts"]:
            return _list_payouts(shop, request)
        case ["payouts", wanted]:
            return answer_json({"payout": payout_tree(_deposit(shop, wanted), shop.now_ms)})
        case ["payouts", wanted, "payout-entries"]:
            return _list_entries(shop, request, wanted)
        case ["disputes"]:
            return _list_disputes(shop, request)
        case ["disputes", wanted]:
            return _one_dispute(shop, wanted)
        case _:
            raise RefusedError("NOT_FOUND", "Resource not found.", status=404)


def _list_payouts(shop: Shop, request: Request) -> Answer:
    given = request.parameters()
    _check_location(given)
    year_ms = 365 * 24 * 3600 * 1000
    low, high = milliseconds(given.get("begin_time"), shop.now_ms - year_ms), milliseconds(given.get("end_time"), shop.now_ms + 1)
    rows = [
        Row(each.issued_ms, each.day, lambda each=each: payout_tree(each, shop.now_ms))
        for each in _deposits(shop)
        if low <= each.issued_ms < high and given.get("status") in {None, payout_tree(each, shop.now_ms)["status"]}
    ]
    return _page(shop, rows, given, "payouts")


def _list_entries(shop: Shop, request: Request, wanted: str) -> Answer:
    deposit = _deposit(shop, wanted)
    rows = [Row(line.at_ms, line.sequence, lambda line=line: _entry(shop, line, wanted)) for line in deposit.lines]
    return _page(shop, rows, request.parameters(), "payout_entries")


def _list_disputes(shop: Shop, request: Request) -> Answer:
    given = request.parameters()
    _check_location(given)
    rows = [
        Row(each.created_ms, each.sequence, lambda each=each: _dispute(shop, each))
        for each in shop.shelf.window(DISPUTES, CREATED, -FOREVER, shop.now_ms + 1)
    ]
    return _page(shop, rows, given, "disputes")


def _one_dispute(shop: Shop, wanted: str) -> Answer:
    entry = shop.shelf.find(DISPUTES, wanted)
    if entry is None or entry.created_ms > shop.now_ms:
        raise RefusedError("NOT_FOUND", f"Dispute not found for id {wanted}", "dispute_id", 404)
    return answer_json({"dispute": _dispute(shop, entry)})


def _deposits(shop: Shop) -> Sequence[Deposit]:
    return ledger_of(shop.shelf, ACCOUNT, shop.seed, shop.now_ms).deposits


def _deposit(shop: Shop, wanted: str) -> Deposit:
    for each in _deposits(shop):
        if payout_id(each) == wanted:
            return each
    raise RefusedError("NOT_FOUND", f"Payout not found for id {wanted}", "payout_id", 404)


def _entry(shop: Shop, line: Movement, payout: str) -> Tree:
    shown = line.tree if line.entry is None else tree_of(shop.shelf.trees([line.entry])[0])
    return {**(shown or {}), "payout_id": payout}


def _dispute(shop: Shop, entry: Entry) -> Tree:
    tree = tree_of(shop.shelf.trees([entry])[0])
    if shop.now_ms >= entry.closed_ms:
        return tree
    return {**tree, "state": "EVIDENCE_REQUIRED", "updated_at": moment(entry.created_ms), "version": 1}


def _check_location(given: dict[str, str]) -> None:
    if given.get("location_id", LOCATION) != LOCATION:
        raise RefusedError("NOT_FOUND", "Location not found.", "location_id", 404)


def _page(shop: Shop, rows: list[Row], given: dict[str, str], name: str) -> Answer:
    newest_first = given.get("sort_order", "DESC") != "ASC"
    rows.sort(key=lambda row: row[:2], reverse=newest_first)
    sign = -1 if newest_first else 1
    keys = [(sign * row.at_ms, sign * row.sequence) for row in rows]
    limit = given.get("limit", str(MOST))
    size = min(int(limit), MOST) if limit.isdigit() and int(limit) else MOST
    try:
        start = start_after(keys, given.get("cursor"))
    except (ValueError, TypeError):
        raise RefusedError("INVALID_CURSOR", "Invalid cursor.", "cursor") from None
    leaf = turn(rows, start, size, shop.twist)
    before_all = (-FOREVER, -FOREVER)
    cursor = {"cursor": cursor_after(keys[leaf.next_start - 1] if leaf.next_start else before_all)} if leaf.more else {}
    return answer_json({**({name: [row.show() for row in leaf.entries]} if leaf.entries else {}), **cursor})
