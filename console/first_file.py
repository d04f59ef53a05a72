"""`entrepot init`: write a first hub.toml, with the street's three shops when one is named."""

import getpass
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from pydantic import TypeAdapter, ValidationError

from console.output import As, Json, say, say_json
from model.errors import ConfigError
from operations.runtime.clock import SystemClock
from operations.runtime.hub_accounts import Key
from operations.runtime.reconciliation_file import RECONCILIATION_FILE
from operations.runtime.settings import Settings

_HEAD = """\
# Entrepot's configuration: legal entities, people and channel accounts. Guide: docs/guide/configure.md
# Secrets are references: "env:NAME" or "file:PATH" (relative to this file).
{street}
[[entities]]
id = "main"
name = "My company"
currency = "EUR"          # functional currency
country = "DE"
zone = "Europe/Berlin"

[[people]]
id = "{user}"
name = "{user}"
"""

_EXAMPLE = """
# A first channel of your own: remove the hashes, fill in, put the secret where it says, then `entrepot channels check`.
# [[channels]]
# id = "my-shop"                            # immutable; the name is a label
# name = "My shop"
# entity = "main"
# connector = "woocommerce"                 # entrepot channels are built on: docs/connectors.md
# zone = "Europe/Berlin"                    # where its trading days are counted
# schedule = "every 5 min"
# orders_from = {orders_from}      # how far back to read
# live_from = {live_from}        # older orders are history: stored, never shipped or posted
# [channels.settings]
# url = "https://shop.example"
# consumer_key = "env:MY_SHOP_KEY"
# consumer_secret = "env:MY_SHOP_SECRET"
"""

_CHANNEL = """
[[channels]]
id = "{id}"
name = "{name}"
entity = "main"
connector = "{connector}"
zone = "Europe/Berlin"
schedule = "every 30 s"
orders_from = {orders_from}
live_from = {live_from}
allow_hosts = ["{host}"]   # the only way to a private or plain-http address
[channels.settings]
url = "{url}/{door}"
{keys}
"""

_BANKS = """
[[banks]]
id = "bank-eur"
name = "Street: bank, euro account"
entity = "main"
connector = "bank_files"
zone = "Europe/Berlin"
statements_from = {live_from}
[banks.settings]
address = "{folder}/eur"
account = "DE02120300000000202051"
currency = "EUR"

[[banks]]
id = "bank-gbp"
name = "Street: bank, pound account"
entity = "main"
connector = "bank_files"
zone = "Europe/Berlin"
statements_from = {live_from}
[banks.settings]
address = "{folder}/gbp"
account = "GB33BUKB20201555555555"
currency = "GBP"
"""

_RULES = """\
# Who settles what, who owns and signs, and which bank lines are set apart. Guide: docs/guide/money.md
owner = "{user}"
signer = "{user}"

[settles]
"woo-shop/*" = "nobody"          # the card processor of this shop is no part of the street
"shopify-main/manual" = "nobody" # money that buyers hand over

[banks]
shopify-main = "bank-eur"
square-till = "bank-gbp"

[[ignore]]
name = "rent"
text = "RENT"
sign = "out"

[[ignore]]
name = "bank-fees"
text = "ACCOUNT FEE"
sign = "out"

[[ignore]]
name = "suppliers"
text = "INVOICE"
sign = "out"
"""

# the street's own keys: make-believe, printed on its front page, and therefore no secrets
_SHOPS = (
    ("shopify-main", "Street: Shopify", "shopify", "shopify", {"access_token": "street-shopify-token"}),
    ("woo-shop", "Street: WooCommerce", "woocommerce", "woo", {"consumer_key": "ck_street", "consumer_secret": "cs_street"}),
    ("square-till", "Street: Square", "square", "square", {"access_token": "street-square-token"}),
)


def init(
    street: Annotated[str | None, typer.Option("--street", metavar="URL", help="Add the three shops of a running street.")] = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Write a first hub.toml into ENTREPOT_HOME; an existing one is never touched."""
    path = write_first_file(Settings(), street, user=actor)
    say_json({"written": str(path)}) if as_json else say(f"wrote {path}")


def write_first_file(settings: Settings, street: str | None, *, user: str | None = None, starts_street: bool = False) -> Path:
    """hub.toml for a new home; `starts_street` notes that `entrepot up` is to start the street along."""
    path = settings.hub_file
    if path.exists():
        raise ConfigError(f"{path}: exists already; edit it, or move it away to start anew")
    owner = _own_id() if user is None else _checked_id(user)
    now = SystemClock().now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    note = f'\nstreet = "{street}"   # started by `entrepot up`; remove with its channels when you have your own\n' if starts_street else ""
    text = _HEAD.format(street=note, user=owner)
    text += _street_channels(settings, street.rstrip("/"), now) if street else _EXAMPLE.format(**_instants(now))
    path.parent.mkdir(parents=True, exist_ok=True)
    if street:
        _write_street_rules(path.parent / RECONCILIATION_FILE, owner)
    _write_whole(path, text)
    return path


def _write_street_rules(path: Path, owner: str) -> None:
    """The street's rules of reconciliation, unless somebody wrote some."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, _RULES.format(user=owner))


def move_street(settings: Settings, old: str, new: str) -> None:
    """Point hub.toml at the street's new address, after its old port was found taken."""
    text = settings.hub_file.read_text("utf-8")
    text = text.replace(old, new).replace(f'"{urlsplit(old).netloc}"', f'"{urlsplit(new).netloc}"')
    _write_whole(settings.hub_file, text)


def _street_channels(settings: Settings, street: str, now: datetime) -> str:
    keys = settings.home.resolve() / "keys"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    parts: list[str] = []
    for channel_id, name, connector, door, secrets in _SHOPS:
        lines: list[str] = []
        for setting, value in secrets.items():
            file = keys / f"{channel_id}.{setting}"
            file.touch(mode=0o600)
            file.write_text(value + "\n", "utf-8")
            lines.append(f'{setting} = "file:keys/{file.name}"')
        parts.append(
            _CHANNEL.format(
                id=channel_id, name=name, connector=connector, door=door, url=street, host=urlsplit(street).netloc, keys="\n".join(lines),
                **_instants(now),
            )
        )  # fmt: skip
    return "".join(parts) + _BANKS.format(folder=settings.street_home.resolve() / "bank", **_instants(now))


def _own_id() -> str:
    """The operating system's user in the form ids have; `admin` where nothing of its name fits."""
    return re.sub(r"[^a-z0-9-]", "", getpass.getuser().lower()).strip("-")[:63] or "admin"


def _checked_id(user: str) -> str:
    try:
        return TypeAdapter[str](Key).validate_python(user)
    except ValidationError:
        raise ConfigError(f"--as {user!r}: is no id; ids are small letters, digits and hyphens, like mia") from None


def _instants(now: datetime) -> dict[str, str]:
    return {
        "orders_from": (now - timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "live_from": (now - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _write_whole(path: Path, text: str) -> None:
    """Write beside, then rename: a reader sees the old file or the new one, never half of one."""
    beside = path.with_name(path.name + ".part")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
