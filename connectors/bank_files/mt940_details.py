"""What an MT940 says of a movement in words: plain, as German banks structure it (`?20SVWZ+…`), or as Dutch ones do (`/REMI/…`)."""

import re
from dataclasses import dataclass
from typing import Final

from connectors.bank_files.texts import amount, squeezed
from model.errors import MalformedError

_GERMAN: Final = re.compile(r"\s?\d{3}(?=([^\w\s/:,.-])\d\d)", re.ASCII)
_SEPA: Final = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")
_DUTCH: Final = re.compile(
    r"/(EREF|PREF|TRCD|MARF|CSID|BENM|ORDP|NAME|ID|IBAN|BIC|ADDR|REMI|ISDT|CDTRREF|TRTP|RTRN|ULTB|ULTD|PURP|ACCW|RREF)/"
)
_CHARGES: Final = re.compile(r"/CHGS/([A-Z]{3})(\d{1,15}),(\d{0,5})(?=/|$)", re.ASCII)
_REMITTED: Final = (*map(str, range(20, 30)), "60", "61", "62", "63", "64", "65")
_NAMED: Final = ("32", "33")
_NOTHING: Final = {"", "NOTPROVIDED", "NONREF"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """As far as the bank says it in a way that can be told apart."""

    text: str
    reference: str | None = None
    counterparty: str | None = None
    account: str | None = None
    fee_minor: int = 0


def described(more: list[str], behind: list[str], currency: str) -> Details:
    """From the lines below a movement and from its `:86:`, in the account's currency."""
    joined = "".join(behind)
    above = squeezed(" ".join(more))
    fee = _fee("".join(more) + joined, currency)
    if german := _GERMAN.match(joined):
        return _german(joined, german[1], above, fee)
    if len(_DUTCH.findall(joined)) > 1:
        return _dutch(joined, above, fee)
    return Details(text="\n".join(filter(None, (above, squeezed(" ".join(behind))))), fee_minor=fee)


def _german(joined: str, mark: str, above: str, fee: int) -> Details:
    """Fields of two digits behind a mark that the bank chooses; lines break anywhere, also within a mark's number."""
    fields: dict[str, str] = {}
    for part in re.split(rf"{re.escape(mark)}(?=\d\d)", joined)[1:]:
        fields[part[:2]] = fields.get(part[:2], "") + part[2:]
    told = "".join(fields.get(name, "") for name in _REMITTED)
    parts = _keyed(_SEPA, told)
    purpose = parts.get("SVWZ") or parts.get("") or told
    return Details(
        text="\n".join(filter(None, (above, squeezed(fields.get("00", "")), squeezed(purpose)))),
        reference=_given(parts.get("EREF")),
        counterparty=_given("".join(fields.get(name, "") for name in _NAMED)),
        account=_given(fields.get("38") or parts.get("IBAN") or fields.get("31")),
        fee_minor=fee,
    )


def _dutch(joined: str, above: str, fee: int) -> Details:
    parts = _keyed(_DUTCH, joined)
    return Details(
        text="\n".join(filter(None, (above, squeezed(parts.get("", "")), squeezed(parts.get("REMI", ""))))),
        reference=_given(parts.get("EREF")),
        counterparty=_given(parts.get("NAME")),
        account=_given(parts.get("IBAN")),
        fee_minor=fee,
    )


def _keyed(words: re.Pattern[str], text: str) -> dict[str, str]:
    """What stands behind each word, the first time; under no name what stands before the first."""
    pieces = words.split(text)
    found = {"": pieces[0]}
    for name, told in zip(pieces[1::2], pieces[2::2], strict=True):
        found.setdefault(name, told)
    return found


def _given(text: str | None) -> str | None:
    told = squeezed(text or "")
    return None if told.upper() in _NOTHING else told


def _fee(text: str, currency: str) -> int:
    """`/CHGS/EUR0,5/`, in the account's currency; as it stands both above and below, the first counts."""
    for stated, whole, part in _CHARGES.findall(text)[:1]:
        if stated == currency:
            try:
                return amount(f"{whole}.{part}", currency)
            except MalformedError:
                return 0  # it is not of the sum, and the text keeps it
    return 0
