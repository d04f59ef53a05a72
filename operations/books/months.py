"""Months as people write them: `2026-01`."""

import re
from calendar import monthrange
from datetime import date

from model.errors import ConfigError


def first_day(period: str) -> date:
    """The first day of a month; ConfigError for what is none."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", period)
    if found is None or int(found[1]) < 1970:  # noqa: PLR2004  no ledger takes an earlier one
        raise ConfigError(f"month {period[:20]!r}: is none; write one like 2026-01")
    return date(int(found[1]), int(found[2]), 1)


def last_day(period: str) -> date:
    """The last day of a month."""
    first = first_day(period)
    return first.replace(day=monthrange(first.year, first.month)[1])
