"""Tryton's ids of what our vouchers name by codes: company, month, journal, accounts, currencies, taxes and parties.

Each is asked for at every voucher, as people may rename, close and reopen them at any time. What is not there is told by name.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from connectors._kit.tryton_company import Coded, Company
from connectors._kit.tryton_rpc import Context, Rpc
from connectors._kit.tryton_values import said_date, said_decimal
from connectors.tryton.wire import Body, Line
from model.errors import RejectedError

_SEARCH = "model.{}.search_read"


class Period(msgspec.Struct, frozen=True):
    """A month of the books."""

    id: int
    name: str
    state: str


class Account(msgspec.Struct, frozen=True):
    """An account; one without a type only sums others."""

    id: int
    code: str
    type: int | None = None
    party_required: bool = False


class TaxGroup(msgspec.Struct, frozen=True):
    """Whether taxes are those of sales, of purchases, or of both."""

    kind: str


class TaxName(msgspec.Struct, frozen=True):
    """A tax, and the accounts on which its amounts lie."""

    id: int
    name: str
    invoice_account: int | None = None
    credit_note_account: int | None = None
    group: TaxGroup | None = msgspec.field(default=None, name="group.")

    @property
    def code(self) -> str:
        """What it is named by."""
        return self.name


N = TypeVar("N", Coded, Account, TaxName)


def move_values(rpc: Rpc, company: Company, body: Body) -> dict[str, object]:
    """What `account.move.create` wants for the voucher; RejectedError for what Tryton does not know or has closed."""
    where = f"voucher {body.reference}"
    if company.currency.code != body.currency:
        raise RejectedError(
            f"{where}: is kept in {body.currency}, and {company.rec_name} in {company.currency.code}; mend the entity's ledger"
        )
    context: Context = {"company": company.id, "date": said_date(body.date)}
    ids = _Ids(rpc, company.id, context, where)
    accounts = ids.named(Account, "account.account", "code", {line.account for line in body.lines}, ("type", "party_required"))
    currencies = ids.named(Coded, "currency.currency", "code", {line.second_currency for line in body.lines if line.second_currency})
    taxes = ids.named(
        TaxName,
        "account.tax",
        "name",
        {line.tax for line in body.lines if line.tax},
        ("invoice_account", "credit_note_account", "group.kind"),
    )
    wanting = {line.party for line in body.lines if line.party and accounts[line.account].party_required}
    parties = ids.named(Coded, "party.party", "code", wanting)
    _check_postable(where, body.lines, accounts)
    return {
        "company": company.id,
        "period": ids.open_period(body),
        "journal": ids.named(Coded, "account.journal", "code", {body.journal})[body.journal].id,
        "date": said_date(body.date),
        "description": body.description,
        "lines": [("create", [_line_values(line, accounts, currencies, taxes, parties) for line in body.lines])],
    }


def _check_postable(where: str, lines: Iterable[Line], accounts: Mapping[str, Account]) -> None:
    views = sorted({line.account for line in lines if accounts[line.account].type is None})
    if views:
        raise RejectedError(f"{where}: account {', '.join(views)}: only sums others in Tryton; name another in settings.accounts")
    alone = sorted({line.account for line in lines if accounts[line.account].party_required and line.party is None})
    if alone:
        raise RejectedError(
            f"{where}: account {', '.join(alone)}: wants a party in Tryton; name a party's code for our account in settings.parties"
        )


def _line_values(
    line: Line,
    accounts: Mapping[str, Account],
    currencies: Mapping[str, Coded],
    taxes: Mapping[str, TaxName],
    parties: Mapping[str, Coded],
) -> dict[str, object]:
    account = accounts[line.account]
    values: dict[str, object] = {
        "account": account.id,
        "debit": said_decimal(line.debit),
        "credit": said_decimal(line.credit),
        "description": line.description,
    }
    if line.second_currency and line.amount_second_currency:
        values["second_currency"] = currencies[line.second_currency].id
        values["amount_second_currency"] = said_decimal(line.amount_second_currency)
    if account.party_required and line.party:
        values["party"] = parties[line.party].id
    if line.tax:
        values["tax_lines"] = [("create", [_tax_values(line, account, taxes[line.tax])])]
    return values


def _tax_values(line: Line, account: Account, tax: TaxName) -> dict[str, object]:
    """What a line tells of a tax: on the tax's own account its amount, on any other what it is reckoned from.

    Tryton takes what is above nothing for an invoice and what is below for a credit note, of a sale and of a purchase alike.
    """
    is_tax = account.id in {tax.invoice_account, tax.credit_note_account}
    is_purchase = tax.group is not None and tax.group.kind == "purchase"
    positive, negative = (line.debit, line.credit) if is_purchase else (line.credit, line.debit)
    amount = positive if positive.strip("0.") else f"-{negative}"
    return {"tax": tax.id, "type": "tax" if is_tax else "base", "amount": said_decimal(amount)}


class _Ids:
    """Searches of one voucher."""

    def __init__(self, rpc: Rpc, company: int, context: Context, where: str) -> None:
        self._rpc = rpc
        self._company = company
        self._context = context
        self._where = where

    def named(self, kind: type[N], model: str, by: str, codes: set[str], more: Sequence[str] = ()) -> Mapping[str, N]:
        """What bears these codes, each exactly once; RejectedError names those that are missing or borne twice."""
        if not codes:
            return {}
        domain: list[tuple[str, str, object]] = [(by, "in", sorted(codes))]
        if model in {"account.account", "account.tax"}:
            domain.append(("company", "=", self._company))
        asked = (domain, 0, None, None, (by, *more))
        found = self._rpc.ask(_SEARCH.format(model), *asked, shape=list[kind], context=self._context)
        word = model.rpartition(".")[2]
        if missing := sorted(codes - {str(one.code) for one in found}):
            raise RejectedError(
                f"{self._where}: {word} {', '.join(missing)}: not in use in Tryton on that day; make it there, or mend the settings"
            )
        twice = sorted(code for code, times in Counter(str(one.code) for one in found).items() if times > 1)
        if twice:
            raise RejectedError(f"{self._where}: {word} {', '.join(twice)}: is there several times in Tryton; give each a {by} of its own")
        return {str(one.code): one for one in found}

    def open_period(self, body: Body) -> int:
        """The month that the voucher's day lies in; RejectedError where there is none, or it is closed."""
        day = said_date(body.date)
        domain = (("start_date", "<=", day), ("end_date", ">=", day), ("company", "=", self._company), ("type", "=", "standard"))
        asked = (domain, 0, 1, None, ("name", "state"))
        found = self._rpc.ask(_SEARCH.format("account.period"), *asked, shape=list[Period], context=self._context)
        if not found:
            raise RejectedError(f"{self._where}: {body.date}: Tryton has no period of that day; make the fiscal year and its periods there")
        if found[0].state != "open":
            raise RejectedError(
                f"{self._where}: period {found[0].name}: is closed in Tryton; reopen it there and send again, "
                "or reverse the voucher and post it anew in an open month"
            )
        return found[0].id
