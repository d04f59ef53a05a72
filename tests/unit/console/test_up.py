"""`entrepot up` as a script drives it, and what the console may know of the store."""

import ast
import json
import signal
import socket
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from console.first_file import write_first_file
from console.street_command import free_port
from model.errors import ConfigError
from operations.runtime.settings import Settings
from tests.hubs import ENTREPOT, Home, home_in

CONSOLE = Path(__file__).parents[3] / "console"


@pytest.fixture
def taken() -> Generator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def lines_of_up(home: Home, *words: str) -> list[str]:
    """What `entrepot up` prints when it is stopped as soon as it tells where Prefect is."""
    lines: list[str] = []
    with subprocess.Popen([ENTREPOT, "up", *words], env=home.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if "http" in line and "street" not in line:
                process.send_signal(signal.SIGINT)
    return lines


def test_up_on_a_new_home_speaks_json_only(tmp_path: Path, taken: int) -> None:
    home = home_in(tmp_path, ENTREPOT_STREET_PORT=str(taken))

    said = [json.loads(line) for line in lines_of_up(home, "--json", "--port", str(taken))]

    assert [next(iter(each)) for each in said] == ["written", "street", "taken", "ui", "hub", "hub"]
    assert said[-2:] == [{"hub": "stopping"}, {"hub": "stopped"}]


def test_up_with_a_street_that_moves_speaks_json_only(tmp_path: Path, taken: int) -> None:
    write_first_file(Settings(home=tmp_path), f"http://127.0.0.1:{taken}", starts_street=True)

    said = [json.loads(line) for line in lines_of_up(home_in(tmp_path), "--json")]

    assert said[0]["taken"] == taken
    assert f"http://127.0.0.1:{said[0]['street_port']}" in (tmp_path / "hub.toml").read_text("utf-8")


@pytest.mark.parametrize("command", ["up", "street"])
@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_does_not_exist_is_refused(tmp_path: Path, command: str, port: str) -> None:
    refused = home_in(tmp_path).entrepot(command, "--port", port, code=2)

    assert "Invalid value for '--port'" in refused.stderr
    assert not (tmp_path / "hub.toml").exists()


@pytest.mark.parametrize("first", [70_000, -1])
def test_a_port_of_a_variable_or_of_hub_toml_is_refused_likewise(first: int) -> None:
    with pytest.raises(ConfigError, match="use one up to 65535"):
        free_port(first)


def test_the_search_for_a_free_port_ends_at_the_last_one() -> None:
    with socket.socket() as last:
        last.bind(("127.0.0.1", 65_535))
        last.listen()

        assert free_port(65_535) == 0


@pytest.mark.parametrize("wrong", ["Mia", "mia example", 'mia"', "-mia", ""])
def test_a_first_file_names_nobody_whom_the_hub_would_refuse(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigError, match="small letters, digits and hyphens"):
        write_first_file(Settings(home=tmp_path), None, user=wrong)

    assert list(tmp_path.iterdir()) == []


def test_the_console_asks_the_store_and_never_the_tables() -> None:
    trees = {path.name: ast.parse(path.read_text("utf-8")) for path in CONSOLE.glob("*.py")}
    imported = {(name, node.module or "") for name, tree in trees.items() for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert sorted((name, module) for name, module in imported if module.startswith(("sqlalchemy", "model.tables"))) == [
        ("commands.py", "sqlalchemy.exc")  # to tell a database that cannot be reached
    ]
