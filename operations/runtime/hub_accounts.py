"""The accounts of hub.toml: channels, partners, processors, banks and ledgers, with what each says of itself."""

from abc import ABC, abstractmethod
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from connectors import registry
from operations.runtime.schedule import Schedule

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not an IANA time zone; write one like Europe/Berlin") from None
    return name


def _known_connector(name: str) -> str:
    if name not in registry.names():
        raise ValueError(f"is not a connector; use one of {', '.join(registry.names())}")
    return name


def _schedule(text: str) -> str:
    Schedule.parse(text)
    return text


Zone = Annotated[str, AfterValidator(_known_zone)]


class HubTable(BaseModel):
    """A table of hub.toml: every key is known, and no value is told in a complaint."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class StockSettings(HubTable):
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


class Account(HubTable, ABC):
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


class Ledger(Account):
    """Books of an entity that its vouchers are brought to: by interface, one by one, or as files."""

    vouchers_from: date
    """Vouchers that bear an earlier day are in its opening balances, which people book there."""

    @property
    def read_from(self) -> datetime:
        """The first moment of the day from which vouchers are brought to it, in UTC."""
        return utc(datetime.combine(self.vouchers_from, time(0), self.trading_zone))


def utc(value: datetime) -> datetime:
    """An instant of hub.toml in UTC."""
    return value.astimezone(UTC)
