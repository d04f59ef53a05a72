"""The measured shop as a process of its own."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass(frozen=True, slots=True)
class Shop:
    """A running shop of street_pages.py."""

    port: int

    @property
    def url(self) -> str:
        """The shop's address, as a connector wants it."""
        return f"http://127.0.0.1:{self.port}/woo"

    def show(self, state: str) -> None:
        """Answer from this state of the world: `before` or `after`."""
        self._ask(state)

    def cpu_s(self) -> float:
        """CPU seconds the shop has spent."""
        return float(self._ask("work")["cpu_s"])

    def _ask(self, what: str) -> dict[str, float]:
        answer = httpx.get(f"http://127.0.0.1:{self.port}/bench/{what}", timeout=60)
        found: dict[str, float] = answer.json()
        return found


@contextmanager
def running_shop(worlds: Path, orders: int) -> Generator[Shop]:
    """The shop over the world of this size, which is made first where it is missing."""
    script = Path(__file__).with_name("street_pages.py")
    command = [sys.executable, str(script), "--home", str(worlds), "--orders", str(orders)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise SystemExit("the shop has no pipes")
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the shop did not start; its reason stands above")
        try:
            yield Shop(int(json.loads(line)["port"]))
        finally:
            process.stdin.close()
            process.wait(30)
