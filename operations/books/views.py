"""The books as people see them: the trial balance, vouchers, versions of rules, and months."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from model.errors import RejectedError
from model.store import periods, posting_rules, voucher_drafts, voucher_queries, vouchers
from model.store.voucher_queries import Wanted
from operations.books.manual import reference
from operations.books.months import first_day
from operations.books.rule_sets import in_force, of_day
from operations.runtime.hub import Hub
from reconciliation.vouchers.rules import PostingRules


def trial_balance(hub: Hub, entity_id: str, until: date | None = None) -> dict[str, Any]:
    """Every account of an entity up to a day, itself included, with its name in both languages; without a day, all that is posted.

    `debit_minor` is signed: a credit is negative. `base_minor` are the same lines in the functional currency, which sum to nothing.
    """
    entity = hub.file.entity(entity_id)
    with hub.database.read() as connection:
        rules = of_day(in_force(connection, entity.id), until or date.max).rules
        stands = vouchers.balances(connection, entity.id, until or date.max)
    rows = [
        {
            "account": each.account, **_names(rules, each.account), "currency": each.currency, "debit_minor": each.amount_minor,
            "base_minor": each.base_minor, "lines": each.lines,
        }
        for each in stands
    ]  # fmt: skip
    total = sum(each.base_minor for each in stands)
    return {"entity": entity.id, "until": until, "base_currency": entity.currency, "base_total_minor": total, "accounts": rows}


def _names(rules: PostingRules, code: str) -> dict[str, str | None]:
    try:
        account = rules.account(code)
    except RejectedError:
        return {"name": None, "name_zh": None}
    return {"name": account.name, "name_zh": account.name_zh}


def listed_vouchers(hub: Hub, wanted: Wanted) -> list[dict[str, Any]]:
    """Vouchers as rows, with what their debits come to by currency."""
    if wanted.entity is not None:
        hub.file.entity(wanted.entity)
    if wanted.period is not None:
        first_day(wanted.period)
    with hub.database.read() as connection:
        rows = voucher_queries.listed(connection, wanted)
        lines = vouchers.lines_of(connection, [row.id for row in rows])
    found: list[dict[str, Any]] = []
    for row in rows:
        sums: dict[str, int] = {}
        for line in lines.get(row.id, ()):
            sums[line.currency] = sums.get(line.currency, 0) + max(line.amount_minor, 0)
        amounts = [{"minor": minor, "currency": currency} for currency, minor in sorted(sums.items())]
        found.append({**_shaped(row), "amounts": amounts})
    return found


def _shaped(row: Row[Any]) -> dict[str, Any]:
    return {
        "voucher": reference(row), "id": row.id, "state": row.state, "posted_on": row.posted_on, "happened_on": row.happened_on,
        "event": row.event, "memo": row.memo,
    }  # fmt: skip


def shown_voucher(hub: Hub, named: str) -> dict[str, Any]:
    """One voucher with its lines, who made and checked it, and what it takes back or is taken back by."""
    with hub.database.read() as connection:
        row = voucher_queries.named(connection, named)
        rules = of_day(in_force(connection, row.entity_id), row.happened_on).rules
        lines = vouchers.lines_of(connection, [row.id]).get(row.id, ())
        taken_by = voucher_drafts.reversal_of(connection, row.id)
        takes = _taken(connection, row)
    return {
        **_shaped(row), "entity": row.entity_id, "period": row.period, "source": row.source, "source_id": row.source_id,
        "version": row.version, "rules": row.rule_set[:12], "account": row.account_id, "base_currency": row.base_currency,
        "takes_back": takes, "taken_back_by": None if taken_by is None else reference(taken_by), "maker": row.maker_id,
        "checker": row.checker_id, "made_at": row.made_at, "posted_at": row.posted_at,
        "lines": [
            {
                "account": line.account, **_names(rules, line.account), "currency": line.currency, "debit_minor": line.amount_minor,
                "base_minor": line.base_minor, "dimensions": dict(line.dimensions), "memo": line.memo,
            }
            for line in lines
        ],
    }  # fmt: skip


def _taken(connection: Connection, row: Row[Any]) -> str | None:
    """What a reversal takes back, also while it is a draft."""
    if row.event != "reversal":
        return None
    found = vouchers.headers(connection, [row.source_id]).get(row.source_id)
    return None if found is None else reference(found)


def listed_rules(hub: Hub, entity_id: str | None = None) -> list[dict[str, Any]]:
    """Versions of rules, by entity and the day they hold from."""
    with hub.database.read() as connection:
        return [
            {
                "id": row.id[:12], "entity": row.entity_id, "from": row.effective_from, "state": row.state, "maker": row.maker_id,
                "checker": row.checker_id, "reason": row.reason,
            }
            for row in posting_rules.listed(connection, entity_id)
        ]  # fmt: skip


def listed_months(hub: Hub, entity_id: str | None = None) -> list[dict[str, Any]]:
    """Months with their numbers of vouchers, and who closed or wishes to reopen them."""
    with hub.database.read() as connection:
        return [
            {
                "entity": row.entity_id, "month": row.period, "state": row.state, "vouchers": row.last_number, "wish": row.wish,
                "maker": row.maker_id, "checker": row.checker_id, "reason": row.reason, "changed_at": row.changed_at,
            }
            for row in periods.listed(connection, entity_id)
        ]  # fmt: skip


def listed_rates(hub: Hub, currency: str | None = None) -> list[dict[str, Any]]:
    """Exchange rates that were told, by functional currency, currency and day."""
    found: list[dict[str, Any]] = []
    with hub.database.read() as connection:
        for base in sorted({entity.currency for entity in hub.file.entities}):
            for told, rates in sorted(vouchers.rates(connection, base).items()):
                if currency in (None, told):
                    found += [{"day": day, "base": base, "currency": told, "rate": rate} for day, rate in rates]
    return found
