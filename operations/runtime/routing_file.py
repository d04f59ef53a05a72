"""rules/routing.toml: which location ships what, where to and at what cost. Without the file the built-in rules are in force."""

from pathlib import Path

from model.errors import ConfigError
from model.rules.routing import RoutingRules
from operations.runtime.hub_file import HubFile
from operations.runtime.rules_file import RulesFile, read_rules
from operations.runtime.toml_lines import line_of

ROUTING_FILE = Path("rules", "routing.toml")
"""Where it lies, seen from hub.toml."""
RoutingFile = RulesFile[RoutingRules]


def read_routing_file(file: HubFile) -> RoutingFile:
    """The rules in force; a ConfigError names file, line, key, reason and mend."""
    found = read_rules(file, ROUTING_FILE, RoutingRules)
    known = [location.id for location in file.locations]
    for position, each in enumerate(found.rules.locations):
        line = line_of(found.text, ("locations", position, "id"))
        place = f"{found.path.name}:{line}: locations.{position}.id: {each.id!r}"
        if each.id not in known:
            raise ConfigError(f"{place} is no location of hub.toml; use one of {', '.join(known)}")
        if each.id in [other.id for other in found.rules.locations[:position]]:
            raise ConfigError(f"{place} is there twice; keep one")
    return found
