"""Access by grants: renewed in time, kept before it is used, shared by processes, and its failures by name."""

import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from connectors._kit.exchange import TurnedAwayError
from connectors._kit.grants import Client, Grant
from model.errors import AuthError, ConfigError, TransientError

CLIENT = Client("https://id.example.com/token", "suite", "suite_secret", "books")
BEGUN = datetime(2030, 5, 3, 12, tzinfo=UTC)


@dataclass
class Vendor:
    """Gives another access token and another refresh token each time, and takes only the newest of both."""

    asked: list[dict[str, list[str]]] = field(default_factory=list[dict[str, list[str]]])
    answer: Callable[[], httpx.Response] | None = None
    turns: int = 0
    rotates: bool = True
    borne: list[str] = field(default_factory=list[str])

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "id.example.com":
            self.borne.append(request.headers["Authorization"])
            return httpx.Response(200 if request.headers["Authorization"] == f"Bearer a{self.turns}" else 401)
        self.asked.append(parse_qs(request.content.decode()))
        if self.answer:
            return self.answer()
        self.turns += 1
        told: dict[str, object] = {"access_token": f"a{self.turns}", "expires_in": 1800}
        return httpx.Response(200, json=told | ({"refresh_token": f"r{self.turns}"} if self.rotates else {}))


@dataclass
class Clock:
    now: datetime = BEGUN

    def __call__(self) -> datetime:
        return self.now


def client(vendor: Vendor, grant: Grant) -> httpx.Client:
    return httpx.Client(base_url="https://books.example.com", transport=httpx.MockTransport(vendor), auth=grant)


def test_a_token_is_asked_for_once_and_renewed_before_it_expires(tmp_path: Path) -> None:
    vendor, clock = Vendor(), Clock()
    link = client(vendor, Grant(CLIENT, clock, refresh_token="r0", file=tmp_path / "grant"))

    first = [link.get("/").status_code for _ in range(3)]
    clock.now += timedelta(seconds=1800 - 30)
    later = link.get("/").status_code

    assert (first, later) == ([200] * 3, 200)
    assert vendor.borne == ["Bearer a1"] * 3 + ["Bearer a2"]
    assert [each["refresh_token"] for each in vendor.asked] == [["r0"], ["r1"]]


def test_a_refused_token_is_changed_for_another_once(tmp_path: Path) -> None:
    vendor = Vendor()
    link = client(vendor, Grant(CLIENT, Clock(), refresh_token="r0", file=tmp_path / "grant"))
    link.get("/")
    vendor.turns = 7

    assert link.get("/").status_code == 200
    assert vendor.borne[1:] == ["Bearer a1", "Bearer a8"]


def test_the_newest_refresh_token_is_kept_for_the_hub_alone_and_used_by_the_next_process(tmp_path: Path) -> None:
    vendor, clock, file = Vendor(), Clock(), tmp_path / "grant"
    client(vendor, Grant(CLIENT, clock, refresh_token="r0", file=file)).get("/")

    client(vendor, Grant(CLIENT, clock, refresh_token="r0", file=file)).get("/")
    asked = len(vendor.asked)
    clock.now += timedelta(days=1)
    client(vendor, Grant(CLIENT, clock, refresh_token="r0", file=file)).get("/")

    assert asked == 1
    assert [each["refresh_token"] for each in vendor.asked] == [["r0"], ["r1"]]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_process_that_comes_late_takes_what_the_quicker_one_was_given(tmp_path: Path) -> None:
    vendor, clock, file = Vendor(), Clock(), tmp_path / "grant"
    slow, quick = (client(vendor, Grant(CLIENT, clock, refresh_token="r0", file=file)) for _ in range(2))
    slow.get("/")
    clock.now += timedelta(days=1)
    quick.get("/")

    assert slow.get("/").status_code == 200
    assert len(vendor.asked) == 2


def test_an_account_that_is_connected_anew_forgets_the_old_connection(tmp_path: Path) -> None:
    vendor, clock, file = Vendor(), Clock(), tmp_path / "grant"
    client(vendor, Grant(CLIENT, clock, refresh_token="r0", file=file)).get("/")

    client(vendor, Grant(CLIENT, clock, refresh_token="new", file=file)).get("/")

    assert [each["refresh_token"] for each in vendor.asked] == [["r0"], ["new"]]


def test_client_credentials_need_no_refresh_token() -> None:
    vendor = Vendor(rotates=False)

    client(vendor, Grant(CLIENT, Clock())).get("/")

    assert vendor.asked == [{"grant_type": ["client_credentials"], "scope": ["books"]}]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), AuthError),
        (httpx.Response(401), AuthError),
        (httpx.Response(429), TurnedAwayError),
        (httpx.Response(503), TurnedAwayError),
        (httpx.Response(200, content=b"<html>"), TransientError),
        (httpx.Response(200, json={"access_token": "a", "expires_in": "soon"}), TransientError),
    ],
)
def test_each_failure_of_a_grant_has_its_name_and_nothing_else_is_sent(
    tmp_path: Path, answer: httpx.Response, error: type[Exception]
) -> None:
    vendor = Vendor(answer=lambda: answer)

    with pytest.raises(error) as caught:
        client(vendor, Grant(CLIENT, Clock(), refresh_token="r0_secret", file=tmp_path / "grant")).get("/")

    assert vendor.borne == []
    assert "secret" not in str(caught.value)


def test_another_refresh_token_that_cannot_be_kept_is_told_before_it_is_used() -> None:
    vendor = Vendor()

    with pytest.raises(ConfigError, match="token_file"):
        client(vendor, Grant(CLIENT, Clock(), refresh_token="r0")).get("/")

    assert vendor.borne == []


def test_a_folder_that_is_missing_is_told_before_a_token_is_spent(tmp_path: Path) -> None:
    vendor = Vendor()

    with pytest.raises(ConfigError, match="folder"):
        client(vendor, Grant(CLIENT, Clock(), refresh_token="r0", file=tmp_path / "none" / "grant")).get("/")

    assert vendor.asked == []


def test_a_file_that_cannot_be_read_is_the_operators_matter(tmp_path: Path) -> None:
    vendor, file = Vendor(), tmp_path / "grant"
    file.write_bytes(b"\xff{")

    with pytest.raises(ConfigError, match="connect the account anew"):
        client(vendor, Grant(CLIENT, Clock(), refresh_token="r0", file=file)).get("/")

    assert vendor.asked == []
