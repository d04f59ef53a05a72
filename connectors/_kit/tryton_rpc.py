"""How Tryton is asked: JSON-RPC under a session, which a user and password open and which ends after five idle minutes or so.

Errors come with status 200 as `{"error": [name, [message, description, fields]]}`; a domain error is 20 kB long, so only the beginning of
its message is ever told. Source: trytond 8.2, protocols/jsonrpc.py, protocols/dispatcher.py, exceptions.py.
"""

import base64
import re
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import httpx
import msgspec
from pydantic import SecretStr

from connectors._kit.exchange import Answer, ForbiddenError
from connectors._kit.http import Http
from connectors._kit.slices import decoded, split_page
from model.errors import AuthError, ConfigError, ContractError, HubError, RejectedError, TransientError

LONGEST: Final = 160
"""Characters of a vendor's message that are told."""
PATH: Final = "rpc/"
_MAIL = re.compile(r"\S+@\S+")
_JSON: Final = msgspec.json.Encoder()

T = TypeVar("T")
Context = Mapping[str, object]


class Session(httpx.Auth):
    """The session of a user; requests bear it once it is open."""

    def __init__(self, user: str, password: SecretStr) -> None:
        self._user = user
        self._password = password
        self._header: str | None = None
        self._proven = False

    @property
    def is_open(self) -> bool:
        """Whether requests bear a session."""
        return self._header is not None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request."""
        if self._header is not None:
            request.headers["Authorization"] = self._header
        yield request

    def open(self, http: Http) -> None:
        """Log in; AuthError where the user and password are refused."""
        said = _asked("common.db.login", self._user, {"password": self._password.get_secret_value()})
        user_id, token, *_ = http.ask(PATH, said, read=lambda answer: result_of(answer, tuple[int, str, Any], "login"))
        self._header = "Session " + base64.b64encode(f"{self._user}:{user_id}:{token}".encode()).decode()
        self._proven = False

    def proven(self) -> None:
        """The session was good for an answer."""
        self._proven = True

    def forget(self) -> bool:
        """Forget a session that was good once; False if it never was: logging in again is no help."""
        was_good, self._header, self._proven = self._proven, None, False
        return was_good


class Rpc:
    """Calls of one Tryton database by one user."""

    def __init__(self, http: Http, session: Session, group: str) -> None:
        self._http = http
        self._session = session
        self._group = group
        """What Tryton calls the users who may make these calls; named as the mend."""

    def ask(self, method: str, *params: object, shape: type[T], context: Context | None = None) -> T:
        """The result of a call that changes nothing; ConfigError where the user may not make it."""
        return self.ask_when(method, *params, shape=shape, context=context)[0]

    def ask_when(self, method: str, *params: object, shape: type[T], context: Context | None = None) -> tuple[T, datetime | None]:
        """The same with the server's own clock. Where a session that was good is refused, it is asked once more under a new one."""
        try:
            return self.look(method, *params, read=lambda answer: (result_of(answer, shape, method), answer.date), context=context)
        except RejectedError as error:
            raise self._denied(error) from error

    def rows(self, model: str, *params: object, context: Context | None = None) -> tuple[bytes, ...]:
        """The bytes of each record that `search_read` finds, unreadable ones among them; ConfigError as above."""
        where = f"{model}.search_read"
        try:
            return self.look(where, *params, read=lambda answer: _rows(answer, where), context=context)
        except RejectedError as error:
            raise self._denied(error) from error

    def look(self, method: str, *params: object, read: Callable[[Answer], T], context: Context | None = None) -> T:
        """What is read off the answer to a call that changes nothing; RejectedError where Tryton will not answer it."""
        said = _asked(method, *params, context or {})
        while True:
            try:
                return self._signed(lambda: self._http.ask(PATH, said, read=read))
            except ForbiddenError:
                raise
            except AuthError:
                if not self._session.forget():
                    raise

    def _denied(self, error: RejectedError) -> ConfigError:
        return ConfigError(f"{error}; name its database in settings.database, and give its user the group {self._group}")

    def command(self, method: str, *params: object, shape: type[T], context: Context | None = None) -> T:
        """The result of a call that changes something, sent once. A RejectedError says that nothing was changed."""
        said = _JSON.encode(_asked(method, *params, context or {}))
        answer = self._signed(lambda: self._http.submit("POST", PATH, said, {"Content-Type": "application/json"}))
        return result_of(answer, shape, method)

    def _signed(self, call: Callable[[], T]) -> T:
        if not self._session.is_open:
            self._session.open(self._http)
        given = call()
        self._session.proven()
        return given


class _Rows(msgspec.Struct):
    result: list[msgspec.Raw] | None = None
    error: list[Any] | None = None


_ROWS: Final = msgspec.json.Decoder(_Rows)


def _rows(answer: Answer, where: str) -> tuple[bytes, ...]:
    page, slices = split_page(answer.body, _ROWS, lambda page: page.result or (), array=b"result", where=where)
    if page.error is not None:
        raise _refusal(page.error, where)
    if page.result is None:
        raise TransientError(f"{where}: the answer holds no rows")
    return slices


class _Said(msgspec.Struct):
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: list[Any] | None = None


def _asked(method: str, *params: object) -> dict[str, object]:
    """The body of a call: exactly these three members, or Tryton tells errors in another form."""
    return {"id": 1, "method": method, "params": params}


def result_of(answer: Answer, shape: type[T], where: str) -> T:
    """What a call gave; what Tryton says went wrong is raised as the error that it is."""
    said = decoded(answer.body, _Said, where)
    if said.error is not None:
        raise _refusal(said.error, where)
    return decoded(bytes(said.result), shape, where)


def _refusal(error: list[Any], where: str) -> HubError:
    name = error[0] if error and isinstance(error[0], str) else ""
    message, *behind = _parts(error[1] if len(error) > 1 else None)
    if name == "UserError":
        return RejectedError(f"{where}: refused: {told(message)}", code=name)
    if name == "UserWarning":  # the first is the warning's own name, the second its text
        return RejectedError(f"{where}: wants a person to confirm: {told(behind[0] if behind else message)}", code=name)
    if name == "LoginException":
        return AuthError(f"{where}: wants more than a user and a password; exempt this user from it")
    if name == "ConcurrencyException":
        return TransientError(f"{where}: somebody changed it meanwhile")
    return ContractError(f"{where}: the server failed: {told(name)}")


def _parts(arguments: object) -> list[Any]:
    """What an error says, one part at least."""
    parts: list[Any] = msgspec.convert(arguments, list[Any]) if isinstance(arguments, list) else [arguments]
    return parts or [None]


def told(message: object) -> str:
    """The beginning of a message's first line, without addresses; never the fields behind it."""
    line = message.strip().partition("\n")[0] if isinstance(message, str) else ""
    shown = "".join(letter if letter.isprintable() else " " for letter in _MAIL.sub("…", line[: 4 * LONGEST]))
    return shown if len(shown) <= LONGEST else shown[:LONGEST] + "…"
