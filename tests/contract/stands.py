"""Every stand there is: each capability of each connector on disk, each kind of record of a stream of advices."""

from collections.abc import Iterator, Mapping

from connectors import registry
from connectors._kit.exchanging import FileConnector
from connectors.capabilities import (
    LedgerSource,
    OrderDaySource,
    PayoutSource,
    SettlementFile,
    StatementFile,
    TrackingSource,
    VoucherFile,
    WarehouseAdvice,
    capabilities_of,
)
from connectors.mailbox.connector import Mailbox
from tests.contract import order_files
from tests.contract.dialects import dialect_of
from tests.contract.file_dialects import file_dialect_of
from tests.contract.file_stand import FileCommandStand, FileStand
from tests.contract.mail_stand import MailStand
from tests.contract.stand import STREAMS, CatalogueStand, Kind, Stand, StockStand, Stream
from tests.contract.stand_commands import CommandStand
from tests.contract.stand_days import DayStand
from tests.contract.stand_labels import LabelStand
from tests.contract.stand_money_files import MoneyFileStand
from tests.contract.stand_payouts import PayoutStand
from tests.contract.stand_tracking import TrackingStand
from tests.contract.stand_voucher_files import VoucherFileStand
from tests.contract.stand_vouchers import VoucherStand

STANDS: Mapping[str, type[Stand]] = {
    "days": DayStand,
    "listings": CatalogueStand,
    "stock": StockStand,
    "labels": LabelStand,
    "tracking": TrackingStand,
    "payouts": PayoutStand,
    "vouchers": VoucherStand,
    "entries": VoucherStand,
}

MONEY_FILES: tuple[type, ...] = (SettlementFile, StatementFile)
OWN_FILES = (*MONEY_FILES, VoucherFile)
"""Capabilities of files with a suite of their own: nothing is exchanged with a partner."""

OF_KINDS = (WarehouseAdvice, PayoutSource)
"""Capabilities of which one stream brings records of several kinds."""


def stand_of(name: str, stream: Stream, kind: Kind) -> Stand:
    """The stand for one capability of a connector class."""
    if stream.capability in OWN_FILES:
        return (MoneyFileStand if stream.capability in MONEY_FILES else VoucherFileStand)(name, stream, kind)
    if name in by_mail():
        return MailStand(name, stream, kind)
    if name in by_file() and stream.name not in STANDS:
        return (FileCommandStand if stream.is_command else FileStand)(name, stream, kind)
    made = STANDS.get(stream.name, CommandStand if stream.is_command else Stand)
    return made(name, stream, kind)


def by_file() -> tuple[str, ...]:
    """The connectors that exchange files with a partner and speak no HTTP."""
    return tuple(name for name in registry.names() if issubclass(registry.find(name), FileConnector) and name not in of_own_files())


def of_own_files() -> tuple[str, ...]:
    """The connectors that read files of orders or of money, or write ledgers' files, and do nothing else; each has a suite of its own."""
    found = {name: set(capabilities_of(registry.find(name))) for name in registry.names()}
    orders = order_files.names()
    return tuple(name for name, abilities in found.items() if name in orders or (abilities and abilities <= set(OWN_FILES)))


def by_mail() -> tuple[str, ...]:
    """The connectors that read mailboxes."""
    return tuple(name for name in registry.names() if issubclass(registry.find(name), Mailbox))


def by_request() -> tuple[str, ...]:
    """The connectors that speak HTTP."""
    return tuple(name for name in registry.names() if name not in (*by_file(), *of_own_files(), *by_mail()))


def stands() -> list[Stand]:
    """Every capability of every connector on disk; of those whose dialect does not tell listings yet, what it does tell."""
    return [
        stand_of(name, stream, registry.find(name))
        for name in registry.names()
        if name not in order_files.names()
        for stream in streams_of(name)
        if stream.facts
        or stream.is_command
        or stream.capability in {TrackingSource, LedgerSource, OrderDaySource, *OWN_FILES}
        or dialect_of(name).catalogue
    ]


def streams_of(name: str) -> Iterator[Stream]:
    """The streams of one connector; of advices, and of payouts, once for each kind of record whose shape the dialect tells."""
    connector = registry.find(name)
    abilities = capabilities_of(connector)
    for stream in STREAMS:
        if stream.capability in OF_KINDS and stream.capability in abilities:
            told_of = file_dialect_of(name).codes if name in by_file() else connector.kinds
            kinds = [kind for kind, told in connector.kinds.items() if told.stream == stream.name and kind in told_of]
            yield from (stream._replace(kind=kind, of=f"{kind}s") for kind in kinds)
        elif stream.capability in abilities:
            yield stream
