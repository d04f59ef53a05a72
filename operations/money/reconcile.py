"""Match an account's money: payments and refunds against what its processor tells, payouts against what its bank tells.

A run decides anew about every line in its window, so what stands is a function of the facts and not of the order in which they came. Kept
as they are: what a person decided, also that a match is wrong, what reaches out of the window, and days that were signed. Of these,
what facts undid is a break.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from model.errors import HubError, TransientError
from model.store import money_breaks, money_matches, money_refusals, money_sides, runs
from model.store.leases import Lease, hold
from model.store.money_breaks import Found
from model.store.money_matches import Decision
from model.store.money_sides import MoneyLine
from operations.money.kept import Span, kept
from operations.money.leftovers import OF_LEVEL, Leftover, breaks_of
from operations.money.sides import KINDS, Sides, bank_sides, payment_sides
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Bank
from operations.runtime.reconciliation_file import ReconciliationFile, bank_of, read_reconciliation_file, settled_by
from operations.save_pages import constraint_of

PAD = timedelta(days=70)
"""So far before and behind the window lines are looked at: a payment may be settled, and a payout banked, much later."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Both sides of one account and window, before they are matched."""

    level: str
    sides: Sides
    by_id: Mapping[str, MoneyLine]
    first: date
    last: date
    """The window: what is left over before or behind it is not judged."""
    earliest: date
    latest: date
    """The days between which lines of our side are looked up."""

    def is_inside(self, line_id: str) -> bool:
        """Whether a line lies in the window."""
        return self.first <= self.by_id[line_id].day <= self.last


def reconcile_account(hub: Hub, account: Account, since: date | None = None, until: date | None = None) -> Report:
    """Match one processor, paying channel or bank over business days, and bring its breaks to what is left; again gives the same."""

    def work(lease: Lease, report: Report) -> None:
        file = read_reconciliation_file(hub.file)
        keep_rules(hub, file)
        until_day = until or hub.clock.now().date()
        since_day = max(since or until_day - timedelta(days=file.rules.window_days), account.history_until.date())
        with hub.database.read() as connection:
            loaded = load(connection, hub, file, account, since_day, until_day)
        how = Decision(account.id, hub.new_run_id(), hub.actor.id, hub.clock.now())
        hub.database.run(lambda connection: _begin(connection, hub, how, loaded.level, since_day, until_day, file))
        outcome, message = "failed", "ended before its end"
        try:
            decide(hub, file, lease, loaded, how, report)
            outcome, message = "done", ""
        except HubError as error:
            message = str(error)
            raise
        finally:
            at, counts = hub.clock.now(), json.dumps(dict(report.counts))
            hub.database.run(lambda connection: money_matches.end(connection, how.run_id, outcome, message or None, counts, at=at))

    return at_channel(hub, account, "reconcile", ("lines", "matched", "new", "dissolved", "left"), work)


def keep_rules(hub: Hub, file: ReconciliationFile) -> None:
    """Keep this version of the rules, so that decisions can cite it."""
    at = hub.clock.now()
    hub.database.run(lambda connection: runs.keep_config(connection, file.hash, file.body, at=at))


def _begin(connection: Connection, hub: Hub, how: Decision, level: str, since: date, until: date, file: ReconciliationFile) -> None:
    runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=how.at)
    money_matches.begin(connection, how, level, since, until, file.hash)


def chosen_gateways(hub: Hub, file: ReconciliationFile, connection: Connection, account: Account) -> list[money_sides.Gateway]:
    """The channels' gateways whose money this account settles."""
    channels = {channel.id: channel for channel in hub.file.channels}
    return [
        (channel, word)
        for channel, word in money_sides.gateways(connection)
        if channel in channels and settled_by(file.rules, channels[channel], word) == account.id
    ]


def load(connection: Connection, hub: Hub, file: ReconciliationFile, account: Account, since: date, until: date) -> Loaded:
    """Both sides of an account's matching over business days, and so far around them as lines may lie apart."""
    chosen = _load_bank if isinstance(account, Bank) else _load_payments
    return chosen(connection, hub, file, account, since, until)


def _load_payments(connection: Connection, hub: Hub, file: ReconciliationFile, account: Account, since: date, until: date) -> Loaded:
    gateways = chosen_gateways(hub, file, connection, account)
    early, start, end = since - PAD, max(since - PAD, account.history_until.date()), until + PAD
    ours = money_sides.payments(connection, account.id, gateways, early, end)
    ours += money_sides.refunds(connection, account.id, gateways, early, end)
    theirs = money_sides.lines(connection, account.id, list(KINDS), start, end)
    return Loaded(
        "payment", payment_sides(account.id, ours, theirs), {each.id: each for each in (*ours, *theirs)}, since, until, early, end
    )


