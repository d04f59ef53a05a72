"""Mail leaves by TLS that is checked, or not at all; every refusal is one of the hub's errors and names neither person nor password."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors._kit.mail import Letter, MailServer, send_letter
from model.errors import AuthError, ConfigError, HubError, RejectedError, TransientError
from tests.mail_server import HERE, PASSWORD, certificate_in, mail_server

AT = datetime(2026, 3, 8, 9, tzinfo=UTC)
LETTER = Letter("mia@example.com", "Two days wait", "Grüße\n")


def server(port: int, **more: object) -> MailServer:
    return MailServer(HERE, port, "hub@example.com", **more)  # pyright: ignore[reportArgumentType]


def refused(kind: type[HubError], at: MailServer, letter: Letter = LETTER) -> str:
    with pytest.raises(kind) as told:
        send_letter(at, letter, AT)
    assert letter.to not in str(told.value)
    assert PASSWORD not in str(told.value)
    return str(told.value)


def test_a_letter_arrives_over_tls_with_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = certificate_in(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server((certificate, key)) as postman:
        send_letter(server(postman.port, user="hub", password=PASSWORD), LETTER, AT)

        [(to, letter)] = postman.letters
        assert (to, letter["From"], letter["Subject"]) == (["mia@example.com"], "hub@example.com", "Two days wait")
        assert (letter["Date"], letter["Auto-Submitted"]) == ("Sun, 08 Mar 2026 09:00:00 +0000", "auto-generated")
        assert postman.texts[0].strip() == "Grüße"
        assert "refuses user or password (535)" in refused(AuthError, server(postman.port, user="hub", password="wrong"))


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with mail_server(certificate_in(tmp_path)) as postman:
        assert "its certificate is not trusted" in refused(ConfigError, server(postman.port, user="hub", password=PASSWORD))
        assert postman.letters == []


def test_a_server_without_tls_is_not_spoken_to_unless_it_is_this_machine_and_said_so() -> None:
    with mail_server() as postman:
        assert "offers no STARTTLS" in refused(ConfigError, server(postman.port))
        assert postman.letters == []
    far = MailServer("mail.example.com", 25, "hub@example.com", is_plain=True)
    assert "is not this machine" in refused(ConfigError, far)


@pytest.mark.parametrize(("answer", "kind"), [("451 4.3.0 busy", TransientError), ("550 5.1.1 no mia@example.com here", RejectedError)])
def test_a_refused_person_is_an_error_by_what_time_can_heal(answer: str, kind: type[HubError]) -> None:
    with mail_server() as postman:
        postman.refused["mia@example.com"] = answer

        assert answer[:3] in refused(kind, server(postman.port, is_plain=True))


def test_a_server_that_is_down_is_asked_later(tmp_path: Path) -> None:
    with mail_server() as postman:
        port = postman.port

    assert "cannot be reached" in refused(TransientError, server(port, is_plain=True))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("to", ["mia@example.com\nBcc: eve@example.com", "mia@example.com\r\nX: y"])
def test_an_address_cannot_smuggle_in_a_header(to: str) -> None:
    refused(ConfigError, server(1, is_plain=True), Letter(to, "x", "y"))
