"""What stands around everything that we write, and what the file is called; the same key always gives the same.

Control numbers are taken from the command's key, so nothing is counted. Three numbers of nine digits name a document (ISA13, GS06, ST02,
of which the last two are one), as a partner has to compare them all.
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from connectors._kit.x12.settings import EdiSettings
from connectors._kit.x12.writing import Envelope, Party

_NINE_DIGITS: Final = (100_000_000, 900_000_000)


def interchange_number(key: str) -> int:
    """ISA13."""
    return _NINE_DIGITS[0] + int(key[:16], 16) % _NINE_DIGITS[1]


def group_number(key: str) -> int:
    """GS06 and ST02; what an acknowledgement comes back with."""
    return _NINE_DIGITS[0] + int(key[16:], 16) % _NINE_DIGITS[1]


def file_name(key: str, kind: str = "940") -> str:
    """The file that carries a command."""
    return f"{kind}-{key}.edi"


def envelope_of(settings: EdiSettings, key: str, function: str, at: datetime) -> Envelope:
    """The envelope of one document; `function` is its group's functional id."""
    return Envelope(
        sender=Party(settings.our_qualifier, settings.our_id, settings.our_group_id or settings.our_id),
        receiver=Party(settings.their_qualifier, settings.their_id, settings.their_group_id or settings.their_id),
        at=at.astimezone(ZoneInfo(settings.zone)),
        interchange_number=interchange_number(key),
        group_number=group_number(key),
        usage=settings.usage,
        function=function,
        separators=settings.separators,
        encoding=settings.encoding,
    )
