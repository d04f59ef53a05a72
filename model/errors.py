"""Every failure the hub knows, sorted by what happens next.

| error          | who acts  | what the run does                            |
|----------------|-----------|----------------------------------------------|
| ConfigError    | operator  | stop the run                                 |
| AuthError      | operator  | pause the channel                            |
| TransientError | the clock | try again later, not before `retry_after`    |
| RejectedError  | operator  | quarantine the record, carry on              |
| MalformedError | developer | quarantine the payload, carry on             |
| ContractError  | developer | stop the connector                           |

Messages read `where: what` and never carry a secret or a personal datum.
"""


class HubError(Exception):
    """Root of every error raised on purpose."""


class ConfigError(HubError):
    """A setting is missing or wrong; the message ends with the mend."""


class AuthError(HubError):
    """The remote no longer accepts our credentials."""


class TransientError(HubError):
    """The same request may succeed later; `retry_after` is the remote's own wish in seconds."""

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RejectedError(HubError):
    """The remote understood one record and refused it; `code` is its own machine-readable word for why, where it gives one."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class MalformedError(HubError):
    """We could not read one payload, or its parts do not agree with each other."""


class ContractError(HubError):
    """The remote changed its interface, or a promise of ours was broken."""
