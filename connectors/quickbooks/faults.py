"""What QuickBooks says when it refuses: a `Fault`, with status 400 or within a 200, and its codes in words of ours.

Its own prose is not repeated, as it may quote what we sent.
Sources: https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/error-codes and /handling-common-errors
"""

from typing import Final

import msgspec

from model.errors import AuthError, HubError, RejectedError, TransientError

VERSION: Final = "75"
"""The minor version of the API that was read for this; the only one that Intuit still serves."""
CLOSED: Final = "the books are closed for this day; open them under Account and settings > Advanced, or reverse it and post it anew"
ACCOUNT: Final = "an account is not known to QuickBooks, or inactive; mend `accounts`, which names its ids, or make the account active"
REASONS: Final = {
    "6210": CLOSED,
    "5010": CLOSED,  # told for closed periods too; of an entry that is new it cannot mean the other thing, a stale one
    "2500": ACCOUNT,
    "610": ACCOUNT,
    "6430": "an account is of a type that takes no journal entries; name another one in `accounts`",
    "6140": "an entry with its number is there already; look at it in QuickBooks, and remove the one that is wrong",
    "6000": "a business rule is broken, often a foreign account beside another currency, or a receivable without a customer; "
    "look at its accounts in QuickBooks",
}
CREDENTIALS: Final = frozenset({"120", "3100", "3200", "003100", "003200"})
"""Told with status 400 at times."""


class _Error(msgspec.Struct):
    code: str = ""


class _Fault(msgspec.Struct):
    errors: list[_Error] = msgspec.field(name="Error", default_factory=list[_Error])
    type: str = ""


class Faulty(msgspec.Struct):
    """An answer that may be a refusal, whatever its status."""

    fault: _Fault | None = msgspec.field(name="Fault", default=None)


def check_fault(answer: Faulty, where: str) -> None:
    """The refusal that an answer of status 200 holds, by its name; nothing where it holds none."""
    if answer.fault is None:
        return
    codes = [error.code[:16] for error in answer.fault.errors] or ["without a code"]
    if answer.fault.type in {"AuthenticationFault", "AuthorizationFault", "AUTHENTICATION", "AUTHORIZATION"}:
        raise AuthError(f"{where}: credentials refused ({codes[0]})")
    if answer.fault.type != "ValidationFault":
        raise TransientError(f"{where}: {answer.fault.type[:30]} {codes[0]}")
    raise refusal(where, codes[0])


def refusal(where: str, code: str) -> HubError:
    """The error of a code."""
    if code in CREDENTIALS:
        return AuthError(f"{where}: credentials refused ({code})")
    reason = REASONS.get(code, "QuickBooks refuses it; look its code up, and mend the voucher's rule")
    return RejectedError(f"{where}: {code or 400} {reason}", code=code)
