"""How WooCommerce writes ids, money and times (wc/v3 docs; PLATFORMS §2)."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sandbox.exchange import Tree
from sandbox.sums import EXPONENTS, Part, decimal_text

SITE: Final = "https://woo.street.example"
SITE_ZONE: Final = ZoneInfo("Europe/Amsterdam")
FIRST_ID: Final = 1000
ID_STEP: Final = 5  # the numbers between are for refunds, of which an order has three at most


def order_id(number: int) -> int:
    """Gives the id of order `number`: ids rise with gaps, as posts of other kinds take numbers too."""
    return FIRST_ID + number * ID_STEP


def money(amount: int, currency: str) -> str:
    """Gives minor units as WooCommerce shows them: at least two places, whatever the currency."""
    exponent = EXPONENTS[currency]
    places = max(2, exponent)
    return decimal_text(amount * 10 ** (places - exponent), places)


def without_tax(part: Part, *, inclusive: bool) -> tuple[int, int]:
    """Gives (before discount, after discount) of a part, tax taken out."""
    if not inclusive:
        return part.gross, part.net
    return part.gross - sum(part.gross_taxes), part.net - part.tax


def links(own: str, collection: str) -> Tree:
    """Gives the `_links` of a resource and of its collection."""
    root = f"{SITE}/wp-json/wc/v3/"
    return {"self": [{"href": root + own}], "collection": [{"href": root + collection}]}


def gmt(at_ms: int) -> str:
    """Gives a moment as the vendor writes UTC: whole seconds, no zone letter."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def site_time(at_ms: int) -> str:
    """Gives a moment in the site's own zone, whole seconds, without an offset."""
    return datetime.fromtimestamp(at_ms // 1000, SITE_ZONE).strftime("%Y-%m-%dT%H:%M:%S")
