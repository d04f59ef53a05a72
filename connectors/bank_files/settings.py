"""One bank login: where its files lie, which accounts they are of, and what a CSV's columns mean."""

import codecs
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from connectors._kit.exchanging import FileSettings
from model.errors import MalformedError
from model.values.money import exponent


def _codec_known(name: str) -> str:
    try:
        is_text = codecs.lookup(name)._is_text_encoding  # noqa: SLF001  what bytes.decode asks too; rot13 and zip are codecs as well
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        raise ValueError("is not an encoding; write one like cp1252 or gb18030")
    return name


def _current(code: str) -> str:
    try:
        exponent(code)
    except MalformedError:
        raise ValueError("is not a current ISO 4217 code") from None
    return code


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _bare(numbers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(bare_account(number) for number in numbers)


def bare_account(number: str) -> str:
    """An account number as it is compared: without spaces, in capitals."""
    return "".join(number.split()).upper()


Encoding = Annotated[str, AfterValidator(_codec_known)]
Currency = Annotated[str, AfterValidator(_current)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_one_or_several)]
Accounts = Annotated[tuple[str, ...], BeforeValidator(_one_or_several), AfterValidator(_bare)]
Balances = Literal["file", "running", "none"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CsvColumns(_Part):
    """Which column tells what: names as in the header row, or numbers from 1 where there is none."""

    booked_on: str
    amount: str | None = None
    """Signed, or made so by `sign`; instead of it `credit` and `debit`."""
    credit: str | None = None
    debit: str | None = None
    sign: str | None = None
    """Where a word says whether the amount comes in or goes out."""
    balance: str | None = None
    """What is on the account after the line."""
    currency: str | None = None
    account: str | None = None
    value_on: str | None = None
    kind: str | None = None
    reference: str | None = None
    bank_reference: str | None = None
    """The bank's own number of the line."""
    counterparty: str | None = None
    counterparty_account: str | None = None
    text: Texts = ()
    """One column or several."""

    @model_validator(mode="after")
    def _tells_amounts(self) -> Self:
        if (self.amount is None) == (self.credit is None and self.debit is None):
            raise ValueError("amount: either it or credit and debit name a column")
        if self.sign is not None and self.amount is None:
            raise ValueError("sign: belongs to amount")
        return self

    def named(self) -> frozenset[str]:
        """Every column that is needed."""
        one: Mapping[str, Any] = self.model_dump(exclude={"text"}, exclude_none=True)
        return frozenset([*one.values(), *self.text])


class CsvForm(_Part):
    """How a bank writes its CSV."""

    columns: CsvColumns
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: Literal['"', "'", ""] = '"'
    encoding: Encoding = "utf-8"
    date: str = Field(default="%Y-%m-%d", pattern=r"^[ -~]{2,30}$")
    """As Python's `strptime` reads it: `%d.%m.%Y`."""
    decimal: Literal[".", ","] = "."
    grouping: Literal["", ",", ".", "'", " "] = ""
    """The sign between thousands."""
    header: bool = True
    """Whether a row names the columns; rows before it are left alone."""
    skip_rows: int = Field(default=0, ge=0, le=50)
    """Rows before the first line, where there is no header."""
    no_lines: Texts = ()
    """Rows whose first cell begins so are no lines: sums, notes."""
    credit_words: Texts = ()
    """Words of the column `sign` for what comes in."""
    debit_words: Texts = ()
    blank_words: Texts = ("-", "--")
    """Cells that say nothing."""
    currencies: dict[str, Currency] = {}
    """The bank's words for currencies."""
    is_inverted: bool = False
    """Whether what goes out is positive, as on cards."""
    order: Literal["oldest_first", "newest_first"] | None = None
    """Only needed where neither balances nor dates show it."""
    opening: str | None = None
    """With `balances = "file"`: what stands before the opening balance in its row, before or after the lines."""
    closing: str | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.columns.sign is not None and not (self.credit_words or self.debit_words):
            raise ValueError("credit_words, debit_words: are needed to read the column sign")
        if self.decimal == self.grouping:
            raise ValueError("grouping: is also the decimal mark")
        if not self.header and not all(name.isascii() and name.isdigit() and int(name) for name in self.columns.named()):
            raise ValueError("columns: are numbers from 1 where no row names them")
        return self


class Settings(FileSettings):
    """One bank. Its files are known by what stands in them; only CSV needs to be described, under `[csv]`."""

    account: Accounts = ()
    """IBAN or number as the bank writes it, one or a list. Statements of any other account are refused; a CSV may name none."""
    currency: Currency | None = None
    """What the account is kept in; statements in any other are refused. Needed where the file does not say it."""
    balances: Balances = "file"
    """What shows that no line is missing: opening and closing balance in the `file`, a `running` one beside each line of a CSV, or `none`
    (always so with OFX)."""
    encoding: Encoding = "cp1252"
    """How MT940, BAI2 and OFX are written where they are not UTF-8."""
    csv: CsvForm | None = None
    """How the bank writes CSV; see the guide."""

    @model_validator(mode="after")
    def _can_read_csv(self) -> Self:
        if self.csv is None:
            if self.balances == "running":
                raise ValueError("balances: only a CSV has running ones; describe it under csv")
            return self
        columns = self.csv.columns
        if columns.account is None and len(self.account) != 1:
            raise ValueError("account: name the one that the CSV is of, or its column under csv.columns")
        if columns.currency is None and self.currency is None:
            raise ValueError("currency: name the one that the CSV is in, or its column under csv.columns")
        if self.balances == "running" and columns.balance is None:
            raise ValueError("csv.columns.balance: is needed for running balances")
        if self.balances == "file" and (self.csv.opening is None or self.csv.closing is None):
            raise ValueError('csv.opening, csv.closing: are needed, or balances = "running" or "none"')
        return self
