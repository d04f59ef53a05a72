"""Instants as people type them on the command line."""

from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from model.errors import ConfigError


def typed_instant(text: str) -> datetime:
    """`2026-01-31` or `2026-01-31T09:00:00Z`; without offset it is UTC."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no instant; write 2026-01-31 or 2026-01-31T09:00:00Z") from None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Since = Annotated[datetime | None, typer.Option("--since", parser=typed_instant, metavar="INSTANT", help="Read changes from here (UTC).")]
Until = Annotated[datetime | None, typer.Option("--until", parser=typed_instant, metavar="INSTANT", help="Read changes up to here (UTC).")]


def typed_day(text: str) -> date:
    """`2026-01-31`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day; write one like 2026-01-31") from None


def day_of(value: datetime | None, option: str) -> date | None:
    """The day that somebody typed where an instant could stand, too; a ConfigError where it has a time."""
    if value is None:
        return None
    if value.time() != time():
        raise ConfigError(f"{option} {value.isoformat()}: is an instant; money is read by days, write {value.date()}")
    return value.date()


Day = Annotated[date, typer.Argument(metavar="DAY", parser=typed_day, help="A business day of the account, `2026-01-31`.")]
