"""Stores in memory for the runs, shared by all tests of the fault programme."""

from collections.abc import Generator

import pytest

from tests.simulation import fleet
from tests.simulation.stores import Stores


@pytest.fixture(scope="session")
def stores() -> Generator[Stores]:
    """SQLite stores for runs in this process."""
    with fleet.stores() as own:
        yield own
