"""A home folder for measuring: one WooCommerce channel, pointed at the shop of street_pages.py."""

from datetime import datetime, timedelta
from pathlib import Path

from street_pages import CHANNEL, OPENED

ORDERS_FROM = OPENED - timedelta(days=31)
KEYS = {"BENCH_KEY": "ck_street", "BENCH_SECRET": "cs_street"}
"""The street's own credentials, for the environment of whoever reads it."""

_FILE = """\
[[entities]]
id = "main"
name = "Measured company"
currency = "EUR"
country = "DE"
zone = "Europe/Berlin"

[[channels]]
id = "{channel}"
name = "Street"
entity = "main"
connector = "woocommerce"
zone = "Europe/Berlin"
schedule = "0 3 1 1 *"
orders_from = {orders_from}
live_from = {live_from}
allow_hosts = ["127.0.0.1:{port}"]
is_active = {active}
[channels.settings]
url = "http://127.0.0.1:{port}/woo"
consumer_key = "env:BENCH_KEY"
consumer_secret = "env:BENCH_SECRET"
"""


def write_home(home: Path, shop_port: int, *, is_active: bool = True) -> Path:
    """Make a home folder with a hub.toml; gives the folder."""
    home.mkdir(parents=True, exist_ok=True)
    live_from = OPENED - timedelta(days=7)
    text = _FILE.format(
        channel=CHANNEL, port=shop_port, orders_from=_toml(ORDERS_FROM), live_from=_toml(live_from), active=str(is_active).lower()
    )
    (home / "hub.toml").write_text(text, "utf-8")
    return home


def environment(home: Path, database_url: str) -> dict[str, str]:
    """The variables Entrepot is started with."""
    driver_url = database_url.replace("postgresql://", "postgresql+psycopg://")
    return {"ENTREPOT_HOME": str(home), "ENTREPOT_DATABASE_URL": driver_url, **KEYS}


def _toml(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
