"""Wait at a mailbox and pull when a mail comes (IMAP IDLE). A wake-up that is missed costs lateness only: the schedule pulls as ever."""

import time
from collections.abc import Callable
from typing import Final, Protocol, runtime_checkable

from model.errors import ConfigError, TransientError
from operations.pull import PullOutcome, pull_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Account

LONGEST_WAIT_S: Final = 300
"""A pull happens at least so often, whatever the server tells; RFC 2177 allows 29 minutes of waiting."""
REST_S: Final = 30
"""Before a server that was down is waited at again."""

Told = Callable[[PullOutcome], None]


@runtime_checkable
class NewsSource(Protocol):
    """A connector whose remote tells that there is something to fetch."""

    def wait_for_news(self, seconds: float) -> bool:
        """Wait; False where nothing came in time."""
        ...


def watch_mail(
    hub: Hub, channel: Account, told: Told, *, rounds: int | None = None, seconds: float = LONGEST_WAIT_S,
    rest: Callable[[float], None] = time.sleep,
) -> None:  # fmt: skip
    """Pull, wait for a mail, pull again, for ever or so many rounds; `told` hears of each pull.

    ConfigError for a channel that tells no news, AuthError where it refuses the credentials; an outage is told, and waited out.
    """
    _wait(hub, channel, 0)
    left = rounds
    while left is None or left > 0:
        for outcome in pull_channel(hub, channel):
            told(outcome)
            if outcome.error is not None and not isinstance(outcome.error, TransientError):
                raise outcome.error
        left = None if left is None else left - 1
        if left is None or left > 0:
            try:
                _wait(hub, channel, seconds)
            except TransientError as error:
                told(PullOutcome(channel.id, "orders", "failed", str(error), error=error))
                rest(REST_S)


def _wait(hub: Hub, channel: Account, seconds: float) -> None:
    """Wait in a conversation of its own, as a pull has one too."""
    with hub.connected(channel) as connector:
        if not isinstance(connector, NewsSource):
            raise ConfigError(f"{channel.id}: its connector tells of no news; let the schedule pull it")
        if seconds:
            connector.wait_for_news(seconds)
