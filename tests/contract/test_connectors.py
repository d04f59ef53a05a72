"""Every connector found on disk keeps every promise of every capability it inherits."""

from typing import Any

import pytest

from connectors import registry
from connectors.capabilities import CAPABILITIES, InventorySink, ListingSource, capabilities_of
from tests.contract.checks import CHECKS, Check
from tests.contract.dialects import dialect_of
from tests.contract.stand import STREAMS, Stream, stand_of, stands


def _promises() -> list[Any]:
    return [
        pytest.param(stand.name, stand.stream, check, id=f"{stand.name}-{stand.stream.name}-{check.__name__}")
        for stand in stands()
        for check in CHECKS[stand.stream.capability]
    ]


@pytest.mark.parametrize(("name", "stream", "check"), _promises())
def test_promise(name: str, stream: Stream, check: Check) -> None:
    check(stand_of(name, stream, registry.find(name)))


def test_every_capability_has_checks_and_a_stream() -> None:
    assert set(CHECKS) == set(CAPABILITIES) == {stream.capability for stream in STREAMS}
    assert all(CHECKS.values())


@pytest.mark.parametrize("name", registry.names())
def test_a_connector_can_do_something_and_speaks_a_dialect(name: str) -> None:
    abilities = capabilities_of(registry.find(name))
    streams = {stream.name for stream in STREAMS if stream.facts and stream.capability in abilities}

    assert streams
    assert streams == set(dialect_of(name).shapes)
    assert (ListingSource in abilities) == (dialect_of(name).catalogue is not None)
    assert (InventorySink in abilities) == any(door.sets for door in dialect_of(name).doors)
