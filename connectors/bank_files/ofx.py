"""OFX, statements of bank accounts and cards: version 1 (SGML, where leaves are not closed) and version 2 (XML).

https://financialdataexchange.org/ofx. It states a closing balance and never an opening one, so the account's setting `balances` is
`none`. Readers of our own: ofxtools is GPL; ofxparse (MIT) drops the lines that it cannot read, or the whole file, by a switch.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from connectors.bank_files.ofx_tree import Node, tree_of
from connectors.bank_files.settings import Settings
from connectors.bank_files.statements import Draft, currency_of
from connectors.bank_files.texts import at, day, decoded, signed, squeezed
from model.errors import MalformedError, RejectedError
from model.records.statement import StatementLine

_CLAIM: Final = re.compile(rb"<OFX>|OFXHEADER", re.IGNORECASE)
_HEAD: Final = 2048
_DATE: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:\d{2,6})?(?:\.\d{1,6})?(?:\[[^\]]{0,20}\])?", re.ASCII)
_STATEMENTS: Final = {"STMTRS": "BANKACCTFROM", "CCSTMTRS": "CCACCTFROM"}
_OTHERS: Final = {"INVSTMTRS": "an investment account", "LOANSTMTRS": "a loan"}


def is_ofx(raw: bytes, settings: Settings) -> bool:  # noqa: ARG001  as every form
    """Whether it claims to be one."""
    return bool(_CLAIM.search(raw[:_HEAD].replace(b"\0", b"")))


def read_ofx(raw: bytes, settings: Settings) -> list[Draft]:
    """Every statement of a bank account or a card."""
    root = tree_of(decoded(raw, settings.encoding))
    found = [node for node in root.walk() if node.name in _STATEMENTS or node.name in _OTHERS]
    if other := next((node for node in found if node.name in _OTHERS), None):
        raise RejectedError(f"line {other.line}: is the statement of {_OTHERS[other.name]}, not of a bank account")
    if not found:
        raise RejectedError("file: holds no statement of a bank account")
    return [_statement(node, settings) for node in found]


def _statement(told: Node, settings: Settings) -> Draft:
    place = f"statement of line {told.line}"
    currency = currency_of(place, told.text("CURDEF") or None, settings)
    closing = told.child("LEDGERBAL")
    balance, balanced_on = _closing(closing, currency) if closing else (None, None)
    lists = [node for node in told.children if node.name == "BANKTRANLIST"]
    lines = [_line(node, currency) for node in _movements(lists)]
    dates = [*_period(lists), *(line.booked_on for line in lines)] or ([balanced_on] if balanced_on else [])
    if not dates:
        raise MalformedError(f"{place}: names no day")
    account = told.child(_STATEMENTS[told.name])
    return Draft(
        place=place,
        account=account.text("ACCTID") if account else "",
        currency=currency,
        opened_on=min(dates),
        closed_on=max(dates),
        opening_minor=None,
        closing_minor=balance,
        lines=lines,
    )


def _movements(lists: list[Node]) -> Iterator[Node]:
    for each in lists:
        yield from (node for node in each.children if node.name == "STMTTRN")


def _period(lists: list[Node]) -> list[date]:
    return [_day(node, name) for node in lists for name in ("DTSTART", "DTEND") if node.text(name)]


def _closing(told: Node, currency: str) -> tuple[int | None, date | None]:
    """The ledger balance and its day; a bank that has none leaves both empty."""
    stated = told.text("BALAMT")
    with at(f"line {told.line}, balance"):
        return (signed(stated.replace(",", "."), currency) if stated else None), (_day(told, "DTASOF") if told.text("DTASOF") else None)


def _line(told: Node, currency: str) -> StatementLine:
    with at(f"line {told.line}"):
        converted = told.child("CURRENCY")
        if converted and converted.text("CURSYM") not in {"", currency}:
            raise RejectedError(f"line {told.line}: is in another currency than its statement")
        payee = told.child("PAYEE")
        there = told.child("BANKACCTTO") or told.child("CCACCTTO")
        name = told.text("NAME") or (payee.text("NAME") if payee else "")
        parts = filter(None, map(squeezed, (told.text("NAME"), told.text("MEMO"))))
        return StatementLine(
            external_id="",
            booked_on=_day(told, "DTPOSTED"),
            amount_minor=signed(told.text("TRNAMT").replace(",", "."), currency),
            value_on=_day(told, "DTAVAIL") if told.text("DTAVAIL") else None,
            raw_kind=told.text("TRNTYPE") or None,
            reference=told.text("REFNUM") or told.text("CHECKNUM").strip("0") or None,
            bank_reference=told.text("FITID") or None,
            counterparty=squeezed(name) or None,
            counterparty_account=(there.text("ACCTID") or None) if there else None,
            text="\n".join(dict.fromkeys(parts)),
        )


def _day(told: Node, name: str) -> date:
    """The day as the bank writes it, by its own clock."""
    parts = _DATE.fullmatch(told.text(name))
    if parts is None:
        raise MalformedError(f"{name}: is missing, or no date of OFX")
    return day(int(parts[1]), int(parts[2]), int(parts[3]))