def _load_bank(connection: Connection, hub: Hub, file: ReconciliationFile, account: Account, since: date, until: date) -> Loaded:
    payers = [each.id for each in hub.file.accounts if not isinstance(each, Bank) and bank_of(file.rules, hub.file, each.id) == account.id]
    early, start, end = since - PAD, max(since - PAD, account.history_until.date()), until + PAD
    sent = money_sides.payouts(connection, payers, money_sides.SENT, early, end)
    returned = money_sides.payouts(connection, payers, money_sides.RETURNED, early, end)
    booked = money_sides.bank_lines(connection, account.id, hub.sealer(), start, end)
    return Loaded(
        "bank", bank_sides(account.id, sent, returned, booked), {each.id: each for each in (*sent, *returned, *booked)}, since, until,
        early, end,
    )  # fmt: skip


def decide(hub: Hub, file: ReconciliationFile, lease: Lease, loaded: Loaded, how: Decision, report: Report) -> None:
    """Match what may be decided anew, and write matches and breaks in one transaction."""
    from operations.money.matching import run_passes  # noqa: PLC0415  frames take long to import, and only matching needs them

    with hub.database.read() as connection:
        standing = money_matches.standing(connection, loaded.level, loaded.by_id)
        span = Span(loaded.level, how.account_id, loaded.by_id, loaded.earliest, loaded.latest)
        fixed, changed = kept(connection, span, standing)
        refused = money_refusals.refused(connection, how.account_id, loaded.level)
    taken = {line_id for each in fixed.values() for _side, line_id in each.members}
    matches, leftovers = run_passes(loaded.level, loaded.sides, loaded.by_id, taken, refused, hub.file.matching)
    found = [*_judged(hub, file, loaded, taken, leftovers), *changed]
    matched = taken | {line_id for each in matches for line_id in (*each.left, *each.right)}
    looked_at = matched | {each for each in loaded.by_id if loaded.is_inside(each)}
    before = {key for key in standing if key not in fixed}
    new = {each.id: each for each in matches}

    def write(connection: Connection) -> None:
        hold(connection, lease)
        if money_refusals.refused(connection, how.account_id, loaded.level) != refused:
            raise TransientError(f"{how.account_id}: a match was taken back meanwhile; run again")
        again = {key for key in before & new.keys() if standing[key].pass_name == new[key].pass_name}
        money_matches.replace(connection, sorted(before - again), [new[key] for key in sorted(new.keys() - again)], how)
        apart = _set_apart(connection, file, loaded, leftovers, taken, how)
        report.counts["ignored"] = len(apart)
        settled = money_breaks.settle(
            connection, how.account_id, OF_LEVEL[loaded.level], [each for each in found if each.subject_id not in apart],
            looked_at=looked_at, owner_of=file.rules.owner_of, at=how.at,
        )  # fmt: skip
        report.counts["breaks"] = settled.new + settled.standing

    try:
        hub.database.run(write)
    except IntegrityError as error:
        raise TransientError(f"{how.account_id}: a line was matched by hand meanwhile ({constraint_of(error)}); run again") from error
    report.counts.update(
        lines=len(loaded.by_id), matched=len(new) + len(fixed), new=len(new.keys() - before), dissolved=len(before - new.keys()),
        left=sum(loaded.is_inside(each.line_id) for each in leftovers),
    )  # fmt: skip


def _judged(hub: Hub, file: ReconciliationFile, loaded: Loaded, taken: set[str], leftovers: Sequence[Leftover]) -> list[Found]:
    """What is left over and late, as breaks; what lies before the window is judged by a run of its own days."""
    today = hub.clock.now().date()
    late = file.rules.late_days if loaded.level == "payment" else file.rules.bank_late_days
    inside = [each for each in leftovers if loaded.is_inside(each.line_id)]
    surplus = [line_id for line_id in loaded.sides.surplus if loaded.is_inside(line_id) and line_id not in taken]
    inside += [Leftover(line_id, "right", "settled_twice", ()) for line_id in surplus]
    return breaks_of(loaded.level, inside, loaded.by_id, late_before=today - timedelta(days=late))


def _set_apart(
    connection: Connection, file: ReconciliationFile, loaded: Loaded, leftovers: Sequence[Leftover], taken: set[str], how: Decision
) -> set[str]:
    """Bank lines that rules set apart; gives their ids."""
    if loaded.level != "bank":
        return set()
    over = [each.line_id for each in leftovers if each.side == "right" and each.line_id not in taken]
    rules = {line_id: name for line_id in over if (name := ignoring(file, how.account_id, loaded.by_id[line_id])) is not None}
    booked = [row[0] for row in loaded.sides.right]
    money_matches.set_apart(connection, rules, how.account_id, file.hash, booked, how.at)
    return set(rules)


def ignoring(file: ReconciliationFile, bank: str, line: MoneyLine) -> str | None:
    """The first rule that sets a bank line apart."""
    said = (line.text or "").casefold()
    for rule in file.rules.ignore:
        fits_sign = rule.sign is None or (rule.sign == "in") == (line.amount_minor > 0)
        if rule.bank in {None, bank} and fits_sign and rule.text.casefold() in said:
            return rule.name
    return None
