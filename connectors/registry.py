"""Find connectors on disk and bring them to life. A folder with a manifest is a connector; no list is kept by hand."""

import importlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from connectors._kit.base import Connector, Wiring
from model.errors import ConfigError


@cache
def names() -> tuple[str, ...]:
    """Every connector present, by folder name."""
    return tuple(sorted(path.parent.name for path in Path(__file__).parent.glob("[!_]*/manifest.toml")))


def find(name: str) -> type[Connector[Any]]:
    """The connector class of one folder; an unknown name is a ConfigError that lists the known ones."""
    if name not in names():
        raise ConfigError(f"connector: {name!r} is unknown; use one of {', '.join(names())}")
    found: type[Connector[Any]] = importlib.import_module(f"connectors.{name}").CONNECTOR
    return found


def connect(name: str, settings: Mapping[str, object], wiring: Wiring) -> Connector[Any]:
    """A live connector; settings that its type refuses are a ConfigError naming each field."""
    kind = find(name)
    try:
        return kind(kind.settings_type.model_validate(settings), wiring)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg'].lower()}" for e in error.errors(include_input=False))
        raise ConfigError(f"settings: {wrong}") from None
