"""Log lines: JSON with fixed fields, and nothing that names a person or opens a door."""

import json
import logging
from typing import Any

import pytest

from operations.runtime.logging import JsonLines


def line_of(text: str, **extra: Any) -> dict[str, Any]:  # noqa: ANN401
    record = logging.getLogger("some.library").makeRecord("some.library", logging.WARNING, "file.py", 1, text, (), None, extra=extra)
    return json.loads(JsonLines().format(record))


def test_a_line_names_its_logger_level_and_time() -> None:
    found = line_of("a page came late", channel="shop-1", count=3)
    timestamp = found.pop("timestamp")
    assert found == {"event": "a page came late", "level": "warning", "logger": "some.library", "channel": "shop-1", "count": 3}
    assert timestamp.endswith("Z")


@pytest.mark.parametrize("secret", ["ann@example.org", "Bearer abc.def", "Basic QWxhZGRpbg==", "4111 1111 1111 1111"])
def test_what_looks_like_a_person_or_a_key_is_not_written(secret: str) -> None:
    assert line_of(f"refused for {secret}", reason=secret) | {"timestamp": ""} == {
        "event": "refused for …",
        "level": "warning",
        "logger": "some.library",
        "reason": "…",
        "timestamp": "",
    }


def test_fields_that_are_not_on_the_list_are_dropped() -> None:
    assert "email" not in line_of("seen", email="x")
