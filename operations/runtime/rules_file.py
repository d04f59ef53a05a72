"""A file of rules below hub.toml: read strictly, kept with every setting in force, and named by a hash that decisions cite."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from operations.runtime.hub_file import HubFile
from operations.runtime.toml_lines import complaints, read_text, read_toml

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class RulesFile(Generic[R]):
    """The rules in force, read and checked."""

    path: Path
    text: str
    """The file, or a line that says there is none."""
    rules: R

    @property
    def body(self) -> str:
        """What is kept of this version: the file, and below it every setting in force."""
        return f"{self.text.rstrip()}\n\n# in force: {self.rules.model_dump_json()}\n"

    @property
    def hash(self) -> str:
        """Names this version."""
        return hashlib.sha256(self.body.encode()).hexdigest()[:32]


def read_rules(file: HubFile, place: Path, kind: type[R]) -> RulesFile[R]:
    """The rules of a file at its place beside hub.toml, or those built in; a ConfigError names file, line, key, reason and mend."""
    path = file.path.parent / place
    text = read_text(path)
    if text is None:
        return RulesFile(path, f"# {place.as_posix()} does not exist, so the built-in rules are in force", kind())
    try:
        return RulesFile(path, text, kind.model_validate(read_toml(path, text)))
    except ValidationError as error:
        raise complaints(path, text, error) from None
