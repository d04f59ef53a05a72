"""Files that people name on the command line."""

from pathlib import Path

from model.errors import ConfigError

LARGEST = 20_000_000
"""Bytes of a file."""


def read_text(path: Path) -> str:
    """The text of a file that people name; ConfigError where there is none, or it is no UTF-8."""
    try:
        raw = path.read_bytes() if path.stat().st_size <= LARGEST else b"\xff"
        return raw.decode("utf-8")
    except OSError as problem:
        raise ConfigError(f"{path}: cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is no text in UTF-8, or is larger than 20 MB") from None
