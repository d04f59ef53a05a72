"""Translate a processor's or a bank's file without storing anything: what it tells as canonical JSON, or why it is refused."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from connectors import registry
from connectors._kit.base import unwired
from connectors._kit.exchanging import FileConnector
from connectors.capabilities import SettlementFile, StatementFile
from model.errors import ConfigError, MalformedError, RejectedError
from operations.map_payloads import Mapped, canonical, read_bytes
from operations.money.read_files import FileReader

FileKind = Literal["settlement", "statement"]


def file_kind(connector: str) -> FileKind | None:
    """What a connector's files tell; None where it reads no files of money."""
    bases: tuple[Any, ...] = registry.find(connector).__mro__
    if SettlementFile in bases:
        return "settlement"
    return "statement" if StatementFile in bases else None


def map_money_file(connector: str, kind: str, path: Path, settings: Mapping[str, Any]) -> Iterator[Mapped]:
    """Each settlement or statement of a file, read as an import would read it: in a process of its own, under bounds."""
    if kind != file_kind(connector):
        raise ConfigError(f"kind {kind!r}: {connector} reads files of kind {file_kind(connector)}")
    raw = read_bytes(path)
    with FileReader(_reading(connector, settings), connector) as reader:
        try:
            answer = reader.read(path.name, raw)
        except (MalformedError, RejectedError) as error:
            yield Mapped(path.name, None, str(error).removeprefix(f"{path.name}: "))
            return
    for number, told in enumerate((*answer.settlements, *answer.statements), 1):
        yield Mapped(f"{path.name} #{number}", canonical(told), None)


def _reading(connector: str, settings: Mapping[str, Any]) -> FileConnector[Any]:
    """The connector as it reads, without a remote: where its folders are does not matter, nor who may look into them."""
    kind: Any = registry.find(connector)
    try:
        checked = kind.settings_type.model_validate({**settings, "address": "/"})
    except ValidationError as error:
        wrong = error.errors(include_input=False)[0]
        where = ".".join(map(str, wrong["loc"])) or connector
        raise ConfigError(f"settings.{where}: {wrong['msg'].lower()}; mend the settings of the account") from None
    return kind(checked, unwired())
