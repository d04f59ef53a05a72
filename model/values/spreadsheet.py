"""Text in files that spreadsheets open: marked where one might run it as a formula."""

import re

_RUNS = re.compile(r"'*[=+\-@\t\r\0]")
_MARKED = re.compile(r"'+[=+\-@\t\r\0]")


def marked(text: str) -> str:
    """Text as it is written into files: what a spreadsheet might run gets a leading apostrophe (ASVS 5.0, 1.2.10)."""
    return f"'{text}" if _RUNS.match(text) else text


def unmarked(text: str) -> str:
    """The text again: one apostrophe less, only where `marked` would have set it."""
    return text[1:] if _MARKED.match(text) else text
