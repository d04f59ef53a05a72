"""A period's vouchers as a file that a ledger imports, streamed: the same vouchers give the same bytes."""

import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from connectors.capabilities import VoucherFile
from model.errors import ConfigError, RejectedError
from model.records.voucher import LedgerAccount, Voucher
from model.store import voucher_ways, vouchers
from operations.books.rule_sets import RuleSet, in_force
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Ledger

PAGE = 1_000


def export_period(hub: Hub, ledger: Ledger, period: str, path: Path) -> int:
    """Write the posted vouchers of a period for a ledger into a file, whole or not at all; gives how many.

    ConfigError for a ledger that takes no files or a period that is none; RejectedError names the voucher that cannot be said.
    """
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", period, re.ASCII):
        raise ConfigError(f"period {period!r}: is no month; write one like 2026-01")
    part = path.with_name(f"{path.name}.part")
    counted = _Counted()
    with hub.connected(ledger) as connector, hub.database.read() as connection:
        if not isinstance(connector, VoucherFile):
            raise ConfigError(
                f"ledger {ledger.id}: takes vouchers by interface, not as files; bring them there with `entrepot ledgers push`"
            )
        accounts = chart(connection, ledger.entity, period)
        try:
            with part.open("wb") as file:
                for piece in connector.write_vouchers(counted.each(_vouchers(connection, ledger, period)), accounts):
                    file.write(piece)
            part.replace(path)
        except OSError as error:
            raise ConfigError(f"{path}: cannot be written ({error.strerror}); name another place") from None
        finally:
            part.unlink(missing_ok=True)
    hub.note("ledgers export", f"ledger {ledger.id}", period=period, vouchers=counted.vouchers, file=path.name)
    return counted.vouchers


class _Counted:
    def __init__(self) -> None:
        self.vouchers = 0

    def each(self, told: Iterator[Voucher]) -> Iterator[Voucher]:
        """The vouchers, counted as they pass."""
        for voucher in told:
            self.vouchers += 1
            yield voucher


def _vouchers(connection: Connection, ledger: Ledger, period: str) -> Iterator[Voucher]:
    """Posted vouchers of a period in the order of their numbers, a page at a time."""
    after = 0
    while page := vouchers.posted(connection, ledger.entity, period, after, PAGE):
        yield from (each for each in page if each.posted_on >= ledger.vouchers_from)
        after = page[-1].number


def chart(connection: Connection, entity_id: str, period: str) -> list[LedgerAccount]:
    """The accounts that a period's vouchers book on, as the newest rules name them that know them."""
    rule_sets = list(reversed(in_force(connection, entity_id)))
    return [_account(rule_sets, code) for code in voucher_ways.accounts_used(connection, entity_id, period)]


def _account(rule_sets: list[RuleSet], code: str) -> LedgerAccount:
    for each in rule_sets:
        try:
            return each.rules.account(code)
        except RejectedError:
            continue
    raise RejectedError(f"account {code!r}: is in no chart of the posting rules; propose rules whose chart has it")
