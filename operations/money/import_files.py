"""Import files of processors and banks from an account's folder: each once, whole or not at all, and the refused by name."""

from dataclasses import dataclass
from typing import Any, TypeGuard

from sqlalchemy.exc import DataError, IntegrityError

from connectors._kit.exchanging import FileConnector
from connectors._kit.folders import FileSeen
from connectors.capabilities import SettlementFile, StatementFile
from model.errors import ConfigError, HubError, MalformedError, RejectedError
from model.rules.card_numbers import scrub_card_numbers
from model.store import landing, money_files, runs
from model.store.leases import Lease
from model.store.money_files import FileToSave, Importing, Told
from model.store.runs import Run
from operations.money.file_process import Answer
from operations.money.read_files import FileReader
from operations.pull import SEQUENCE_ROOM, introduce
from operations.read_pages import mapping_version
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account
from operations.save_pages import constraint_of


def import_files(hub: Hub, account: Account) -> Report:
    """Read what is new in the account's folder, oldest first.

    A file that was read is not read again; a refused one is, once the file or its reader changed.
    """

    def work(lease: Lease, report: Report) -> None:
        with hub.connected(account) as connector:
            if not is_file_account(connector):
                report.skip(f"{account.connector} sends no files")
                return
            introduce(hub, account, connector)
            _Import(hub, account, connector, lease, report).run()

    return at_channel(hub, account, money_files.STREAM, ("files", "lines", "known", "refused"), work)


def is_file_account(connector: object) -> TypeGuard[FileConnector[Any]]:
    """Whether it tells by files that are imported."""
    return isinstance(connector, FileConnector) and isinstance(connector, SettlementFile | StatementFile)


@dataclass(slots=True)
class _Import:
    """One look through an account's folder."""

    hub: Hub
    account: Account
    connector: FileConnector[Any]
    lease: Lease
    report: Report

    def run(self) -> None:
        """Read every file that is new; the run is written down however it ends."""
        hub, started = self.hub, self.hub.clock.now()
        run = Run(hub.new_run_id(), self.account.id, money_files.STREAM, "", hub.actor.id, started, hub.file.hash)
        hub.database.run(lambda connection: runs.abandon(connection, run.account_id, run.stream, at=started))
        hub.database.run(lambda connection: runs.begin(connection, run, hub.actor.name))
        outcome, message = "failed", "ended before its end"
        try:
            self._read_new(run)
            outcome, message = "done", self.report.message
        except HubError as error:
            message = str(error)
            raise
        finally:
            at = hub.clock.now()
            hub.database.run(lambda connection: runs.end(connection, run.id, outcome, message or None, at=at))

    def _read_new(self, run: Run) -> None:
        connector, folder, version = self.connector, self.connector.settings.outbox, version_of(self.connector)
        with self.hub.database.read() as connection:
            known = money_files.seen(connection, self.account.id, version)
        sealer = self.hub.sealer()
        key_id = sealer.key_for(self.hub.database, self.account.id, self.hub.clock.now())
        with FileReader(connector, self.account.connector) as reader:
            for number, seen in enumerate(connector.folders.files_in(folder)):
                if (seen.name, seen.modified_s, seen.size) in known:
                    continue
                raw = connector.folders.read(folder, seen)
                if raw is None:  # still being written
                    continue
                how = Importing(
                    self.account.id, self.account.trading_zone, self.account.cut_off, run.id, version, self.hub.clock.now(), key_id,
                    sealer, self.lease.token * SEQUENCE_ROOM + number,
                )  # fmt: skip
                self._import(reader, seen, raw, how)

    def _import(self, reader: FileReader, seen: FileSeen, raw: bytes, how: Importing) -> None:
        raw_id = how.sealer.payload_name(self.account.id, money_files.KIND, raw)
        with self.hub.database.read() as connection:
            before = money_files.state_of(connection, raw_id)
        if before == ("read", how.mapping_version):
            self.hub.database.run(lambda connection: money_files.rename(connection, raw_id, seen.name, seen.modified_s))
            return
        try:
            answer, refused = _read(reader, seen, raw), None
        except (MalformedError, RejectedError) as error:
            answer, refused = Answer(), str(error) if str(error).startswith(seen.name) else f"{seen.name}: {error}"
        told = self._save(self._to_save(raw_id, seen, raw, answer, refused, how), how)
        self.report.counts.update(files=1, lines=told.lines, known=told.known)

    def _to_save(self, raw_id: str, seen: FileSeen, raw: bytes, answer: Answer, refused: str | None, how: Importing) -> FileToSave:
        scrubbed, cards = scrub_card_numbers(raw)
        landed = landing.seal(how.sealer, how.key_id, raw_id, money_files.KIND, scrubbed, None, cards)
        return FileToSave(landed, seen.name, seen.modified_s, seen.size, answer.settlements, answer.statements, refused)

    def _save(self, file: FileToSave, how: Importing) -> Told:
        """Save; what the database refuses is a refused file, too."""
        if file.refused is None:
            try:
                return self.hub.database.run(lambda connection: money_files.save_file(connection, file, how, self.lease))
            except RejectedError as error:
                refused = str(error)
            except (IntegrityError, DataError) as error:
                refused = f"{file.name}: the store refused it: {constraint_of(error)}"
        else:
            refused = file.refused
        aside = FileToSave(file.landed, file.name, file.modified_s, file.size, refused=refused)
        self.hub.database.run(lambda connection: money_files.save_file(connection, aside, how, self.lease))
        self.report.counts["refused"] += 1
        self.report.add(refused)
        return Told()


def _read(reader: FileReader, seen: FileSeen, raw: bytes) -> Answer:
    if len(raw) < seen.size:
        raise MalformedError(f"{seen.name}: is longer than {len(raw)} bytes; ask for it in parts")
    return reader.read(seen.name, raw)


def version_of(connector: FileConnector[Any]) -> str:
    """Names the translation in force: the connector's own, and every setting that says how files are read."""
    settings = connector.settings
    reading = settings.model_dump_json(exclude={"address", "user", "password", "private_key", "host_key", "inbox", "outbox", "archive"})
    return f"{mapping_version(connector)}+{reading}" if reading != "{}" else mapping_version(connector)


def chosen_file_accounts(hub: Hub, account: str | None) -> list[Account]:
    """The named account, or all active ones that tell by files."""
    if account is not None:
        return [hub.file.account(account)]
    from connectors import registry  # noqa: PLC0415  finding a class imports its connector

    found: list[Account] = []
    for each in hub.file.accounts:
        kind = registry.find(each.connector)
        if each.is_active and issubclass(kind, FileConnector) and issubclass(kind, SettlementFile | StatementFile):
            found.append(each)
    if not found:
        raise ConfigError(f"{hub.file.path.name}: names no bank or processor that tells by files; add one under [[banks]]")
    return found
