"""What every stream promises when the remote, or the way to it, fails: patience with bounds, the right error, no secret told."""

import base64
import binascii
from collections.abc import Iterator

import httpx
import pytest

from connectors._kit.http import ATTEMPTS, PATIENCE_S
from model.errors import AuthError, HubError, TransientError
from tests.contract import faults
from tests.contract.faults import Fault, Spoiler, always, every_other, once
from tests.contract.signatures import is_signed
from tests.contract.stand import Link, Stand, ids_of


def _survives(stand: Stand, spoil: Spoiler) -> None:
    """Spoilt every other time all rows are read as ever; spoilt for ever it is an outage, after which nothing is claimed to be read."""
    assert stand.link(Fault(stand.remote(), spoil, every_other)).ids() == stand.link().ids()
    with pytest.raises(TransientError):
        stand.link(Fault(stand.remote(), spoil, always)).ids()


def a_cut_answer_is_asked_again(stand: Stand) -> None:
    """Nothing of half an answer is used."""
    _survives(stand, faults.cut)


def a_page_for_people_is_asked_again(stand: Stand) -> None:
    """HTML with status 200 is no answer."""
    _survives(stand, faults.for_people)


def a_dropped_reply_is_asked_again(stand: Stand) -> None:
    """A read whose reply is lost may be repeated."""
    _survives(stand, faults.dropped)


def an_outage_ends_in_bounds(stand: Stand) -> None:
    """A remote that stays down is asked a fixed number of times, then it is a TransientError."""
    link = stand.link(Fault(stand.remote(), faults.status(503), always))
    with pytest.raises(TransientError):
        link.ids()
    assert len(link.asked) == ATTEMPTS
    assert len(link.waits) == ATTEMPTS - 1


def an_outage_keeps_what_was_read(stand: Stand) -> None:
    """Pages before an outage are given out before it is reported, and the last token goes on behind them."""
    remote, seen = stand.remote(), list[str | None]()
    link = stand.link(Fault(remote, faults.status(503), lambda _turn: remote.lists >= 2))
    tokens: list[str | None] = []

    def gather() -> None:
        for page in link.pages():
            seen.extend(stand.kind.external_id_in(raw) for raw in page.slices)
            tokens.append(page.resume)

    with pytest.raises(TransientError):
        gather()
    assert tokens
    assert {*seen, *stand.link().ids(resume=tokens[-1])} == ids_of(stand.rows)


def a_wish_in_seconds_is_waited_for(stand: Stand) -> None:
    """Retry-After in seconds is waited for, exactly."""
    _waits(stand, faults.status(429, Retry_After="7"), 7)


def a_wish_as_a_date_is_waited_for(stand: Stand) -> None:
    """Retry-After as a date is waited for, by the remote's own clock."""
    _waits(stand, faults.busy_until(faults.soon(11)), 11)


def a_wish_for_no_wait_is_no_haste(stand: Stand) -> None:
    """Retry-After of nothing is no leave to ask again at once: the wait grows as without it."""
    for spoil in (faults.status(429, Retry_After="0"), faults.busy_until(faults.soon(-60))):
        link = stand.link(Fault(stand.remote(), spoil, always))
        with pytest.raises(TransientError):
            link.ids()
        assert link.waits == [2, 4, 8, 16, PATIENCE_S]


def a_wish_of_garbage_is_ridden_out(stand: Stand) -> None:
    """Retry-After that means nothing is as good as none."""
    for garbage in ("soon", "-5", "", "1,5", "NaN", "²"):
        link = stand.link(Fault(stand.remote(), faults.status(429, Retry_After=garbage), once))
        assert set(link.ids()) == ids_of(stand.rows)
        assert [0 <= wait <= PATIENCE_S for wait in link.waits] == [True]


def a_long_wish_is_handed_on(stand: Stand) -> None:
    """A remote that wants to be left alone for long is left alone: one request, and the wish is told to the flow."""
    link = stand.link(Fault(stand.remote(), faults.status(429, Retry_After="900"), always))
    with pytest.raises(TransientError) as caught:
        link.ids()
    assert caught.value.retry_after == 900
    assert len(link.asked) == 1


def refused_credentials_are_not_tried_again(stand: Stand) -> None:
    """A 401 is an operator's matter: one request, no wait."""
    link = stand.link(Fault(stand.remote(), faults.status(401), always))
    with pytest.raises(AuthError):
        link.ids()
    assert len(link.asked) == 1
    assert link.waits == []


def requests_are_signed(stand: Stand) -> None:
    """Every request proves by its headers who asks; one that opens a session, by its body."""
    link = stand.link()
    link.ids()
    link.identity()
    assert link.secrets()
    proofs = [(request, " ".join((*proofs_of(request), *log_in_of(request)))) for request in link.asked]
    for request, proof in proofs:
        assert is_proven(stand, link, request, proof), f"{request.method} {request.url.path} is not signed"
    assert stand.dialect.signature or any(secret in proof for _request, proof in proofs for secret in link.secrets())


def secrets_are_never_told(stand: Stand) -> None:
    """No secret in an address, in an error, or in the settings' own words."""
    link = stand.link()
    link.ids()
    told = [str(request.url) for request in link.asked]
    told += [repr(link.connector.settings), str(link.connector.settings)]
    for code in (400, 401, 403, 404, 503):
        with pytest.raises(HubError) as caught:
            stand.link(Fault(stand.remote(), faults.status(code), always)).ids()
        told.append(str(caught.value))
    assert not [text for text in told for secret in link.secrets() if secret in text]


def _waits(stand: Stand, spoil: Spoiler, seconds: int) -> None:
    link = stand.link(Fault(stand.remote(), spoil, once))
    assert set(link.ids()) == ids_of(stand.rows)
    assert link.waits == [seconds]


def is_proven(stand: Stand, link: Link, request: httpx.Request, proof: str) -> bool:
    """Whether a request proves who asks: by all secrets, by the token that was given for them, or by a signature."""
    token, form = stand.dialect.token, stand.dialect.signature
    if form is not None:
        return is_signed(form, link.connector.settings, request)
    return all(secret in proof for secret in link.secrets()) or bool(token and token in proof)


def proofs_of(request: httpx.Request) -> Iterator[str]:
    """Whatever its headers say, in clear too where it is said in base64."""
    for value in request.headers.values():
        yield value
        try:
            yield base64.b64decode(value.removeprefix("Basic "), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue


def log_in_of(request: httpx.Request) -> Iterator[str]:
    """What a request says that asks for a token or a session: such a one proves by its body who asks."""
    if "form-urlencoded" in request.headers.get("content-type", "") or "authorization" not in request.headers:
        yield request.content.decode()


FAILING = (
    a_cut_answer_is_asked_again,
    a_page_for_people_is_asked_again,
    a_dropped_reply_is_asked_again,
    an_outage_ends_in_bounds,
    an_outage_keeps_what_was_read,
    a_wish_in_seconds_is_waited_for,
    a_wish_as_a_date_is_waited_for,
    a_wish_for_no_wait_is_no_haste,
    a_wish_of_garbage_is_ridden_out,
    a_long_wish_is_handed_on,
    refused_credentials_are_not_tried_again,
    requests_are_signed,
    secrets_are_never_told,
)
