"""Sends many small writes in order under one rate, several at once, and tells each answer as it comes.

A lane is a thread with a connection of its own (ADR 0010: a shared pool or an event loop costs more). Lanes are opened as they are
needed: one more whenever a turn comes and nobody waits for it. With a single lane everything happens in the caller's thread.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from queue import SimpleQueue

import httpx

from connectors._kit.exchange import Answer, TurnedAwayError, exchange
from connectors._kit.pacing import Pacer
from connectors._kit.writes import Write, Written, content_of
from connectors.capabilities import Rate
from model.errors import AuthError, ConfigError, HubError, TransientError

LOST_IN_A_ROW = 20
"""After so many answers that never came, one after the other, the rest is not sent: the remote is down."""
UNREAD_ANSWERS = 64
"""So many answers may wait for the caller before no more is sent."""
_LOOK_S = 0.005
"""How often to look whether the caller has read on."""
_FAREWELL_S = 2
"""How long lanes are waited for that were stopped; what is under way by then ends by its own timeout."""

Patiently = Callable[[Callable[[], Answer], Callable[[float], None]], Answer]
"""Calls until the remote no longer turns it away; the second callable is how to wait between."""


class Lanes:
    """The connections of one account, opened when first needed and kept until closed; one sending uses at most `most`."""

    def __init__(self, most: int, another: Callable[[], httpx.Client], pacer: Pacer, patiently: Patiently) -> None:
        self.most, self.pacer, self.patiently = most, pacer, patiently
        self._another = another
        self._lock = threading.Lock()
        self._idle: list[httpx.Client] = []
        self._opened: list[httpx.Client] = []

    @contextmanager
    def one(self) -> Generator[httpx.Client]:
        """A lane for one user, free again afterwards."""
        with self._lock:
            client = self._idle.pop() if self._idle else self._open()
        try:
            yield client
        finally:
            self._idle.append(client)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for client in self._opened:
                client.close()

    def _open(self) -> httpx.Client:
        client = self._another()
        self._opened.append(client)
        return client


class Sending(Iterator[Written]):
    """The answers of many writes, as they come; sending stops when this is let go.

    `started` counts the writes that were begun, in the order given. If the iteration is given up, those of them without an answer may
    have been written, the others were not.
    """

    def __init__(self, writes: Sequence[Write], rate: Rate, lanes: Lanes) -> None:
        self._course = _Course(writes, rate, lanes)
        self._told = self._course.told() if lanes.most == 1 else self._course.told_by_lanes()

    @property
    def started(self) -> int:
        """How many writes were begun."""
        return self._course.started

    def __next__(self) -> Written:
        return next(self._told)

    def close(self) -> None:
        """Start no further write."""
        self._told.close()


class _Course:
    """What is still to be sent, who may go next, and what came back."""

    def __init__(self, writes: Sequence[Write], rate: Rate, lanes: Lanes) -> None:
        self.started = 0
        self._writes, self._rate, self._lanes = writes, rate, lanes
        self._gate = threading.Lock()
        self._lost = 0
        self._barred: HubError | None = None
        self._last = "", httpx.URL()
        self._stopped = threading.Event()

    def told(self) -> Generator[Written]:
        """All answers, everything done here and now."""
        with self._lanes.one() as client:
            while (turn := self._turn()) is not None:
                yield self._send(client, *turn)
        yield from self._never_sent()

    def told_by_lanes(self) -> Generator[Written]:
        """All answers, as the lanes bring them."""
        crew = _Crew(self._lanes.most, self._lane)
        try:
            if self._writes:
                crew.add()
            yield from crew.brought()
            yield from self._never_sent()
        finally:
            self._stopped.set()
            crew.dismiss()

    def _lane(self, crew: "_Crew") -> None:
        try:
            with self._lanes.one() as client:
                while crew.has_room(self._stopped) and (turn := self._turn(crew)) is not None:
                    crew.bring(self._send(client, *turn))
        except BaseException:
            self._stopped.set()
            raise

    def _never_sent(self) -> Generator[Written]:
        for place in range(self.started, len(self._writes)):
            yield Written(place, None, self._barred)

    def _turn(self, crew: "_Crew | None" = None) -> tuple[int, int] | None:
        """The place of the next write and its turn at the pacer; None if there is none."""
        with self._gate:
            turn = None if self._is_over() else self._lanes.pacer.wait(self._rate, self._is_over if crew else None)
            if turn is None:
                return None
            self.started += 1
            if crew and not self._is_over():
                crew.leave()
            return self.started - 1, turn

    def _is_over(self) -> bool:
        return self._stopped.is_set() or self._barred is not None or self.started == len(self._writes)

    def _send(self, client: httpx.Client, place: int, turn: int) -> Written:
        pacer = self._lanes.pacer
        write = self._writes[place]
        request = self._request(client, write)

        def attempt() -> Answer:
            try:
                answer = exchange(client, request)
            finally:
                pacer.landed(turn)
            if write.check:
                write.check(answer)
            return answer

        def rest(seconds: float) -> None:
            nonlocal turn
            pacer.rest(seconds)
            turn = self._turn_again()

        try:
            answer = self._lanes.patiently(attempt, rest)
        except ConfigError:
            raise
        except HubError as error:
            self._judge(error)
            return Written(place, None, error)
        self._lost = 0
        return Written(place, answer, None)

    def _request(self, client: httpx.Client, write: Write) -> httpx.Request:
        """The write as a request; the address is taken apart once where many writes go to the same."""
        path, address = self._last
        to = address if write.path == path else write.path
        request = client.build_request(write.method, to, headers=write.headers, **content_of(write.body))
        self._last = write.path, request.url
        return request

    def _turn_again(self) -> int:
        with self._gate:
            turn = self._lanes.pacer.wait(self._rate, self._stopped.is_set if self._lanes.most > 1 else None)
        if turn is None:
            raise TransientError("stopped before it was sent again")
        return turn

    def _judge(self, error: HubError) -> None:
        """Whether this failure concerns the account and not the write alone: then the rest is not sent."""
        self._lost = self._lost + 1 if isinstance(error, TransientError) else 0
        if isinstance(error, AuthError | TurnedAwayError) or self._lost >= LOST_IN_A_ROW:
            self._barred = self._barred or error


class _Crew:
    """The threads of one sending, and the way of their answers to the caller."""

    def __init__(self, most: int, work: Callable[["_Crew"], None]) -> None:
        self._work = work
        self._most = most
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="lane")
        self._lanes: list[Future[None]] = []
        self._lock = threading.Lock()
        self._ready = 0
        self._answers: SimpleQueue[Written | None] = SimpleQueue()

    def add(self) -> None:
        """One more lane, unless all are at work."""
        if len(self._lanes) == self._most:
            return
        with self._lock:
            self._ready += 1
        lane = self._threads.submit(self._work, self)
        self._lanes.append(lane)
        lane.add_done_callback(lambda _: self._answers.put(None))

    def leave(self) -> None:
        """A lane goes off to send; where nobody is ready for the next turn, one more is opened. One caller at a time."""
        with self._lock:
            self._ready -= 1
        if not self._ready:
            self.add()

    def has_room(self, stopped: threading.Event) -> bool:
        """Wait until the caller has read enough of what was brought; false if the sending was stopped meanwhile."""
        while self._answers.qsize() >= UNREAD_ANSWERS and not stopped.wait(_LOOK_S):
            pass
        return not stopped.is_set()

    def bring(self, written: Written) -> None:
        """Hand an answer to the caller, ready for the next turn."""
        self._answers.put(written)
        with self._lock:
            self._ready += 1

    def brought(self) -> Generator[Written]:
        """Every answer, until the last lane has ended; then the error of a lane that broke, if one did."""
        ended = 0
        while ended < len(self._lanes):
            if (written := self._answers.get()) is None:
                ended += 1
            else:
                yield written
        for lane in self._lanes:
            lane.result()

    def dismiss(self) -> None:
        """Send the lanes home; who is in the middle of a request ends it first."""
        self._threads.shutdown(wait=False)
        wait(self._lanes, _FAREWELL_S)
