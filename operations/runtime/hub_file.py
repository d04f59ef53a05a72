"""hub.toml: the legal entities, people and channel accounts of this hub. Every mistake is told with its line and its mend."""

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, get_args

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from connectors import registry
from connectors.capabilities import VoucherFile, VoucherSink
from model.errors import ConfigError
from model.values.money import EXPONENTS
from operations.runtime.hub_accounts import Account, Bank, Channel, HubTable, Key, Ledger, Partner, Processor, Zone
from operations.runtime.hub_matching import BY_OURSELVES, MEND_OF_CLUSTER, Matching, wants_what_is_absent
from operations.runtime.hub_papers import Invoices
from operations.runtime.hub_places import ONE_LOCATION, Location
from operations.runtime.toml_lines import complaints, line_of, read_text, read_toml


def _known_currency(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError("is not an ISO 4217 currency; write one like EUR")
    return code


class Entity(HubTable):
    """A legal entity: it owns channel accounts and has books of its own."""

    id: Key
    name: str
    currency: Annotated[str, AfterValidator(_known_currency)]
    """Functional currency."""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    zone: Zone
    invoices: Invoices | None = None
    """How it issues invoices; none: it does not."""


class Person(HubTable):
    """Somebody who acts: `--as ID`, and by default the operating system user of that name."""

    id: Key
    name: str
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    """Where they are told of what waits for them; needs `[mail]`."""


class Mail(HubTable):
    """How the hub sends mail: `[mail]`. Without it nobody is told by mail."""

    server: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+:\d+$")]
    """`HOST:PORT` of an SMTP server; port 465 speaks TLS at once, others are asked for STARTTLS."""
    sender: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    user: str | None = None
    password: Annotated[str, Field(pattern=r"^(env|file):.+")] | None = None
    """Where the password is kept: `env:NAME` or `file:PATH`."""
    is_plain: bool = False
    """Without TLS: only for a server on this machine."""


class Replenishment(HubTable):
    """How sales are looked at, and when and how safely goods are ordered; `[replenishment]`."""

    window_days: Annotated[int, Field(ge=1, le=365)] = 28
    """How many days of sales tell how fast a SKU sells."""
    review_days: Annotated[int, Field(ge=0, le=365)] = 7
    """How many days lie between two orders to suppliers."""
    lead_time_days: Annotated[int, Field(ge=0, le=3650)] = 14
    """For SKUs that say no lead time of their own."""
    certainty: Annotated[Decimal, Field(ge=Decimal("0.5"), le=Decimal("0.9999"), decimal_places=4)] = Decimal("0.98")
    """How surely what is ordered lasts until the next delivery."""


AS_USUAL = Replenishment()


class _Document(HubTable):
    street: Annotated[str, Field(pattern=r"^http://127\.0\.0\.1:\d+$")] | None = None
    entities: tuple[Entity, ...] = Field(min_length=1)
    people: tuple[Person, ...] = ()
    locations: tuple[Location, ...] = ()
    channels: tuple[Channel, ...] = ()
    partners: tuple[Partner, ...] = ()
    processors: tuple[Processor, ...] = ()
    banks: tuple[Bank, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    replenishment: Replenishment = AS_USUAL
    mail: Mail | None = None
    matching: Matching = BY_OURSELVES


@dataclass(frozen=True, slots=True)
class HubFile:
    """hub.toml, read and checked."""

    path: Path
    text: str
    street: str | None
    """Where `entrepot up` starts the make-believe street along; None when the hub serves real channels only."""
    entities: tuple[Entity, ...]
    people: tuple[Person, ...]
    channels: tuple[Channel, ...]
    locations: tuple[Location, ...] = ONE_LOCATION
    """Where stock lies; a hub that names none has one, `main`."""
    replenishment: Replenishment = AS_USUAL
    partners: tuple[Partner, ...] = ()
    processors: tuple[Processor, ...] = ()
    banks: tuple[Bank, ...] = ()
    mail: Mail | None = None
    matching: Matching = BY_OURSELVES
    ledgers: tuple[Ledger, ...] = ()
    """Where vouchers go. They tell us of nothing new, so they are not among `accounts`."""

    @property
    def hash(self) -> str:
        """Names this version of the file."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]

    def channel(self, channel_id: str) -> Channel:
        """The channel account of that id; ConfigError lists the known ones."""
        for channel in self.channels:
            if channel.id == channel_id:
                return channel
        known = ", ".join(channel.id for channel in self.channels) or "none yet"
        raise ConfigError(f"channel {channel_id!r}: is not in {self.path.name}; known are {known}")

    def partner(self, partner_id: str) -> Partner:
        """The partner of that id; ConfigError lists the known ones."""
        for partner in self.partners:
            if partner.id == partner_id:
                return partner
        known = ", ".join(partner.id for partner in self.partners) or "none yet"
        raise ConfigError(f"partner {partner_id!r}: is not in {self.path.name}; known are {known}")

    def entity(self, entity_id: str) -> Entity:
        """The legal entity of that id; ConfigError lists the known ones."""
        for entity in self.entities:
            if entity.id == entity_id:
                return entity
        known = ", ".join(entity.id for entity in self.entities)
        raise ConfigError(f"entity {entity_id!r}: is not in {self.path.name}; known are {known}")

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Channels, partners, processors and banks."""
        return (*self.channels, *self.partners, *self.processors, *self.banks)

    def account(self, account_id: str) -> Account:
        """The account of that id, whatever it is; ConfigError lists the known ones."""
        for account in self.accounts:
            if account.id == account_id:
                return account
        known = ", ".join(account.id for account in self.accounts) or "none yet"
        raise ConfigError(f"account {account_id!r}: is not in {self.path.name}; known are {known}")

    def ledger(self, ledger_id: str) -> Ledger:
        """The ledger of that id; ConfigError lists the known ones."""
        for ledger in self.ledgers:
            if ledger.id == ledger_id:
                return ledger
        known = ", ".join(ledger.id for ledger in self.ledgers) or "none yet"
        raise ConfigError(f"ledger {ledger_id!r}: is not in {self.path.name}; known are {known}")

    def line(self, account: Account, key: str) -> str:
        """`hub.toml:12`, for errors about an account that show only later."""
        kind = _KINDS[type(account)]
        listed: tuple[Account, ...] = getattr(self, kind)
        place = (kind, [each.id for each in listed].index(account.id), *key.split("."))
        return f"{self.path.name}:{line_of(self.text, place)}"


_KINDS: dict[type[Account], str] = {
    Channel: "channels", Partner: "partners", Processor: "processors", Bank: "banks", Ledger: "ledgers"
}  # fmt: skip
"""What the tables of each kind of account are called."""


def read_hub_file(path: Path) -> HubFile:
    """hub.toml of a home folder; a ConfigError names file, line, key, reason and mend."""
    text = read_text(path)
    if text is None:
        raise ConfigError(f"{path}: does not exist; run `entrepot init` to write a first one")
    try:
        document = _Document.model_validate(read_toml(path, text))
    except ValidationError as error:
        raise complaints(path, text, error) from None
    locations = document.locations or ONE_LOCATION
    found = HubFile(
        path, text, document.street, document.entities, document.people, document.channels, locations, document.replenishment,
        document.partners, document.processors, document.banks, document.mail, document.matching,
        document.ledgers,
    )  # fmt: skip
    _check_references(found)
    return found


def _check_references(found: HubFile) -> None:
    for kinds in (("entities",), ("people",), ("locations",), tuple(_KINDS.values())):
        _check_ids(found, kinds)
    entities = {entity.id for entity in found.entities}
    for account in (*found.accounts, *found.ledgers):
        if account.entity not in entities:
            raise ConfigError(
                f"{found.line(account, 'entity')}: entity {account.entity!r} is not under [[entities]]; add it or mend the id"
            )
        _check_settings(found, account)
    for channel in found.channels:
        _check_places(found, channel)
    _check_shippers(found)
    _check_matching(found)
    _check_ledgers(found)


def _check_ids(found: HubFile, kinds: tuple[str, ...]) -> None:
    """Ids are each there once, over all tables of these kinds."""
    seen: set[str] = set()
    for kind in kinds:
        for position, one in enumerate(getattr(found, kind)):
            if one.id in seen:
                line = line_of(found.text, (kind, position, "id"))
                raise ConfigError(f"{found.path.name}:{line}: {kind}.{position}.id: {one.id!r} is there twice; give each its own id")
            seen.add(one.id)


def _check_places(found: HubFile, channel: Channel) -> None:
    known = {location.id for location in found.locations}
    for location in channel.stock.locations:
        if location not in known:
            raise ConfigError(f"{found.line(channel, 'stock.locations')}: stock.locations: {location!r} is not under [[locations]]")
    if not channel.stock.locations and not any(location.owner == "hub" for location in found.locations):
        raise ConfigError(
            f'{found.line(channel, "stock.locations")}: stock.locations: are not named, and no [[locations]] has owner "hub"; '
            "name those that the channel sells from"
        )


def _check_shippers(found: HubFile) -> None:
    known = {partner.id for partner in found.partners}
    for position, location in enumerate(found.locations):
        for key, partner in (("ships_by", location.ships_by), ("labels_by", location.labels_by)):
            if partner is not None and partner not in known:
                line = line_of(found.text, ("locations", position, key))
                raise ConfigError(
                    f"{found.path.name}:{line}: locations.{position}.{key}: {partner!r} is not under [[partners]]; add it or mend the id"
                )
        if location.labels_by is not None and location.address is None:
            line = line_of(found.text, ("locations", position, "labels_by"))
            raise ConfigError(
                f"{found.path.name}:{line}: locations.{position}.labels_by: needs the address of the place; add [locations.address]"
            )


def _check_matching(found: HubFile) -> None:
    if wants_what_is_absent(found.matching):
        line = line_of(found.text, ("matching", "cluster"))
        raise ConfigError(f"{found.path.name}:{line}: matching.cluster: {MEND_OF_CLUSTER}")


def _check_ledgers(found: HubFile) -> None:
    """Each ledger takes vouchers; of one entity, one at most takes them one by one, as two would both be its books."""
    posting: dict[str, str] = {}
    for ledger in found.ledgers:
        where, abilities = f"{found.line(ledger, 'connector')}: connector", registry.find(ledger.connector).__mro__
        if VoucherSink not in abilities and VoucherFile not in abilities:
            raise ConfigError(f"{where}: {ledger.connector!r} takes no vouchers; docs/connectors.md says which do")
        if not ledger.is_active or VoucherSink not in abilities:
            continue
        if (other := posting.setdefault(ledger.entity, ledger.id)) != ledger.id:
            raise ConfigError(f"{where}: {other!r} is the ledger of {ledger.entity!r} already; set is_active = false in one of them")


def _check_settings(found: HubFile, channel: Account) -> None:
    """Keys the connector knows, and no secret in the file itself: every version of it is kept in the store."""
    known = registry.find(channel.connector).settings_type.model_fields
    for key, value in channel.settings.items():
        where = f"{found.line(channel, f'settings.{key}')}: settings.{key}"
        if key not in known:
            raise ConfigError(f"{where}: is no setting of {channel.connector}; it has {', '.join(known)}")
        if isinstance(value, str) and re.match(r"\w+://[^/]*@", value):
            raise ConfigError(f"{where}: holds credentials in an address; give them by their own settings")
        if is_secret(known[key]) and not REFERENCE.match(str(value)):
            raise ConfigError(f"{where}: holds a secret itself; write `env:NAME` or `file:PATH` and keep the secret there")


REFERENCE = re.compile(r"(env|file):(.+)")
"""Where a secret is kept: in a variable or in a file."""


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting holds a secret."""
    return field.annotation is SecretStr or SecretStr in get_args(field.annotation)
