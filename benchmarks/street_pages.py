"""The street's WooCommerce shop for measuring: worlds made once and kept, time standing still, every page rendered once.

`python benchmarks/street_pages.py --home DIR --orders N` serves two states of one world: `before`, and `after` 1 % of its orders were
edited an hour later. `GET /bench/before` and `GET /bench/after` choose the state and forget nothing; `GET /bench/work` tells the CPU
seconds spent so far. Prints one JSON line with the port when ready, ends with its standard input.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sandbox.exchange import Answer, Request
from sandbox.street import Street

OPENED: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
"""When the world was made; its orders lie in the thirty days before."""
FIRST_READ: Final = OPENED + timedelta(hours=1)
"""What the shop's clock says in the state `before`."""
TOUCHED: Final = OPENED + timedelta(hours=2)
SECOND_READ: Final = OPENED + timedelta(hours=3)
"""What the shop's clock says in the state `after`."""
CHANNEL: Final = "woo-shop"
CHANGED: Final = 0.01
SEED: Final = 11


@dataclass(slots=True)
class State:
    """A street at a moment that does not pass, with the answers it has given so far."""

    home: Path
    orders: int
    moment: datetime
    street: Street = field(init=False)
    answers: dict[tuple[str, str], bytes] = field(default_factory=dict[tuple[str, str], bytes])

    def __post_init__(self) -> None:
        self.street = Street(self.home, orders=self.orders, seed=SEED, clock=lambda: self.moment, channels=(CHANNEL,))

    def answer(self, target: str, headers: Mapping[str, str]) -> bytes:
        """The whole HTTP answer to a GET, head and body."""
        key = (target, headers.get("authorization", ""))
        if key not in self.answers:
            path, _, query = target.partition("?")
            self.answers[key] = wire(self.street.answer(Request("GET", path, query, headers)))
        return self.answers[key]


def wire(answer: Answer) -> bytes:
    """An answer as HTTP/1.1 bytes."""
    named = {**answer.headers, "Content-Length": str(len(answer.body))}
    lines = [f"HTTP/1.1 {answer.status} -", *(f"{name}: {value}" for name, value in named.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + answer.body


def make_worlds(home: Path, orders: int) -> dict[str, State]:
    """Both states of the world of this size, made where they are missing."""
    folder = home / f"{orders}-orders"
    finished = folder / "finished"
    if not finished.exists():
        shutil.rmtree(folder, ignore_errors=True)
        before = State(folder / "before", orders, OPENED)
        before.street.close()
        shutil.copytree(folder / "before", folder / "after")
        after = State(folder / "after", orders, TOUCHED)
        finished.write_text(f"{after.street.touch(CHANGED)} edited\n", "ascii")
        after.street.close()
    return {"before": State(folder / "before", orders, FIRST_READ), "after": State(folder / "after", orders, SECOND_READ)}


class Counter(asyncio.Protocol):
    """One connection: answers GETs in turn, keeps the connection open."""

    def __init__(self, states: dict[str, State], chosen: list[str]) -> None:
        self._states, self._chosen = states, chosen
        self._waiting = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport = transport if isinstance(transport, asyncio.Transport) else None

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._waiting += data
        while b"\r\n\r\n" in self._waiting and self._transport is not None:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            self._transport.write(self._answer(first.split(" ")[1], headers))

    def _answer(self, target: str, headers: Mapping[str, str]) -> bytes:
        if not target.startswith("/bench/"):
            return self._states[self._chosen[0]].answer(target, headers)
        asked = target.removeprefix("/bench/")
        if asked in self._states:
            self._chosen[0] = asked
        times = os.times()
        return wire(Answer(200, {}, json.dumps({"state": self._chosen[0], "cpu_s": times.user + times.system}).encode()))


async def serve(states: dict[str, State], port: int) -> None:
    """Serve until standard input closes."""
    loop, chosen = asyncio.get_running_loop(), ["before"]
    server = await loop.create_server(lambda: Counter(states, chosen), "127.0.0.1", port)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--orders", type=int, required=True)
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    asyncio.run(serve(make_worlds(asked.home, asked.orders), asked.port))


if __name__ == "__main__":
    main()
