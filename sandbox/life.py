"""What has happened to an order: acts folded over its plan. Rendering any vendor's payload needs only this."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sandbox.exchange import Tree, tree_of
from sandbox.story import THOUSANDTHS, Plan, sums_of
from sandbox.sums import Part, Sums, slice_of
from sandbox.told import TOLD, Shipment, left_of


class Deed(NamedTuple):
    """One act that took place, at milliseconds since the epoch; `told` is the JSON of what a hub said, where it was a hub that acted."""

    act: str
    at_ms: int
    told: str = ""


class GivenBack(NamedTuple):
    """One refund: quantities per line before and after it, whether shipping and extras went back, whether goods did."""

    at_ms: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    extras: bool
    returned: bool

    @property
    def quantities(self) -> tuple[int, ...]:
        """Gives the quantity refunded per line in this refund alone."""
        return tuple(late - early for early, late in zip(self.before, self.after, strict=True))


@dataclass(slots=True)
class Life:
    """An order's state after its deeds; times are milliseconds since the epoch, 0 where it has not happened."""

    plan: Plan
    created_ms: int
    updated_ms: int
    quantities: tuple[int, ...]
    version: int = 1
    authorised_ms: int = 0
    paid_ms: int = 0
    paid_for: tuple[int, ...] = ()
    held: bool = False
    failed: bool = False
    cancelled_ms: int = 0
    closed_ms: int = 0
    notes: int = 0
    edited: bool = False
    shipments: list[Shipment] = field(default_factory=list[Shipment])
    refunds: list[GivenBack] = field(default_factory=list[GivenBack])
    beside: Tree = field(default_factory=dict[str, object])
    """What was written beside the order from outside, by key."""
    fulfilments: dict[str, Tree] = field(default_factory=dict[str, Tree])
    """Fulfilments made from outside, by uid, in their vendor's words."""

    @property
    def original(self) -> Sums:
        """Gives the arithmetic of the order as placed."""
        return sums_of(self.plan, tuple(line.quantity for line in self.plan.lines))

    @property
    def sums(self) -> Sums:
        """Gives the arithmetic of the order as it stands after edits, before refunds."""
        return sums_of(self.plan, self.quantities)

    @property
    def shipped(self) -> tuple[int, ...]:
        """Gives the quantity shipped so far per line."""
        return _add(self.quantities, [parcel.quantities for parcel in self.shipments])

    @property
    def refunded(self) -> tuple[int, ...]:
        """Gives the quantity refunded so far per line."""
        return self.refunds[-1].after if self.refunds else (0,) * len(self.quantities)

    @property
    def wholly_refunded(self) -> bool:
        """Says whether nothing of the order is left to give back."""
        return self.refunded == self.quantities


