"""Speaking GraphQL with Shopify: a question out, a checked answer back.

Shopify answers failures with HTTP 200 and an `errors` list; each is turned into the house error that says what happens next, inside
the `read` callback of the client, so that what may pass is asked again. An answer with errors is never used, not even in part.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from connectors._kit import Answer, split_page
from model.errors import AuthError, ContractError, HubError, TransientError

WHERE = "graphql.json"

D = TypeVar("D")


class DeniedError(AuthError):
    """The token is good, and the app lacks the scope for what was asked."""


class ProblemExtensions(msgspec.Struct, rename="camel"):
    """The machine-readable part of an error; the names are of the schema, where a field is unknown."""

    code: str | None = None
    type_name: str | None = None
    field_name: str | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.type_name or '?'}.{self.field_name}" if self.field_name else str(self.code)


class Problem(msgspec.Struct):
    """One entry of `errors`; its prose may quote personal data and is never repeated."""

    extensions: ProblemExtensions = msgspec.field(default_factory=ProblemExtensions)


class Throttle(msgspec.Struct, rename="camel"):
    """The bucket: points left, and points given back per second."""

    currently_available: int | float = 0
    restore_rate: int | float = 0


class Cost(msgspec.Struct, rename="camel"):
    """What the query was charged before it ran."""

    requested_query_cost: int | float | None = None
    throttle_status: Throttle = msgspec.field(default_factory=Throttle)


class Extensions(msgspec.Struct):
    """What stands beside the data."""

    cost: Cost = msgspec.field(default_factory=Cost)


class Reply(msgspec.Struct, Generic[D]):
    """The envelope of every answer."""

    data: D | None = None
    errors: list[Problem] | str | None = None
    extensions: Extensions = msgspec.field(default_factory=Extensions)


class Turn(msgspec.Struct, rename="camel"):
    """Where a connection goes on."""

    has_next_page: bool
    end_cursor: str | None = None

    def cursor(self, *, is_empty: bool) -> str | None:
        """The token of the next page, None at the end; more promised on an empty page or without token is a TransientError."""
        if not self.has_next_page:
            return None
        if is_empty or not self.end_cursor:
            raise TransientError(f"{WHERE}: more rows are promised, but none is given")
        return self.end_cursor


def settled(reply: Reply[D]) -> D:
    """The data of an answer without errors; each kind of failure is raised as what happens next."""
    if reply.errors:
        raise _failure(reply.errors, reply.extensions.cost)
    if reply.data is None:
        raise TransientError(f"{WHERE}: neither data nor errors")
    return reply.data


def one_answer(decoder: msgspec.json.Decoder[Reply[D]]) -> Callable[[Answer], D]:
    """A reader of answers without records in them."""

    def read(answer: Answer) -> D:
        try:
            return settled(decoder.decode(answer.body))
        except msgspec.DecodeError as error:
            raise TransientError(f"{WHERE}: the answer is not readable: {error}") from error

    return read


def with_slices(
    answer: Answer, decoder: msgspec.json.Decoder[Reply[D]], records: Callable[[D], list[msgspec.Raw]]
) -> tuple[Reply[D], D, tuple[bytes, ...]]:
    """The envelope, its data, and the raw slices of the first `nodes` array of the answer."""

    def picked(reply: Reply[D]) -> list[msgspec.Raw]:
        return records(reply.data) if reply.data is not None and not reply.errors else []

    reply, slices = split_page(answer.body, decoder, picked, array=b"nodes", where=WHERE)
    return reply, settled(reply), slices


_DENIED = "ACCESS_DENIED"
_PAUSE = frozenset({"UNAUTHORIZED", "FORBIDDEN", "SHOP_INACTIVE"})
_MEND = "grant the app the scopes listed in connectors/shopify/queries.py"
_AGAIN = frozenset({None, "INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE", "BAD_GATEWAY"})


def _failure(errors: list[Problem] | str, cost: Cost) -> HubError:
    known = [problem.extensions for problem in errors if problem.extensions.code] if isinstance(errors, list) else []
    codes = {extensions.code for extensions in known} or {None}
    told = ", ".join(sorted({str(extensions) for extensions in known})) or "an error without code"
    if "THROTTLED" in codes:
        return TransientError(f"{WHERE}: throttled", retry_after=_points_wait_s(cost))
    if codes & _PAUSE:
        return AuthError(f"{WHERE}: {told}; {_MEND}")
    if _DENIED in codes:
        return DeniedError(f"{WHERE}: {told}; {_MEND}")
    if codes <= _AGAIN:
        return TransientError(f"{WHERE}: {told}")
    return ContractError(f"{WHERE}: {told}")


def _points_wait_s(cost: Cost) -> int:
    """Whole seconds until the bucket holds the points the query needs."""
    rate = int(cost.throttle_status.restore_rate)
    missing = int(cost.requested_query_cost or 0) - int(cost.throttle_status.currently_available)
    return max(1, -(-missing // rate)) if rate > 0 else 1
