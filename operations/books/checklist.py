"""What must be so before a month is closed: each line with its figure and its way out. Nothing is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from model.errors import RejectedError
from model.store import clearing, periods, sign_offs, voucher_drafts
from model.store.money_breaks import BREAKS
from model.values.money import decimal_amount
from operations.books.judging import Desk
from operations.books.months import first_day, last_day
from operations.books.revaluation import accounts_without_a_chart, revaluation
from operations.books.rule_sets import of_day
from operations.books.unbooked import waiting_facts
from operations.money.money_verbs import money_accounts
from operations.money.signing import day_of
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Bank
from operations.runtime.reconciliation_file import read_reconciliation_file

NAMED = 3
"""Figures told in full in a line."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line."""

    name: str
    is_met: bool
    figure: str
    way_out: str = ""
    """What to do where it is not met."""


def checklist(connection: Connection, hub: Hub, desk: Desk, period: str) -> list[Check]:
    """All lines for a month, as this transaction sees them."""
    first, last = first_day(period), last_day(period)
    return [
        _over(hub, desk, last),
        _earlier(connection, desk, period),
        *_money(connection, hub, desk, first, last),
        _clearing(connection, desk, last),
        _drafts(connection, desk, last),
        *_facts(connection, hub, desk, last),
        _chart(connection, desk, last),
        _rates(connection, desk, last),
    ]


def _check(name: str, wrong: Sequence[str], good: str, way_out: str) -> Check:
    more = f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    return Check(name, not wrong, ", ".join(wrong[:NAMED]) + more if wrong else good, way_out if wrong else "")


def _over(hub: Hub, desk: Desk, last: date) -> Check:
    today = hub.clock.now().astimezone(ZoneInfo(desk.entity.zone)).date()
    wrong = [] if today > last else [f"ends on {last}, and today is {today}"]
    return _check("the month is over", wrong, f"ended on {last}", f"close it after {last}")


def _earlier(connection: Connection, desk: Desk, period: str) -> Check:
    wrong = [each.period for each in periods.listed(connection, desk.entity.id) if each.period < period and each.state == "open"]
    way_out = f"`entrepot books close {desk.entity.id} {wrong[0] if wrong else ''}` first"
    return _check("earlier months are closed", wrong, "none is open", way_out)


def _money(connection: Connection, hub: Hub, desk: Desk, first: date, last: date) -> Iterator[Check]:
    """Breaks, what has no counterpart, and signatures."""
    c = BREAKS.c
    query = select(c.account_id, c.currency, func.count(), func.sum(c.amount_minor)).where(c.state != "resolved")
    query = query.where(c.business_on.between(first, last), c.account_id.in_(sorted(desk.ledger.accounts)))
    broken = [
        f"{account}: {count} of {decimal_amount(int(total), currency)} {currency}"
        for account, currency, count, total in connection.execute(query.group_by(c.account_id, c.currency).order_by(c.account_id))
    ]
    yield _check("no break of the month is open", broken, "0 breaks", "`entrepot breaks list`, then resolve or match again")
    is_asked = read_reconciliation_file(hub.file).rules.signer is not None
    lonely: list[str] = []
    unsigned: list[str] = []
    for account in money_accounts(hub, None):
        if account.entity != desk.entity.id:
            continue
        days = sorted(sign_offs.days_with_money(connection, account.id, first, last, is_bank=isinstance(account, Bank)))
        lonely += _lonely(connection, account, days)
        signed = sign_offs.standing_days(connection, account.id)
        unsigned += [f"{account.id} {day}" for day in days if day not in signed or signed[day][1] is None]
    again = f"`entrepot run reconcile_money --since {first} --until {last}`, then `entrepot breaks list`"
    yield _check("every line has its counterpart", lonely, "0 lines without", again)
    if is_asked:
        yield _check("every day is signed by two people", unsigned, "all days", "`entrepot signoff list`")
    else:
        yield Check("every day is signed by two people", is_met=True, figure="not asked for: rules/reconciliation.toml names no signer")


