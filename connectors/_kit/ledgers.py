"""What every connector to a ledger needs: its words for our accounts and tax codes, and that vouchers balance before they leave."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

from pydantic import Field

from connectors._kit.base import ChannelSettings
from model.errors import MalformedError, RejectedError
from model.records.voucher import LedgerEntry, Voucher, VoucherLine, imbalances
from model.values.money import decimal_amount

REFERENCE: Final = re.compile(r"[^\s/]{1,64}/\d{4}-\d{2}/\d{6,9}")
"""What our references look like: entity, period, number."""
MOST_TOLD: Final = 20

T = TypeVar("T")


class LedgerSettings(ChannelSettings):
    """Settings of a ledger; a code that is not listed is sent as it stands."""

    accounts: dict[str, str] = Field(default_factory=dict[str, str])
    """What the ledger calls our accounts: `{"1201" = "201"}`, our code first."""
    tax_codes: dict[str, str] = Field(default_factory=dict[str, str])
    """What the ledger calls our tax codes."""


def called(ours: str, words: Mapping[str, str]) -> str:
    """The ledger's word for our code."""
    return words.get(ours, ours)


def balanced(voucher: Voucher) -> Voucher:
    """The same voucher; RejectedError if a currency of it, or the functional amounts, do not sum to nothing, or it has no lines."""
    if not voucher.lines:
        raise RejectedError(f"voucher {voucher.reference}: has no lines")
    lacking = imbalances(voucher.lines, voucher.base_currency)
    if lacking:
        told = ", ".join(f"{currency} {total}" for currency, total in sorted(lacking.items()))
        raise RejectedError(f"voucher {voucher.reference}: debit and credit differ ({told} minor units); reverse it and post it anew")
    return voucher


def known_as(theirs: str, words: Mapping[str, str]) -> str:
    """Our code of the ledger's word; itself where no word of ours stands for it."""
    return next((ours for ours, word in words.items() if word == theirs), theirs)


def described(line: VoucherLine, base_currency: str, tax_words: Mapping[str, str]) -> str:
    """What a line says to people where the ledger keeps the functional amount only: memo, original amount, tax code."""
    original = f"{line.currency} {decimal_amount(line.amount_minor, line.currency)}" if line.currency != base_currency else ""
    tax = f"tax {called(line.tax_code, tax_words)}" if line.tax_code else ""
    return " | ".join(part for part in (line.memo, original, tax) if part)


def reference_in(text: str | None) -> str | None:
    """The reference that a text of ours begins with; None for what somebody else wrote."""
    first, _, _rest = (text or "").partition(" ")
    return first if REFERENCE.fullmatch(first) else None


def entries_read(batch: Iterable[T], read: Callable[[T], LedgerEntry | None], problems: list[str]) -> list[LedgerEntry]:
    """The entries of a batch; what cannot be read is noted among the problems, and None is no entry."""
    entries: list[LedgerEntry] = []
    for one in batch:
        try:
            entry = read(one)
        except MalformedError as error:
            problems.append(str(error))
        else:
            entries += [entry] if entry else []
    return entries


def check_problems(problems: list[str]) -> None:
    """A MalformedError of what could not be read, once all else was told."""
    if problems:
        told = "; ".join(problems[:MOST_TOLD])
        raise MalformedError(f"entries: {len(problems)} cannot be read: {told}")
