"""`make new`: what it makes passes the contract suite as it is; a name that is none, or is taken, is refused."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from connectors._skeleton.__main__ import main

ROOT = Path(__file__).parents[2]
NEEDED = ("connectors", "model", "operations", "reconciliation", "sandbox", "tests")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, as far as the suite needs it."""
    for name in NEEDED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(project: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    own = {**os.environ, "PYTHONPATH": str(project)}
    return subprocess.run([sys.executable, "-m", *words], cwd=project, env=own, capture_output=True, text=True, check=False)


def test_a_new_connector_passes_the_suite_before_a_line_is_changed(project: Path) -> None:
    made = run(project, "connectors._skeleton", "corner_till")
    golden = run(project, "tests.contract.golden", "corner_till")
    files = ("tests/contract/test_connectors.py", "tests/contract/test_folders.py", "tests/contract/test_the_suite_bites.py")
    suite = run(project, "pytest", "-q", "-p", "no:xdist", *files, "-k", "corner_till")

    assert (made.returncode, golden.stdout) == (0, "")
    assert suite.returncode == 0, suite.stdout[-3000:]
    assert suite.stdout.count(".") > 80
    assert [path for path in (project / "connectors" / "corner_till").rglob("*.*") if "keleton" in path.read_text("utf-8")] == []


def test_a_broken_new_connector_fails_the_suite(project: Path) -> None:
    run(project, "connectors._skeleton", "corner_till")
    place = project / "connectors" / "corner_till" / "connector.py"
    place.write_text(place.read_text("utf-8").replace("iso(window.start)", "iso(window.start + timedelta(minutes=1))"), "utf-8")

    suite = run(project, "pytest", "-q", "-p", "no:xdist", "tests/contract/test_connectors.py", "-k", "corner_till")

    assert suite.returncode == 1
    assert "test_promise[corner_till-orders-" in suite.stdout


@pytest.mark.parametrize("name", ["", "Corner", "corner-till", "1till", "_till", "woocommerce", "../till"])
def test_a_name_that_is_none_or_is_taken_is_refused(name: str) -> None:
    with pytest.raises(SystemExit, match="NAME: "):
        main(name)
