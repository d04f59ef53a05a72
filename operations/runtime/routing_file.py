"""rules/routing.toml: which location ships what, where to and at what cost. Without the file the built-in rules are in force."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from model.errors import ConfigError
from model.rules.routing import RoutingRules
from operations.runtime.hub_file import HubFile
from operations.runtime.toml_lines import complaints, line_of, read_text, read_toml

ROUTING_FILE = Path("rules", "routing.toml")
"""Where it lies, seen from hub.toml."""
_ABSENT = "# rules/routing.toml does not exist, so the built-in rules are in force"


@dataclass(frozen=True, slots=True)
class RoutingFile:
    """The rules of routing in force, read and checked."""

    text: str
    rules: RoutingRules

    @property
    def body(self) -> str:
        """What is kept of this version: the file, and below it every setting in force."""
        return f"{self.text.rstrip()}\n\n# in force: {self.rules.model_dump_json()}\n"

    @property
    def hash(self) -> str:
        """Names this version."""
        return hashlib.sha256(self.body.encode()).hexdigest()[:32]


def read_routing_file(file: HubFile) -> RoutingFile:
    """The rules in force; a ConfigError names file, line, key, reason and mend."""
    path = file.path.parent / ROUTING_FILE
    text = read_text(path)
    if text is None:
        return RoutingFile(_ABSENT, RoutingRules())
    try:
        rules = RoutingRules.model_validate(read_toml(path, text))
    except ValidationError as error:
        raise complaints(path, text, error) from None
    known = [location.id for location in file.locations]
    for position, each in enumerate(rules.locations):
        place = f"{path.name}:{line_of(text, ('locations', position, 'id'))}: locations.{position}.id: {each.id!r}"
        if each.id not in known:
            raise ConfigError(f"{place} is no location of hub.toml; use one of {', '.join(known)}")
        if each.id in [other.id for other in rules.locations[:position]]:
            raise ConfigError(f"{place} is there twice; keep one")
    return RoutingFile(text, rules)
