"""A remote that takes stock levels: a leaky bucket, a fixed latency, and a memory of everything that reached it.

    python stock_server.py        prints {"port": …} and serves until its standard input closes

POST /bench/begin?rate=1000&burst=40&latency_ms=20    forget everything, and bear so much from now on
GET  /bench/report                                    what came: see `Remote.report`
anything else                                         levels as JSON, `{"sku": 7, "level": 3}` or a list of them

A request beyond the bucket is answered at once with 429 and Retry-After: 1, and its levels are not taken.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit

_HEAD = b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\n%scontent-length: %d\r\n\r\n%s"


class Remote:
    """The bucket and the levels."""

    def __init__(self) -> None:
        self.begin(rate=1000, burst=40, latency_ms=0)

    def begin(self, *, rate: float, burst: float, latency_ms: float) -> None:
        """Forget everything."""
        self.rate, self.burst, self.latency_s = rate, burst, latency_ms / 1000
        self.filled, self.at = 0.0, time.perf_counter()
        self.highest = 0.0
        self.taken = self.refused = 0
        self.first = self.last = 0.0
        self.levels: dict[int, int] = {}
        self.times: Counter[int] = Counter()
        self.answered_ms: list[float] = []
        self.cpu_before = time.process_time()

    def take(self) -> bool:
        """Whether one more request finds room in the bucket."""
        now = time.perf_counter()
        self.filled, self.at = max(0.0, self.filled - (now - self.at) * self.rate), now
        if self.filled + 1 > self.burst:
            self.refused += 1
            return False
        self.filled += 1
        self.highest = max(self.highest, self.filled)
        self.taken += 1
        self.first, self.last = self.first or now, now
        return True

    def keep(self, levels: Iterable[Mapping[str, int]]) -> None:
        """Take levels in."""
        for each in levels:
            self.levels[each["sku"]] = each["level"]
            self.times[each["sku"]] += 1

    def report(self) -> dict[str, float]:
        """What came: requests taken and refused, SKUs known and told twice, the sum of (sku + 1) x level, the bucket's mark."""
        return {
            "taken": self.taken,
            "refused": self.refused,
            "span_s": self.last - self.first,
            "skus": len(self.levels),
            "repeated": sum(count > 1 for count in self.times.values()),
            "checksum": sum((sku + 1) * level for sku, level in self.levels.items()),
            "highest": round(self.highest, 1),
            "own_p99_ms": round(sorted(self.answered_ms)[len(self.answered_ms) * 99 // 100], 1) if self.answered_ms else 0,
            "cpu_s": time.process_time() - self.cpu_before,
        }


class Line(asyncio.Protocol):
    """One connection, with as much of HTTP/1.1 as the measured clients use."""

    def __init__(self, remote: Remote) -> None:
        self.remote = remote
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  for the types
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Handle every whole request."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n") + 4) > 3:
            head = self.buffer[:end]
            mark = head.lower().find(b"content-length:")
            length = int(head[mark + 15 : head.index(b"\r", mark)]) if mark > 0 else 0
            if len(self.buffer) < end + length:
                return
            body, self.buffer = self.buffer[end : end + length], self.buffer[end + length :]
            self.handle(head[: head.index(b"\r")].split()[1].decode(), body)

    def handle(self, target: str, body: bytes) -> None:
        """Answer one request; levels count when they arrive, the answer comes a latency later."""
        if target.startswith("/bench/"):
            self.answer(200, json.dumps(self.steer(target)).encode())
        elif not self.remote.take():
            self.answer(429, b"{}", b"retry-after: 1\r\n")
        else:
            levels: list[dict[str, int]] | dict[str, int] = json.loads(body)
            self.remote.keep(levels if isinstance(levels, list) else [levels])
            asyncio.get_running_loop().call_later(self.remote.latency_s, self.confirm, time.perf_counter())

    def confirm(self, arrived: float) -> None:
        """Say that the levels are set, and note how long that took here."""
        self.answer(200, b"{}")
        self.remote.answered_ms.append((time.perf_counter() - arrived) * 1000)

    def steer(self, target: str) -> dict[str, float]:
        """Begin anew, or report."""
        at = urlsplit(target)
        if at.path == "/bench/begin":
            self.remote.begin(**{name: float(value) for name, value in parse_qsl(at.query)})
        return self.remote.report()

    def answer(self, status: int, body: bytes, headers: bytes = b"") -> None:
        """Write one answer, unless the client has gone."""
        if not self.transport.is_closing():
            self.transport.write(_HEAD % (status, b"OK" if status == 200 else b"Too Many Requests", headers, len(body), body))


async def main() -> None:
    """Serve until standard input closes."""
    remote, loop = Remote(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(remote), "127.0.0.1", 0, backlog=512)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
