"""Where something is wrong in a table, why, and what mends it."""

from typing import Final, NamedTuple

from model.errors import MalformedError

MOST_TOLD: Final = 5
"""Flaws of one order that a message tells; the error carries all."""


class Flaw(NamedTuple):
    """What is wrong at one place; never with the cell's own text, which may be personal."""

    row: int
    """Of the file, the first is 1; 0 where it is about the whole order."""
    column: str
    """As the file calls it; empty where it is about the whole row or order."""
    reason: str
    mend: str

    def __str__(self) -> str:
        where = f"row {self.row}" if self.row else "order"
        return f"{where}{f', column {self.column[:40]!r}' if self.column else ''}: {self.reason}; {self.mend}"


class UnreadOrderError(MalformedError):
    """An order that a table does not tell well, with every flaw of it."""

    def __init__(self, file: str, flaws: tuple[Flaw, ...]) -> None:
        more = f" (and {len(flaws) - MOST_TOLD} more)" if len(flaws) > MOST_TOLD else ""
        super().__init__(f"{file}: {' | '.join(map(str, flaws[:MOST_TOLD]))}{more}")
        self.flaws = flaws
