"""What an order claims of its channel's stock, by each vendor's own rule; a pure function of what happened to the order.

Shopify takes an order off `available` when it is placed and carries it as `committed` until it is shipped. WooCommerce holds
the goods of an unpaid order and takes them off `stock_quantity` at on-hold or processing. A till takes a sale off when it is
completed. What was cancelled before it left goes back; what a buyer sent back goes back too; a mere refund gives nothing back.
"""

from collections import defaultdict
from typing import Final, NamedTuple

from sandbox.catalogue import exploded
from sandbox.life import Life
from sandbox.story import THOUSANDTHS


class Claim(NamedTuple):
    """An order's claim on one ware, in units: sold and not cancelled, taken off what is shown, committed, held unseen."""

    sold: int = 0
    taken: int = 0
    committed: int = 0
    held: int = 0

    def plus(self, other: "Claim", sign: int = 1) -> "Claim":
        """Gives the sum of both, or their difference with `sign` -1."""
        return Claim(*(mine + sign * theirs for mine, theirs in zip(self, other, strict=True)))


Claims = dict[int, Claim]
NONE: Final = Claim()


def claims_of(life: Life) -> Claims:
    """Gives an order's claims by ware; the parts of bundles, not the bundles."""
    claims: defaultdict[int, Claim] = defaultdict(Claim)
    for place, line in enumerate(life.plan.lines):
        claim = _line_claim(life, place)
        for ware, many in exploded(line.ware, 1):
            claims[ware] = claims[ware].plus(Claim(*(units * many for units in claim)))
    return {ware: claim for ware, claim in claims.items() if claim != NONE}


def _line_claim(life: Life, place: int) -> Claim:
    ordered = life.quantities[place] // THOUSANDTHS
    cancelled, returned = _gone_back(life, place)
    if life.cancelled_ms:
        return NONE
    if not _reduces(life):
        return NONE if life.failed else Claim(held=ordered)
    left = (life.quantities[place] - life.shipped[place] - life.refunded[place]) // THOUSANDTHS
    committed = max(0, left) if life.plan.channel == "shopify-main" else 0
    return Claim(ordered - cancelled, ordered - cancelled - returned, committed)


def _reduces(life: Life) -> bool:
    """Says whether the vendor has taken the order off its stock."""
    waits_at_shop = life.plan.channel == "woo-shop" and bool(life.held or life.authorised_ms) and not life.failed
    return life.plan.channel == "shopify-main" or bool(life.paid_ms) or waits_at_shop


def _gone_back(life: Life, place: int) -> tuple[int, int]:
    """Gives (cancelled before anything left, sent back by the buyer) of one line, in units."""
    cancelled = returned = 0
    for back in life.refunds:
        units = back.quantities[place] // THOUSANDTHS
        left_before = bool(life.shipments) and life.shipments[0].at_ms <= back.at_ms
        returned += units if back.returned else 0
        cancelled += units if not back.returned and not left_before else 0
    return cancelled, returned
