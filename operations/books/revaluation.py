"""What foreign accounts are worth at a month's end: the difference to what the books say goes to the exchange account.

Only assets and liabilities that are kept by currency (their role names `{currency}`) are worth what the day's rate says. Deposits of
customers are goods owed, not money: they keep the rate of their day. The difference is booked in the functional currency, on the account
itself, and carried: the next month's end starts from it, so nothing is reversed, and an account that comes to nothing does so in both.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Connection, func, select

from model.errors import RejectedError
from model.records.voucher import VoucherLine
from model.store.vouchers import VOUCHERS, Entry, balances, period_of
from model.values.money import EXPONENTS
from operations.books.judging import Desk
from operations.books.rule_sets import of_day
from reconciliation.vouchers.posting import Rates, worth
from reconciliation.vouchers.rules import PostingRules

EVENT = "revaluation"
WORTH = frozenset({"asset", "liability"})


def revaluation(connection: Connection, desk: Desk, until: date) -> Entry | None:
    """The voucher that brings foreign accounts to the rate of a day; None where nothing differs. RejectedError where a rate is missing."""
    rule_set = of_day(desk.rule_sets, until)
    lines = tuple(_lines(connection, desk, rule_set.rules, until))
    if not lines:
        return None
    v = VOUCHERS.c
    before = select(func.count()).where(v.entity_id == desk.entity.id, v.event == EVENT, v.source_id == period_of(until))
    return Entry(
        entity_id=desk.entity.id, event=EVENT, source="period", source_id=period_of(until),
        version=int(connection.execute(before).scalar_one()) + 1, rule_set=rule_set.id, account_id=None, happened_on=until,
        base_currency=desk.entity.currency, memo=f"foreign accounts at the rates of {until}", lines=lines,
    )  # fmt: skip


def _lines(connection: Connection, desk: Desk, rules: PostingRules, until: date) -> Iterator[VoucherLine]:
    base, total = desk.entity.currency, 0
    for code, difference in differences(connection, desk.entity.id, rules, base, until, desk.rates):
        total += difference
        yield VoucherLine(account=code, currency=base, amount_minor=difference, base_minor=difference)
    if total:
        yield VoucherLine(account=rules.code("exchange", {"currency": base}), currency=base, amount_minor=-total, base_minor=-total)


def differences(
    connection: Connection, entity_id: str, rules: PostingRules, base: str, until: date, rates: Rates
) -> Iterator[tuple[str, int]]:
    """Foreign accounts with what they lack to be worth the rate of the day, in minor units of the functional currency."""
    heads = {code.split(".", maxsplit=1)[0] for code in rules.roles.values() if "{currency}" in code}
    foreign: dict[str, int] = {}
    carried: dict[str, int] = defaultdict(int)
    for each in balances(connection, entity_id, until):
        kept_in = each.account.rpartition(".")[2]
        if kept_in == base or kept_in not in EXPONENTS or each.account.split(".", maxsplit=1)[0] not in heads:
            continue
        if not _has_worth(rules, each.account):
            continue
        carried[each.account] += each.base_minor
        if each.currency == kept_in:
            foreign[each.account] = each.amount_minor
    for code, booked in sorted(carried.items()):
        minor, currency = foreign.get(code, 0), code.rpartition(".")[2]
        now = worth(minor, currency, rates(currency, until), base) if minor else 0
        if now != booked:
            yield code, now - booked


def _has_worth(rules: PostingRules, code: str) -> bool:
    try:
        return rules.account(code).kind in WORTH
    except RejectedError:  # an account that later rules no longer know; the checklist names it
        return False


def accounts_without_a_chart(connection: Connection, entity_id: str, rules: PostingRules, until: date) -> Sequence[str]:
    """Accounts of the books that the rules of a day do not know."""
    heads = {each.code for each in rules.chart}
    codes = {each.account for each in balances(connection, entity_id, until)}
    return sorted(code for code in codes if code.split(".", maxsplit=1)[0] not in heads)
