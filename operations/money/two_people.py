"""What takes two people is done by people: by somebody whom hub.toml names, under that name."""

from model.errors import RejectedError
from operations.runtime.hub import Hub


def check_person(hub: Hub) -> None:
    """RejectedError where the actor is nobody under `[[people]]`: one human as a login name and as a person is not two people."""
    if hub.actor.id not in {person.id for person in hub.file.people}:
        named = f"{hub.actor.name}: is not under [[people]] in {hub.file.path.name}"
        raise RejectedError(f"{named}; what takes two people is done by one of them, named with --as")
