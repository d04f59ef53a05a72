"""A provider that is told nothing and tells by files, which lie in one folder."""

from typing import TypeVar

from connectors._kit.exchanging import FileConnector, FileSettings
from connectors.capabilities import RemoteIdentity

F = TypeVar("F", bound=FileSettings)


class TellingConnector(FileConnector[F]):
    """Base of connectors that only read what lies in `outbox`."""

    def identify(self) -> RemoteIdentity:
        """The folder is looked into, which proves the credentials. File servers tell no time, so it is the hub's."""
        settings = self.settings
        self.folders.files_in(settings.outbox)
        place = f"{settings.address.rstrip('/')}/{settings.outbox}".lower()
        return RemoteIdentity(fingerprint=f"{settings.user or ''}@{place}", title=self.manifest.title, now=self.wiring.now())
