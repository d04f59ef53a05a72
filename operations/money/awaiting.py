"""Days that wait for a signature, or for the second one: what is over, explained, and not signed by two people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from model.store import money_breaks, sign_offs
from operations.money.signing import day_of, has_changed
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Bank
from operations.runtime.reconciliation_file import read_reconciliation_file

LOOKED_AT = 31
"""Days of an account that are looked at closely, newest first; of older ones only the number is told."""
NAMED = 7
"""Days named in a message."""


@dataclass(frozen=True, slots=True)
class Awaiting:
    """What of an account waits for people."""

    account: str
    to_sign: tuple[date, ...]
    """Explained and not signed, oldest first."""
    to_check: tuple[tuple[date, str], ...]
    """Signed by one person, with who that was."""
    unexplained: int
    """Days that nobody can sign yet."""
    older: int
    """Days before those, neither signed nor looked at."""
    changed: tuple[date, ...] = ()
    """Signed, but not so any more: what was read or found since then is not what was signed for."""

    @property
    def says(self) -> str:
        """As a sentence with the command; empty where nothing waits."""
        parts: list[str] = []
        if self.to_sign:
            command = f"`entrepot signoff sign {self.account} {self.to_sign[0]}`"
            parts.append(f"waiting for a signature: {_named(self.to_sign)}; {command}")
        for day, maker in self.to_check[:NAMED]:
            parts.append(f"{day} was signed by {maker} and waits for another person: `entrepot signoff check {self.account} {day}`")
        parts += [f"and {len(self.to_check) - NAMED} more wait for another person"] if len(self.to_check) > NAMED else []
        if self.changed:
            command = f"`entrepot signoff show {self.account} {self.changed[0]}`"
            parts.append(f"changed since they were signed: {_named(self.changed)}; {command}, then withdraw and sign again")
        parts += [f"days not explained yet: {self.unexplained}; see `entrepot breaks list`"] if self.unexplained else []
        parts += [f"older days not signed: {self.older}"] if self.older else []
        return "; ".join(parts)


def _named(days: Sequence[date]) -> str:
    more = len(days) - NAMED
    return ", ".join(map(str, days[:NAMED])) + (f" and {more} more" if more > 0 else "")


def awaiting(hub: Hub, account: Account) -> Awaiting:
    """What of the account's days that are over waits, back to where its money is read from or the window of the rules begins."""
    rules = read_reconciliation_file(hub.file).rules
    until = hub.clock.now().astimezone(account.trading_zone).date() - timedelta(days=1)
    since = max(until - timedelta(days=rules.window_days), account.history_until.date())
    with hub.database.read() as connection:
        days = sign_offs.days_with_money(connection, account.id, since, until, is_bank=isinstance(account, Bank))
        signed = sign_offs.standing_days(connection, account.id)
        broken = money_breaks.open_days(connection, account.id)
        rest = [day for day in days if day not in signed]
        near = rest[:LOOKED_AT]
        to_sign = [day for day in near if day not in broken and day_of(connection, account, day).is_explained]
        recent = sorted(day for day in signed if since <= day <= until)
        changed = [day for day in recent if has_changed(connection, account, day, signed[day][2])]
    to_check = [(day, maker) for day, (maker, checker, _) in sorted(signed.items()) if checker is None]
    return Awaiting(account.id, tuple(sorted(to_sign)), tuple(to_check), len(near) - len(to_sign), len(rest) - len(near), tuple(changed))


def signatures_report(hub: Hub, accounts: Sequence[Account]) -> list[Report]:
    """Which days wait, account by account; nothing where none does."""
    signer = read_reconciliation_file(hub.file).rules.signer
    found = [awaiting(hub, each) for each in accounts]
    whom = f" (signer: {signer})" if signer else ""
    return [Report(f"{each.account} signatures", message=each.says + whom) for each in found if each.says]
