"""Commands that have nothing to do with money load none of the libraries that money needs: they take longer to load than commands work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.company_money import company_in

HEAVY = (
    "duckdb",
    "pandas",
    "pyarrow",
    "numpy",
    "openpyxl",
    "xlsxwriter",
    "reconciliation.engine",
    "reconciliation.passes",
    "connectors._kit.mail",
    "smtplib",
)
CODE = """
import sys
from console.commands import app
try:
    app({words!r})
except SystemExit as ended:
    assert not ended.code, ended.code
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""


def loaded_by(home: Path, *words: str) -> str:
    """What of the heavy libraries a command loads, as the last line of its stderr."""
    code = CODE.format(words=list(words), heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"ENTREPOT_HOME": str(home)}, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stderr.splitlines()[-1]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company_in(tmp_path_factory.mktemp("company")).path


@pytest.mark.parametrize("words", [["--help"], ["orders", "list"], ["stock", "--help"], ["run", "expire_reservations"], ["breaks", "list"]])
def test_a_command_loads_no_library_it_does_not_need(home: Path, words: list[str]) -> None:
    assert loaded_by(home, *words) == "[]"


def test_the_rule_bites(home: Path) -> None:
    assert "pandas" in loaded_by(home, "run", "reconcile_money")
