"""A hub that was told a generated quarter: rows by the store's own makers, a page at a time, and its rules file."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from model.records.order import Order
from model.records.payment import Refund
from model.records.settlement import Dispute, Payout, Settlement, SettlementLine
from model.records.statement import Statement
from model.store import accounts, landing, runs
from model.store.audit_trail import Actor
from model.store.bulk import insert_rows
from model.store.cursors import OWN
from model.store.database import Database
from model.store.money_rows import (
    PAYOUTS,
    SETTLEMENT_FEES,
    SETTLEMENT_LINES,
    SETTLEMENTS,
    STATEMENT_LINES,
    STATEMENTS,
    fee_rows,
    line_row,
    payout_row,
    settlement_row,
    statement_line_row,
    statement_row,
)
from model.store.order_rows import Reading, RowBatch
from model.store.row_merge import insert_new
from model.store.runs import Run
from model.store.sealing import MasterKey
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Bank, Channel, HubFile, Person, Processor
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.simulation.quarter_bank import IGNORE
from tests.simulation.quarter_truth import BANK, CARDS, MARKET, MARKET_MONEY, NOW, SETTLES, SHOP, START, STORE, WALLET, Arrival, Told

PAGE = 20_000
CONNECTORS = {
    SHOP: "woocommerce",
    STORE: "shopify",
    MARKET: "vendure",
    CARDS: "square",
    WALLET: "square",
    MARKET_MONEY: "square",
    BANK: "square",
}
"""Any that exist: nothing is fetched here."""
ZONES = {
    SHOP: "Europe/Berlin",
    STORE: "Europe/Berlin",
    MARKET: "Europe/Berlin",
    CARDS: "UTC",
    WALLET: "UTC",
    MARKET_MONEY: "UTC",
    BANK: "Europe/Berlin",
}
SINCE, UNTIL = date(2025, 12, 1), NOW.date()


def _named(account: str, **more: object) -> dict[str, object]:
    return {"id": account, "name": account, "entity": "main", "connector": CONNECTORS[account], "zone": ZONES[account], **more}


def hub_file(home: Path) -> HubFile:
    """Three channels, three processors and a bank; the rules lie beside it."""
    (home / "rules").mkdir(exist_ok=True)
    lines = [
        'owner = "mia"',
        'signer = "mia"',
        "late_days = 5",
        "bank_late_days = 7",
        "reserve_days = 60",
        "two_people_above = 50",
        "[settles]",
    ]
    lines += [f'"{key}" = "{account}"' for key, account in SETTLES.items()]
    for name, text, sign in IGNORE:
        lines += ["[[ignore]]", f'name = "{name.replace(" ", "-")}"', f'bank = "{BANK}"', f'text = "{text}"'] + (
            [f'sign = "{sign}"'] if sign else []
        )
    (home / "rules" / "reconciliation.toml").write_text("\n".join(lines) + "\n", "utf-8")
    return HubFile(
        home / "hub.toml", "", None, (ENTITY,), (Person(id="mia", name="Mia"), Person(id="ben", name="Ben")),
        tuple(Channel.model_validate(_named(each, orders_from=START, live_from=START)) for each in (SHOP, STORE, MARKET)),
        processors=tuple(Processor.model_validate(_named(each, payouts_from=START)) for each in (CARDS, WALLET, MARKET_MONEY)),
        banks=(Bank.model_validate(_named(BANK, statements_from=START)),),
    )  # fmt: skip


class Desk:
    """The hub, and a way to tell it what arrived."""

    def __init__(self, database: Database, home: Path, clock: StillClock) -> None:
        clock.at = NOW
        self.database, self.clock = database, clock
        self.hub = Hub(hub_file(home), database, MasterKey.in_file(home / "hub.key"), Actor("mia", "Mia"), clock=clock)
        self.sealer = self.hub.sealer()
        self.readings = {account: self._met(account) for account in CONNECTORS}
        self.raw = {account: self._landed(reading) for account, reading in self.readings.items()}
        self.versions: dict[tuple[str, str, str], int] = {}
        self.seq = 0

    def tell(self, arrivals: Sequence[Arrival]) -> None:
        """Store what arrived, in this order; what is older than what is stored is passed over."""
        for start in range(0, len(arrivals), PAGE):
            newest: dict[tuple[str, str, str], Arrival] = {}
            for each in arrivals[start : start + PAGE]:
                key = _key(each)
                version = getattr(each.record, "source_version", 0)
                if version >= self.versions.get(key, -1):
                    self.versions[key] = version
                    newest[key] = each
            page = tuple(newest.values())
            self.database.run(lambda connection, page=page: self._save(connection, page))

    def _met(self, account: str) -> Reading:
        self.database.run(lambda c: accounts.meet(c, account, CONNECTORS[account], "main", at=START))
        self.database.run(lambda c: runs.begin(c, Run(f"told-{account}", account, "told", OWN, "mia", START), "Mia"))
        return Reading(
            account_id=account, zone=ZoneInfo(ZONES[account]), cut_off=time(0), live_from=START, run_id=f"told-{account}",
            mapping_version="1", at=NOW, key_id=self.sealer.key_for(self.database, account, START), sealer=self.sealer, stream="told",
        )  # fmt: skip

    def _landed(self, reading: Reading) -> str:
        raw = reading.account_id.encode()
        name = self.sealer.payload_name(reading.account_id, "page", raw)
        payload = landing.seal(self.sealer, reading.key_id, name, "page", raw, None, 0)
        self.database.run(
            lambda c: landing.land(
                c, [payload], {name: "current"}, account_id=reading.account_id, mapping_version="1", run_id=reading.run_id, at=NOW
            )
        )
        return name

    def _save(self, connection: Connection, page: Iterable[Arrival]) -> None:
        batch = RowBatch()
        for each in page:
            self.seq += 1
            writer = _SINGLES.get(type(each.record))
            if writer is not None:
                writer(batch, each.record, self.readings[each.account], self.raw[each.account], self.seq)
            elif isinstance(each.record, Settlement):
                self._settlement(connection, each.record, each.account)
            elif isinstance(each.record, Statement):
                self._statement(connection, each.record)
        insert_new(connection, batch)

    def _settlement(self, connection: Connection, told: Settlement, account: str) -> None:
        reading, raw = self.readings[account], self.raw[account]
        header = settlement_row(told, account, raw)
        insert_rows(connection, SETTLEMENTS, [header])
        insert_rows(connection, PAYOUTS, [payout_row(each, account, reading.zone, reading.cut_off, raw, self.seq) for each in told.payouts])
        rows = [line_row(each, account, reading.zone, reading.cut_off, raw, self.seq, str(header[0])) for each in told.lines]
        insert_rows(connection, SETTLEMENT_LINES, rows)
        fees = [fee for row, line in zip(rows, told.lines, strict=True) for fee in fee_rows(str(row[0]), line.fees)]
        insert_rows(connection, SETTLEMENT_FEES, fees)

    def _statement(self, connection: Connection, told: Statement) -> None:
        key_id = self.readings[BANK].key_id
        insert_rows(connection, STATEMENTS, [statement_row(told, BANK, self.raw[BANK])])
        insert_rows(connection, STATEMENT_LINES, [statement_line_row(line, told, BANK, self.sealer, key_id) for line in told.lines])


def _key(arrival: Arrival) -> tuple[str, str, str]:
    record = arrival.record
    name = f"{record.external_id}{record.currency}" if isinstance(record, Settlement) else record.external_id
    return type(record).__name__, arrival.account, name


def _refund(batch: RowBatch, record: Refund, reading: Reading, raw: str, seq: int) -> object:
    return batch.add_refund(record, reading, raw, own_seq=seq)


_SINGLES: dict[type[Told], Callable[[RowBatch, "Told", Reading, str, int], object]] = {
    Order: RowBatch.add_order, Refund: _refund, SettlementLine: RowBatch.add_settlement_line, Payout: RowBatch.add_payout,
    Dispute: RowBatch.add_dispute,
}  # fmt: skip  # pyright: ignore
