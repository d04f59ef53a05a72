"""Every connector found on disk keeps every promise of every capability it inherits."""

from typing import Any

import pytest

from connectors import registry
from connectors.capabilities import CAPABILITIES, InventorySink, ListingSource, capabilities_of
from tests.contract.checks import CHECKS, MEANINGLESS, Check, excuses_of, promises_of
from tests.contract.dialects import dialect_of
from tests.contract.file_dialects import file_dialect_of
from tests.contract.stand import STREAMS, Stream
from tests.contract.stands import by_file, by_request, stand_of, stands, streams_of


def _promises() -> list[Any]:
    return [
        pytest.param(stand.name, stand.stream, check, id=f"{stand.name}-{stand.stream.label}-{check.__name__}")
        for stand in stands()
        for check in promises_of(stand)
    ]


@pytest.mark.parametrize(("name", "stream", "check"), _promises())
def test_promise(name: str, stream: Stream, check: Check) -> None:
    check(stand_of(name, stream, registry.find(name)))


def test_every_capability_has_checks_and_a_stream() -> None:
    assert set(CHECKS) == set(CAPABILITIES) == {stream.capability for stream in STREAMS}
    assert all(CHECKS.values())


@pytest.mark.parametrize("name", by_request())
def test_a_connector_can_do_something_and_speaks_a_dialect(name: str) -> None:
    abilities = capabilities_of(registry.find(name))
    streams = list(streams_of(name))
    commands = {stream.kind for stream in streams if stream.is_command}

    assert streams
    assert {stream.rows for stream in streams if stream.facts} == set(dialect_of(name).shapes)
    assert commands == {door.makes.command for door in dialect_of(name).doors if door.makes}
    assert (ListingSource in abilities) == (dialect_of(name).catalogue is not None)
    assert (InventorySink in abilities) == any(door.sets for door in dialect_of(name).doors)


def _excuses() -> list[Any]:
    return [
        pytest.param(id=f"{stand.name}-{stand.stream.label}-{check.__name__}", marks=pytest.mark.skip(reason=reason))
        for stand in stands()
        for check, reason in excuses_of(stand)
    ]


@pytest.mark.parametrize((), _excuses())
def test_promise_without_a_meaning() -> None:
    raise AssertionError("a promise without a meaning is skipped by name")


@pytest.mark.parametrize("name", by_file())
def test_a_connector_of_files_speaks_a_dialect(name: str) -> None:
    streams = list(streams_of(name))

    assert {stream.kind for stream in streams if stream.facts} == set(file_dialect_of(name).codes)
    assert {stream.kind for stream in streams if stream.is_command} == set(file_dialect_of(name).commands)


def test_what_means_nothing_for_files_is_a_promise_of_others() -> None:
    assert set(MEANINGLESS) <= {check for checks in CHECKS.values() for check in checks}
    assert all(MEANINGLESS.values())
