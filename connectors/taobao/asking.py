"""Asking Taobao: forms to one address, the pages of its lists, and the one document of an answer.

Answers are JSON with a list's entries one level deeper than elsewhere: `{"trades": {"trade": [..]}}`, and no `trades` at all where there
are none. An answer to a question is told by its name: `taobao.trade.fullinfo.get` is answered by `trade_fullinfo_get_response`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec

from connectors._kit import Answer, Http, member, split_page
from connectors._kit.stretches import Listed, Sheet, checked_sheet
from connectors.taobao.faults import check_fault
from connectors.taobao.words import written_time
from model.errors import TransientError

PATH: Final = "rest"
FORM: Final = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
SECOND: Final = timedelta(seconds=1)

T = TypeVar("T")
_ENTRIES: Final = msgspec.json.Decoder(dict[str, list[msgspec.Raw]])


def form(method: str, told: Mapping[str, str | int]) -> bytes:
    """A question or command as it is kept and sent, before it is signed."""
    return urlencode({"method": method, **told}).encode()


def ask(http: Http, method: str, told: Mapping[str, str | int], read: Callable[[bytes], T]) -> T:
    """Ask, and ask again where that may help; `read` gets what the answer holds. A refusal is raised by its name."""
    return http.ask(PATH, form(method, told), read=lambda answer: read(held_in(answer, method)))


def held_in(answer: Answer, method: str) -> bytes:
    """The answer without its wrapping, uncut; a refusal is raised by its name, and what is no whole answer is a TransientError."""
    check_fault(answer, method)
    name = method.removeprefix("taobao.").replace(".", "_") + "_response"
    return part_of(answer.body.strip(), name, method)


def part_of(whole: bytes, name: str, where: str) -> bytes:
    """One member of an object, also where something in it cannot be read; a TransientError where it is cut off or not there."""
    part = member(whole, name)
    if not part or whole[-1:] != b"}" or whole.endswith(part):
        raise TransientError(f"{where}: the answer is not whole")
    return part


def entries_in(held: bytes, plural: str, singular: str, where: str) -> tuple[bytes, ...]:
    """The entries of a list, uncut; none where the list is left out."""
    listed = member(held, plural)
    if listed is None or listed in {b"{}", b"null"}:
        return ()
    return split_page(listed, _ENTRIES, lambda page: page.get(singular, []), array=singular.encode(), where=where)[1]


def total_in(held: bytes, where: str) -> int:
    """How many rows a list says it has."""
    told = member(held, "total_results")
    if told is None or not told.isdigit():
        raise TransientError(f"{where}: does not say how many there are")
    return int(told[:12])


class Rows(NamedTuple):
    """A list that is read by time: what its entries are called and which of their fields are asked for."""

    listed: Listed
    plural: str
    singular: str
    fields: str

    def question(self, start: datetime, end: datetime, page: int, size: int) -> dict[str, str | int]:
        """What asks for one page of a stretch.

        Times are whole seconds, and whether the ends belong to it is not documented: one second wider on both sides, so no tie is lost.
        """
        return {
            "fields": self.fields,
            self.listed.since: written_time(start - SECOND),
            self.listed.until: written_time(end + SECOND),
            self.listed.page: page,
            "page_size": size,
        }

    def sheet(self, held: bytes, page: int, size: int) -> Sheet:
        """An answer, cut into rows; a TransientError where it shows fewer than it promises."""
        where = self.listed.path
        return checked_sheet(entries_in(held, self.plural, self.singular, where), total_in(held, where), size, page, where)
