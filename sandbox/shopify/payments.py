"""The `shopifyPaymentsAccount` of the Admin GraphQL API: payouts, balance transactions and disputes, searched and paged."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple, cast

from sandbox.balance import Deposit, Ledger, Movement, ledger_of
from sandbox.exchange import Tree, tree_of
from sandbox.shelf import CREATED, FOREVER
from sandbox.shop import Shop, cursor_after, start_after, turn
from sandbox.shopify.balance import (
    ACCOUNT,
    DISPUTES,
    FIRST_PAYOUT,
    payout_gid,
    payout_tree,
    status_of,
    transfer,
)
from sandbox.shopify.graphql import Field
from sandbox.shopify.money import SHOP_CURRENCY, gid, money
from sandbox.shopify.nodes import find
from sandbox.shopify.project import Cut, page_info
from sandbox.shopify.refusing import RefusedError, page_size
from sandbox.shopify.search import TERM, span_of

LISTS: Final = frozenset({"payouts", "balanceTransactions", "disputes"})
NONE_YET: Final[Tree] = {"id": None, "status": "PENDING"}


class Row(NamedTuple):
    """One row of a list: by when it is sorted, its number, and how it is shown."""

    at_ms: int
    sequence: int
    show: Callable[[], Tree]


def account(shop: Shop, cut: Cut, field: Field, _given: Tree) -> Tree:
    """Gives what is selected of the account."""
    ledger = ledger_of(shop.shelf, ACCOUNT, shop.seed, shop.now_ms)
    told: Tree = {}
    for chosen in cut.flat({"__typename": "ShopifyPaymentsAccount"}, field.selections):
        path = (field.alias, chosen.alias)
        if chosen.name in LISTS:
            told[chosen.alias] = _list(shop, ledger, cut, chosen, path)
        else:
            told |= cut.of(_standing(ledger, shop.now_ms), (chosen,), (field.alias,))
    return told


def _standing(ledger: Ledger, now_ms: int) -> Tree:
    held = sum(line.net for line in ledger.movements if line.at_ms <= now_ms) - sum(each.amount for each in ledger.deposits)
    return {
        "__typename": "ShopifyPaymentsAccount",
        "id": gid("ShopifyPaymentsAccount", 58_033_176),
        "activated": True,
        "country": "DE",
        "defaultCurrency": SHOP_CURRENCY,
        "onboardable": False,
        "accountOpenerName": None,
        "payoutStatementDescriptor": "SHOPIFY PAYMENTS",
        "balance": [money(held, SHOP_CURRENCY)],
        "payoutSchedule": {"interval": "DAILY", "monthlyAnchor": None, "weeklyAnchor": None},
    }


def _list(shop: Shop, ledger: Ledger, cut: Cut, field: Field, path: tuple[str, ...]) -> Tree:
    given = cut.arguments(field)
    rows = _ROWS[field.name](shop, ledger, str(given.get("query") or ""))
    rows.sort(key=lambda row: row[:2])
    keys = [(row.at_ms, row.sequence) for row in rows]
    try:
        start = start_after(keys, cast("str | None", given.get("after")))
    except ValueError:
        raise RefusedError("Invalid cursor for current pagination sort.", {"code": "BAD_REQUEST"}, path) from None
    leaf = turn(rows, start, page_size(given, field.alias), shop.twist)
    nodes = [(cursor_after(row[:2]), row.show()) for row in leaf.entries]
    end = cursor_after(keys[min(leaf.next_start, len(keys)) - 1]) if leaf.next_start and keys else None
    return cut.connection_of(nodes, field, page_info(nodes, more=leaf.more, before=start > 0, end=end), path)


def _spans(text: str, column: str) -> tuple[int, int]:
    """Gives the half-open span of times that a search asks for."""
    low, high = -FOREVER, FOREVER
    try:
        for name, sign, quoted in TERM.findall(text):
            if name == column:
                least, most = span_of(sign, quoted.strip("'\""))
                low, high = max(low, least), min(high, most)
    except ValueError:
        raise RefusedError("Invalid search: a time in it cannot be read", {"code": "BAD_REQUEST"}) from None
    return low, high


def _payouts(shop: Shop, ledger: Ledger, text: str) -> list[Row]:
    low, high = _spans(text, "issued_at")
    return [
        Row(each.issued_ms, each.day, lambda each=each: payout_tree(each, shop.now_ms))
        for each in ledger.deposits
        if low <= each.issued_ms < high
    ]


def _lines(shop: Shop, ledger: Ledger, text: str) -> list[Row]:
    low, high = _spans(text, "processed_at")
    wanted = re.search(r"payments_transfer_id:\s*'?(\d+)", text)
    carried = [(line, ledger.carrier.get(line.id)) for line in ledger.movements]
    carried += [(transfer(each), each) for each in ledger.deposits]
    return [
        Row(line.at_ms, line.sequence, lambda line=line, by=by: _line_tree(shop, line, by))
        for line, by in carried
        if low <= line.at_ms < min(high, shop.now_ms + 1) and (wanted is None or (by and FIRST_PAYOUT + by.day == int(wanted[1])))
    ]


def _line_tree(shop: Shop, line: Movement, by: Deposit | None) -> Tree:
    shown = line.tree if line.entry is None else tree_of(shop.shelf.trees([line.entry])[0])
    payout = {"id": payout_gid(by), "status": status_of(by, shop.now_ms)} if by else NONE_YET
    return {**(shown or {}), "associatedPayout": payout}


def _disputes(shop: Shop, _ledger: Ledger, text: str) -> list[Row]:
    low, high = _spans(text, "initiated_at")
    rows = shop.shelf.window(DISPUTES, CREATED, low, min(high, shop.now_ms + 1))
    return [Row(each.created_ms, each.sequence, lambda each=each: _dispute_tree(shop, each.id, each.closed_ms)) for each in rows]


def _dispute_tree(shop: Shop, own: str, decided_ms: int) -> Tree:
    entry = shop.shelf.find(DISPUTES, own)
    tree = tree_of(shop.shelf.trees([entry])[0]) if entry else {}
    found = find(shop.shelf, str(tree.get("order")))
    is_open = shop.now_ms < decided_ms
    is_told = not is_open or shop.now_ms >= decided_ms - 2 * 24 * 3600 * 1000
    doing = {"status": "UNDER_REVIEW" if is_told else "NEEDS_RESPONSE", "finalizedOn": None} if is_open else {}
    sent = {} if is_told else {"evidenceSentOn": None}
    return {**tree, **doing, **sent, "order": found[0] if found else None}


_ROWS: Final[dict[str, Callable[[Shop, Ledger, str], list[Row]]]] = {
    "payouts": _payouts,
    "balanceTransactions": _lines,
    "disputes": _disputes,
}
