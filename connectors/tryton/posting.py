"""Making a posted move of a voucher, once, whatever answer is lost.

A move is made as a draft and then posted, by two calls. A draft counts nowhere, so a call to make it that arrives late makes nothing worse
than a draft; and a move is posted only when we have seen that no other of our reference is. Nothing in Tryton forbids two moves of one
description, so this is provider class B: we look before we make.
"""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Final

import msgspec

from connectors._kit import decoded
from connectors._kit.tryton_company import Company, company_of
from connectors._kit.tryton_rpc import Context, Rpc
from connectors.capabilities import Command, CommandFacts, Rate, Receipt
from connectors.tryton.codes import move_values
from connectors.tryton.finding import MOVE, Move, booked_by, moves_of, wanted_by
from connectors.tryton.wire import Body
from model.errors import ContractError, RejectedError, TransientError

FACTS: Final = CommandFacts(provider_class="B", rate=Rate(Fraction(5), 10), read_lag=timedelta(minutes=1))
"""Our own choice: posting one takes such a server about 0.1 s, and it has people to serve besides. The lag is the longest that we have
seen a request be at work behind a lost answer; one that takes longer leaves a draft."""


def submit(rpc: Rpc, command: Command, company_name: str) -> Receipt:
    """Post the voucher; one that is posted already is a repeat, and a draft of an earlier attempt is posted and not made again."""
    body = decoded(command.body, Body, "command")
    company = company_of(rpc, company_name)
    moves = moves_of(rpc, body.reference, company.id)
    if posted := _like(body, moves, "posted"):
        return Receipt(str(posted[0].id), is_repeat=True)
    _check_no_other(body, moves)
    context: Context = {"company": company.id}
    drafts = _like(body, moves, "draft")
    made = drafts[0].id if drafts else _make(rpc, body, move_values(rpc, company, body), context)
    return _post(rpc, body, company, made)


def _make(rpc: Rpc, body: Body, values: Mapping[str, object], context: Context) -> int:
    try:
        made = rpc.command(f"{MOVE}.create", [values], shape=list[int], context=context)
    except RejectedError as error:
        mend = "see whether the period is closed, or an account, the journal or a party wants something else, then send again"
        raise RejectedError(f"voucher {body.reference}: {error}; {mend}", code=error.code) from error
    if len(made) != 1:
        raise ContractError(f"voucher {body.reference}: {len(made)} moves were made of one")
    return made[0]


def find(rpc: Rpc, command: Command, company_name: str) -> Receipt | None:
    """The posted move that this very voucher made; a draft is none."""
    body = decoded(command.body, Body, "command")
    company = company_of(rpc, company_name)
    posted = _like(body, moves_of(rpc, body.reference, company.id), "posted")
    return Receipt(str(posted[0].id), is_repeat=True) if posted else None


def _like(body: Body, moves: list[Move], state: str) -> list[Move]:
    wanted = wanted_by(body)
    return [move for move in moves if move.state == state and booked_by(move) == wanted]


def _check_no_other(body: Body, moves: list[Move]) -> None:
    """A RejectedError where our reference is borne by what we did not make, or what people changed."""
    wanted = wanted_by(body)
    others = [move for move in moves if booked_by(move) != wanted]
    if others:
        ids = ", ".join(f"{move.id} ({move.state})" for move in others)
        raise RejectedError(
            f"voucher {body.reference}: Tryton has moves of this reference with other lines or another day, of id {ids}; "
            "delete the drafts, cancel what is posted and clear its description, then send again"
        )


def _post(rpc: Rpc, body: Body, company: Company, made: int) -> Receipt:
    context: Context = {"company": company.id}
    try:
        rpc.command(f"{MOVE}.post", [made], shape=msgspec.Raw, context=context)
    except RejectedError as refusal:
        if any(move.id == made and move.state == "posted" for move in moves_of(rpc, body.reference, company.id)):
            return Receipt(str(made), is_repeat=True)
        _clear(rpc, made, context, refusal)
        raise RejectedError(f"voucher {body.reference}: {refusal}; mend that in Tryton, then send again", code=refusal.code) from refusal
    return Receipt(str(made))


def _clear(rpc: Rpc, made: int, context: Context, refusal: RejectedError) -> None:
    """Take the draft back that is refused, so that nobody posts it by hand; where that fails too, the whole is open and tried again."""
    try:
        rpc.command(f"{MOVE}.delete", [made], shape=msgspec.Raw, context=context)
    except RejectedError as error:
        raise TransientError(f"{refusal}; and its draft {made} cannot be deleted") from error
