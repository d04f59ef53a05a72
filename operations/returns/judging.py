"""Say what goods of returns were found to be: sellable, or damaged."""

from collections.abc import Mapping
from typing import Literal, get_args

from sqlalchemy import Connection

from model.errors import ConfigError, RejectedError
from model.store import returns
from model.store.audit_trail import append
from model.store.fulfilments import LinePart
from model.store.stock_levels import Move, move
from model.values.ids import derive_id
from operations.returns.opening import begin_returns, spread, the_return
from operations.runtime.hub import Hub
from operations.said import units

Judgement = Literal["sellable", "damaged"]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)


def judge_by_hand(hub: Hub, reference: str, quantities: Mapping[str, str] | None, judgement: str, note: str = "") -> None:
    """Say what goods of a return that are here and wait were found to be, by SKU and units; None: all of them."""
    at = hub.clock.now()
    if judgement not in JUDGEMENTS:
        raise ConfigError(f"--found {judgement!r}: is unknown; use {' or '.join(JUDGEMENTS)}")

    def work(connection: Connection) -> None:
        begin_returns(connection, hub)
        asked = the_return(connection, reference)
        rows = {(row.line_external_id, row.sku): row for row in returns.lines_of(connection, asked.id)}
        found = _found({part: row.received - row.sellable - row.damaged for part, row in rows.items()}, quantities, reference)
        is_damaged = judgement == "damaged"
        moves = [
            Move(
                id=derive_id(asked.id, "judged", *part, str(rows[part].sellable + rows[part].damaged)), sku=part[1],
                location=asked.location_id, kind="damage" if is_damaged else "unhold", held=-count, damaged=count if is_damaged else 0,
                reference=asked.reference, reason=note or judgement,
            )
            for part, count in found.items()
        ]  # fmt: skip
        returns.judge(connection, asked, {} if is_damaged else found, found if is_damaged else {}, at=at)
        move(connection, moves, at=at, actor_id=hub.actor.id)
        append(connection, hub.actor, "return judge", reference, {"as": judgement, "note": note}, at=at)

    hub.database.run(work)


def _found(waiting: Mapping[LinePart, int], quantities: Mapping[str, str] | None, reference: str) -> dict[LinePart, int]:
    found = {part: count for part, count in waiting.items() if count} if quantities is None else dict[LinePart, int]()
    for sku, count in (quantities or {}).items():
        free = {part: rest for part, rest in waiting.items() if part[1] == sku}
        try:
            found |= spread(free, units(count, place=f"--sku {sku}", least=1), sku)
        except RejectedError:
            raise RejectedError(f"{sku}: not so much of it is here under {reference} and waits to be judged") from None
    if not found:
        raise RejectedError(f"{reference}: nothing is here that waits to be judged")
    return found
