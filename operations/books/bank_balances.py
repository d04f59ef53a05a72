"""What our banks' statements close with, beside what the books say that we have there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from model.store import bank_closings
from model.store.bank_closings import Closing
from operations.books.differences import Difference, text
from operations.books.rule_sets import RuleSet, in_force, of_day
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Bank

ROLE = "bank"
"""The role of the account that our money at a bank is on."""


def bank_differences(hub: Hub, entity_id: str, since: date, until: date) -> Iterator[Difference]:
    """Each day on which the books begin to stand otherwise than a bank's statements close, or the difference changes."""
    banks = [bank for bank in hub.file.banks if bank.entity == entity_id]
    with hub.database.read() as connection:
        closings = bank_closings.closings(connection, [bank.id for bank in banks], since, until)
        rule_sets = in_force(connection, entity_id) if closings else []
    for bank in banks:
        for currency in sorted({each.currency for each in closings if each.bank == bank.id}):
            mine = [each for each in closings if (each.bank, each.currency) == (bank.id, currency)]
            yield from _of_account(hub, bank, currency, mine, rule_sets)


_ELSEWHERE = "are booked on another day than the bank's, or on a statement that is missing"
_OPENING = "are the opening balance, or booked on another day than the bank's"


@dataclass(frozen=True, slots=True)
class _Stand:
    """How far the books are from the bank at the end of a day."""

    day: date
    gap: int


def _of_account(hub: Hub, bank: Bank, currency: str, closings: Sequence[Closing], rule_sets: list[RuleSet]) -> Iterator[Difference]:
    before: _Stand | None = None
    for closing in closings:
        rules = of_day(rule_sets, closing.day).rules
        if ROLE not in rules.roles:
            told = f"the posting rules have no role {ROLE!r}, so no account says what we have there"
            yield Difference(kind="bank_unknown", about=bank.id, day=closing.day, told=told, currency=currency)
            return
        code = rules.code(ROLE, {"bank": bank.id, "account": bank.id, "currency": currency})
        with hub.database.read() as connection:
            books = bank_closings.balance(connection, bank.entity, code, currency, closing.day)
            unbooked = bank_closings.unbooked(connection, bank.id, currency, before and before.day, closing.day)
        now = _Stand(closing.day, books - closing.minor)
        if now.gap != (before.gap if before else 0):
            rest = now.gap - (before.gap if before else 0) + unbooked.minor
            told = f"account {code}: {text(books, currency)} in the books, {text(closing.minor, currency)} on the statement"
            if unbooked.lines:
                told += f"; {unbooked.lines} bank lines that no voucher tells of come to {text(unbooked.minor, currency)}"
            told += f"; {text(rest, currency)} {_ELSEWHERE if before else _OPENING}" if rest else ""
            yield Difference(kind="bank_balance", about=bank.id, day=closing.day, told=told, account=code, currency=currency,
                             amount_minor=now.gap)  # fmt: skip
        before = now
