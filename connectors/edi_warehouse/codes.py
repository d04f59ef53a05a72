"""The codes of X12 that warehouses use, by element. Source: code lists of release 004010 (and 007010 for element 181).

A partner with codes of his own has them translated under `settings.statuses`, written like the keys here.
"""

from typing import Final, Literal

from model.records.advice import Condition

Ending = Literal["complete", "open", "cancelled"]

REPORTING: Final[dict[str, bool]] = {"W0601:F": True, "W0601:N": True, "W0601:J": False}
"""Element 514 of a shipping advice: whether every line of the order is in it. N: everything as ordered; J: not said.

Left out are exceptions only (X), as the other lines must be known too, and simulations (K).
"""

RECEIPT: Final[dict[str, bool]] = {"W1701:F": False, "W1701:N": False, "W1701:J": False, "W1701:P": False, "W1701:C": True}
"""Element 514 of a receipt: whether it is a return. Left out are adjustments, which come by 947, and simulations."""

_COMPLETE: Final = ("CC", "CE", "CL", "CM", "CP", "CS", "IS", "LS", "PD")
_OPEN: Final = (
    "AB",
    "AN",
    "AP",
    "AS",
    "AU",
    "AV",
    "BK",
    "BM",
    "BO",
    "BP",
    "ED",
    "EW",
    "EX",
    "IN",
    "IS",
    "NN",
    "NS",
    "PN",
    "PR",
    "PS",
    "SP",
    "SS",
)
_CANCELLED: Final = ("CK", "CU", "DE", "DI", "IC")


def _endings(element: str) -> dict[str, Ending]:
    groups: tuple[tuple[Ending, tuple[str, ...]], ...] = (("complete", _COMPLETE), ("open", _OPEN), ("cancelled", _CANCELLED))
    return {f"{element}:{code}": ending for ending, codes in groups for code in codes}


LINE_ENDING: Final = _endings("W1201")
"""Element 368 of a line: whether more of it will leave. CP is part of it with nothing to follow, BP part of it with the rest to follow."""
ORDER_ENDING: Final = _endings("W2708")
"""Element 368 of the whole shipment, where the partner gives it."""

SHORT: Final[dict[str, str]] = {
    "01": "out of stock",
    "02": "equipment cut",
    "04": "on hold",
    "05": "order discrepancy",
    "07": "inventory discrepancy",
    "08": "material shortage",
    "09": "substitution",
    "11": "loading error",
    "12": "inbound carrier failure",
    "13": "product allocation exceeded",
    "17": "discontinued item",
    "23": "item not stocked at shipping location",
    "24": "product withdrawn",
}
"""Element 892: why less left than was ordered, for people."""

RECEIVED: Final[dict[str, Condition | None]] = {
    "W1303:01": "damaged",
    "W1303:02": None,
    "W1303:03": None,
    "W1303:04": "held",
    "W1303:05": "held",
    "W1303:06": "sellable",
    "W1303:07": "sellable",
    "W1303:09": "held",
    "W1303:10": "damaged",
}
"""Element 412: how part of what W07 counts lies there; None where only a difference to what was announced is told (short, over)."""

Change = tuple[Condition, Condition | None, int]
"""From which condition, into which, and (where it goes into none) whether it is lost (-1), found (1) or as the sign says (0)."""

ADJUSTED: Final[dict[str, Change]] = {
    "W1901:03": ("sellable", None, -1),
    "W1901:04": ("sellable", None, -1),
    "W1901:05": ("sellable", "held", 0),
    "W1901:06": ("sellable", None, -1),
    "W1901:07": ("damaged", None, -1),
    "W1901:08": ("sellable", "held", 0),
    "W1901:51": ("sellable", None, 1),
    "W1901:52": ("damaged", "sellable", 0),
    "W1901:53": ("sellable", None, 1),
    "W1901:54": ("sellable", None, 1),
    "W1901:55": ("held", "sellable", 0),
    "W1901:56": ("sellable", None, 1),
    "W1901:88": ("held", "sellable", 0),
    "W1901:AA": ("sellable", None, 0),
    "W1901:AB": ("sellable", None, 0),
    "W1901:AH": ("sellable", None, 0),
    "W1901:AR": ("sellable", None, 0),
    "W1901:AU": ("sellable", "damaged", 0),
    "W1901:AV": ("sellable", "damaged", 0),
    "W1901:AW": ("sellable", "held", 0),
    "W1901:AX": ("sellable", "damaged", 0),
    "W1901:AY": ("sellable", None, 0),
}
"""Element 181. What is dumped or destroyed (07) was damaged before; a partner who means sellable goods is translated to 06."""

ADJUSTMENT: Final[dict[str, str]] = {
    "03": "shipment greater than reported",
    "04": "receipt less than reported",
    "05": "put on hold",
    "06": "book decrease",
    "07": "dumped or destroyed",
    "08": "put in quality inspection",
    "51": "located again",
    "52": "damaged goods recovered",
    "53": "shipment less than reported",
    "54": "receipt greater than reported",
    "55": "taken off hold",
    "56": "book increase",
    "88": "taken from quality inspection",
    "AA": "physical count",
    "AB": "accounting error",
    "AH": "other",
    "AR": "order shipment error",
    "AU": "damaged in facility",
    "AV": "damaged in transit",
    "AW": "product recall",
    "AX": "shelf life over",
    "AY": "receipt error",
}
"""Element 181, for people."""

COUNTED: Final[dict[str, str]] = {
    "QTY01:17": "on_hand",
    "QTY01:33": "sellable",
    "QTY01:20": "damaged",
    "QTY01:QH": "held",
    "QTY01:29": "",
    "QTY01:63": "",
    "QTY01:ignore": "",
}
"""Element 673 of a snapshot: on hand, available for sale, unusable, on hold. Projected (29) and on order (63) are no stock yet."""
