"""Reading a list that the vendor pages by cursors: each page names the key behind which the next one begins.

Use it only where the vendor says that its cursor is a key, so that rows which leave the list meanwhile shift no other row past us, or where
rows are sorted by something that never changes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from connectors._kit.exchange import Answer
from connectors._kit.http import Http
from connectors._kit.slices import split_page
from connectors.capabilities import RawPage
from model.errors import ContractError, TransientError

PATIENCE: Final = 3
"""A cursor that leads back to itself this often is a loop and no page sent twice."""

_Envelope = dict[str, msgspec.Raw]
_ENVELOPE = msgspec.json.Decoder(_Envelope)


def cursor_pages(
    http: Http, path: str, query: Mapping[str, str | int], *, kind: str, resume: str | None, array: str, cursor: str = "cursor"
) -> Iterator[RawPage]:
    """Every page of a list, whose rows are in the answer's `array` and whose next cursor is under `cursor`, as it is in the query."""
    after = resume
    while True:
        reader = CursorReader(path, array, cursor, after)
        slices, following = http.get(path, {**query, **({cursor: after} if after else {})}, read=reader)
        yield RawPage(kind, slices, following)
        if following is None:
            return
        after = following


class CursorReader:
    """Reads the answers to one request; it counts how often the request came back with its own cursor."""

    def __init__(self, path: str, array: str, cursor: str, after: str | None) -> None:
        self._path, self._array, self._cursor, self._after = path, array, cursor, after
        self._loops = 0

    def __call__(self, answer: Answer) -> tuple[tuple[bytes, ...], str | None]:
        """The rows and the next cursor, or an error that says whether asking again may help."""
        envelope, slices = split_page(answer.body, _ENVELOPE, self._rows, array=self._array.encode(), where=self._path)
        following = self._following(envelope)
        if following is None:
            return slices, None
        if not slices:
            raise TransientError(f"{self._path}: an empty page, though more is promised")
        if following == self._after:
            self._loops += 1
            error = TransientError if self._loops < PATIENCE else ContractError
            raise error(f"{self._path}: the cursor leads back to itself")
        return slices, following

    def _rows(self, envelope: _Envelope) -> Sequence[msgspec.Raw]:
        if self._array not in envelope:
            raise TransientError(f"{self._path}: the answer has no {self._array!r}")
        return msgspec.json.decode(envelope[self._array], type=tuple[msgspec.Raw, ...])

    def _following(self, envelope: _Envelope) -> str | None:
        told = envelope.get(self._cursor)
        return (msgspec.json.decode(told, type=str | None) or None) if told is not None else None
