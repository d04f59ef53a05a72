"""Logging: one JSON object a line on stderr, with fixed fields; anything that could name a person or open a door is dropped."""

import logging
import re
from collections.abc import MutableMapping

_ALLOWED = frozenset(
    {"event", "level", "timestamp", "channel", "stream", "run_id", "external_id", "count", "elapsed_ms", "reason", "flow", "logger"}
)
_LOOKS_SECRET = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|(?i:bearer|basic)\s+\S+|\b\d(?:[ -]?\d){12,18}\b")
_CHATTY = ("httpx", "httpcore", "alembic")


def configure_logging(level: int = logging.WARNING) -> None:
    """Make every logger of this process, ours and the libraries', write such lines, once per process."""
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[lines])
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)


class JsonLines(logging.Formatter):
    """A record as a JSON object; fields beside the text come by `extra`."""

    _inner: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        self._inner = self._inner or _structlog_formatter()
        return self._inner.format(record)


def _structlog_formatter() -> logging.Formatter:
    import structlog  # noqa: PLC0415  with its tracebacks it takes 40 ms to import, and most commands log nothing

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[keep_fixed_fields, structlog.processors.JSONRenderer(ensure_ascii=False)],
    )


def keep_fixed_fields(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Only fields from the list, and in their text no e-mail address, token or long number."""
    return {key: _LOOKS_SECRET.sub("…", value) if isinstance(value, str) else value for key, value in event.items() if key in _ALLOWED}
