"""A bank's statement of one day as camt.053.001.08 (ISO 20022, bank to customer statement)."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from sandbox.sums import EXPONENTS, decimal_text

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


class Entry(NamedTuple):
    """One booked entry; `parts` are the amounts and end-to-end references of what it sums, if it sums anything."""

    reference: str
    amount: int
    code: str
    counterparty: str
    text: str
    parts: tuple[tuple[int, str], ...]


def reference_of(iban: str, day: date, place: int) -> str:
    """Gives the bank's own reference of the entry at a place of a day's statement."""
    return f"{iban[:4]}{day:%y%m%d}{place:04d}"


def statement(iban: str, currency: str, number: int, day: date, opening: int, entries: Sequence[Entry]) -> bytes:
    """Gives the file: one statement of one day, with its opening and closing balance."""
    ET.register_namespace("", NAMESPACE)
    document = ET.Element(f"{{{NAMESPACE}}}Document")
    message = _below(document, "BkToCstmrStmt")
    header = _below(message, "GrpHdr")
    _below(header, "MsgId", f"{iban[:4]}-{day:%Y%m%d}")
    _below(header, "CreDtTm", f"{day:%Y-%m-%d}T23:59:00Z")
    told = _below(message, "Stmt")
    _below(told, "Id", f"{iban[:4]}-{day:%Y%m%d}")
    _below(told, "ElctrncSeqNb", str(number))
    _below(told, "CreDtTm", f"{day:%Y-%m-%d}T23:59:00Z")
    account = _below(told, "Acct")
    _below(_below(account, "Id"), "IBAN", iban)
    _below(account, "Ccy", currency)
    _balance(told, "OPBD", opening, currency, day)
    _balance(told, "CLBD", opening + sum(entry.amount for entry in entries), currency, day)
    for entry in entries:
        _entry(told, entry, currency, day)
    return ET.tostring(document, encoding="utf-8", xml_declaration=True)


def _entry(told: ET.Element, entry: Entry, currency: str, day: date) -> None:
    own = _below(told, "Ntry")
    _below(own, "NtryRef", entry.reference)
    _amount(own, entry.amount, currency)
    _below(_below(own, "Sts"), "Cd", "BOOK")
    for name in ("BookgDt", "ValDt"):
        _below(_below(own, name), "Dt", day.isoformat())
    _below(own, "AcctSvcrRef", entry.reference)
    domain = _below(_below(own, "BkTxCd"), "Domn")
    _below(domain, "Cd", entry.code)
    family = _below(domain, "Fmly")
    _below(family, "Cd", _family(entry))
    _below(family, "SubFmlyCd", "CHRG" if entry.code == "ACMT" else "ESCT")
    details = _below(own, "NtryDtls")
    if len(entry.parts) > 1:
        _below(_below(details, "Btch"), "NbOfTxs", str(len(entry.parts)))
    for amount, trace in entry.parts or ((entry.amount, ""),):
        _part(details, entry, amount, trace, currency)
    _below(own, "AddtlNtryInf", entry.text)


def _family(entry: Entry) -> str:
    if entry.code == "ACMT":
        return "MDOP"
    return "RCDT" if entry.amount > 0 else "ICDT"


def _part(details: ET.Element, entry: Entry, amount: int, trace: str, currency: str) -> None:
    own = _below(details, "TxDtls")
    _below(_below(own, "Refs"), "EndToEndId", trace or "NOTPROVIDED")
    _amount(own, amount, currency)
    if entry.counterparty:
        side = "Dbtr" if amount > 0 else "Cdtr"
        _below(_below(_below(_below(own, "RltdPties"), side), "Pty"), "Nm", entry.counterparty)
    _below(_below(own, "RmtInf"), "Ustrd", f"{entry.counterparty} {trace}".strip() if trace else entry.text)


def _balance(told: ET.Element, code: str, amount: int, currency: str, day: date) -> None:
    own = _below(told, "Bal")
    _below(_below(_below(own, "Tp"), "CdOrPrtry"), "Cd", code)
    _amount(own, amount, currency)
    _below(_below(own, "Dt"), "Dt", day.isoformat())


def _amount(own: ET.Element, amount: int, currency: str) -> None:
    _below(own, "Amt", decimal_text(abs(amount), EXPONENTS[currency])).set("Ccy", currency)
    _below(own, "CdtDbtInd", "CRDT" if amount >= 0 else "DBIT")


def _below(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = text
    return child
