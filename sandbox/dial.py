"""The dial: which exchanges go wrong, drawn from the seed and the number of the exchange."""

import re
from collections import Counter
from typing import Final, NamedTuple
from zlib import crc32

from sandbox.exchange import Answer, Request
from sandbox.faults import FAULTS, ONLY_AT, Counterpart, Exchange, Ground, IsLate
from sandbox.shelf import Entry
from sandbox.story import dice

LATE_ROWS: Final = "late_rows"
DAYS_LATE: Final = "days_late_rows"
"""Rows that lists show only days after their own time, which stays what it was; no reading of windows ever meets them."""
MOST_IN_A_ROW: Final = 3
LATE_ONE_IN: Final = 8
LATE_LEAST_S: Final = 5
LATE_SPAN_S: Final = 85
DAYS_LATE_ONE_IN: Final = 6
DAY_S: Final = 86_400
MOST_DAYS: Final = 3
RARE: Final = "many_ties"
ON_REQUEST: Final = "looping_token"
OFTEN: Final = tuple(name for name in FAULTS if name not in {RARE, ON_REQUEST})

# what a document asks for, told by its words; the first that fits
SHOPIFY_DOORS: Final = (
    (b"inventorySetQuantities", "shopify:stock"),
    (b"fulfillmentCreate", "shopify:notice"),
    (b"shopifyPaymentsAccount", "shopify:money"),
    (b"productVariants(", "shopify:listings"),
    (b"inventoryItems(", "shopify:listings"),
    (b"orders(", "shopify:orders"),
)


class Profile(NamedTuple):
    """Which faults are on, and how many of a thousand exchanges meet one."""

    names: tuple[str, ...]
    per_mille: int


PROFILES: Final = {
    "none": Profile((), 0),
    "mild": Profile(("rate_limited_seconds", "status_500", "status_503", "connection_reset", "read_timeout", LATE_ROWS), 50),
    "all": Profile((*OFTEN, *OFTEN, RARE, LATE_ROWS), 300),
}


def profile_of(text: str) -> Profile:
    """Gives the profile of this name, or one of the named faults (commas between) which every second exchange meets.

    Raises ValueError for a fault nobody knows.
    """
    if text in PROFILES:
        return PROFILES[text]
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    strange = [name for name in names if name not in FAULTS and name not in {LATE_ROWS, DAYS_LATE}]
    if strange:
        message = f"faults: nobody knows {', '.join(strange)}; there are {', '.join((*PROFILES, *FAULTS, LATE_ROWS, DAYS_LATE))}"
        raise ValueError(message)
    return Profile(names, 500)


def _shipbob(method: str, words: list[str]) -> str:
    what = re.sub(r"/\d+", "/{id}", "/".join(words[1:]))
    return f"shipbob:{what}s" if method == "GET" else f"shipbob:{what}"


def _shipstation(_method: str, words: list[str]) -> str:
    return "shipstation:" + re.sub(r"/\d+", "/{id}", "/".join(words[-1:]))


def _easypost(method: str, words: list[str]) -> str:
    return f"easypost:{method} " + re.sub(r"shp_\w+", "{id}", "/".join(words))


PARTNERS: Final = {"shipbob": _shipbob, "shipstation": _shipstation, "easypost": _easypost}


def endpoint_of(request: Request) -> str:
    """Gives a short name of what was asked, empty where no shop lives and faults have no place."""
    shop, _, rest = request.path.strip("/").partition("/")
    if shop == "shopify":
        return next((name for mark, name in SHOPIFY_DOORS if mark in request.body), "shopify:query")
    if rest.removeprefix("wp-json/wc/v3/").removeprefix("v2/").startswith("orders/") and request.method == "PUT":
        return f"{shop}:notice"
    words = [word for word in rest.replace("wp-json/wc/v3", "v2").split("/") if word != "v2"]
    if shop == "woo":
        return "woo:" + "/".join("{id}" if word.isdigit() else word for word in words)
    if shop in PARTNERS:
        return PARTNERS[shop](request.method, words)
    if shop == "square":
        named = words[1:] in (["search"], ["batch-retrieve"], ["me"]) or not words[1:] or words[0] in {"catalog", "inventory"}
        return "square:" + ("/".join(words) if named else f"{words[0]}/{{id}}")
    return ""


class Dial:
    """Draws one fault or none for each exchange. After three faulty answers of one endpoint the next one is good."""

    def __init__(self, text: str, seed: str) -> None:
        self._profile, self._seed = profile_of(text), seed
        self._in_a_row: Counter[str] = Counter()
        self.hits: Counter[tuple[str, str]] = Counter()
        self.count = 0

    def calm(self) -> None:
        """Turns every fault off."""
        self._profile = PROFILES["none"]

    def answer(self, request: Request, counterpart: Counterpart, ground: Ground) -> Answer:
        """Gives the shop's answer with whatever goes wrong this time."""
        endpoint = endpoint_of(request)
        if not endpoint or not self._profile.names:
            return counterpart(request, "", None)
        self.count += 1
        throw = dice(self._seed, self.count)
        is_late = self._lateness(ground, endpoint) if {LATE_ROWS, DAYS_LATE} & set(self._profile.names) else None
        fits = [name for name in self._profile.names if name in FAULTS and endpoint in ONLY_AT.get(name, {endpoint})]
        calm_now = self._in_a_row[endpoint] >= MOST_IN_A_ROW or throw.randrange(1000) >= self._profile.per_mille
        if calm_now or not fits:
            self._in_a_row[endpoint] = 0
            return counterpart(request, "", is_late)
        self._in_a_row[endpoint] += 1
        name = throw.choice(fits)
        self.hits[name, endpoint] += 1
        return FAULTS[name](Exchange(request, endpoint, counterpart, is_late, throw, ground))

    def _lateness(self, ground: Ground, endpoint: str) -> IsLate:
        now_ms, by_days = int(ground.clock().timestamp() * 1000), DAYS_LATE in self._profile.names

        def is_late(entry: Entry) -> bool:
            drawn = crc32(f"{entry.id}:{entry.updated_ms}".encode())
            one_in, least_s, span_s = (
                (DAYS_LATE_ONE_IN, DAY_S, (MOST_DAYS - 1) * DAY_S) if by_days else (LATE_ONE_IN, LATE_LEAST_S, LATE_SPAN_S)
            )
            lag_s = least_s + drawn // one_in % span_s
            late = drawn % one_in == 0 and entry.updated_ms + lag_s * 1000 > now_ms
            if late:
                self.hits[DAYS_LATE if by_days else LATE_ROWS, endpoint] += 1
            return late

        return is_late
