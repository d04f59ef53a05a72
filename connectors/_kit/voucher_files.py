"""What every connector that writes vouchers into files needs: where files go, which vouchers can be said, and texts that stay texts."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Final, TypeVar

from connectors._kit.exchanging import FileConnector, FileSettings
from connectors._kit.ledgers import LedgerSettings, balanced
from connectors.capabilities import PayloadKind, RemoteIdentity
from model.errors import ConfigError, MalformedError, RejectedError
from model.records.voucher import LedgerAccount, Voucher, VoucherLine
from model.values.money import LIMIT, decimal_amount, exponent

FIRST_YEAR, LAST_YEAR = 1970, 2099
"""Beancount reads no other years, and accounts are opened on the first day of the first one."""
SIGN: Final = "\ufffd"
"""Stands for a character that no ledger can hold, so that it is seen that there was one."""
MOST_IN_CELL: Final = 32_000
"""Characters: a spreadsheet's cell holds 32,767 (ECMA-376), and Excel tears a longer one of a CSV to pieces."""
MOST_IN_DIMENSION: Final = 2_000
CUT: Final = "…"
"""Ends a text that was too long for its place."""

_BREAKS: Final = re.compile(r"\r\n|[\t-\r\x85\u2028\u2029]")
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


class VoucherFileSettings(FileSettings, LedgerSettings):
    """Where files with vouchers are put (the folder `inbox`), and the ledger's words for accounts and tax codes."""


L = TypeVar("L", bound=VoucherFileSettings)


class VoucherFileConnector(FileConnector[L]):
    """Base of connectors to a ledger that takes files."""

    kinds: ClassVar[Mapping[str, PayloadKind]] = {}
    mapping_version = 1

    def identify(self) -> RemoteIdentity:
        """The folder is looked into, which proves the credentials. File servers tell no time, so it is the hub's."""
        settings = self.settings
        self.folders.files_in(settings.inbox)
        place = f"{settings.address.rstrip('/')}/{settings.inbox}".lower()
        return RemoteIdentity(fingerprint=f"{settings.user or ''}@{place}", title=self.manifest.title, now=self.wiring.now())


def one_line(text: str) -> str:
    """The text on one line.

    Breaks and tabs become blanks; what no ledger can hold (controls, halves of pairs, marks that turn the direction of reading), SIGN.
    """
    return _UNWRITABLE.sub(SIGN, _BREAKS.sub(" ", text))


def cut(text: str, most: int = MOST_IN_CELL) -> str:
    """The text on one line and no longer than that; CUT shows where something is missing."""
    plain = one_line(text)
    return plain if len(plain) <= most else plain[: most - 1] + CUT


def cut_dimensions(voucher: Voucher, line: VoucherLine, said: Callable[[Mapping[str, str]], str]) -> str:
    """A line's dimensions as one cell; RejectedError where they are too many for it."""
    cell = said({cut(name, MOST_IN_DIMENSION): cut(value, MOST_IN_DIMENSION) for name, value in line.dimensions}) if line.dimensions else ""
    if len(cell) > MOST_IN_CELL:
        raise RejectedError(f"voucher {voucher.reference}: has more dimensions than a cell holds")
    return cell


def written(minor: int, currency: str) -> str:
    """An amount in major units with exactly the currency's decimal places: `-12.00`."""
    return f"{decimal_amount(minor, currency):f}"


def names_of(accounts: Sequence[LedgerAccount], given: Mapping[str, str], derived: Callable[[LedgerAccount], str]) -> dict[str, str]:
    """What the ledger calls each account, by our code: the given word, else one derived from its code and name.

    Several of our accounts may be given one word. ConfigError where a derived one is another account's too.
    """
    names: dict[str, str] = {}
    owners: dict[str, str] = {}
    for account in accounts:
        name = given.get(account.code) or derived(account)
        other = owners.setdefault(name, account.code)
        if account.code in names or (other != account.code and not {other, account.code} <= given.keys()):
            raise ConfigError(
                f"accounts: {other!r:.60} and {account.code!r:.60} are called alike; call one otherwise under settings.accounts"
            )
        names[account.code] = name
    return names


def sayable(vouchers: Iterable[Voucher], accounts: Sequence[LedgerAccount]) -> Iterator[Voucher]:
    """The vouchers, one by one; RejectedError for the first that does not balance, or says what no ledger could keep."""
    chart = frozenset(account.code for account in accounts)
    for voucher in vouchers:
        balanced(voucher)
        place = f"voucher {voucher.reference}"
        if any(not FIRST_YEAR <= day.year <= LAST_YEAR for day in (voucher.posted_on, voucher.happened_on)):
            raise RejectedError(f"{place}: bears a day outside {FIRST_YEAR} to {LAST_YEAR}")
        for number, line in enumerate(voucher.lines, 1):
            if reason := _reason_against(line, voucher.base_currency, chart):
                raise RejectedError(f"{place}, line {number}: {reason}")
        yield voucher


def with_amounts(vouchers: Iterable[Voucher]) -> Iterator[Voucher]:
    """The vouchers; RejectedError for one with a line that moves functional money only, for ledgers where each line has one amount."""
    for voucher in vouchers:
        for number, line in enumerate(voucher.lines, 1):
            if line.base_minor and not line.amount_minor:
                told = f"moves {voucher.base_currency} but no {line.currency}, which this ledger cannot say"
                raise RejectedError(f"voucher {voucher.reference}, line {number}: {told}; book the difference in {voucher.base_currency}")
        yield voucher


def _reason_against(line: VoucherLine, base_currency: str, chart: frozenset[str]) -> str | None:
    try:
        for currency in (line.currency, base_currency):
            exponent(currency)
    except MalformedError as error:
        return str(error)
    if line.account not in chart:
        return f"account {line.account!r:.60} is not in the chart; add it there"
    if max(abs(line.amount_minor), abs(line.base_minor)) >= LIMIT:
        return "amount: is beyond any that is booked"
    if line.amount_minor * line.base_minor < 0:
        return f"is debit in {line.currency} and credit in {base_currency}, or the other way round"
    if line.currency == base_currency and line.amount_minor != line.base_minor:
        return f"tells two amounts in {base_currency}"
    names = [name for name, _value in line.dimensions]
    return "names a dimension twice" if len(set(names)) < len(names) else None
