"""Read files of processors and banks in a process of their own under bounds; one that is broken costs its neighbours nothing."""

import subprocess
import sys
import threading
from types import TracebackType
from typing import Any, Self

import msgspec

from connectors._kit.exchanging import FileConnector
from model.errors import MalformedError, RejectedError
from operations.money.file_process import Answer, Request, receive, send

SECONDS = 180
"""Until a file that is not read is given up."""
_MODULE = "operations.money.file_process"
_SECRETS = ("user", "password", "private_key", "host_key")
_ERRORS = {"RejectedError": RejectedError}
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
"""All that the reading process gets: no secret."""


class FileReader:
    """Hands files to a reading process, which is started with the first one and started anew where a file ended it."""

    def __init__(self, connector: FileConnector[Any], name: str) -> None:
        self._name = name
        own = connector.settings.model_dump(mode="json", exclude={*_SECRETS}, exclude_unset=True)
        self._settings = {**own, "address": "/"}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def read(self, name: str, raw: bytes) -> Answer:
        """What a file tells; MalformedError and RejectedError name the place, the reason and the mend."""
        body = msgspec.msgpack.encode(Request(self._settings, name, raw))
        answer = self._ask(body)
        if answer is None:
            self._end()
            raise MalformedError(
                f"{name}: needs more memory or time than a file should, or breaks its reader; ask for it anew, or in parts"
            )
        told = msgspec.msgpack.decode(answer, type=Answer)
        if told.refused is not None:
            kind, message = told.refused
            raise _ERRORS.get(kind, MalformedError)(message)
        return told

    def _ask(self, body: bytes) -> bytes | None:
        process = self._process = self._process or _started(self._name)
        if process.stdin is None or process.stdout is None:
            return None
        alarm = threading.Timer(SECONDS, process.kill)
        alarm.start()
        try:
            send(process.stdin, body)
            return receive(process.stdout)
        except OSError:  # it ended while it was written to
            return None
        finally:
            alarm.cancel()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _started(connector: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-B", "-m", _MODULE, connector]
    return subprocess.Popen(  # noqa: S603  our own module
        command, env=_ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
