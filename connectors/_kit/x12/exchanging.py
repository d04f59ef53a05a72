"""What every partner by X12 does: it is known by both sides' names, its groups are acknowledged, and commands are files, put down once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import ClassVar, TypeVar

from connectors._kit.base import Wiring
from connectors._kit.exchanging import FileConnector
from connectors._kit.x12.cutting import identity_in
from connectors._kit.x12.envelope import read_document
from connectors._kit.x12.numbering import file_name, group_number
from connectors._kit.x12.paging import OTHER, bodies_of
from connectors._kit.x12.replies import groups_in, write_reply
from connectors._kit.x12.segments import BAD_CODE, NOT_SUPPORTED, Flaw, FlawedError, malformed
from connectors._kit.x12.settings import EdiSettings
from connectors.capabilities import (
    Command,
    CommandFacts,
    DocumentAcknowledger,
    DocumentGroup,
    Rate,
    Receipt,
    Record,
    RemoteIdentity,
    Window,
)
from model.errors import MalformedError, RejectedError

E = TypeVar("E", bound=EdiSettings)

BY_FILE = CommandFacts("A", Rate(Fraction(10), 10))
"""The file's name is taken from the key: the same name holds the same bytes, and a partner knows them by their control numbers."""


def read_other(raw: bytes, statuses: Mapping[str, str]) -> Record:  # noqa: ARG001  as every reader
    """Never a record: what is broken says where, and what is whole is a set that this partner does not tell us anything by."""
    document = read_document(raw)
    raise malformed(document.segments[0], 1, f"is {document.kind[:3]}, which is not read here", BAD_CODE, in_set=NOT_SUPPORTED)


class EdiConnector(FileConnector[E], DocumentAcknowledger):
    """Base of connectors whose partner speaks X12 by files."""

    sets: ClassVar[Mapping[str, str]]
    """The sets that are read, and the kind of payload that each is."""
    acknowledgement_command = BY_FILE

    def __init__(self, settings: E, wiring: Wiring) -> None:
        told = {**settings.statuses, **settings.words()}
        super().__init__(
            settings.model_copy(update={"statuses": told}), wiring
        )  # whatever changes how documents are read makes them be read anew

    def identify(self) -> RemoteIdentity:
        """Both folders are looked into, which proves the credentials. File servers tell no time, so it is the hub's."""
        settings = self.settings
        for folder in (settings.inbox, settings.outbox):
            self.folders.files_in(folder)
        place = f"{settings.address.rstrip('/')}/{settings.outbox}".lower()
        sides = f"{settings.their_qualifier}:{settings.their_id}>{settings.our_qualifier}:{settings.our_id}"
        return RemoteIdentity(fingerprint=f"{settings.user or ''}@{place} {sides}", title=settings.their_id, now=self.wiring.now())

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return identity_in(raw)

    def fetch_groups(self, window: Window) -> Iterator[DocumentGroup]:
        """None where the partner wants no 997."""
        settings = self.settings
        for body in bodies_of(self.folders, settings.outbox, window.start) if settings.acknowledges else ():
            yield from groups_in(body, settings, self.sets)

    def write_acknowledgement(self, group: DocumentGroup, taken: Sequence[bool], at: datetime, key: str) -> bytes:
        documents = zip(group.documents, taken, strict=True)
        flaws = [None if is_taken else self._flaw(kind, raw) for (kind, raw), is_taken in documents]
        return write_reply(self.settings, group, flaws, at, key)

    def submit_acknowledgement(self, command: Command) -> Receipt:
        return self.put_down(command, "997")

    def find_acknowledgement(self, command: Command) -> Receipt | None:
        return self.look_for(command, "997")

    def _flaw(self, kind: str, raw: bytes) -> Flaw:
        """Where a document that was set aside is broken; it may be broken in a way that has no place."""
        try:
            self.kinds.get(kind, self.kinds[OTHER]).read(raw, self.settings.statuses)
        except FlawedError as error:
            return error.flaw
        except (MalformedError, RejectedError):
            pass
        return Flaw()

    def put_down(self, command: Command, kind: str) -> Receipt:
        """The command as a file in the partner's folder, unless it is there."""
        if found := self.look_for(command, kind):
            return found
        self.folders.publish(self.settings.inbox, file_name(command.key, kind), command.body)
        return Receipt(str(group_number(command.key)))

    def look_for(self, command: Command, kind: str) -> Receipt | None:
        """The command's file where we put it, or where the partner keeps what it took."""
        name = file_name(command.key, kind)
        places = (self.settings.inbox, self.settings.archive)
        is_there = any(self.folders.has(place, name) for place in places if place is not None)
        return Receipt(str(group_number(command.key)), is_repeat=True) if is_there else None
