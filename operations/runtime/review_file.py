"""rules/review.toml: what the review of orders holds, and why. Without the file the built-in rules are in force."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from model.errors import ConfigError
from model.rules.review import RULES, ReviewRules
from operations.runtime.toml_lines import Place, complaints, read_text, read_toml, told

REVIEW_FILE = Path("rules", "review.toml")
"""Where it lies, seen from hub.toml."""
_ABSENT = "# rules/review.toml does not exist, so the built-in rules are in force"


@dataclass(frozen=True, slots=True)
class ReviewFile:
    """The rules of the review in force, read and checked."""

    path: Path
    text: str
    """The file, or a line that says there is none."""
    rules: ReviewRules

    @property
    def body(self) -> str:
        """What is kept of this version: the file, and below it every setting in force and the version of each rule, as TOML comments."""
        versions = json.dumps({name: rule.version for name, rule in RULES.items()})
        return f"{self.text.rstrip()}\n\n# in force: {self.rules.model_dump_json()}\n# rules: {versions}\n"

    @property
    def hash(self) -> str:
        """Names this version, for the decisions made under it; another text, another default or another logic gives another."""
        return hashlib.sha256(self.body.encode()).hexdigest()[:32]

    @property
    def version(self) -> str:
        """What people call this version: the name in the file, else the beginning of its hash."""
        return self.rules.version or self.hash[:8]


def read_review_file(path: Path, channels: Collection[str]) -> ReviewFile:
    """The rules in force, where `channels` are the ids in hub.toml; a ConfigError names file, line, key, reason and mend."""
    text = read_text(path)
    if text is None:
        return ReviewFile(path, _ABSENT, ReviewRules())
    try:
        rules = ReviewRules.model_validate(read_toml(path, text))
    except ValidationError as error:
        raise complaints(path, text, error) from None
    _check_channels(path, text, rules, channels)
    return ReviewFile(path, text, rules)


def _check_channels(path: Path, text: str, rules: ReviewRules, channels: Collection[str]) -> None:
    unknown: list[tuple[Place, str]] = [
        ((name, "except_channels"), channel)
        for name, settings in rules.of_rules()
        for channel in settings.except_channels
        if channel not in channels
    ]
    known = ", ".join(channels) or "none yet"
    if unknown:
        raise ConfigError(
            "\n".join(told(path, text, place, f"{one!r} is no channel of hub.toml; use one of {known}") for place, one in unknown)
        )
