"""What Taobao says when it refuses, with status 200, and its codes as errors of ours.

A top code names who refuses: the platform itself, or (15, 40, 41, 50 and above) the service behind it, whose `sub_code` then begins with
`isv.` where the fault is the caller's, and `isp.` where it is its own. Prose is not repeated, as it may quote what we sent; of a limit it
is read how long it lasts, which stands nowhere else.
Source: the platform's list of system errors (3 to 43); which `sub_code` stands for a trade that is not there, and how a limit words its
length, is read off public code that handles them, as no description of a call tells its errors.
"""

import re
from typing import Final

import msgspec

from connectors._kit import Answer, ForbiddenError
from connectors._kit.exchange import TurnedAwayError
from model.errors import AuthError, ConfigError, ContractError, HubError, RejectedError, TransientError

NO_TRADE: Final = "isv.trade-not-exist"

LIMITED: Final = frozenset({4, 5, 6, 7, 8})
"""Called too often: by user, session, partner, application, or too fast. The call was not let through."""
UNPROVEN: Final = frozenset({24, 25, 26, 27, 28, 29, 53})
"""Signature, session and key: missing or wrong."""
FORBIDDEN: Final = frozenset({11, 12, 13, 42})
LATE: Final = frozenset({30, 31})
BUSY: Final = frozenset({3, 10, 15})

_ERROR: Final = re.compile(rb'\s*\{\s*"error_response"')
_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,80}", re.ASCII)
_BAN: Final = re.compile(r"(\d{1,6}) more second", re.ASCII)


class _Fault(msgspec.Struct):
    code: int | str = 0
    sub_code: str | None = None
    sub_msg: str | None = None


class _Faulty(msgspec.Struct):
    error_response: _Fault


def check_fault(answer: Answer, where: str) -> None:
    """The refusal that an answer of status 200 holds, by its name; nothing where it holds none."""
    if not _ERROR.match(answer.body[:200]):
        return
    try:
        fault = msgspec.json.decode(answer.body, type=_Faulty).error_response
    except msgspec.DecodeError as error:
        raise TransientError(f"{where}: the answer is not readable") from error
    raise _named(fault, where)


def _named(fault: _Fault, where: str) -> HubError:
    top = int(fault.code) if str(fault.code).isascii() and str(fault.code).isdigit() else 0
    sub = fault.sub_code if fault.sub_code and _CODE.fullmatch(fault.sub_code) else ""
    message = f"{where}: {top} {sub}".rstrip()
    if top in LIMITED or sub.startswith("accesscontrol.limited"):
        return TurnedAwayError(message, retry_after=_ban(fault.sub_msg))
    if top in UNPROVEN:
        return AuthError(f"{message}; mend app_key, app_secret or session (authorise the shop anew where its session ended)")
    if top in FORBIDDEN or sub.startswith("isv.permission"):
        return ForbiddenError(f"{message}; the application lacks this permission, ask for it in Taobao's console")
    if top in LATE:
        return ConfigError(f"{message}; this machine's clock is off by more than ten minutes, set it")
    if sub.startswith("isp.") or (top in BUSY and not sub.startswith("isv.")):
        return TransientError(message)
    return RejectedError(message, code=sub) if sub.startswith("isv.") else ContractError(message)


def _ban(told: str | None) -> int | None:
    found = _BAN.search(told or "")
    return int(found[1]) if found else None
