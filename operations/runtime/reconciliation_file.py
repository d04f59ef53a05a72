"""rules/reconciliation.toml: who settles what, who owns and signs, what is late, and which bank lines are set apart."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from connectors import registry
from connectors.capabilities import PayoutSource
from model.errors import ConfigError
from model.records.breaks import BreakKind
from model.values.money import EXPONENTS
from operations.runtime.hub_accounts import Channel, Key
from operations.runtime.hub_file import HubFile
from operations.runtime.rules_file import RulesFile, read_rules
from operations.runtime.toml_lines import Place, told

RECONCILIATION_FILE = Path("rules", "reconciliation.toml")
"""Where it lies, seen from hub.toml."""
NOBODY = "nobody"
"""In place of an account: money that no processor settles, as cash."""
BY_HAND = frozenset({"cash"})
"""Gateways that no processor has part in, whichever channel calls them so."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Ignore(_Table):
    """Bank lines that are no payouts, by what the bank prints: rent, wages, card bills. They are set apart, with the rule's name."""

    name: Key
    bank: Key | None = None
    """Of one bank only."""
    text: Annotated[str, Field(min_length=3)]
    """What the line's text, reference or counterparty contains; small and capital letters count alike."""
    sign: Literal["in", "out"] | None = None
    """Only money that comes, or only money that goes."""


class ReconciliationRules(_Table):
    """The rules of reconciliation, with what holds where the file is silent."""

    owner: Key | None = None
    """Who breaks belong to where `owners` says nothing."""
    owners: dict[BreakKind, Key] = {}
    signer: Key | None = None
    """Who is told that a day waits for a signature."""
    window_days: Annotated[int, Field(ge=7, le=400)] = 95
    """How many days back a nightly run looks; lines older than that are matched by a run of their own days."""
    late_days: Annotated[int, Field(ge=0, le=90)] = 5
    """After so many days a payment that no processor has told of is a break."""
    bank_late_days: Annotated[int, Field(ge=0, le=90)] = 7
    """After so many days a payout that is not at the bank is a break."""
    reserve_days: Annotated[int, Field(ge=1, le=400)] = 180
    two_people_above: Annotated[Decimal, Field(ge=0)] = Decimal(50)
    """A break of more than this, in its own currency, is resolved by one person and checked by another."""
    settles: dict[str, str] = {}
    """`"CHANNEL/GATEWAY"` to the account whose lines settle it, or "nobody"."""
    banks: dict[Key, Key] = {}
    """Account that pays out to the bank account it pays into; needed where there are several banks."""
    ignore: tuple[Ignore, ...] = ()

    def owner_of(self, kind: BreakKind) -> str | None:
        """Whom a new break of a kind belongs to."""
        return self.owners.get(kind, self.owner)

    def needs_two(self, amount_minor: int, currency: str) -> bool:
        """Whether a break of this amount needs a second person."""
        return abs(amount_minor) > self.two_people_above * 10 ** EXPONENTS[currency]


ReconciliationFile = RulesFile[ReconciliationRules]


def read_reconciliation_file(file: HubFile) -> ReconciliationFile:
    """The rules in force; a ConfigError names file, line, key, reason and mend."""
    found = read_rules(file, RECONCILIATION_FILE, ReconciliationRules)
    for place, reason in _mistakes(found.rules, file):
        raise ConfigError(told(found.path, found.text, place, reason))
    return found


def _mistakes(rules: ReconciliationRules, file: HubFile) -> list[tuple[Place, str]]:
    people = {person.id for person in file.people}
    accounts = {account.id for account in file.accounts}
    channels, banks = {channel.id for channel in file.channels}, {bank.id for bank in file.banks}
    named: list[tuple[Place, str | None]] = [(("owner",), rules.owner), (("signer",), rules.signer)]
    named += [(("owners", kind), who) for kind, who in rules.owners.items()]
    found: list[tuple[Place, str]] = [
        (place, f"{who!r} is not under [[people]] of hub.toml") for place, who in named if who not in {None, *people}
    ]
    for key, account in rules.settles.items():
        channel, slash, gateway = key.partition("/")
        if not (slash and gateway) or channel not in {"*", *channels}:
            found.append((("settles", key), 'is not of the form "CHANNEL/GATEWAY"; CHANNEL is an id under [[channels]], or * for all'))
        if account not in {NOBODY, *accounts}:
            found.append(
                (("settles", key), f"{account!r} is no account of hub.toml; use one of {', '.join(sorted(accounts))}, or {NOBODY}")
            )
    for account, bank in rules.banks.items():
        if account not in accounts or bank not in banks:
            found.append(
                (("banks", account), f"names {account!r} and {bank!r}; an account of hub.toml and an id under [[banks]] are wanted")
            )
    for position, each in enumerate(rules.ignore):
        if each.bank is not None and each.bank not in banks:
            found.append((("ignore", position, "bank"), f"{each.bank!r} is not under [[banks]] of hub.toml"))
        if each.name in [other.name for other in rules.ignore[:position]]:
            found.append((("ignore", position, "name"), f"{each.name!r} is there twice; give each rule its own name"))
    return found


def settled_by(rules: ReconciliationRules, channel: Channel, gateway: str | None) -> str | None:
    """The account whose lines settle a channel's payments by a gateway, or "nobody"; None where nobody said.

    A rule for the channel counts before one for all channels, and any rule before what the channel's own connector settles.
    """
    word = (gateway or "").casefold()
    rules_by_key: Mapping[str, str] = {key.casefold(): account for key, account in rules.settles.items()}
    for key in (f"{channel.id}/{word}", f"{channel.id}/*", f"*/{word}"):
        if key in rules_by_key:
            return rules_by_key[key]
    if word in BY_HAND:
        return NOBODY
    own = own_gateways(channel.connector)
    if own is not None and (word in own or "*" in own):
        return channel.id
    return None


def own_gateways(connector: str) -> frozenset[str] | None:
    """The gateways whose money a connector's own payouts carry, in small letters; None where it has no payouts."""
    kind: Any = registry.find(connector)
    return kind.settled_gateways if PayoutSource in kind.__mro__ else None


def bank_of(rules: ReconciliationRules, file: HubFile, account: str) -> str | None:
    """The bank account that an account pays into: named, or the only one of its legal entity."""
    if account in rules.banks:
        return rules.banks[account]
    entity = file.account(account).entity
    own = [bank.id for bank in file.banks if bank.entity == entity]
    return own[0] if len(own) == 1 else None
