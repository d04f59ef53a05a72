"""Codes of X12 that all partners share, by element. Source: code lists of release 004010.

A partner with codes of his own has them translated under `settings.statuses`, written like the keys here.
"""

from typing import Final

UNITS: Final[dict[str, str]] = {
    "unit:EA": "piece",
    "unit:PC": "piece",
    "unit:UN": "piece",
    "unit:KG": "kg",
    "unit:GR": "g",
    "unit:LT": "l",
    "unit:MR": "m",
    "unit:LB": "lb",
}
"""Element 355. Cases and pallets are missing on purpose: how many of ours they hold is nowhere said."""
UNIT_CODES: Final = {"piece": "EA", "kg": "KG", "g": "GR", "l": "LT", "m": "MR", "lb": "LB"}
"""How we write our units."""

ACCEPTED: Final[dict[str, bool]] = {
    f"{element}:{code}": is_accepted
    for element in ("AK501", "AK901")
    for code, is_accepted in (("A", True), ("E", True), ("P", False), ("R", False), ("M", False), ("W", False), ("X", False))
}
"""Elements 717 and 715: accepted, accepted with errors; partly, refused, and three ways of failed authentication."""

SEGMENT_PROBLEM: Final = {
    "1": "unrecognised segment",
    "2": "unexpected segment",
    "3": "mandatory segment missing",
    "4": "loop too often",
    "5": "segment too often",
    "6": "segment not in this set",
    "7": "segment out of sequence",
    "8": "has element errors",
}
"""Element 720."""
ELEMENT_PROBLEM: Final = {
    "1": "mandatory element missing",
    "2": "conditional element missing",
    "3": "too many elements",
    "4": "too short",
    "5": "too long",
    "6": "invalid character",
    "7": "invalid code",
    "8": "invalid date",
    "9": "invalid time",
    "10": "exclusion condition violated",
}
"""Element 723."""
