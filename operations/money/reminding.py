"""Tell people by mail of what waits for them: days for a signature, and breaks that are new. Once per subject, person and day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors._kit.mail import Letter, MailServer, send_letter
from model.errors import HubError
from model.store import leases, money_breaks, reminders
from model.store.leases import LeaseHeldError
from operations.money.awaiting import Awaiting, awaiting
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Mail, Person
from operations.runtime.reconciliation_file import read_reconciliation_file
from operations.runtime.secrets import looked_up

LEASE = "remind"
_HELLO = "The hub found something that waits for you.\n"
_BYE = "\nYou are told once a day while it waits. This mail was written by a program; nobody reads answers to it.\n"


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing a person is told of; it holds counts, an account, days and a command, and nothing about any buyer."""

    subject: str
    """Names it in the store: told again only on another day."""
    text: str


def remind(hub: Hub, accounts: Sequence[Account]) -> list[Report]:
    """Tell signers and owners; nothing where hub.toml has no `[mail]`, and a report where anybody was told or could not be."""
    mail = hub.file.mail
    if mail is None:
        return []
    try:
        lease = leases.take(hub.database, LEASE, hub.holder())
    except LeaseHeldError:
        return []  # whoever holds it tells the same
    report = Report("mail", counts=Counter(told=0))
    try:
        with leases.kept(hub.database, lease):
            for person_id, due in _due(hub, accounts).items():
                _tell(hub, mail, person_id, due, report)
    finally:
        leases.give_back(hub.database, lease)
    return [report] if report.message or report.counts["told"] else []


def _due(hub: Hub, accounts: Sequence[Account]) -> Mapping[str, list[Reminder]]:
    """What each person is to be told today."""
    found: dict[str, list[Reminder]] = {}
    signer = read_reconciliation_file(hub.file).rules.signer
    today = hub.clock.now().date()
    if signer is not None:
        found[signer] = [each for account in accounts for each in _of_signer(awaiting(hub, account), signer)]
    with hub.database.read() as connection:
        told_last = reminders.last_told(connection)
        for person, reminder in _of_owners(money_breaks.of_owners(connection), told_last):
            found.setdefault(person, []).append(reminder)
        known = reminders.told_on(connection, today)
    fresh = {person: [each for each in due if (each.subject, person) not in known] for person, due in found.items()}
    return {person: due for person, due in fresh.items() if due}


def _of_signer(waits: Awaiting, signer: str) -> list[Reminder]:
    """Days that nobody signed; those that somebody else signed and this person may check."""
    to_sign = [
        Reminder(
            f"sign {waits.account}",
            f"{waits.account}: days that wait for a signature: {len(waits.to_sign)}, from {waits.to_sign[0]} on.\n"
            f"    entrepot signoff sign {waits.account} {waits.to_sign[0]}\n",
        )
    ] if waits.to_sign else []  # fmt: skip
    to_sign += [
        Reminder(
            f"changed {waits.account} {waits.changed[-1]} {len(waits.changed)}",
            f"{waits.account}: signed days that have changed since: {len(waits.changed)}, from {waits.changed[0]} on.\n"
            f"    entrepot signoff show {waits.account} {waits.changed[0]}\n",
        )
    ] if waits.changed else []  # fmt: skip
    days = [day for day, maker in waits.to_check if maker != signer]
    to_check = [
        Reminder(
            f"check {waits.account}",
            f"{waits.account}: signed days that wait for a second person: {len(days)}, from {days[0]} on.\n"
            f"    entrepot signoff check {waits.account} {days[0]}\n",
        )
    ] if days else []  # fmt: skip
    return [*to_sign, *to_check]


def _of_owners(rows: Sequence[tuple[str, str, datetime]], told_last: Mapping[tuple[str, str], datetime]) -> list[tuple[str, Reminder]]:
    """By owner and account, how many breaks are open, where any of them is newer than what the owner was last told."""
    standing, new = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for owner, account, first_seen in rows:
        last = told_last.get((f"breaks {account}", owner))
        standing[owner, account] += 1
        new[owner, account] += last is None or first_seen > last
    return [
        (
            owner,
            Reminder(
                f"breaks {account}",
                f"{account}: new breaks that belong to you: {new[owner, account]}, of {count} in all.\n"
                f"    entrepot breaks list --account {account} --owner {owner}\n",
            ),
        )
        for (owner, account), count in standing.items()
        if new[owner, account]
    ]


def _tell(hub: Hub, mail: Mail, person_id: str, due: Sequence[Reminder], report: Report) -> None:
    """Send one message, then write down that it was sent: a crash between the two tells once more, and never too little."""
    person = next((each for each in hub.file.people if each.id == person_id), None)
    if person is None or person.email is None:
        report.add(f"{person_id}: has no email under [[people]], so is not told")
        return
    now = hub.clock.now()
    try:
        send_letter(_server(hub, mail), letter_to(person, person.email, due), now)
    except HubError as error:
        report.outcome, report.error = "failed", error
        report.add(str(error))
        return
    subjects = [each.subject for each in due]
    hub.database.run(lambda connection: reminders.keep(connection, subjects, person_id, now))
    report.counts["told"] += 1


def letter_to(person: Person, address: str, due: Sequence[Reminder]) -> Letter:
    """All that waits for a person, in one message."""
    what = "1 thing waits for you" if len(due) == 1 else f"{len(due)} things wait for you"
    return Letter(address, f"Entrepot: {what}", "\n".join([f"{person.name},\n", _HELLO, *(each.text for each in due), _BYE]))


def _server(hub: Hub, mail: Mail) -> MailServer:
    host, _, port = mail.server.rpartition(":")
    password = looked_up(mail.password, f"{hub.file.path.name}: mail.password", hub.file.path.parent) if mail.password else None
    return MailServer(host, int(port), mail.sender, mail.user, password, mail.is_plain)
