"""Secrets are references in hub.toml, `env:NAME` or `file:PATH`, never values; here they are looked up."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from model.errors import ConfigError
from operations.runtime.hub_file import REFERENCE, Account, HubFile, is_secret


def resolved_settings(found: HubFile, channel: Account, kind: type[BaseModel]) -> dict[str, object]:
    """The channel's settings with every reference looked up; a ConfigError names line and mend."""
    settings: dict[str, object] = dict(channel.settings)
    for name, value in channel.settings.items():
        if is_secret(kind.model_fields[name]) or (isinstance(value, str) and REFERENCE.match(value)):
            where = f"{found.line(channel, f'settings.{name}')}: settings.{name}"
            settings[name] = looked_up(str(value), where, found.path.parent)
    return settings


def looked_up(reference: str, where: str, home: Path, environment: Mapping[str, str] = os.environ) -> str:
    """What a reference leads to; ConfigError where there is nothing."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = environment.get(name, "")
        if not value:
            raise ConfigError(f"{where}: the variable {name} is not set; set it where the hub runs")
        return value
    try:
        return (home / name).read_text("utf-8").strip()
    except OSError:
        raise ConfigError(f"{where}: the file {name} cannot be read; write the secret into it") from None
