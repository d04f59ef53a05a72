"""Which sales tell how fast things sell: those of the last days, per channel as far back as its orders were read."""

from datetime import datetime, timedelta

from model.store.velocity import SalesWindow
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import utc


def sales_window(hub: Hub, at: datetime) -> SalesWindow:
    """The last days up to an instant, as many as `[replenishment]` says, of every channel of hub.toml."""
    since = at - timedelta(days=hub.file.replenishment.window_days)
    return SalesWindow([(channel.id, max(since, utc(channel.orders_from))) for channel in hub.file.channels], at)
