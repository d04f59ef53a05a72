"""Tests against real third-party servers run only when asked for: `pytest tests/systems --systems`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.systems.medusa_shop import MedusaMaker, MedusaShop, made_shop, open_medusa
from tests.systems.tryton_books import Books, Maker, made_books, open_books
from tests.systems.tryton_tills import Tills
from tests.systems.vendure_shop import Shop, open_shop

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--systems", action="store_true", help="install and start real third-party servers on this machine")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = bool(config.getoption("--systems", default=False))
    for test in items:
        if HERE in test.path.parents:
            test.add_marker("systems")
            if not asked:
                test.add_marker(pytest.mark.skip(reason="drives a real server; ask for it with --systems"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("vendure")) as running:
        yield running


@pytest.fixture(scope="session")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maker]:
    with made_books(tmp_path_factory.mktemp("tryton")) as made:
        yield made


@pytest.fixture(scope="module")
def books(maker: Maker, request: pytest.FixtureRequest) -> Iterator[Books]:
    with open_books(maker, request.path.stem) as running:
        yield running


@pytest.fixture(scope="session")
def medusa_maker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MedusaMaker]:
    with made_shop(tmp_path_factory.mktemp("medusa")) as made:
        yield made


@pytest.fixture(scope="module")
def medusa(medusa_maker: MedusaMaker, request: pytest.FixtureRequest) -> Iterator[MedusaShop]:
    with open_medusa(medusa_maker, request.path.stem) as running:
        yield running


@pytest.fixture(scope="module")
def tills(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Tills]:
    folder = tmp_path_factory.mktemp("tills")
    with made_books(folder, "fill_pos.py") as made, open_books(made, request.path.stem, Tills) as running:
        yield running
