"""camt.053 of ISO 20022, in any of its versions: `BkToCstmrStmt`.

https://www.iso20022.org/catalogue-messages/iso-20022-messages-archive?search=camt.053. Amounts are unsigned and `CdtDbtInd` is their
sign, also of a reversal. Only what is booked moves the booked balance; entries that are pending, or for information, are told again
once they are booked. An entry is one line however many payments it gathers: so it stands in the balance.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from connectors.bank_files.settings import Settings
from connectors.bank_files.statements import Draft, currency_of
from connectors.bank_files.texts import amount, at, day, squeezed
from connectors.bank_files.xml_tree import parsed, text_at
from model.errors import MalformedError, RejectedError
from model.records.statement import StatementLine

_OTHERS: Final = {
    "BkToCstmrAcctRpt": "camt.052, an account report",
    "BkToCstmrDbtCdtNtfctn": "camt.054, a notification",
}
_CLAIM: Final = re.compile(rb"urn:(?:iso:std:iso:20022:tech:xsd:)?camt\.05[234]|urn:swift:xsd:[$]?camt\.05[234]|<(?:\w+:)?BkToCstmr")
_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T[0-9:.,]{2,24})?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_HEAD: Final = 4096
_SIGNS: Final = {"CRDT": 1, "DBIT": -1}
_OPENING: Final = ("OPBD", "PRCD")
_NO_REFERENCE: Final = {"", "NOTPROVIDED", "NONREF", "NOT PROVIDED"}
_PARTIES: Final = {1: ("Dbtr", "DbtrAcct"), -1: ("Cdtr", "CdtrAcct")}


def is_camt(raw: bytes, settings: Settings) -> bool:  # noqa: ARG001  as every form
    """Whether it claims to be a camt message of a bank: 052, 053 or 054."""
    return bool(_CLAIM.search(raw[:_HEAD].replace(b"\0", b"")))


def read_camt(raw: bytes, settings: Settings) -> list[Draft]:
    """Every statement of the message."""
    _namespace, root = parsed(raw)
    message = next(iter(root), None) if root.tag == "Document" else root
    name = "nothing" if message is None else message.tag.removesuffix("V01")
    if name in _OTHERS:
        raise RejectedError(f"file: is {_OTHERS[name]}, which has no closing balance; ask the bank for camt.053")
    if message is None or name != "BkToCstmrStmt":
        raise MalformedError("file: is no camt.053 message within")
    statements = message.findall("Stmt")
    if not statements:
        raise MalformedError("file: holds no statement")
    return [_statement(each, f"statement {number}", settings) for number, each in enumerate(statements, 1)]


def _statement(told: Element, place: str, settings: Settings) -> Draft:
    balances = _balances(told, place)
    stated = text_at(told, "Acct/Ccy") or next((currency for _code, _minor, currency, _on in balances), "")
    currency = currency_of(place, stated or _first_currency(told), settings)
    if other := next((each for _code, _minor, each, _on in balances if each != currency), None):
        raise RejectedError(f"{place}: has balances in {currency} and {other[:3]}")
    opening, closing = _ends(balances)
    period = [_day(text_at(told, f"FrToDt/{name}")) for name in ("FrDtTm", "ToDtTm") if text_at(told, f"FrToDt/{name}")]
    dates = [each[3] for each in (opening, closing) if each] or [_created(told, place)]
    opened, closed = (period[0], period[1]) if len(period) == 2 else (dates[0], dates[-1])  # noqa: PLR2004  from and to
    lines = [_line(entry, f"{place}, entry {number}", currency) for number, entry in enumerate(told.findall("Ntry"), 1)]
    return Draft(
        place=place,
        account=text_at(told, "Acct/Id/IBAN") or text_at(told, "Acct/Id/Othr/Id") or text_at(told, "Acct/Id/PrtryAcct/Id"),
        currency=currency,
        opened_on=min(opened, closed),
        closed_on=closed,
        opening_minor=opening[1] if opening else None,
        closing_minor=closing[1] if closing else None,
        lines=[line for line in lines if line],
        sequence=text_at(told, "ElctrncSeqNb") or text_at(told, "LglSeqNb") or None,
        number=text_at(told, "Id"),
    )


Balance = tuple[str, int, str, date]
"""Code, signed minor units, currency, day."""


def _balances(told: Element, place: str) -> list[Balance]:
    """The booked ones; those of value days and of what is available are about something else."""
    found: list[Balance] = []
    for number, each in enumerate(told.findall("Bal"), 1):
        code = text_at(each, "Tp/CdOrPrtry/Cd") or text_at(each, "Tp/Cd")
        if code in {*_OPENING, "CLBD", "ITBD"}:
            with at(f"{place}, balance {number}"):
                minor, currency = _amount(each)
                found.append((code, minor, currency, _day(text_at(each, "Dt/Dt") or text_at(each, "Dt/DtTm"))))
    return found


def _ends(balances: list[Balance]) -> tuple[Balance | None, Balance | None]:
    """Opening and closing; on the pages of a long statement interim balances stand in for them, the first and the last."""
    interim = [each for each in balances if each[0] == "ITBD"]
    by_code = {each[0]: each for each in reversed(balances)}
    opening = next((by_code[code] for code in _OPENING if code in by_code), None)
    closing = by_code.get("CLBD")
    if opening is None and interim and (closing is not None or len(interim) > 1):
        opening = interim[0]
    if closing is None and interim and opening is not interim[-1]:
        closing = interim[-1]
    return opening, closing


def _line(entry: Element, place: str, currency: str) -> StatementLine | None:
    status = text_at(entry, "Sts/Cd") or text_at(entry, "Sts")
    if status in {"PDNG", "INFO", "FUTR"}:
        return None
    with at(place):
        if status != "BOOK":
            raise MalformedError("is neither booked nor pending")
        minor, stated = _amount(entry)
        if stated != currency:
            raise RejectedError(f"{place}: is in {stated[:3]}, its statement in {currency}")
        details = entry.findall("NtryDtls/TxDtls")
        booked = _day(text_at(entry, "BookgDt/Dt") or text_at(entry, "BookgDt/DtTm"))
        valued = text_at(entry, "ValDt/Dt") or text_at(entry, "ValDt/DtTm")
        side = _sign(entry)
        return StatementLine(
            external_id="",
            booked_on=booked,
            amount_minor=minor,
            value_on=_day(valued) if valued else None,
            raw_kind=_kind(entry),
            reference=_only(_end_to_end(each) for each in details),
            bank_reference=_reference(text_at(entry, "AcctSvcrRef")) or _only(text_at(each, "Refs/AcctSvcrRef") for each in details),
            counterparty=_only(_name(each, _PARTIES[side][0]) for each in details),
            counterparty_account=_only(_account(each, _PARTIES[side][1]) for each in details),
            text=_text(entry, details),
            fee_minor=_charges(entry, details, currency),
        )


def _amount(told: Element) -> tuple[int, str]:
    found = told.find("Amt")
    if found is None:
        raise MalformedError("has no amount")
    currency = found.get("Ccy", "")
    return _sign(told) * amount((found.text or "").strip(), currency), currency


def _sign(told: Element) -> int:
    word = text_at(told, "CdtDbtInd")
    if word not in _SIGNS:
        raise MalformedError("is neither CRDT nor DBIT")
    return _SIGNS[word]


def _day(text: str) -> date:
    """The day as the bank writes it, by its own clock."""
    parts = _DATE.fullmatch(text)
    if parts is None:
        raise MalformedError("date: is missing, or no ISO date")
    return day(int(parts[1]), int(parts[2]), int(parts[3]))


def _created(told: Element, place: str) -> date:
    with at(f"{place}, CreDtTm"):
        return _day(text_at(told, "CreDtTm"))


def _first_currency(told: Element) -> str:
    found = told.find("Ntry/Amt")
    return "" if found is None else found.get("Ccy", "")


def _kind(entry: Element) -> str | None:
    domain = [text_at(entry, f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "/".join(filter(None, domain)) or text_at(entry, "BkTxCd/Prtry/Cd") or None


def _reference(text: str) -> str | None:
    return None if text.upper() in _NO_REFERENCE else text


def _end_to_end(detail: Element) -> str:
    return _reference(text_at(detail, "Refs/EndToEndId")) or ""


def _only(told: Iterable[str | None]) -> str | None:
    """What all details say alike; of a batch whose payments differ there is no one value."""
    values = set(told)
    return (values.pop() or None) if len(values) == 1 else None


def _name(detail: Element, party: str) -> str:
    return text_at(detail, f"RltdPties/{party}/Nm") or text_at(detail, f"RltdPties/{party}/Pty/Nm")


def _account(detail: Element, party: str) -> str:
    return text_at(detail, f"RltdPties/{party}/Id/IBAN") or text_at(detail, f"RltdPties/{party}/Id/Othr/Id")


def _text(entry: Element, details: list[Element]) -> str:
    """What was remitted, of every payment in its turn, and what the bank adds."""
    told: list[str] = []
    for detail in details:
        if len(details) > 1:
            told += [_end_to_end(detail), _name(detail, "Dbtr"), _name(detail, "Cdtr")]
        told += [each.text or "" for each in detail.findall("RmtInf/Ustrd")]
        told += [each.text or "" for each in detail.findall("RmtInf/Strd/CdtrRefInf/Ref")]
        told += [each.text or "" for each in detail.findall("RmtInf/Strd/RfrdDocInf/Nb")]
        told.append(text_at(detail, "AddtlTxInf"))
    told.append(text_at(entry, "AddtlNtryInf"))
    return "\n".join(dict.fromkeys(line for line in map(squeezed, told) if line))


def _charges(entry: Element, details: list[Element], currency: str) -> int:
    """Charges that the amount is already less by, where they are told in the account's currency."""
    total = 0
    for told in [entry] if entry.find("Chrgs") is not None else details:
        for record in [*told.findall("Chrgs/Rcrd"), *(each for each in told.findall("Chrgs") if each.find("Amt") is not None)]:
            found = record.find("Amt")
            if found is not None and found.get("Ccy") == currency and text_at(record, "ChrgInclInd") in {"true", "1"}:
                total += amount((found.text or "").strip(), currency) * (-1 if text_at(record, "CdtDbtInd") == "CRDT" else 1)
    return total
