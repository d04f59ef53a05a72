"""Breaks as people see them: how old, how much is at risk, whose they are, what to do, and what runs their matching again."""

import json
from datetime import date, timedelta
from typing import Any, Final, get_args

from sqlalchemy import Row

from model.errors import ConfigError
from model.records.breaks import MENDS, BreakKind
from model.store import money_breaks
from operations.money.money_verbs import tells_of_payouts
from operations.runtime.hub import Hub

SHORT: Final = 12
"""Characters of an id that people type."""
READ_AGAIN: Final[frozenset[BreakKind]] = frozenset({
    "payment_unsettled", "refund_unsettled", "payout_sum_differs", "payout_unknown", "payout_not_banked", "statement_gap",
    "balance_differs",
})  # fmt: skip
"""Breaks whose account is worth reading again before it is matched again."""


def listed_breaks(
    hub: Hub, *, account: str | None = None, kind: str | None = None, owner: str | None = None,
    with_resolved: bool = False, limit: int | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Breaks as rows, the oldest first; ConfigError for a kind that is none."""
    if kind is not None and kind not in get_args(BreakKind):
        raise ConfigError(f"--kind {kind!r}: is unknown; use one of {', '.join(get_args(BreakKind))}")
    with hub.database.read() as connection:
        rows = money_breaks.listed(
            connection, account_id=account, kind=kind, owner=owner, with_resolved=with_resolved, limit=limit
        )  # fmt: skip
    return [shaped(hub, row) for row in rows]


def shown_break(hub: Hub, named: str) -> dict[str, Any]:
    """One break with its evidence, its story and what to run again; RejectedError where there is none, or several."""
    with hub.database.read() as connection:
        row = money_breaks.one(connection, named)
    return {
        **shaped(hub, row), "id": row.id, "evidence": json.loads(row.evidence), "first_seen_at": row.first_seen_at,
        "last_seen_at": row.last_seen_at, "resolution": row.resolution, "maker": row.maker_id, "made_at": row.made_at,
        "checker": row.checker_id, "checked_at": row.checked_at, "resolved_at": row.resolved_at, "run": _commands(hub, row),
    }  # fmt: skip


def shaped(hub: Hub, row: Row[Any]) -> dict[str, Any]:
    """A break as a row: its amount in minor units, its age in days of today."""
    age = hub.clock.now().date() - row.business_on
    return {
        "id": row.id[:SHORT], "account": row.account_id, "kind": row.kind, "about": row.subject_name, "day": row.business_on,
        "age_days": age.days, "at_risk": {"minor": row.amount_minor, "currency": row.currency}, "state": row.state,
        "owner": row.owner_id, "mend": MENDS[row.kind],
    }  # fmt: skip


def matching_again(account: str, day: date) -> str:
    """The command that matches a day of an account again; matching looks far enough around it by itself."""
    return f"entrepot run reconcile_money --account {account} --since {day} --until {day}"


def _commands(hub: Hub, row: Row[Any]) -> list[str]:
    """What to run, in order: perhaps a reading, then the matching."""
    day = row.business_on
    first: list[str] = []
    if row.kind in READ_AGAIN:
        account = next((each for each in hub.file.accounts if each.id == row.account_id), None)
        around = f"--since {day - timedelta(days=1)} --until {day + timedelta(days=7)}"
        is_asked = account is not None and tells_of_payouts(account)
        first = [f"entrepot run pull_payouts --account {row.account_id} {around}" if is_asked else _import(row.account_id)]
    elif row.kind == "line_without_payment":
        around = f"--since {day - timedelta(days=1)} --until {day + timedelta(days=2)}"
        first = [f"entrepot run pull_orders --channel {each.id} {around}" for each in hub.file.channels if each.is_active]
    return [*first, matching_again(row.account_id, day)]


def _import(account: str) -> str:
    return f"entrepot run import_statements --account {account}"
