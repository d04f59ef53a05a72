"""Flows run against Prefect's own test server, and a street of real HTTP."""

from collections.abc import Generator

import pytest
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from tests.hubs import Home, home_in, street


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Generator[None]:
    """Prefect with a database of its own; no heartbeats, whose thread costs each run a second."""
    with prefect_test_harness(), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None, PREFECT_LOGGING_TO_API_ENABLED: False}):
        yield


@pytest.fixture(scope="session")
def street_url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """A street of 45 orders that all flow tests read."""
    with street(home_in(tmp_path_factory.mktemp("street")), "--orders", "45", "--seed", "9") as url:
        yield url


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, street_url: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home on the street, in force for flows of this process."""
    made = home_in(tmp_path_factory.mktemp("hub"))
    made.entrepot("init", "--street", street_url, "--as", "ada")
    monkeypatch.setenv("ENTREPOT_HOME", str(made.path))
    return made
