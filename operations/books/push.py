"""Bring posted vouchers to ledgers: each gets one command, written once, and leaves by the outbox as every command does.

A voucher that takes another back waits for that one, in the outbox too: they share an aggregate. What a ledger can certainly not take is
held by name and looked at again with the next run; the others go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from connectors.capabilities import VoucherSink
from model.errors import ConfigError, RejectedError
from model.store import outbox, runs, voucher_ways, vouchers
from model.store.audit_trail import append
from model.store.leases import Lease, hold
from model.store.outbox import Intent
from model.store.sealing import Sealer
from model.store.voucher_ways import Page
from operations.fulfilment_request import command_key
from operations.pull import introduce
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Ledger
from operations.said import reasoned

COUNTED = ("written", "held")


def write_intents(hub: Hub, ledger: Ledger) -> Report:
    """Write a command for each posted voucher of the ledger's entity that has none; run again it writes none."""
    return at_channel(hub, ledger, "push", COUNTED, partial(_write, hub, ledger))


def _write(hub: Hub, ledger: Ledger, lease: Lease, report: Report) -> None:
    with hub.connected(ledger) as connector:
        if not isinstance(connector, VoucherSink):
            report.skip(f"takes files; write one with `entrepot ledgers export {ledger.id} --period YYYY-MM -o FILE`")
            return
        introduce(hub, ledger, connector)  # not into the books of somebody else
        sealer = hub.sealer()
        desk = Desk(hub, ledger, connector, sealer, sealer.key_for(hub.database, ledger.id, hub.clock.now()))
        while _pass(desk, lease, report):
            pass
    report.counts["held"] = len(desk.held)
    report.add(*desk.held.values())


@dataclass(frozen=True, slots=True)
class Desk:
    """What writing commands for a ledger needs, and whom it holds and why, by voucher."""

    hub: Hub
    ledger: Ledger
    sink: VoucherSink
    sealer: Sealer
    key_id: str
    held: dict[str, str] = field(default_factory=dict[str, str])


def _pass(desk: Desk, lease: Lease, report: Report) -> bool:
    """One look at all vouchers without a command, a page a transaction; gives whether one that was waited for was written."""
    page: Page | None = Page(desk.ledger.entity, desk.ledger.vouchers_from)
    written, waiting = 0, 0
    while page is not None:
        rows, new, behind, held = desk.hub.database.run(partial(_page, desk=desk, lease=lease, page=page))
        desk.held.update(held)
        written, waiting = written + new, waiting + behind
        page = replace(page, after=(rows[-1].posted_on, rows[-1].id)) if len(rows) == page.limit else None
    report.counts["written"] += written
    return bool(written and waiting)


def _page(connection: Connection, desk: Desk, lease: Lease, page: Page) -> tuple[Sequence[Row[Any]], int, int, dict[str, str]]:
    """The vouchers of a page, how many commands were written, how many vouchers wait for another, and whom it holds."""
    hold(connection, lease)
    rows = voucher_ways.unsent(connection, desk.ledger.id, page)
    records = {each.voucher_id: each for each in vouchers.told(connection, rows)}
    chains, before = voucher_ways.roots(connection, rows), _taken_back(connection, desk, rows)
    told = voucher_ways.revisions(connection, desk.ledger.id, [row.id for row in rows])
    intents: list[Intent] = []
    held: dict[str, str] = {}
    waiting = 0
    for row in sorted(rows, key=lambda row: (row.reverses_id is not None, row.posted_at, row.period, row.number)):
        voucher, key = records[row.id], command_key(desk.ledger, "submit_voucher", row.id, told.get(row.id, 0) + 1)
        if row.reverses_id is not None and row.reverses_id not in before:
            held[row.id] = f"voucher {voucher.reference}: waits for {voucher.reverses}, which it takes back"
            waiting += 1
            continue
        try:
            body = desk.sink.write_voucher(voucher, key)
        except RejectedError as problem:
            held[row.id] = str(problem)
            continue
        before.add(row.id)
        desk.held.pop(row.id, None)
        aggregate = f"voucher:{desk.ledger.id}:{chains[row.id]}"
        intents.append(Intent(key=key, account_id=desk.ledger.id, operation="submit_voucher", aggregate=aggregate, subject_id=row.id,
                              reference=voucher.reference, body=body, key_id=desk.key_id))  # fmt: skip
    return rows, outbox.write(connection, intents, desk.sealer, at=desk.hub.clock.now()), waiting, held


def _taken_back(connection: Connection, desk: Desk, rows: Sequence[Row[Any]]) -> set[str]:
    """Of the vouchers that these take back, those whose reversal may go: they have a command, or are in the ledger's opening balances."""
    ids = sorted({row.reverses_id for row in rows if row.reverses_id is not None})
    older = {row.id for row in vouchers.headers(connection, ids).values() if row.posted_on < desk.ledger.vouchers_from}
    return older | voucher_ways.sent(connection, desk.ledger.id, ids)


def renew(hub: Hub, ledger_id: str, reference: str, reason: str) -> None:
    """Call off a refused command of a voucher, so that the next run writes it anew by today's settings; with those that wait for it.

    ConfigError where there is none, or nobody knows whether it took effect.
    """
    reasoned(reason)
    ledger, at = hub.file.ledger(ledger_id), hub.clock.now()

    def work(connection: Connection) -> None:
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        found = voucher_ways.named(connection, reference, ledger.entity)
        command = None if found is None else voucher_ways.command_of(connection, ledger.id, found.id)
        if command is None or command.state != "parked":
            state = "has no command" if command is None else f"is {command.state}"
            raise ConfigError(f"voucher {reference}: {state}, not refused; `entrepot outbox list --dead` shows what was refused")
        if not voucher_ways.call_off(connection, command, at=at):
            raise ConfigError(f"voucher {reference}: may be in the ledger; look there, then `entrepot outbox settle {command.id}`")
        append(connection, hub.actor, "ledgers renew", f"voucher {reference}", {"ledger": ledger.id, "reason": reason}, at=at)

    hub.database.run(work)
