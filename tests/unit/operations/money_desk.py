"""A hub whose money has moved: orders of a shop, lines and payouts of a provider, a bank account, matches, breaks and signatures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, insert, select, update

from model.records.order import Order
from model.records.settlement import Dispute, Fee, Payout, SettlementLine
from model.records.statement import Statement, StatementLine
from model.store import accounts, money_rows
from model.store.bulk import PrimitiveRow, insert_rows
from model.store.money_figures import ACTORS, BREAKS, IGNORED, MATCHES, MEMBERS, RUNS, SIGN_OFFS
from model.store.order_rows import Reading
from model.store.sealing import MasterKey
from model.tables.landing import RawPayloadRow
from model.tables.streams import ChannelAccountRow
from model.values.ids import derive_id
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Bank, Channel, Person, Processor
from tests.orders import PLACED, order, refunded
from tests.saving import NOW, Store

DAY = date(2026, 3, 1)
FROM = datetime(2026, 1, 1, tzinfo=UTC)
COMMON: dict[str, Any] = {"entity": "main", "zone": "UTC"}
SHOP = Channel(id="shop", name="Shop", connector="vendure", orders_from=FROM, live_from=FROM, **COMMON)
STRIPE = Processor(id="stripe", name="Stripe", connector="square", payouts_from=FROM, **COMMON)
BANK = Bank(id="bank", name="Hausbank", connector="square", statements_from=FROM, **COMMON)
PEOPLE = (Person(id="mia", name="Mia Maker"), Person(id="ben", name="Ben Checker"))
UTC_ZONE, MIDNIGHT = ZoneInfo("UTC"), time(0)


@dataclass
class Desk:
    """The hub, and short ways to put something into its store."""

    hub: Hub
    reading: Reading
    raw_id: str

    def lines(self, *lines: SettlementLine) -> None:
        """Settlement lines of the provider."""
        rows = [money_rows.line_row(line, "stripe", UTC_ZONE, MIDNIGHT, self.raw_id, 1) for line in lines]
        fees = [row for line in lines for row in money_rows.fee_rows(money_rows.line_id("stripe", line.external_id), line.fees)]
        self._insert(money_rows.SETTLEMENT_LINES, rows)
        self._insert(money_rows.SETTLEMENT_FEES, fees)

    def payouts(self, *payouts: Payout) -> None:
        """Payouts of the provider."""
        rows = [money_rows.payout_row(payout, "stripe", UTC_ZONE, MIDNIGHT, self.raw_id, 1) for payout in payouts]
        self._insert(money_rows.PAYOUTS, rows)

    def disputes(self, *disputes: Dispute) -> None:
        """Disputes of the provider."""
        rows = [money_rows.dispute_row(dispute, "stripe", self.raw_id, 1) for dispute in disputes]
        self._insert(money_rows.DISPUTES, rows)

    def statement(self, *lines: StatementLine) -> None:
        """A bank statement of these lines, from nothing."""
        self.statement_of("s1", *lines)

    def statement_of(self, number: str, *lines: StatementLine) -> None:
        """The same, of a number of its own."""
        told = Statement(
            external_id=number, account="DE02", currency="EUR", opened_on=DAY, closed_on=date(2026, 3, 7), opening_minor=0,
            closing_minor=sum(line.amount_minor for line in lines), lines=lines,
        )  # fmt: skip
        sealer, key = self.reading.sealer, self.reading.key_id
        rows = [money_rows.statement_line_row(line, told, "bank", sealer, key) for line in lines]
        self._insert(money_rows.STATEMENTS, [money_rows.statement_row(told, "bank", self.raw_id)])
        self._insert(money_rows.STATEMENT_LINES, rows)

    def match(self, level: str, left: Sequence[str], right: Sequence[str], name: str = "provider_id") -> None:
        """A match of these lines."""
        match_id = derive_id("match", level, *left, *right)
        self.put(
            MATCHES, id=match_id, account_id="stripe", level=level, pass_name=name, shape="one_to_one", currency="EUR", left_minor=1,
            right_minor=1, matched_on=DAY, evidence="{}", run_id=None, actor_id="mia", matched_at=NOW,
            reason="looked at it" if name == "person" else None,
        )  # fmt: skip
        for side, ids in (("left", left), ("right", right)):
            for line_id in ids:
                self.put(MEMBERS, level=level, side=side, line_id=line_id, match_id=match_id)

    def broken(self, kind: str, subject_id: str, amount: int, *, day: date = DAY, state: str = "open", account: str = "stripe") -> None:
        """A break of this subject."""
        is_resolved, is_judged = state == "resolved", state != "open"
        self.put(
            BREAKS, id=derive_id(kind, subject_id), account_id=account, kind=kind, subject_id=subject_id, subject_name=f"about {kind}",
            business_on=day, currency="EUR", amount_minor=amount, evidence="{}", state=state, owner_id="mia", first_seen_at=NOW,
            last_seen_at=NOW, resolution="paid in cash" if is_judged else None, maker_id="mia" if is_judged else None,
            made_at=NOW if is_judged else None, checker_id="ben" if is_resolved else None, checked_at=NOW if is_resolved else None,
            resolved_at=NOW if is_resolved else None,
        )  # fmt: skip

    def signed(self, account: str, day: date, *, withdrawn: str | None = None) -> None:
        """A signature that was checked, perhaps taken back."""
        self.put(
            SIGN_OFFS, id=derive_id(account, day.isoformat(), withdrawn or ""), account_id=account, business_on=day, totals="{}",
            totals_hash="0" * 32, maker_id="mia", made_at=NOW, checker_id="ben", checked_at=NOW,
            withdrawn_by="ben" if withdrawn else None, withdrawn_at=NOW if withdrawn else None, reason=withdrawn,
        )  # fmt: skip

    def ran(self, level: str, started: datetime, outcome: str = "done") -> None:
        """A reconciliation."""
        self.put(
            RUNS, id=f"{level}{started:%H%M}", account_id="stripe", level=level, since=DAY, until=DAY, actor_id="mia", started_at=started,
            ended_at=started, outcome=outcome, message=None, counts="{}", config_hash=None,
        )  # fmt: skip

    def ignored(self, line_id: str, rule: str) -> None:
        """A bank line that a rule set apart."""
        self.put(IGNORED, line_id=line_id, account_id="bank", rule=rule, rules_hash="0" * 32, at=NOW)

    def put(self, table: Table, **values: object) -> None:
        """One row."""
        self.hub.database.run(lambda connection: connection.execute(insert(table).values(**values)))

    def _insert(self, table: Table, rows: Sequence[PrimitiveRow]) -> None:
        self.hub.database.run(lambda connection: insert_rows(connection, table, rows))


def open_desk(hub: Hub, home: Path) -> Desk:
    """Three orders of the shop on the first of March: 1001, 1002 with a refund of 3.00, and 1003 that was paid in cash."""
    store = Store(hub.database, home)
    store.save(order("1001"), refunded(order("1002"), 1), cash(order("1003")))

    def meet(connection: Connection) -> None:
        for account in (STRIPE, BANK):
            accounts.meet(connection, account.id, account.connector, account.entity, at=NOW)
        connection.execute(update(ChannelAccountRow).where(ChannelAccountRow.id == SHOP.id).values(connector=SHOP.connector))
        connection.execute(insert(ACTORS), [{"id": person.id, "name": person.name, "first_seen_at": NOW} for person in PEOPLE])

    hub.database.run(meet)
    with hub.database.read() as connection:
        raw_id = connection.execute(select(RawPayloadRow.id).limit(1)).scalar_one()
    file = replace(hub.file, channels=(SHOP,), processors=(STRIPE,), banks=(BANK,), people=PEOPLE)
    return Desk(replace(hub, file=file, master=MasterKey.in_file(home / "master.key")), store.reading, raw_id)


def cash(paid: Order) -> Order:
    """The order as paid in cash."""
    return replace(paid, payments=tuple(replace(each, gateway="cash") for each in paid.payments))


def charge(number: str, gross: int, fee: int, **more: Any) -> SettlementLine:  # noqa: ANN401  fields of the record
    """A charge on the day the orders were placed."""
    fees = (Fee(kind="processing", amount_minor=fee),) if fee else ()
    values: dict[str, Any] = {
        "kind": "charge", "raw_kind": "charge", "gross_minor": gross, "net_minor": gross - fee, "currency": "EUR", "occurred_at": PLACED,
        "fees": fees, "payout_external_id": "po_1", **more,
    }  # fmt: skip
    return SettlementLine(external_id=number, **values)


def payout(number: str, amount: int, **more: Any) -> Payout:  # noqa: ANN401  same
    """A payout made on that day."""
    values: dict[str, Any] = {
        "status": "paid", "amount_minor": amount, "currency": "EUR", "created_at": PLACED, "arrival_on": date(2026, 3, 3),
        "is_itemised": True, **more,
    }  # fmt: skip
    return Payout(external_id=number, **values)


def booked(number: str, amount: int, day: date = DAY) -> StatementLine:
    """A line of the bank."""
    return StatementLine(external_id=number, booked_on=day, amount_minor=amount, text="Ada Example, rent")
