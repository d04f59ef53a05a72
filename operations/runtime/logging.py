"""Logging: one JSON object a line on stderr, with fixed fields; anything that could name a person or open a door is dropped."""

import logging
import re
import sys
from collections.abc import MutableMapping

import structlog

_ALLOWED = frozenset(
    {"event", "level", "timestamp", "channel", "stream", "run_id", "external_id", "count", "elapsed_ms", "reason", "flow", "logger"}
)
_LOOKS_SECRET = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|(?i:bearer|basic)\s+\S+|\b\d(?:[ -]?\d){12,18}\b")


def configure_logging(level: int = logging.WARNING) -> None:
    """Set structlog up, once per process, and quieten libraries that talk much."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_fixed_fields,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    for chatty in ("httpx", "httpcore", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def keep_fixed_fields(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Only fields from the list, and in their text no e-mail address, token or long number."""
    return {key: _LOOKS_SECRET.sub("…", value) if isinstance(value, str) else value for key, value in event.items() if key in _ALLOWED}
