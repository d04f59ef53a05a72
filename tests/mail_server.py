"""A mail server in this process: it keeps what it is handed, wants TLS and a password where it is told to, and refuses whom it should."""

import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = "127.0.0.1"
PASSWORD = "right"


@dataclass
class Postman:
    """What was handed over, and who is refused with which answer."""

    port: int = 0
    letters: list[tuple[list[str], Message]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """What was written, without the envelopes."""
        return [bytes(letter.get_payload(decode=True)).decode() for _to, letter in self.letters]  # pyright: ignore

    async def handle_RCPT(self, _server: object, _session: object, envelope: Any, address: str, _options: object) -> str:  # noqa: ANN401, N802
        """Take or refuse a person."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802
        """Keep a message."""
        self.letters.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content)))
        return "250 OK"


def _judge(_server: object, _session: object, _envelope: object, _mechanism: str, given: Any) -> AuthResult:  # noqa: ANN401
    return AuthResult(success=isinstance(given, LoginPassword) and given.password == PASSWORD.encode(), handled=False)


@contextmanager
def mail_server(tls: tuple[Path, Path] | None = None) -> Generator[Postman]:
    """A running server; with a certificate and its key it wants STARTTLS, then a password."""
    postman = Postman(_free_port())
    more: dict[str, Any] = {}
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        more = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": _judge}
    controller = Controller(postman, hostname=HERE, port=postman.port, **more)
    controller.start()
    try:
        yield postman
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def certificate_in(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that nobody else vouches for, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)  # noqa: TID251  TLS asks the machine's clock
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(HERE))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return certificate, secret
