"""From what a file says to a statement: is it the account's, does it add up, and what is each line's own id."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from connectors.bank_files.settings import Settings, bare_account
from model.errors import MalformedError, RejectedError
from model.records.statement import Statement, StatementLine
from model.rules.settlements import check_statement
from model.values.ids import derive_id
from model.values.money import exponent

_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A statement as read; its lines have no ids yet."""

    place: str
    """Where it stands in the file."""
    account: str
    currency: str
    opened_on: date
    closed_on: date
    opening_minor: int | None
    closing_minor: int | None
    lines: Sequence[StatementLine]
    sequence: str | None = None
    number: str = ""
    """The bank's name of the statement where it has one beside the sequence."""


def finished(drafts: Sequence[Draft], settings: Settings) -> tuple[Statement, ...]:
    """The statements, each checked; RejectedError for the whole file where one is not the account's or does not add up."""
    taken: Counter[str] = Counter()
    statements: list[Statement] = []
    for draft in drafts:
        _check_account(draft, settings)
        statement = _statement(draft, settings)
        taken[statement.external_id] += 1
        if (copy := taken[statement.external_id]) > 1:  # a bank that numbers nothing may send two of one day
            statement = replace(statement, external_id=f"{statement.external_id}-{copy}")
        try:
            check_statement(statement)
        except RejectedError as error:
            raise RejectedError(f"{draft.place}: {error}") from None
        statements.append(statement)
    return tuple(statements)


def currency_of(place: str, stated: str | None, settings: Settings) -> str:
    """What the file says, or the account where it says nothing; never one for the other."""
    currency = stated or settings.currency
    if currency is None:
        raise MalformedError(f"{place}: names no currency; name it under settings.currency")
    try:
        exponent(currency)
    except MalformedError as error:
        raise MalformedError(f"{place}: {error}") from None
    if settings.currency not in {None, currency}:
        raise RejectedError(f"{place}: is in {currency}, the account in {settings.currency}")
    return currency


def _check_account(draft: Draft, settings: Settings) -> None:
    account = bare_account(draft.account)
    if not account:
        raise MalformedError(f"{draft.place}: names no account")
    if settings.account and account not in settings.account:
        raise RejectedError(f"{draft.place}: is of the account …{account[-_SHOWN:]}, which is not among settings.account")


def _statement(draft: Draft, settings: Settings) -> Statement:
    account = bare_account(draft.account)
    opening, closing = _balances(draft, settings)
    named = derive_id("statement", account, draft.currency, str(draft.opened_on), draft.sequence or "", draft.number)
    return Statement(
        external_id=f"{draft.closed_on}-{(draft.sequence or '0').replace('/', '.')}-{named[:12]}",
        account=account,
        currency=draft.currency,
        opened_on=draft.opened_on,
        closed_on=draft.closed_on,
        opening_minor=opening,
        closing_minor=closing,
        lines=_with_ids(account, draft),
        sequence=draft.sequence,
    )


def _balances(draft: Draft, settings: Settings) -> tuple[int | None, int | None]:
    """Both or, where the account says that its bank tells none, neither: half of them proves nothing."""
    if draft.opening_minor is not None and draft.closing_minor is not None:
        return draft.opening_minor, draft.closing_minor
    if settings.balances != "none":
        missing = [name for name, told in (("opening", draft.opening_minor), ("closing", draft.closing_minor)) if told is None]
        raise RejectedError(
            f"{draft.place}: states no {' and no '.join(missing)} balance; if the bank never does, set settings.balances = 'none'"
        )
    return None, None


def _with_ids(account: str, draft: Draft) -> tuple[StatementLine, ...]:
    """The lines named by account, day, amount and the bank's own number; where it gives none, by all that the line says.

    The day and the amount belong to it as banks use one number for a payment and its fee, and OFX's are unique by wish only. Lines that
    are equal in all of it are counted, so that an overlapping statement, which tells them again in the same order, gives them the same ids.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    lines: list[StatementLine] = []
    for line in draft.lines:
        said = (line.bank_reference,) if line.bank_reference else _said(line)
        key = (str(line.booked_on), str(line.amount_minor), *("".join((each or "").split()) for each in said))
        lines.append(replace(line, external_id=derive_id("statement-line", account, draft.currency, *key, str(seen[key]))))
        seen[key] += 1
    return tuple(lines)


def _said(line: StatementLine) -> tuple[str | None, ...]:
    told = (line.raw_kind, line.reference, line.counterparty, line.counterparty_account, line.text)
    return ("", str(line.value_on or ""), *told)
