"""The street: three make-believe shops over one seeded world, answering HTTP in each vendor's own wire format."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, cast

import httpx

from sandbox.dial import Dial
from sandbox.exchange import Answer, Clock, Request, answer_json, http_date, replaced, tree_of
from sandbox.faults import Ground
from sandbox.front import PAGE
from sandbox.shelf import Entry, Shelf
from sandbox.shop import Shop
from sandbox.shopify import api as shopify_api
from sandbox.shopify import nodes as shopify_nodes
from sandbox.shopify.wares import wares_of as shopify_wares
from sandbox.square import api as square_api
from sandbox.square.wares import wares_of as square_wares
from sandbox.story import CHANNELS, dice
from sandbox.transport import StreetTransport
from sandbox.truth import TrueOrder, Truth
from sandbox.woocommerce import api as woo_api
from sandbox.woocommerce.wares import wares_of as woo_wares
from sandbox.world import Render, World

RENDERERS: Final[dict[str, Render]] = {
    "shopify-main": shopify_wares,
    "woo-shop": woo_wares,
    "square-till": square_wares,
}
COUNTERS: Final[dict[str, Callable[[Shop, Request], Answer]]] = {
    "/shopify/": shopify_api.answer,
    "/woo/": woo_api.answer,
    "/square/": square_api.answer,
}
KINDS: Final = {"shopify-main": shopify_nodes.ORDERS, "woo-shop": woo_api.ORDERS, "square-till": square_api.ORDERS}


class Street:
    """A street of shops kept in `home` (one SQLite file).

    An existing world keeps its seed, orders and channels; `orders`, `seed` and `channels` only matter for a new one.
    `faults` is "none", "mild", "all" or names of faults with commas between, and is taken anew each time.
    """

    def __init__(
        self,
        home: Path,
        *,
        orders: int = 200,
        seed: int = 1,
        faults: str = "none",
        clock: Clock,
        channels: Sequence[str] = CHANNELS,
    ) -> None:
        self._clock = clock
        self._shelf = Shelf(home)
        self._world = World(self._shelf, RENDERERS, self._now_ms(), seed=seed, orders=orders, channels=channels)
        opened = int(self._shelf.fact("opened") or 0) + 1
        self._shelf.keep({"opened": str(opened)})
        self._dial = Dial(faults, seed=f"{self._world.seed}:{opened}")
        self._touches = 0

    @property
    def hits(self) -> Counter[tuple[str, str]]:
        """Gives how often each (fault, endpoint) was met so far."""
        return self._dial.hits

    def answer(self, request: Request) -> Answer:
        """Gives the street's answer to one HTTP exchange; the Date header is the street's clock."""
        with self._shelf.lock:
            self._world.seen_ms = max(self._world.seen_ms, self._now_ms())
            found = self._dial.answer(request, self._counter, Ground(self._clock, self._stir, self._place))
        return replaced(found, headers={**found.headers, "Date": http_date(self._clock())})

    def advance(self) -> None:
        """Brings the world up to the clock: new orders, payments, parcels, refunds and edits since the last time."""
        self._world.advance(self._now_ms())

    def touch(self, fraction: float) -> int:
        """Edits this fraction of each channel's orders now (one more of the first line, else a note). Gives how many."""
        touched = 0
        for channel in self._world.channels:
            self._touches += 1
            count = self._world.count(channel)
            chosen = dice(self._world.seed, channel, "touch", self._touches).sample(range(count), int(count * fraction))
            touched += self._world.touch(channel, chosen, "edit", self._now_ms())
        return touched

    def calm(self) -> None:
        """Stops all faults from now on; everything is visible and well."""
        self._dial.calm()

    def transport(self) -> httpx.BaseTransport:
        """Gives an httpx transport that reaches this street without a socket; faults become httpx errors at once."""
        return StreetTransport(self.answer)

    def truth(self) -> Truth:
        """Gives what every channel should have shown by now, cancelled orders too."""
        entries = [(channel, entry) for channel, kind in KINDS.items() for entry in self._shelf.entries(kind)]
        orders = [{"channel": channel, **tree_of(json.loads(entry.truth))} for channel, entry in entries if entry.truth]
        return {
            "orders": cast("list[TrueOrder]", orders),
            "returns": [{"channel": channel, "external_id": entry.id} for channel, entry in entries if not entry.truth],
        }

    def close(self) -> None:
        """Lets go of the world's file."""
        self._shelf.close()

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _counter(self, request: Request, twist: str, is_late: Callable[[Entry], bool] | None) -> Answer:
        for prefix, counter in COUNTERS.items():
            if request.path.startswith(prefix):
                return counter(Shop(self._shelf, self._clock, twist, is_late), request)
        if request.path == "/truth":
            return answer_json(self.truth())
        if request.path == "/":
            return Answer(200, {"content-type": "text/html; charset=utf-8"}, PAGE)
        return answer_json({"error": "nobody lives here"}, 404)

    def _stir(self, channel: str, most: int) -> None:
        """Lets a note befall up to `most` orders of a channel, half of them at the most: rows move while they are read."""
        count = self._world.count(channel)
        chosen = dice(self._world.seed, channel, "stir", self._dial.count).sample(range(count), min(most, (count + 1) // 2))
        self._world.touch(channel, chosen, "note", self._now_ms())

    def _place(self, channel: str) -> None:
        if channel in self._world.channels:
            self._world.place(channel, self._now_ms())
