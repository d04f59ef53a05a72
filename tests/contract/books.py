"""A make-believe ledger's list of entries: what commands made, between two days, page by page."""

import json
import re
from datetime import date

from tests.contract.dialects import Books, Door, Json
from tests.contract.documents import at
from tests.contract.effects import Account, Effect, filled


def shown_books(account: Account, door: Door, books: Books, asked: Json) -> bytes:
    """The page of entries that a request asks for, in the order they were made."""
    first, last = _day(asked, books.first, books.first_in), _day(asked, books.last, books.last_in)
    named = _text(asked, books.named, books.named_in)
    fits = [
        effect
        for effect in account.effects
        if effect.command == door.made
        and (first is None or first <= _day_of(effect, books))
        and (last is None or _day_of(effect, books) <= last)
        and named in {None, effect.reference}
    ]
    size, place = account.dialect.page, int(_text(asked, books.place, books.place_in) or 1) - 1
    if books.by_id:
        fits, place = [effect for effect in fits if int(effect.external_id) > place + 1], 0
    start = place * size if books.by_page else place
    rows = [account.row(door, effect) for effect in fits[start : start + size]]
    return filled(door.answer, {b'"@rows"': b"[" + b",".join(rows) + b"]", b'"@total"': str(len(fits)).encode()})


def _day_of(effect: Effect, books: Books) -> date:
    told: Json = json.loads(effect.kept[f'"@{books.day}"'.encode()])
    return date(*(int(str(told[part])) for part in ("year", "month", "day"))) if isinstance(told, dict) else date.fromisoformat(str(told))


def _day(asked: Json, path: str, pattern: str) -> date | None:
    found = re.search(pattern, str(at(asked, path)))
    return date(int(found[1]), int(found[2]), int(found[3])) if found else None


def _text(asked: Json, path: str, pattern: str) -> str | None:
    found = re.search(pattern, str(at(asked, path))) if path else None
    return found[1] if found else None
