"""Options like `--sku CUP=2`: what people name, and how many units of it."""

from collections.abc import Sequence

from model.errors import ConfigError


def pairs_of(option: str, given: Sequence[str] | None) -> dict[str, str]:
    """Names to quantities as typed; a ConfigError shows how one is written, and names what is given twice."""
    found: dict[str, str] = {}
    for each in given or ():
        name, _, count = each.rpartition("=")
        if not name or not count:
            raise ConfigError(f"{option} {each!r}: says no name and quantity; write NAME=UNITS, like CUP=2")
        if name in found:
            raise ConfigError(f"{option} {name!r}: is given twice; name it once with the sum")
        found[name] = count
    return found
