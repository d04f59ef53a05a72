"""Instants as people type them on the command line."""

from datetime import UTC, datetime
from typing import Annotated

import typer


def typed_instant(text: str) -> datetime:
    """`2026-01-31` or `2026-01-31T09:00:00Z`; without offset it is UTC."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no instant; write 2026-01-31 or 2026-01-31T09:00:00Z") from None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Since = Annotated[datetime | None, typer.Option("--since", parser=typed_instant, metavar="INSTANT", help="Read changes from here (UTC).")]
Until = Annotated[datetime | None, typer.Option("--until", parser=typed_instant, metavar="INSTANT", help="Read changes up to here (UTC).")]