def _lonely(connection: Connection, account: Account, days: Sequence[date]) -> list[str]:
    found = [(day, day_of(connection, account, day).unmatched) for day in days]
    return [f"{account.id} {day}: {count}" for day, count in found if count]


def _clearing(connection: Connection, desk: Desk, last: date) -> Check:
    wrong = [
        f"{each.account} {each.currency}: gateway {decimal_amount(each.told_minor, each.currency)}, "
        f"books {decimal_amount(each.booked_minor, each.currency)}"
        for each in clearing_balances(connection, desk, last)
        if each.told_minor != each.booked_minor
    ]
    entity = desk.entity.id
    way_out = f"`entrepot books unbooked --entity {entity}`; what people booked there: `entrepot books vouchers list --event manual`"
    return _check("clearing accounts are what gateways say", wrong, "no difference", way_out)


@dataclass(frozen=True, slots=True)
class Clearing:
    """A clearing account at a day's end, opening balances apart: what gateways tell, and what is booked."""

    account: str
    currency: str
    told_minor: int
    booked_minor: int


def clearing_balances(connection: Connection, desk: Desk, until: date) -> list[Clearing]:
    """Every clearing account of the books with both its figures."""
    since = min(each.rules.books_from for each in desk.rule_sets)
    told = clearing.at_gateways(connection, sorted(desk.ledger.accounts), since, until)
    newest = desk.rule_sets[-1].rules
    code_now: dict[str, str] = {}
    for account, currency in told:
        places = {"account": account, "currency": currency}
        for each in desk.rule_sets:
            if "clearing" in each.rules.roles:
                now = newest.code("clearing", places) if "clearing" in newest.roles else "no role clearing"
                code_now[each.rules.code("clearing", places)] = now
    sums: dict[tuple[str, str], list[int]] = {}
    for (account, currency), days in told.items():
        code = newest.code("clearing", {"account": account, "currency": currency}) if "clearing" in newest.roles else "no role clearing"
        sums.setdefault((code, currency), [0, 0])[0] += sum(days.values())
    for (code, currency), days in clearing.in_books(connection, desk.entity.id, sorted(code_now), until).items():
        sums.setdefault((code_now[code], currency), [0, 0])[1] += sum(days.values())
    return [Clearing(code, currency, *both) for (code, currency), both in sorted(sums.items())]


def _drafts(connection: Connection, desk: Desk, last: date) -> Check:
    wrong = [f"{row.id[:12]} ({row.state})" for row in voucher_drafts.waiting(connection, desk.entity.id, last)]
    way_out = "approve-voucher and post-voucher, or reject-voucher, of `entrepot books`"
    return _check("no voucher waits", wrong, "0 drafts", way_out)


def _facts(connection: Connection, hub: Hub, desk: Desk, last: date) -> Iterator[Check]:
    mine = [each for each in waiting_facts(connection, desk, hub.clock.now().date()) if each.day <= last]
    held, due = [each.reason for each in mine if each.reason], [each.about for each in mine if not each.reason]
    yield _check("no fact is held", held, "0 facts", f"`entrepot books unbooked --entity {desk.entity.id}`")
    told = [f"{len(due)} wait, as {due[0]}"] if due else []
    yield _check("every fact is booked", told, "0 wait", "`entrepot books post`")


def _chart(connection: Connection, desk: Desk, last: date) -> Check:
    wrong = accounts_without_a_chart(connection, desk.entity.id, of_day(desk.rule_sets, last).rules, last)
    return _check("every account is in the chart", wrong, "all", "propose rules whose chart has them")


def _rates(connection: Connection, desk: Desk, last: date) -> Check:
    name = "foreign accounts can be valued"
    try:
        found = revaluation(connection, desk, last)
    except RejectedError as problem:
        return Check(name, is_met=False, figure=str(problem), way_out="`entrepot rates import FILE`")
    lines = () if found is None else found.lines
    base = desk.entity.currency
    told = ", ".join(f"{line.account} {decimal_amount(line.base_minor, base)}" for line in lines[:NAMED])
    told += " …" if len(lines) > NAMED else ""
    return Check(name, is_met=True, figure=f"{told} {base}" if told else "nothing differs")
