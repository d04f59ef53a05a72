"""What whoever acknowledges files promises beside what every command does: groups told whole and by one name, and all said of them."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product

from connectors.capabilities import DocumentGroup, RawPage
from model.errors import HubError
from model.records.advice import Acknowledgement
from tests.contract.dialects import CONNECTORS
from tests.contract.file_remote import FileRemote
from tests.contract.file_stand import FileCommandStand
from tests.contract.remote import WINDOW
from tests.contract.stand import Link
from tests.contract.stand_commands import PLACED, document_group

SECOND = timedelta(seconds=1)


def groups_are_told_whole(stand: FileCommandStand) -> None:
    """Every document that reading gives is in a group, as it is read, but for acknowledgements; and nothing else is in one."""
    link = stand.link(_recorded(stand))
    told = [document for group in _groups(link) for document in group.documents]
    assert sorted(told) == sorted(document for document in _read(link) if not _acknowledges(link, *document))
    assert max(len(group.documents) for group in _groups(link)) > 1


def acknowledgements_are_left_alone(stand: FileCommandStand) -> None:
    """No end of acknowledgements of acknowledgements."""
    link = stand.link(_recorded(stand))
    assert [document for document in _read(link) if _acknowledges(link, *document)]
    assert not [group for group in _groups(link) if any(_acknowledges(link, *document) for document in group.documents)]


def a_group_is_known_again(stand: FileCommandStand) -> None:
    """By the same name in a file of another name and day, and by no other group's."""
    remote = _recorded(stand)
    first = [group.external_id for group in _groups(stand.link(remote))]
    for path in sorted((CONNECTORS / stand.name / "recordings").glob("*.edi")):
        remote.drop(f"again-{path.name}", path.read_bytes(), WINDOW.end - SECOND)
    assert len(set(first)) == len(first)
    assert sorted(group.external_id for group in _groups(stand.link(remote))) == sorted(first * 2)


def groups_of_before_are_left_alone(stand: FileCommandStand) -> None:
    """Nothing that was modified before the window is told."""
    remote = stand.remote()
    for path in sorted((CONNECTORS / stand.name / "recordings").glob("*.edi")):
        remote.drop(path.name, path.read_bytes(), WINDOW.start - SECOND)
    assert _groups(stand.link(remote)) == []


def what_is_said_of_each_document_is_written(stand: FileCommandStand) -> None:
    """Taken in or not: each of all the verdicts on a group of several is another body."""
    link, group = stand.link(), document_group(1)
    verdicts = list(product((True, False), repeat=len(group.documents)))
    write: Callable[..., bytes] = getattr(link.connector, stand.wording.write)
    written = {write(group, verdict, PLACED, f"{1:032x}") for verdict in verdicts}
    assert len(written) == len(verdicts)


def _recorded(stand: FileCommandStand) -> FileRemote:
    """The partner with every recording as a file."""
    remote = stand.remote()
    assert isinstance(remote, FileRemote)
    for path in sorted((CONNECTORS / stand.name / "recordings").glob("*.edi")):
        remote.drop(path.name, path.read_bytes(), WINDOW.start + SECOND)
    return remote


def _groups(link: Link) -> list[DocumentGroup]:
    return list(link.connector.fetch_groups(WINDOW))  # pyright: ignore


def _read(link: Link) -> Iterator[tuple[str, bytes]]:
    for fetch in ("fetch_orders", "fetch_advices"):
        for page in getattr(link.connector, fetch, _nothing)(WINDOW, None):
            yield from ((page.kind, raw) for raw in page.slices)


def _nothing(_window: object, _resume: object) -> tuple[RawPage, ...]:
    return ()


def _acknowledges(link: Link, kind: str, raw: bytes) -> bool:
    try:
        return isinstance(link.connector.kinds[kind].read(raw, link.connector.settings.statuses), Acknowledgement)
    except HubError:
        return False


ACKNOWLEDGING = (
    groups_are_told_whole,
    acknowledgements_are_left_alone,
    a_group_is_known_again,
    groups_of_before_are_left_alone,
    what_is_said_of_each_document_is_written,
)
