"""`python -m operations.money.file_process CONNECTOR`: files of processors and banks in on stdin, what they tell out on stdout.

Whatever a hostile file does, it does it here: the process has bounds on memory, time and writing, holds no secret and opens no
connection. Requests and answers are msgpack, each behind its length in eight bytes. It ends with its input.
"""

import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

import httpx
import msgspec

from connectors import registry
from connectors._kit import Wiring
from connectors.capabilities import SettlementFile, StatementFile
from model.errors import HubError
from model.records.settlement import Settlement
from model.records.statement import Statement
from model.rules.settlements import check_settlement, check_statement

MEMORY = 2 * 2**30
"""Bytes of address space."""
SECONDS = 600
"""Of processor time, for all files of one run."""
LENGTH = 8


class Request(msgspec.Struct):
    """One file to be read, by a connector with these settings; they hold no secret."""

    settings: dict[str, Any]
    name: str
    raw: bytes


class Answer(msgspec.Struct):
    """What a file tells, or why it is refused: the error's class and its message."""

    settlements: tuple[Settlement, ...] = ()
    statements: tuple[Statement, ...] = ()
    refused: tuple[str, str] | None = None


def read(connector: str, request: Request) -> Answer:
    """What the file tells, its sums checked once more."""
    try:
        kind = registry.find(connector)
        reader = kind(kind.settings_type.model_validate(request.settings), Wiring(httpx.MockTransport(_nobody)))
        if isinstance(reader, SettlementFile) and reader.identify_settlement(request.name, request.raw):
            return Answer(settlements=_checked(reader.read_settlements(request.name, request.raw), check_settlement))
        if isinstance(reader, StatementFile) and reader.identify_statement(request.name, request.raw):
            return Answer(statements=_checked(reader.read_statements(request.name, request.raw), check_statement))
    except HubError as error:
        return Answer(refused=(type(error).__name__, str(error)))
    return Answer(refused=("MalformedError", f"{request.name}: is of no form that {connector} reads"))


def _checked(told: tuple[Any, ...], check: Callable[[Any], None]) -> tuple[Any, ...]:
    for each in told:
        check(each)
    return told


def _nobody(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(599)


def receive(stream: IO[bytes]) -> bytes | None:
    """The next message; None at the end of the stream."""
    head = stream.read(LENGTH)
    if len(head) < LENGTH:
        return None
    wanted = int.from_bytes(head, "big")
    body = stream.read(wanted)
    return body if len(body) == wanted else None


def send(stream: IO[bytes], body: bytes) -> None:
    """Write a message."""
    stream.write(len(body).to_bytes(LENGTH, "big") + body)
    stream.flush()


def main(connector: str) -> None:
    """Answer requests until there are none."""
    while (asked := receive(sys.stdin.buffer)) is not None:
        send(sys.stdout.buffer, msgspec.msgpack.encode(read(connector, msgspec.msgpack.decode(asked, type=Request))))


if __name__ == "__main__":
    for bound, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0)):
        with suppress(ValueError, OSError):  # a system that does not know this bound has the parent's clock
            resource.setrlimit(bound, (most, most))
    main(sys.argv[1])
