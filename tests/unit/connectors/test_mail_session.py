"""A mailbox is opened over TLS that is checked, or not at all; no refusal tells user, password or a server's own words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from model.errors import AuthError, ConfigError, HubError, TransientError
from tests.mail_server import certificate_in
from tests.mailbox import HERE, PASSWORD, Postbox, postbox
from tests.mails import mailbox


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as running:
        yield running


def refused(kind: type[HubError], port: int, **settings: object) -> str:
    connector = mailbox(port, **settings)
    with pytest.raises(kind) as told:
        connector.identify()
    connector.close()
    assert PASSWORD not in str(told.value)
    assert "orders@example.com" not in str(told.value)
    return str(told.value)


def test_a_mailbox_is_opened_over_tls_whose_certificate_is_trusted(box: Postbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box.certificate = certificate_in(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(box.certificate[0]))
    connector = mailbox(box.port, is_plain=False)

    assert connector.identify().title == "orders@example.com"

    connector.close()
    assert box.commands.index("STARTTLS") < next(place for place, command in enumerate(box.commands) if command.startswith("LOGIN"))


def test_a_certificate_that_nobody_vouches_for_is_refused_before_a_word_is_said(box: Postbox, tmp_path: Path) -> None:
    box.certificate = certificate_in(tmp_path)

    assert "its certificate is not trusted" in refused(ConfigError, box.port, is_plain=False)
    assert not [command for command in box.commands if command.startswith("LOGIN")]


def test_a_server_without_tls_is_told_no_password(box: Postbox) -> None:
    assert "offers no STARTTLS" in refused(ConfigError, box.port, is_plain=False)
    assert not [command for command in box.commands if command.startswith("LOGIN")]


def test_wrong_credentials_missing_folders_and_servers_that_are_down_are_told_apart(box: Postbox) -> None:
    assert "refuses user or password" in refused(AuthError, box.port, password="wrong")
    assert "there is no such folder" in refused(ConfigError, box.port, folders=["Nowhere"])
    with postbox() as other:
        port = other.port
    assert "cannot be reached" in refused(TransientError, port)


def test_a_private_address_is_refused_unless_the_account_names_it(box: Postbox) -> None:
    connector = mailbox(box.port)
    session = connector.session
    object.__setattr__(session._login, "allow_hosts", frozenset())  # pyright: ignore[reportPrivateUsage]

    with pytest.raises(ConfigError, match="private address"):
        connector.identify()
    assert box.commands == []


def test_a_server_that_says_nonsense_is_an_outage_and_the_next_conversation_is_a_new_one(box: Postbox) -> None:
    connector = mailbox(box.port)
    box.spoil = lambda command, answer: b"* \xff\xff (((\r\n" + answer if command.startswith("EXAMINE") else answer.replace(b"7", b"x")
    with pytest.raises((TransientError, ConfigError)):
        connector.identify()
    box.spoil = lambda _command, answer: answer

    assert connector.identify().fingerprint.startswith("orders@example.com@" + HERE)
    connector.close()
