"""One order under way: what has happened to it and what fate still has in store."""

import json
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sandbox.claims import Claim, Claims
from sandbox.life import Deed, Life, live
from sandbox.shelf import LifeRow
from sandbox.story import Plan

SECOND: Final = 1000


class Event(NamedTuple):
    """Something that happens in a channel; `number` is the order for a step of its fate, else a running number."""

    at_ms: int
    channel: str
    number: int
    act: str


@dataclass(slots=True)
class Course:
    """One order under way: its plan, its deeds, how far its fate has run, and what it claims of the channel's stock."""

    plan: Plan
    created_ms: int
    deeds: list[Deed]
    steps_done: int = 0
    claims: Claims = field(default_factory=dict[int, Claim])

    @property
    def next_step(self) -> Event | None:
        """Gives the next step of its fate, None where nothing more is laid out."""
        if self.steps_done >= len(self.plan.fate):
            return None
        step = self.plan.fate[self.steps_done]
        since = self.created_ms + SECOND * sum(past.after_s for past in self.plan.fate[: self.steps_done])
        return Event(since + step.after_s * SECOND, self.plan.channel, self.plan.number, step.act)

    @property
    def life(self) -> Life:
        """Gives the order's state."""
        return live(self.plan, self.created_ms, self.deeds)

    def row(self) -> LifeRow:
        """Gives the history as stored."""
        rows = [deed if deed.told else deed[:2] for deed in self.deeds]
        due, deeds = self.next_step, json.dumps(rows, separators=(",", ":"))
        return LifeRow(self.plan.channel, self.plan.number, self.created_ms, deeds, self.steps_done, due.at_ms if due else None)
