"""Mail by SMTP (RFC 5321, 8314): plain text to one person at a time, over TLS whose certificate is checked.

By the standard library: one short message a day needs no more, and its client is as old and as well tried as any.
"""

import smtplib
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address

from model.errors import AuthError, ConfigError, HubError, RejectedError, TransientError

TLS_AT_ONCE = 465
"""The port whose server speaks TLS from the first byte; others are asked for STARTTLS."""
WAIT_S = 20


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None
    is_plain: bool = False
    """Without TLS; refused for a server that is not on this machine."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person."""

    to: str
    subject: str
    text: str


def send_letter(server: MailServer, letter: Letter, at: datetime) -> None:
    """Hand a message over. It has left when this returns; after an error it may have.

    ConfigError for a server that may not be spoken to plainly or shows a wrong certificate, AuthError where it refuses user or password,
    RejectedError where it refuses the message, TransientError where it is down or busy. None names the person or the password.
    """
    message = _message(server, letter, at)
    with _as_hub_errors(f"mail: {server.host}:{server.port}"), _connected(server) as smtp:
        if server.user is not None:
            smtp.login(server.user, server.password or "")
        smtp.send_message(message)


def _message(server: MailServer, letter: Letter, at: datetime) -> EmailMessage:
    message = EmailMessage()
    try:
        message["From"], message["To"], message["Subject"] = server.sender, letter.to, letter.subject
    except (ValueError, MessageError):
        raise ConfigError("mail: the address of the sender or of the person is none; mend it in hub.toml") from None
    message["Date"] = format_datetime(at)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(letter.text)
    return message


def _connected(server: MailServer) -> smtplib.SMTP:
    """A connection that is safe to say a password on."""
    if server.is_plain:
        if not _is_here(server.host):
            raise ConfigError(f"mail: {server.host} is not this machine, so it is not spoken to without TLS; remove is_plain")
        return smtplib.SMTP(server.host, server.port, timeout=WAIT_S)
    context = ssl.create_default_context()
    if server.port == TLS_AT_ONCE:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=WAIT_S, context=context)
    smtp = smtplib.SMTP(server.host, server.port, timeout=WAIT_S)
    try:
        smtp.starttls(context=context)
    except (OSError, smtplib.SMTPException):
        smtp.close()
        raise
    return smtp


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _as_hub_errors(where: str) -> Generator[None]:
    """SMTP's errors as the hub's; a server's own words are left out, as they repeat addresses."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise ConfigError(f"{where}: its certificate is not trusted ({error.verify_message}); mend `server`, or the server") from None
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError) as error:
        raise TransientError(f"{where}: ended the conversation ({type(error).__name__})") from None
    except smtplib.SMTPException as error:
        raise _refused(where, error) from None
    except OSError as error:
        raise TransientError(f"{where}: cannot be reached ({type(error).__name__})") from None


def _refused(where: str, error: smtplib.SMTPException) -> HubError:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return ConfigError(f"{where}: offers no STARTTLS or no login; use port {TLS_AT_ONCE}, or another server")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return AuthError(f"{where}: refuses user or password ({error.smtp_code}); mend them under [mail]")
    code = _code(error)
    if 400 <= code < 500:  # noqa: PLR2004  RFC 5321, 4.2.1: may succeed later
        return TransientError(f"{where}: asks to come back later ({code})")
    return RejectedError(f"{where}: refuses the message ({code or type(error).__name__}); look at sender and address", code=str(code))


def _code(error: smtplib.SMTPException) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
