"""Secrets are references in hub.toml, `env:NAME` or `file:PATH`, never values; here they are looked up."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from model.errors import ConfigError
from operations.runtime.hub_file import Channel, HubFile


def resolved_settings(found: HubFile, channel: Channel, kind: type[BaseModel]) -> dict[str, object]:
    """The channel's settings with every reference looked up, and secrets required to be references; a ConfigError names line and mend."""
    settings: dict[str, object] = dict(channel.settings)
    for name, value in channel.settings.items():
        is_secret = _is_secret(kind.model_fields[name])
        if is_secret or (isinstance(value, str) and value.startswith(("env:", "file:"))):
            where = f"{found.line(channel, f'settings.{name}')}: settings.{name}"
            settings[name] = _resolve(value, where, found.path.parent, os.environ)
    return settings


def _is_secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr or SecretStr in get_args(field.annotation)


def _resolve(reference: object, where: str, home: Path, environment: Mapping[str, str]) -> str:
    kind, _, name = str(reference).partition(":")
    if kind == "env" and name:
        value = environment.get(name, "")
        if not value:
            raise ConfigError(f"{where}: the variable {name} is not set; set it where the hub runs")
        return value
    if kind == "file" and name:
        try:
            return (home / name).read_text("utf-8").strip()
        except OSError:
            raise ConfigError(f"{where}: the file {name} cannot be read; write the secret into it") from None
    raise ConfigError(f"{where}: holds a secret itself; write `env:NAME` or `file:PATH` and keep the secret there")