def _add(like: tuple[int, ...], rows: list[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(row[place] for row in rows) for place in range(len(like)))


def live(plan: Plan, created_ms: int, deeds: Iterable[Deed]) -> Life:
    """Gives the order's state after these deeds, in their order. A deed that makes no sense then is only a note."""
    life = Life(plan, created_ms, created_ms, tuple(line.quantity for line in plan.lines))
    for deed in deeds:
        life.version += 1
        life.updated_ms = deed.at_ms
        done = TOLD[deed.act](life, deed.at_ms, tree_of(json.loads(deed.told))) if deed.told else ACTS[deed.act](life, deed.at_ms)
        if not done:
            _note(life, deed.at_ms)
    return life


def refund_sums(life: Life, back: GivenBack, whole: Sums | None = None) -> Sums:
    """Gives the arithmetic of one refund; over all refunds of an order the parts sum to the order's own.

    `whole` is the order's arithmetic in another currency, where that is wanted.
    """
    whole = whole or life.sums
    spans = zip(whole.lines, back.before, back.after, life.quantities, strict=True)
    nothing = _slice(whole.shipping, 0, 0, 1)
    return Sums(
        currency=whole.currency,
        inclusive=whole.inclusive,
        lines=tuple(_slice(part, before, after, many) for part, before, after, many in spans),
        shipping=whole.shipping if back.extras else nothing,
        fee=whole.fee if back.extras else nothing,
        tip=whole.tip if back.extras else 0,
    )


def _slice(part: Part, before: int, after: int, whole: int) -> Part:
    return Part(
        slice_of(part.gross, before, after, whole),
        slice_of(part.discount, before, after, whole),
        tuple(slice_of(tax, before, after, whole) for tax in part.gross_taxes),
        tuple(slice_of(tax, before, after, whole) for tax in part.taxes),
    )


def _pay(life: Life, at_ms: int) -> bool:
    if life.paid_ms or life.cancelled_ms or life.failed:
        return False
    life.paid_ms, life.held, life.paid_for = at_ms, False, life.quantities
    return True


def _authorise(life: Life, at_ms: int) -> bool:
    if life.paid_ms or life.cancelled_ms or life.failed:
        return False
    life.authorised_ms = at_ms
    return True


def _hold(life: Life, _at_ms: int) -> bool:
    life.held = not (life.paid_ms or life.cancelled_ms or life.failed)
    return life.held


def _fail(life: Life, _at_ms: int) -> bool:
    life.failed = not life.paid_ms
    return life.failed


def _ship_part(life: Life, at_ms: int) -> bool:
    first = min(life.quantities[0], THOUSANDTHS)
    return _ship_these(life, at_ms, (first, *[0] * (len(life.quantities) - 1)))


def _ship(life: Life, at_ms: int) -> bool:
    return _ship_these(life, at_ms, left_of(life))


def _ship_these(life: Life, at_ms: int, quantities: tuple[int, ...]) -> bool:
    if not life.paid_ms or life.cancelled_ms or life.shipments[1:] or not any(quantities) or life.wholly_refunded:
        return False
    life.shipments.append(Shipment(at_ms, quantities))
    return True


def _refund_part(life: Life, at_ms: int) -> bool:
    if life.refunds:
        return False
    first = min(life.quantities[0], THOUSANDTHS)
    return _give_back(life, at_ms, (first, *[0] * (len(life.quantities) - 1)), returned=bool(life.shipments))


def _refund_rest(life: Life, at_ms: int) -> bool:
    return _give_back(life, at_ms, life.quantities, returned=False)


def _return(life: Life, at_ms: int) -> bool:
    last = (*life.refunded[:-1], life.quantities[-1])
    return bool(life.shipments) and _give_back(life, at_ms, last, returned=True)


def _give_back(life: Life, at_ms: int, upto: tuple[int, ...], *, returned: bool) -> bool:
    # an order edited after it was paid owes money: nobody refunds that before it is settled
    if not life.paid_ms or life.paid_for != life.quantities or life.refunded == upto:
        return False
    life.refunds.append(GivenBack(at_ms, life.refunded, upto, upto == life.quantities, returned))
    return True


def _cancel(life: Life, at_ms: int) -> bool:
    if life.cancelled_ms or life.shipments or life.refunds or life.failed:
        return False
    if life.paid_ms:
        _refund_rest(life, at_ms)
    life.cancelled_ms = at_ms
    return True


def _edit(life: Life, _at_ms: int) -> bool:
    settled_at_till = life.plan.channel == "square-till" and life.paid_ms
    if life.refunds or life.shipments or life.cancelled_ms or life.failed or settled_at_till:
        return False
    life.quantities = (life.quantities[0] + THOUSANDTHS, *life.quantities[1:])
    life.edited = True
    return True


def _close(life: Life, at_ms: int) -> bool:
    life.closed_ms = life.closed_ms or at_ms
    return True


def _note(life: Life, _at_ms: int) -> bool:
    life.notes += 1
    return True


ACTS: Final[dict[str, Callable[[Life, int], bool]]] = {
    "pay": _pay,
    "authorise": _authorise,
    "hold": _hold,
    "fail": _fail,
    "ship_part": _ship_part,
    "ship": _ship,
    "refund_part": _refund_part,
    "refund_rest": _refund_rest,
    "return": _return,
    "cancel": _cancel,
    "edit": _edit,
    "close": _close,
    "note": _note,
}
