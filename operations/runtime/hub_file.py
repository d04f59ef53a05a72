"""hub.toml: the legal entities, people and channel accounts of this hub. Every mistake is told with its line and its mend."""

import hashlib
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo

from connectors import registry
from model.errors import ConfigError
from model.tables.stock import Owner
from model.values.money import EXPONENTS
from operations.runtime.schedule import Schedule
from operations.runtime.toml_lines import complaints, line_of, read_text, read_toml

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not an IANA time zone; write one like Europe/Berlin") from None
    return name


def _known_currency(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError("is not an ISO 4217 currency; write one like EUR")
    return code


def _known_connector(name: str) -> str:
    if name not in registry.names():
        raise ValueError(f"is not a connector; use one of {', '.join(registry.names())}")
    return name


def _schedule(text: str) -> str:
    Schedule.parse(text)
    return text


Zone = Annotated[str, AfterValidator(_known_zone)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


SERIES = r"^[A-Za-z0-9/_.-]{0,12}(\{year\}[A-Za-z0-9/_.-]{0,4})?$"
"""What stands before a paper's number; `{year}` begins a new series every year."""


class Invoices(_Table):
    """How a legal entity issues invoices and credit notes: `[entities.invoices]`. Without it, it issues none."""

    since: date
    """What left, or was refunded, before this day is not invoiced."""
    tax_number: Annotated[str, Field(min_length=1)]
    """As it stands on invoices."""
    address: tuple[str, ...] = Field(min_length=1)
    """Lines of the address, without the name."""
    series: Annotated[str, Field(pattern=SERIES)] = "INV-{year}-"
    credit_series: Annotated[str, Field(pattern=SERIES)] = "CN-{year}-"
    language: Literal["en", "zh"] = "en"
    pay_to: tuple[str, ...] = ()
    """Lines that tell customers with terms where to pay."""
    shipping_tax_code: Annotated[str, Field(pattern=r"^[0-9]{19}$")] | None = None
    """税收分类编码 of shipping, for Chinese e-invoices."""
    charge_tax_code: Annotated[str, Field(pattern=r"^[0-9]{19}$")] | None = None
    """The same of other charges."""
    remind_after_days: tuple[Annotated[int, Field(ge=1)], ...] = (1, 15, 30)
    """Days after the due day on which each reminder is to go out."""

    @model_validator(mode="after")
    def _apart(self) -> "Invoices":
        if self.series == self.credit_series:
            raise ValueError("credit_series: is the series of invoices; give credit notes one of their own")
        if list(self.remind_after_days) != sorted(set(self.remind_after_days)):
            raise ValueError("remind_after_days: do not grow; write them like [1, 15, 30]")
        return self


class Entity(_Table):
    """A legal entity: it owns channel accounts and has books of its own."""

    id: Key
    name: str
    currency: Annotated[str, AfterValidator(_known_currency)]
    """Functional currency."""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    zone: Zone
    invoices: Invoices | None = None
    """How it issues invoices; none: it does not."""


class Person(_Table):
    """Somebody who acts: `--as ID`, and by default the operating system user of that name."""

    id: Key
    name: str
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    """Where they are told of what waits for them; needs `[mail]`."""


class Mail(_Table):
    """How the hub sends mail: `[mail]`. Without it nobody is told by mail."""

    server: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+:\d+$")]
    """`HOST:PORT` of an SMTP server; port 465 speaks TLS at once, others are asked for STARTTLS."""
    sender: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    user: str | None = None
    password: Annotated[str, Field(pattern=r"^(env|file):.+")] | None = None
    """Where the password is kept: `env:NAME` or `file:PATH`."""
    is_plain: bool = False
    """Without TLS: only for a server on this machine."""


class Address(_Table):
    """Where a location is, as labels and customs want it."""

    name: str
    company: str | None = None
    street: tuple[str, ...] = Field(min_length=1)
    city: str
    region: str | None = None
    postcode: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    phone: str | None = None


class Location(_Table):
    """A place that holds stock."""

    id: Key
    name: str
    owner: Owner = "hub"
    """Who counts it. What a channel owns itself is never published to it."""
    ships_by: Key | None = None
    """The partner that ships from it; none: our own people."""
    code: str | None = None
    """What that partner calls the place."""
    labels_by: Key | None = None
    """The partner that sells labels for parcels our own people send from it."""
    address: Address | None = None
    """Where those parcels are sent from; labels need it."""


class StockSettings(_Table):
    """How a channel sells from stock; `[channels.stock]`. Bounds are whole listed units."""

    locations: tuple[Key, ...] = ()
    """Where its orders are reserved, by priority; empty means all of the hub's own, as they stand in the file."""
    mode: Literal["shared", "ring_fenced"] = "shared"
    """`ring_fenced`: what the channels may sell never adds up to more than there is; `shared`: each may show its share of all."""
    share: Annotated[Decimal, Field(ge=0, le=1, decimal_places=3)] = Decimal(1)
    safety: Annotated[Decimal, Field(ge=0, decimal_places=3)] = Decimal(0)
    """Units of each SKU kept back at least; what is computed from sales may be more, and a person's word for one SKU is final."""
    end_when: Annotated[int, Field(ge=0)] = 0
    """With no more than this left, nothing is shown."""
    max_listed: Annotated[int, Field(ge=0)] | None = None
    inbound_days: Annotated[int, Field(ge=0)] = 0
    """Deliveries promised within so many days may be sold; 0 sells only what is there."""
    is_published: bool = True
    fresh_within_min: Annotated[int, Field(ge=1)] = 15
    """A channel whose orders were not read within so many minutes is told nothing."""
    soft_hours: Annotated[int, Field(ge=1)] = 24
    """How long an unpaid order holds stock."""
    price_list: str | None = None


class Replenishment(_Table):
    """How sales are looked at, and when and how safely goods are ordered; `[replenishment]`."""

    window_days: Annotated[int, Field(ge=1, le=365)] = 28
    """How many days of sales tell how fast a SKU sells."""
    review_days: Annotated[int, Field(ge=0, le=365)] = 7
    """How many days lie between two orders to suppliers."""
    lead_time_days: Annotated[int, Field(ge=0, le=3650)] = 14
    """For SKUs that say no lead time of their own."""
    certainty: Annotated[Decimal, Field(ge=Decimal("0.5"), le=Decimal("0.9999"), decimal_places=4)] = Decimal("0.98")
    """How surely what is ordered lasts until the next delivery."""


class Account(_Table, ABC):
    """One set of credentials at one remote."""

    id: Key
    """Immutable; the name is a label."""
    name: str
    entity: Key
    connector: Annotated[str, AfterValidator(_known_connector)]
    zone: Zone
    """Where its days are counted."""
    cut_off: time = time(0)
    """When a day begins."""
    schedule: Annotated[str, AfterValidator(_schedule)] = "every 5 min"
    allow_hosts: tuple[str, ...] = ()
    """Hosts, as `name` or `name:port`, that may be private or speak plain http."""
    is_active: bool = True
    settings: dict[str, Any] = {}

    @property
    def trading_zone(self) -> ZoneInfo:
        """The zone, ready for use."""
        return ZoneInfo(self.zone)

    @property
    @abstractmethod
    def read_from(self) -> datetime:
        """How far back its streams are read."""

    @property
    def history_until(self) -> datetime:
        """What was placed before is history."""
        return self.read_from


class Channel(Account):
    """A sales channel."""

    orders_from: AwareDatetime
    """How far back orders are read."""
    live_from: AwareDatetime
    """Orders placed before are history: stored, never reviewed, reserved, shipped or posted."""
    stock: StockSettings = StockSettings()

    @property
    def read_from(self) -> datetime:
        """How far back orders are read, in UTC."""
        return utc(self.orders_from)

    @property
    def history_until(self) -> datetime:
        """Orders placed before are history."""
        return utc(self.live_from)


class Partner(Account):
    """Who ships, stores or carries for us: a 3PL, a warehouse told by file, a carrier."""

    advices_from: AwareDatetime
    """How far back we read what it told."""

    @property
    def read_from(self) -> datetime:
        """How far back we read what it told, in UTC."""
        return utc(self.advices_from)


class Processor(Account):
    """Who keeps our buyers' money until it pays it out: a payment provider, or a marketplace's account of what it owes us."""

    schedule: Annotated[str, AfterValidator(_schedule)] = "every 6 h"
    payouts_from: AwareDatetime
    """How far back its payouts and lines are read."""

    @property
    def read_from(self) -> datetime:
        """How far back its payouts and lines are read, in UTC."""
        return utc(self.payouts_from)


class Bank(Account):
    """A bank that tells of our accounts by statements."""

    schedule: Annotated[str, AfterValidator(_schedule)] = "every 6 h"
    statements_from: AwareDatetime
    """Lines booked before are history: stored, never matched."""

    @property
    def read_from(self) -> datetime:
        """From when on its lines are matched, in UTC."""
        return utc(self.statements_from)


ONE_LOCATION = (Location(id="main", name="Main"),)
AS_USUAL = Replenishment()


class _Document(_Table):
    street: Annotated[str, Field(pattern=r"^http://127\.0\.0\.1:\d+$")] | None = None
    entities: tuple[Entity, ...] = Field(min_length=1)
    people: tuple[Person, ...] = ()
    locations: tuple[Location, ...] = ()
    channels: tuple[Channel, ...] = ()
    partners: tuple[Partner, ...] = ()
    processors: tuple[Processor, ...] = ()
    banks: tuple[Bank, ...] = ()
    replenishment: Replenishment = AS_USUAL
    mail: Mail | None = None


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

    def line(self, account: Account, key: str) -> str:
        """`hub.toml:12`, for errors about an account that show only later."""
        kind = _KINDS[type(account)]
        listed: tuple[Account, ...] = getattr(self, kind)
        place = (kind, [each.id for each in listed].index(account.id), *key.split("."))
        return f"{self.path.name}:{line_of(self.text, place)}"


_KINDS: dict[type[Account], str] = {Channel: "channels", Partner: "partners", Processor: "processors", Bank: "banks"}
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
        document.partners, document.processors, document.banks, document.mail,
    )  # fmt: skip
    _check_references(found)
    return found


def _check_references(found: HubFile) -> None:
    for kinds in (("entities",), ("people",), ("locations",), tuple(_KINDS.values())):
        _check_ids(found, kinds)
    entities = {entity.id for entity in found.entities}
    for account in found.accounts:
        if account.entity not in entities:
            raise ConfigError(
                f"{found.line(account, 'entity')}: entity {account.entity!r} is not under [[entities]]; add it or mend the id"
            )
        _check_settings(found, account)
    for channel in found.channels:
        _check_places(found, channel)
    _check_shippers(found)


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


def utc(value: datetime) -> datetime:
    """An instant of hub.toml in UTC."""
    return value.astimezone(UTC)
