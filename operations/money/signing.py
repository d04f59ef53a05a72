"""Sign for an account's business day: refused while anything of it is unexplained, checked by another person, taken back with a reason."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import IntegrityError

from model.errors import RejectedError
from model.store import money_breaks, money_holding, runs, sign_offs
from model.store.audit_trail import append
from model.store.bulk import among
from model.store.money_matches import IGNORED, MEMBERS
from model.tables.reconciliations import MoneyBreakRow
from model.tables.settlements import PayoutRow, SettlementFeeRow, SettlementLineRow
from model.tables.statements import StatementLineRow
from operations.money.sides import KINDS
from operations.money.two_people import check_person
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Bank

_LINE, _FEE, _BANK, _BREAK, _PAYOUT = SettlementLineRow, SettlementFeeRow, StatementLineRow, MoneyBreakRow, PayoutRow


@dataclass(frozen=True, slots=True)
class Day:
    """What an account's business day comes to, and what of it is unexplained, in minor units by currency."""

    totals: dict[str, dict[str, int]]
    """Named parts: `charge`, `fee: processing`, `net`, `payouts`, … each by currency."""
    open_breaks: int
    unmatched: int
    """Lines that want a counterpart and have none, break or not."""
    lines: int

    @property
    def is_explained(self) -> bool:
        """Whether nothing of it is open."""
        return not self.open_breaks and not self.unmatched


def look_at(hub: Hub, account: Account, day: date) -> Day:
    """The day as it stands now."""
    with hub.database.read() as connection:
        return day_of(connection, account, day)


def day_of(connection: Connection, account: Account, day: date) -> Day:
    """The day as this transaction sees it."""
    totals, count = _figures(connection, account, day)
    level = "bank" if isinstance(account, Bank) else "payment"
    wanting = _wanting(connection, account, day)
    unheld = money_holding.no_longer_hold(connection, level, money_holding.matches_of(connection, level, wanting))
    return Day(totals, _open_breaks(connection, account, day), _without_match(connection, level, wanting) + len(unheld), count)


def has_changed(connection: Connection, account: Account, day: date, totals_hash: str) -> bool:
    """Whether a signed day comes to something else than what was signed for, or has an open break by now."""
    totals, count = _figures(connection, account, day)
    return sign_offs.hash_of({"totals": totals, "lines": count}) != totals_hash or _open_breaks(connection, account, day) > 0


def _open_breaks(connection: Connection, account: Account, day: date) -> int:
    standing = (_BREAK.account_id == account.id, _BREAK.business_on == day, _BREAK.state != "resolved")
    return connection.execute(select(func.count()).select_from(_BREAK).where(*standing)).scalar_one()


def _figures(connection: Connection, account: Account, day: date) -> tuple[dict[str, dict[str, int]], int]:
    """Totals by name and currency, and how many lines they are of."""
    totals, count = (_bank if isinstance(account, Bank) else _processor)(connection, account, day)
    return {name: dict(each) for name, each in sorted(totals.items())}, count


def _wanting(connection: Connection, account: Account, day: date) -> list[str]:
    """Lines that want a counterpart; a line of nothing wants none, nor one that a rule set apart."""
    if isinstance(account, Bank):
        query = select(_BANK.id).join(IGNORED, IGNORED.c.line_id == _BANK.id, isouter=True).where(IGNORED.c.line_id.is_(None))
        query = query.where(_BANK.account_id == account.id, _BANK.booked_on == day, _BANK.amount_minor + _BANK.fee_minor != 0)
    else:
        query = select(_LINE.id).where(_LINE.account_id == account.id, _LINE.business_on == day)
        query = query.where(_LINE.kind.in_(list(KINDS)), _LINE.gross_minor != 0)
    return list(connection.execute(query).scalars())


def _processor(connection: Connection, account: Account, day: date) -> tuple[dict[str, Counter[str]], int]:
    mine = (_LINE.account_id == account.id, _LINE.business_on == day)
    totals: dict[str, Counter[str]] = {}
    count = 0
    sums = select(_LINE.kind, _LINE.currency, func.count(), func.sum(_LINE.gross_minor), func.sum(_LINE.net_minor)).where(*mine)
    for kind, currency, lines, gross, net in connection.execute(sums.group_by(_LINE.kind, _LINE.currency)):
        count += lines
        totals.setdefault(kind, Counter())[currency] += int(gross)
        totals.setdefault("net", Counter())[currency] += int(net)
    fees = (
        select(_FEE.kind, _LINE.currency, func.sum(_FEE.amount_minor))
        .join(_LINE, _LINE.id == _FEE.line_id)
        .where(*mine)
        .group_by(_FEE.kind, _LINE.currency)
    )
    for kind, currency, amount in connection.execute(fees):
        totals.setdefault(f"fee: {kind}", Counter())[currency] -= int(amount)
    sent = select(_PAYOUT.currency, func.sum(_PAYOUT.amount_minor)).where(_PAYOUT.account_id == account.id, _PAYOUT.business_on == day)
    for currency, amount in connection.execute(sent.group_by(_PAYOUT.currency)):
        totals.setdefault("payouts", Counter())[currency] += int(amount)
    return totals, count


