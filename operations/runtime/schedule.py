"""Schedules as people write them in hub.toml: `every 30 s`, `every 5 min`, `every 2 h`, or a five-field cron line."""

import re
from dataclasses import dataclass
from datetime import timedelta

_EVERY = re.compile(r"^every\s+(\d{1,6})\s*(s|sec|min|m|h|d)$")
_UNITS = {"s": "seconds", "sec": "seconds", "min": "minutes", "m": "minutes", "h": "hours", "d": "days"}
_CRON = re.compile(r"^([\d*/,A-Za-z-]+\s+){4}[\d*/,A-Za-z#-]+$")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Either an interval or a cron line in the channel's zone."""

    interval: timedelta | None = None
    cron: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """The schedule a text means; ValueError with the mend otherwise."""
        words = text.strip()
        every = _EVERY.match(words)
        if every and int(every.group(1)) > 0:
            return cls(interval=timedelta(**{_UNITS[every.group(2)]: int(every.group(1))}))
        if _CRON.match(words):
            return cls(cron=words)
        raise ValueError("is no schedule; write `every 30 s`, `every 5 min`, or five cron fields like `*/10 * * * *`")
