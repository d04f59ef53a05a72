"""Fixtures of the verbs' tests."""

from collections.abc import Generator
from pathlib import Path

import pytest

from model.store.database import Database
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.shelf import open_shelf
from tests.shops import SHOPS, Market
from tests.unit.operations.test_pulling import START


@pytest.fixture
def market(
    database: Database, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Generator[Market]:
    """Three shops that sell from one stock; a parameter is how."""
    for name, (_, _, secrets) in SHOPS.items():
        for key, value in secrets.items():
            monkeypatch.setenv(f"TEST_{name}_{key}", value)
    clock.at = START
    opened = Market(database, tmp_path, clock, **getattr(request, "param", {}))
    yield opened
    opened.street.close()


@pytest.fixture
def hub(database: Database, tmp_path: Path, clock: StillClock) -> Hub:
    """Mia's hub with an empty shelf."""
    return open_shelf(database, tmp_path, clock)
