"""Where parcels are at the make-believe remote: what it follows, what it refuses to follow, and what it answers of that."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from model.records.tracking import TrackingState
from tests.contract.dialects import Door, Json, Tracks
from tests.contract.documents import at
from tests.contract.effects import filled


@dataclass(slots=True)
class Way:
    """One parcel's way so far, by our states."""

    events: list[tuple[TrackingState, datetime]] = field(default_factory=list[tuple[TrackingState, datetime]])
    is_followed: bool = False
    is_refused: bool = False
    strange_word: str = ""
    """What the vendor says of it that nobody knows."""


@dataclass(slots=True)
class Ways:
    """All parcels by number; of any other the vendor knows nothing, and follows it all the same."""

    parcels: dict[str, Way] = field(default_factory=dict[str, Way])

    def show(self, door: Door, tracks: Tracks, asked: Json) -> tuple[int, bytes]:
        """The parcels asked for that are followed, as the door shows them; status and body of the answer."""
        told = at(asked, tracks.numbers)
        numbers = [str(each) for each in told] if isinstance(told, list) else [str(told)]
        for number in numbers if tracks.begins else ():
            way = self.parcels.setdefault(number, Way())
            if way.is_refused:
                assert tracks.refusal, "nothing says how the vendor refuses a number"
                return tracks.refusal.status, tracks.refusal.body.encode()
            way.is_followed = True
        followed = {number: self.parcels[number] for number in numbers if number in self.parcels and self.parcels[number].is_followed}
        rows = [_shown(door, tracks, number, way) for number, way in reversed(followed.items())]
        return 200, filled(door.answer, {b'"@rows"': b"[" + b",".join(rows) + b"]", b'"@row"': next(iter(rows), b"null")})


def _shown(door: Door, tracks: Tracks, number: str, way: Way) -> bytes:
    words = [(tracks.words[state], moment) for state, moment in way.events]
    events = [filled(tracks.event, {b"@word": word.encode(), b"@at": f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode()}) for word, moment in words]
    word = way.strange_word or (words[-1][0] if words else tracks.unknown)
    return filled(
        door.row, {b'"@events"': b"[" + b",".join(events) + b"]", b"@word": word.encode(), b"@number": json.dumps(number)[1:-1].encode()}
    )
