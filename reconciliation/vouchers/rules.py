"""Posting rules as data: the chart of accounts, which account plays which role, and what each event debits and credits."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.errors import RejectedError
from model.records.voucher import AccountKind, LedgerAccount

_ENTRY = re.compile(r"(debit|credit) ([a-z_]+(?:\.\*|\.[a-z_]+)?) ([a-z_]+(?:\.\*|\.[a-z_]+)?)")
_ROLE = re.compile(r"[a-z_]{1,40}(\.[a-z_]{1,40})?")
_EVENT = re.compile(r"[a-z_0-9]{1,60}")
_CODE = re.compile(r"[0-9A-Za-z]{1,20}(\.([0-9A-Za-z-]|\{[a-z]+\})+)*")
LONGEST = 200_000
"""Characters of a rules file."""
_PLACE = re.compile(r"\{([^{}]*)\}")
PLACES = frozenset({"account", "bank", "channel", "currency"})
"""What the code of a role may name in braces: settling account, bank account, sales channel, and the currency of the amount."""
ALWAYS = ("exchange", "rounding")
"""Roles that the engine itself books on: the two legs of an exchange, and cents that allocation leaves."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ChartAccount(_Table):
    """An account of the chart. What begins with its code and a point is a sub-account of it."""

    code: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,20}$")]
    name: Annotated[str, Field(min_length=1)]
    name_zh: str | None = None
    kind: AccountKind


class PostingRules(_Table):
    """One version of an entity's rules."""

    books_from: date
    """What happened before is in the opening balances, which a voucher made by hand brings in."""
    chart: tuple[ChartAccount, ...] = Field(min_length=1)
    roles: dict[str, str]
    """Role to account code; a code may name `PLACES` in braces, which makes sub-accounts."""
    rules: dict[str, tuple[str, ...]]
    """Event to its entries, each `debit ROLE AMOUNT` or `credit ROLE AMOUNT`; `.*` stands for every kind of fee."""
    costs: str = ""
    """The price list that says what a unit costs us; empty: goods are not kept in these books."""
    marketplaces: tuple[str, ...] = ()
    """Sales channels that collect the tax themselves: it is owed to nobody once they have withheld it."""
    summarise: tuple[str, ...] = ()
    """Accounts of hub.toml whose events are posted as one voucher a day and event, not one each."""
    rounding_limit_minor: Annotated[int, Field(ge=0, le=100)] = 0
    """Up to so many minor units a voucher may be rounded; more is held."""

    @model_validator(mode="after")
    def _whole(self) -> "PostingRules":
        codes = [each.code for each in self.chart]
        if len(set(codes)) < len(codes):
            raise ValueError("chart: an account is there twice")
        for role, code in self.roles.items():
            if not _ROLE.fullmatch(role):
                raise ValueError(f"roles: {role!r} is no name of a role; write small letters, with one point at most")
            places = set(_PLACE.findall(code))
            if code.split(".", maxsplit=1)[0] not in codes:
                raise ValueError(f"roles.{role}: {code!r} is no account of the chart")
            if places - PLACES:
                raise ValueError(f"roles.{role}: {code!r} names {sorted(places - PLACES)}; only {sorted(PLACES)} may stand in braces")
            if not _CODE.fullmatch(code):
                raise ValueError(f"roles.{role}: {code!r} is no code; write letters, digits and places, with points between")
        for role in ALWAYS:
            if role not in self.roles:
                raise ValueError(f"roles.{role}: is missing; the engine books on it by itself")
        for event, entries in self.rules.items():
            self._check(event, entries)
        return self

    def _check(self, event: str, entries: Sequence[str]) -> None:
        if not _EVENT.fullmatch(event):
            raise ValueError(f"rules: {event!r} is no name of an event; write small letters")
        for entry in entries:
            found = _ENTRY.fullmatch(entry)
            if found is None:
                raise ValueError(f"rules.{event}: {entry!r} is not of the form `debit ROLE AMOUNT` or `credit ROLE AMOUNT`")
            if found[2].endswith(".*") and not found[3].endswith(".*"):
                raise ValueError(f"rules.{event}: {entry!r} names a role for each kind and an amount of one kind")
            if found[2].removesuffix(".*") not in self.roles and found[2] not in self.roles:
                raise ValueError(f"rules.{event}: {found[2]!r} is no role; name it under [roles]")

    def entries(self, event: str) -> tuple["Entry", ...] | None:
        """What an event debits and credits; None where the rules do not know it."""
        found = self.rules.get(event)
        return None if found is None else tuple(Entry(*each.split(" ")) for each in found)  # pyright: ignore[reportArgumentType]

    def code(self, role: str, places: Mapping[str, str]) -> str:
        """The account that plays a role at a place."""
        named = self.roles.get(role) or self.roles[role.split(".", maxsplit=1)[0]]
        return _PLACE.sub(lambda found: _plain(places.get(found[1], "")), named)

    def account(self, code: str) -> LedgerAccount:
        """The chart's account of a code; a sub-account bears its parent's name and its own ending."""
        head, _, ending = code.partition(".")
        found = next((each for each in self.chart if each.code == head), None)
        if found is None:
            raise RejectedError(f"account {code!r}: is not in the chart")
        name, zh = ((f"{word} {ending}" if ending and word else word) for word in (found.name, found.name_zh))
        return LedgerAccount(code=code, name=name or found.name, kind=found.kind, name_zh=zh)


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of an event."""

    side: Literal["debit", "credit"]
    role: str
    amount: str


def _plain(word: str) -> str:
    return re.sub(r"[^0-9A-Za-z-]", "-", word) or "none"


def read_posting_rules(body: str, where: str) -> PostingRules:
    """Rules from TOML; RejectedError names place and reason, in one line."""
    if len(body) > LONGEST:
        raise RejectedError(f"{where}: has {len(body)} characters; {LONGEST} at most are read")
    try:
        tables = tomllib.loads(body)
    except (ValueError, RecursionError) as problem:  # numbers of thousands of digits, and nesting without end, are no TOMLDecodeError
        raise RejectedError(f"{where}: is no TOML: {_line(str(problem))}") from None
    try:
        return PostingRules.model_validate(tables)
    except ValidationError as problem:
        first = problem.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RejectedError(f"{where}: {_line(place + ': ' if place else '')}{_line(first['msg'].removeprefix('Value error, '))}") from None


def _line(text: str) -> str:
    """A text of a hostile file as part of one line."""
    return "".join(each if each.isprintable() else " " for each in text[:300])
