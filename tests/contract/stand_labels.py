"""Where sellers of labels are put to the test: commands that cost money, and reading what was bought."""

from dataclasses import dataclass
from typing import Any

from connectors.capabilities import Command
from model.records.label import Label
from tests.contract.remote import Remote
from tests.contract.stand import Link
from tests.contract.stand_commands import CommandStand, label_request, reference_of


@dataclass
class LabelStand(CommandStand):
    """One connector class under test as a seller of labels."""

    def paid(self, remote: Remote, command: Command) -> list[str]:
        """The vendor's ids of the labels of this command that were paid for, as often as they were."""
        made, last = self.done(remote, command), self._last_step()
        return [each.external_id for each in remote.account.effects if each.command == last and each.external_id in made]

    def of_service(self, number: int, service: str) -> Command:
        """The command for a label of this service."""
        source: Any = self.link().connector
        body: bytes = source.write_label(label_request(number, service), f"{number:032x}")
        return Command(key=f"{number:032x}", reference=reference_of(number), body=body)

    def fetch(self, link: Link, external_id: str) -> Label:
        """A label that was bought."""
        source: Any = link.connector
        label: Label = source.fetch_label(external_id)
        return label

    def _last_step(self) -> str:
        """The request of a command that pays: its last."""
        makes = [door.makes for door in self.dialect.doors if door.makes and door.makes.command == self.stream.kind]
        return makes[-1].step or makes[-1].command
