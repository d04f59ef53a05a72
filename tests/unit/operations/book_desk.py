"""A hub that keeps books: its web shop is paid through a processor, shipped by hand, and paid out to a bank."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from model.records.settlement import Payout, SettlementLine
from model.records.statement import Statement, StatementLine
from model.store import accounts, money_rows
from model.store.audit_trail import Actor
from model.store.bulk import insert_rows
from model.store.database import Database
from model.store.vouchers import LINES, VOUCHERS, balances
from model.tables.landing import RawPayloadRow
from operations.books.post import post_vouchers
from operations.books.rates import import_rates
from operations.books.rule_sets import conclude, propose, template
from operations.masters.files import import_file
from operations.masters.kinds import KINDS
from operations.money.reconcile import reconcile_account
from operations.reports import Report
from tests.conftest import StillClock
from tests.saving import NOW
from tests.unit.operations.money_desk import BANK, MIDNIGHT, PEOPLE, STRIPE, UTC_ZONE
from tests.unit.operations.paper_desk import PaperDesk

SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)


class BookDesk(PaperDesk):
    """Rules of the international chart are in force unless the test changes them; `web/test` is settled by the processor."""

    def __init__(
        self, database: Database, home: Path, clock: StillClock, rules: Mapping[str, str] | None = None, chart: str = "international"
    ) -> None:
        super().__init__(database, home, clock)
        self.trade.file = replace(self.trade.file, people=PEOPLE, processors=(STRIPE,), banks=(BANK,))
        (home / "rules").mkdir()
        settles = '"web/test" = "stripe"\n"web/gift_card" = "nobody"'
        (home / "rules" / "reconciliation.toml").write_text(f'owner = "mia"\nsigner = "mia"\n[settles]\n{settles}\n')
        for account in (STRIPE, BANK):
            database.run(lambda c, it=account: accounts.meet(c, it.id, it.connector, it.entity, at=NOW))
        body = template(chart)
        for before, after in (rules or {}).items():
            assert before in body
            body = body.replace(before, after)
        proposed = propose(replace(self.hub, actor=Actor("mia", "Mia Maker")), "main", body, SINCE, "the books begin")
        conclude(replace(self.hub, actor=Actor("ben", "Ben Checker")), proposed, is_approved=True)

    def rate(self, currency: str, rates: Mapping[str, str]) -> None:
        """What a unit is worth in EUR, by day."""
        text = "\n".join(["day,base,currency,rate", *(f"{day},EUR,{currency},{rate}" for day, rate in rates.items())])
        import_rates(self.hub, "rates.csv", text)

    def cost(self, *rows: str) -> None:
        """Unit costs: SKU, day, currency and amount."""
        sheet = self.home / "costs.csv"
        sheet.write_text("\n".join(["price_list,sku,valid_from,currency,amount", *(f"cost,{row}" for row in rows)]) + "\n")
        import_file(self.hub, KINDS["prices"], sheet)

    def settled(self, *lines: SettlementLine, payouts: tuple[Payout, ...] = (), bank: tuple[StatementLine, ...] = ()) -> None:
        """What the processor and the bank tell, matched."""
        sealer = self.hub.sealer()
        key_id = sealer.key_for(self.database, "bank", NOW)
        told = Statement(
            external_id="s1", account="DE02", currency="EUR", opened_on=date(2026, 3, 1), closed_on=date(2026, 3, 31), opening_minor=0,
            closing_minor=sum(line.amount_minor for line in bank), lines=bank,
        )  # fmt: skip
        with self.database.write() as c:
            raw = c.execute(select(RawPayloadRow.id).limit(1)).scalar_one()
            rows = [money_rows.line_row(line, "stripe", UTC_ZONE, MIDNIGHT, raw, 1) for line in lines]
            fees = [row for line in lines for row in money_rows.fee_rows(money_rows.line_id("stripe", line.external_id), line.fees)]
            insert_rows(c, money_rows.SETTLEMENT_LINES, rows)
            insert_rows(c, money_rows.SETTLEMENT_FEES, fees)
            insert_rows(c, money_rows.PAYOUTS, [money_rows.payout_row(each, "stripe", UTC_ZONE, MIDNIGHT, raw, 1) for each in payouts])
            insert_rows(c, money_rows.STATEMENTS, [money_rows.statement_row(told, "bank", raw)])
            lined = [money_rows.statement_line_row(line, told, "bank", sealer, key_id) for line in bank]
            insert_rows(c, money_rows.STATEMENT_LINES, lined)
        for account in (STRIPE, BANK):
            reconcile_account(self.hub, account, date(2026, 3, 1), date(2026, 3, 31))

    def post(self) -> Report:
        [report] = post_vouchers(self.hub)
        return report

    def stands(self, *, base: bool = False) -> dict[str, int]:
        """Account to its balance in original (or functional) minor units, without those at nothing; all of it balanced."""
        with self.database.read() as c:
            found = balances(c, "main", UNTIL)
        assert sum(each.base_minor for each in found) == 0
        sums: defaultdict[str, int] = defaultdict(int)
        for each in found:
            sums[each.account] += each.base_minor if base else each.amount_minor
        return {account: minor for account, minor in sums.items() if minor}

    def vouchers(self, event: str = "") -> list[Any]:
        """Posted vouchers, by the order of their numbers."""
        with self.database.read() as c:
            rows = c.execute(select(VOUCHERS).order_by(VOUCHERS.c.period, VOUCHERS.c.number)).all()
        return [row for row in rows if event in ("", row.event)]

    def lines_of(self, voucher: Any) -> dict[str, int]:  # noqa: ANN401
        """Account to amount of a voucher."""
        with self.database.read() as c:
            rows = c.execute(select(LINES).where(LINES.c.voucher_id == voucher.id).order_by(LINES.c.line_no)).all()
        return {row.account: row.amount_minor for row in rows}

    def tax_lines(self, voucher: Any) -> list[Any]:  # noqa: ANN401
        """Lines of a voucher that bear a tax code."""
        with self.database.read() as c:
            return list(c.execute(select(LINES).where(LINES.c.voucher_id == voucher.id, LINES.c.tax_code.is_not(None))))


__all__ = ["BookDesk"]
