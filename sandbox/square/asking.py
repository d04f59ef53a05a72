"""How Square reads a request, and how it refuses one: a list of errors."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sandbox.exchange import Request, Tree, answer_json, tree_of


class Problem(NamedTuple):
    """One error of Square's list."""

    code: str
    detail: str
    field: str = ""

    def tree(self, status: int) -> Tree:
        """Gives the error as Square writes it."""
        category = "AUTHENTICATION_ERROR" if status == 401 else "INVALID_REQUEST_ERROR"  # noqa: PLR2004  unauthorised
        return {"category": category, "code": self.code, "detail": self.detail, **({"field": self.field} if self.field else {})}


class RefusedError(Exception):
    """A request Square refuses, with one error of its list or several."""

    def __init__(self, code: str, detail: str, field: str = "", status: int = 400, more: Sequence[Problem] = ()) -> None:
        super().__init__(detail)
        problems = (Problem(code, detail, field), *more)
        self.answer = answer_json({"errors": [problem.tree(status) for problem in problems]}, status)


def sent_by(request: Request) -> Tree:
    """Gives the body. Raises RefusedError where it is no JSON."""
    try:
        return tree_of(json.loads(request.body or b"{}"))
    except ValueError:
        raise RefusedError("BAD_REQUEST", "Request body is not valid JSON.") from None


def milliseconds(text: object, default: int) -> int:
    """Gives an RFC 3339 time in milliseconds, the default where there is none. Raises RefusedError where it is no time."""
    if not text:
        return default
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise RefusedError("INVALID_TIME", f"Invalid RFC 3339 time: {text}") from None
    seconds, micro = divmod(round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1_000_000), 1_000_000)
    return seconds * 1000 + micro // 1000
