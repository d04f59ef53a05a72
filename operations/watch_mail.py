"""Wait at a mailbox and pull when a mail comes (IMAP IDLE). A wake-up that is missed costs lateness only: the schedule pulls as ever."""

import time
from collections.abc import Callable
from functools import partial
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

    def news_mark(self) -> str:
        """How the remote stands now."""
        ...

    def wait_for_news(self, seconds: float, since: str) -> bool:
        """Wait until there is something behind a mark; False where nothing came in time."""
        ...


def watch_mail(
    hub: Hub, channel: Account, told: Told, *, rounds: int | None = None, seconds: float = LONGEST_WAIT_S,
    rest: Callable[[float], None] = time.sleep,
) -> None:  # fmt: skip
    """Pull, wait for a mail, pull again, for ever or so many rounds; `told` hears of each pull.

    ConfigError for a channel that tells no news, AuthError where it refuses the credentials; an outage is told, and waited out.
    """
    left = rounds
    mark = _begun(hub, channel)
    while left is None or left > 0:
        for outcome in pull_channel(hub, channel):
            told(outcome)
            if outcome.error is not None and not isinstance(outcome.error, TransientError):
                raise outcome.error
        left = None if left is None else left - 1
        if left is None or left > 0:
            try:
                mark = _asked(hub, channel, partial(_waited, seconds=seconds, since=mark))
            except TransientError as error:
                told(PullOutcome(channel.id, "orders", "failed", str(error), error=error))
                rest(REST_S)


def _begun(hub: Hub, channel: Account) -> str:
    """The first mark; of a server that is down none, which the pull will tell: the first wait is then over at once."""
    try:
        return _asked(hub, channel, lambda source: source.news_mark())
    except TransientError:
        return ""


def _waited(source: NewsSource, *, seconds: float, since: str) -> str:
    """Wait for what came behind a mark; gives the next one, which is taken before what came is read, so that nothing falls between."""
    source.wait_for_news(seconds, since)
    return source.news_mark()


def _asked(hub: Hub, channel: Account, ask: Callable[[NewsSource], str]) -> str:
    """Ask in a conversation of its own, as a pull has one too."""
    with hub.connected(channel) as connector:
        if not isinstance(connector, NewsSource):
            raise ConfigError(f"{channel.id}: its connector tells of no news; let the schedule pull it")
        return ask(connector)
