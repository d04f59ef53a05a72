"""Reading moves back as entries, in our words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from connectors._kit.tryton_company import Company, company_of
from connectors._kit.tryton_rpc import Rpc
from connectors._kit.tryton_values import said_date
from connectors.tryton.finding import FIELDS, MOVE, OLDEST_FIRST, Move, MoveLine
from connectors.tryton.writing import ORIGINAL, SEPARATOR
from model.errors import MalformedError, TransientError
from model.records.voucher import LedgerEntry, VoucherLine
from model.values.money import minor_units

MOST_TOLD: Final = 3
_ORIGINAL = re.compile(re.escape(ORIGINAL) + r"[A-Z]{3} -?\d{1,15}(\.\d{1,3})?")


class Words:
    """Our codes by the ledger's; where two of ours are one of the ledger's, the ledger's stands."""

    def __init__(self, words: Mapping[str, str]) -> None:
        theirs = list(words.values())
        self._ours = {their: our for our, their in words.items() if theirs.count(their) == 1}

    def ours(self, their: str) -> str:
        """Our code."""
        return self._ours.get(their, their)


class _Known(msgspec.Struct):
    id: int


def fetch_entries(
    rpc: Rpc, company_name: str, first: date, last: date, *, accounts: Words, taxes: Words, batch: int
) -> Iterator[Sequence[LedgerEntry]]:
    """Every move of the company dated in [first, last], in the order in which they were made.

    One that cannot be read does not keep the others back: all are given, and then a MalformedError names it.
    """
    company = company_of(rpc, company_name)
    problems: list[str] = []
    behind = 0
    while True:
        days = (("date", ">=", said_date(first)), ("date", "<=", said_date(last)))
        domain = (("company", "=", company.id), ("id", ">", behind), *days)
        asked = (domain, 0, batch, OLDEST_FIRST, FIELDS)
        raws = rpc.ask(f"{MOVE}.search_read", *asked, shape=list[msgspec.Raw], context={"company": company.id})
        if not raws:
            break
        behind = _last_id(raws, behind)
        if entries := tuple(_readable(raws, company, accounts, taxes, problems)):
            yield entries
        if len(raws) < batch:
            break
    if problems:
        more = f" (and {len(problems) - MOST_TOLD} more)" if len(problems) > MOST_TOLD else ""
        raise MalformedError("; ".join(problems[:MOST_TOLD]) + more)


def _last_id(raws: Sequence[msgspec.Raw], behind: int) -> int:
    """The id behind which the next batch begins; TransientError for a batch that leads nowhere."""
    try:
        last = msgspec.json.decode(bytes(raws[-1]), type=_Known).id
    except msgspec.DecodeError as error:
        raise TransientError(f"{MOVE}: a move has no id") from error
    if last <= behind:
        raise TransientError(f"{MOVE}: the batches do not move on")
    return last


def _readable(raws: Sequence[msgspec.Raw], company: Company, accounts: Words, taxes: Words, problems: list[str]) -> Iterator[LedgerEntry]:
    for raw in raws:
        try:
            yield entry_of(bytes(raw), company.currency.code or "", accounts, taxes)
        except MalformedError as error:
            problems.append(str(error))


def entry_of(raw: bytes, currency: str, accounts: Words, taxes: Words) -> LedgerEntry:
    """One move as an entry; MalformedError for one that cannot be read."""
    where = "account.move"
    try:
        where = f"account.move {msgspec.json.decode(raw, type=_Known).id}"
        move = msgspec.json.decode(raw, type=Move)
        return LedgerEntry(
            external_id=str(move.id),
            reference=move.reference,
            posted_on=move.date.value,
            lines=tuple(_line(line, currency, accounts, taxes) for line in sorted(move.lines, key=lambda line: line.id)),
            is_posted=move.state == "posted",
        )
    except (msgspec.DecodeError, MalformedError) as error:
        raise MalformedError(f"{where}: {error}") from error


def _line(line: MoveLine, base: str, accounts: Words, taxes: Words) -> VoucherLine:
    base_minor = minor_units(line.debit.value - line.credit.value, base)
    foreign = line.second_currency.code if line.second_currency else None
    amount = line.amount_second_currency
    memo, dimensions, original = _memo(line.description or "")
    named = [told.tax.name for told in line.tax_lines or () if told.tax]
    return VoucherLine(
        account=accounts.ours(line.account.code) if line.account.code else f"#{line.account.id}",
        currency=foreign or base,
        amount_minor=_original(amount.value if amount else None, foreign, original, base, base_minor),
        base_minor=base_minor,
        tax_code=taxes.ours(named[0]) if named else None,
        dimensions=dimensions,
        memo=memo,
    )


def _original(amount: Decimal | None, foreign: str | None, told: str | None, base: str, base_minor: int) -> int:
    """The amount in the line's own currency: in a foreign one as Tryton keeps it, in the company's as booked or as the text tells."""
    if foreign:
        if amount is None:
            raise MalformedError(f"lines: one in {foreign} has no amount in it")
        return minor_units(amount, foreign)
    return minor_units(told.removeprefix(f"{base} "), base) if told and told.startswith(f"{base} ") else base_minor


def _memo(description: str) -> tuple[str, tuple[tuple[str, str], ...], str | None]:
    """A line's text as we wrote it: memo, dimensions and original amount; of a line that people wrote, what looks like them.

    Tryton strips the space before a text that begins with a dimension.
    """
    parts = f" {description}".split(SEPARATOR) if description.startswith(SEPARATOR.lstrip()) else description.split(SEPARATOR)
    original = parts.pop().removeprefix(ORIGINAL) if len(parts) > 1 and _ORIGINAL.fullmatch(parts[-1]) else None
    dimensions: list[tuple[str, str]] = []
    while len(parts) > 1:
        name, equals, value = parts[-1].partition("=")
        if not (name and equals):
            break
        dimensions.insert(0, (name, value))
        parts.pop()
    return SEPARATOR.join(parts).strip(), tuple(dimensions), original