def _bank(connection: Connection, account: Account, day: date) -> tuple[dict[str, Counter[str]], int]:
    totals: dict[str, Counter[str]] = {}
    query = (
        select(_BANK.id, _BANK.currency, _BANK.amount_minor, _BANK.fee_minor, IGNORED.c.rule)
        .join(IGNORED, IGNORED.c.line_id == _BANK.id, isouter=True)
        .where(_BANK.account_id == account.id, _BANK.booked_on == day)
    )
    count = 0
    for row in connection.execute(query):
        count += 1
        name = f"set apart: {row.rule}" if row.rule else "payouts"
        totals.setdefault(name, Counter())[row.currency] += row.amount_minor
        if row.fee_minor:
            totals.setdefault("bank fees", Counter())[row.currency] -= row.fee_minor
    return totals, count


def _without_match(connection: Connection, level: str, ids: list[str]) -> int:
    """How many of these lines have neither a match nor a resolved break: what was given a reason wants none."""
    if not ids:
        return 0
    matched = connection.execute(
        select(MEMBERS.c.line_id).where(MEMBERS.c.level == level, MEMBERS.c.side == "right", among(connection, MEMBERS.c.line_id, ids))
    ).scalars()
    return len(set(ids) - set(matched) - money_breaks.accepted(connection, ids))


def sign(hub: Hub, account: Account, day: date) -> Day:
    """Sign for a day; RejectedError while anything of it is unexplained, or where somebody signed already."""
    if day >= hub.clock.now().astimezone(account.trading_zone).date():
        raise RejectedError(f"{account.id} {day}: is not over yet; sign for it when it is")
    check_person(hub)
    now = hub.clock.now()

    def work(connection: Connection) -> Day:
        found = day_of(connection, account, day)
        if not found.lines and not found.totals:
            raise RejectedError(f"{account.id} {day}: nothing of it was read, so there is nothing to sign for")
        _check_matched(connection, account, day)
        if not found.is_explained:
            waits = f"{found.open_breaks} breaks are open and {found.unmatched} lines have no counterpart"
            raise RejectedError(f"{account.id} {day}: {waits}; see `entrepot breaks list`")
        body = {"totals": found.totals, "lines": found.lines}
        sign_offs.sign(connection, account.id, day, body, hub.actor.id, at=now)
        append(connection, hub.actor, "sign", f"{account.id} {day}", body, at=now)
        return found

    _meet(hub)
    try:
        return hub.database.run(work)
    except IntegrityError:
        with hub.database.read() as connection:
            if sign_offs.standing(connection, account.id, day) is None:  # the database refused something else
                raise
        raise RejectedError(f"{account.id} {day}: is signed for already; see `entrepot signoff list`") from None


def check(hub: Hub, account: Account, day: date) -> None:
    """Check a signature, as another person; RejectedError where there is none, it is one's own, or the day has changed since."""
    now = hub.clock.now()

    def work(connection: Connection) -> None:
        row = _standing(connection, account, day)
        check_person(hub)
        if row.maker_id == hub.actor.id:
            raise RejectedError(f"{account.id} {day}: was signed by {hub.actor.name}; another person checks it")
        found = day_of(connection, account, day)
        body = {"totals": found.totals, "lines": found.lines}
        _check_matched(connection, account, day)
        if not found.is_explained or sign_offs.hash_of(body) != row.totals_hash:
            raise RejectedError(f"{account.id} {day}: has changed since it was signed; withdraw the signature and sign again")
        if not sign_offs.check(connection, row.id, hub.actor.id, at=now):
            raise RejectedError(f"{account.id} {day}: is checked already")
        append(connection, hub.actor, "check", f"{account.id} {day}", {"maker": row.maker_id}, at=now)

    _meet(hub)
    hub.database.run(work)


def withdraw(hub: Hub, account: Account, day: date, reason: str) -> None:
    """Take a signature back, checked or not; what it froze may then be matched anew."""
    if not reason.strip():
        raise RejectedError("reason: is empty; say why")
    now = hub.clock.now()

    def work(connection: Connection) -> None:
        row = _standing(connection, account, day)
        sign_offs.withdraw(connection, row.id, hub.actor.id, reason, at=now)
        append(connection, hub.actor, "withdraw", f"{account.id} {day}", {"reason": reason, "maker": row.maker_id}, at=now)

    _meet(hub)
    hub.database.run(work)


def _check_matched(connection: Connection, account: Account, day: date) -> None:
    """What was read after the day was last matched may be a break that nobody has found yet."""
    read_at, matched_at = sign_offs.last_read(connection, account.id, day), sign_offs.last_matched(connection, account.id, day)
    if matched_at is None or (read_at is not None and read_at > matched_at):
        again = f"entrepot run reconcile_money --account {account.id} --since {day} --until {day}"
        raise RejectedError(f"{account.id} {day}: was read after it was last matched, if ever; run `{again}` first")


def _standing(connection: Connection, account: Account, day: date) -> Row[Any]:
    row = sign_offs.standing(connection, account.id, day)
    if row is None:
        raise RejectedError(f"{account.id} {day}: nobody has signed for it")
    return row


def _meet(hub: Hub) -> None:
    hub.database.run(lambda connection: runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=hub.clock.now()))
