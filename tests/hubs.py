"""Real hubs for tests: a home folder with the street as a process of its own, and the command line against it."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ENTREPOT = str(Path(sys.executable).parent / "entrepot")


@dataclass(frozen=True)
class Home:
    """A home folder and the environment its commands run in."""

    path: Path
    env: dict[str, str]

    def entrepot(self, *words: str, code: int | None = 0) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end; `code` is the exit code it must have."""
        done = subprocess.run([ENTREPOT, *words], env=self.env, capture_output=True, text=True, check=False, timeout=120)
        assert code is None or done.returncode == code, f"entrepot {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def refused(self, *words: str) -> str:
        """What wrong use is answered with: exit code 2, and one line that says what is wrong and how to mend it."""
        told = self.entrepot(*words, code=2).stderr
        assert told.startswith("error: "), told
        assert told.endswith("\n"), told
        assert told.count("\n") == 1, told
        return told

    def said(self, *words: str) -> Any:  # noqa: ANN401  whatever the command says
        """What a command prints with --json."""
        return json.loads(self.entrepot(*words, "--json").stdout)


def home_in(path: Path, **more: str) -> Home:
    """A home folder with an environment of its own."""
    path.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ENTREPOT_", "PREFECT_"))}
    return Home(path, kept | {"ENTREPOT_HOME": str(path)} | more)


@contextmanager
def street(home: Home, *words: str) -> Generator[str]:
    """A running street; its address."""
    process = subprocess.Popen(
        [ENTREPOT, "street", "--port", "0", "--json", *words], env=home.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["url"])
    finally:
        process.terminate()
        process.communicate(timeout=20)


def truth(url: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The street's own books: (channel, external id) to total."""
    with urlopen(f"{url}/truth") as answer:  # noqa: S310  a loopback address of our own
        return {(each["channel"], each["external_id"]): each["total"] for each in json.load(answer)["orders"]}
