"""The way of a parcel: settled by the seed and its number alone, so that only time must pass."""

from functools import lru_cache
from typing import Final, NamedTuple

from sandbox.story import dice

MINUTE: Final = 60_000
PICKED_UP: Final = (2, 10)
ON_ITS_WAY: Final = (5, 20)
FAILED_ONE_IN, RETURNED_ONE_IN = 8, 20
NEVER_SCANNED: Final = "0000"
"""Numbers that begin so are followed, and nothing is ever heard of them."""


class Scan(NamedTuple):
    """Something that happened to a parcel at a time, in EasyPost's words."""

    at_ms: int
    status: str
    detail: str
    message: str
    city: str


STEPS: Final = (
    ("in_transit", "received_at_origin_facility", "Accepted", "CICERO"),
    ("in_transit", "arrived_at_facility", "Arrived at Facility", "CHICAGO"),
    ("out_for_delivery", "out_for_delivery", "Out for Delivery", "SPRINGFIELD"),
)
DELIVERED: Final = ("delivered", "arrived_at_destination", "Delivered", "SPRINGFIELD")
FAILED: Final = ("failure", "delivery_exception", "Delivery Attempted, No Access", "SPRINGFIELD")
RETURNED: Final = ("return_to_sender", "return", "Return to Sender", "SPRINGFIELD")


@lru_cache(maxsize=50_000)
def course_of(seed: int, number: str, begun_ms: int) -> tuple[Scan, ...]:
    """Gives all that will happen to a parcel whose label was made at a time."""
    if number.startswith(NEVER_SCANNED):
        return ()
    throw = dice(seed, "easypost", number)
    ending = [FAILED, DELIVERED] if throw.randrange(FAILED_ONE_IN) == 0 else [DELIVERED]
    if throw.randrange(RETURNED_ONE_IN) == 0:
        ending = [FAILED, RETURNED]
    scans = [Scan(begun_ms, "pre_transit", "label_created", "Shipping Label Created", "CICERO")]
    at_ms = begun_ms + throw.randint(*PICKED_UP) * MINUTE
    for step in (*STEPS, *ending):
        scans.append(Scan(at_ms, *step))
        at_ms += throw.randint(*ON_ITS_WAY) * MINUTE
    return tuple(scans)
