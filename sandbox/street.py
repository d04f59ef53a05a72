"""The street: make-believe shops, warehouses and a seller of labels over one seeded world, each speaking its vendor's own HTTP."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, cast

import httpx

from sandbox import control
from sandbox.bank import Bank, opened_on
from sandbox.books import REFUSED, SHORT, Books
from sandbox.catalogue import offers_of
from sandbox.dial import Dial
from sandbox.easypost import api as easypost_api
from sandbox.easypost import books as easypost_books
from sandbox.edi.books import TrueParcel as EdiParcel
from sandbox.edi.warehouse import EdiWarehouse
from sandbox.exchange import Answer, Clock, Request, Tree, answer_json, http_date, replaced, tree_of
from sandbox.faults import Ground
from sandbox.front import PAGE
from sandbox.limits import Bucket, Limit
from sandbox.refusals import limited
from sandbox.shelf import Entry, Shelf
from sandbox.shipbob import api as shipbob_api
from sandbox.shipbob.render import TRADE as SHIPBOB
from sandbox.shipstation import api as shipstation_api
from sandbox.shipstation.render import TRADE as SHIPSTATION
from sandbox.shop import Shop
from sandbox.shopify import api as shopify_api
from sandbox.shopify import nodes as shopify_nodes
from sandbox.shopify.ids import item_gid, variant_id
from sandbox.shopify.money import gid
from sandbox.shopify.wares import wares_of as shopify_wares
from sandbox.square import api as square_api
from sandbox.square.api import PER_ORDER
from sandbox.square.ids import variation_id
from sandbox.square.wares import wares_of as square_wares
from sandbox.story import CHANNELS, THOUSANDTHS, dice
from sandbox.transport import StreetTransport
from sandbox.truth import TrueMoney, TrueOrder, TrueParcel, TrueStock, TrueUnits, Truth
from sandbox.wares import WARES
from sandbox.woocommerce import api as woo_api
from sandbox.woocommerce.ids import listing_id
from sandbox.woocommerce.wares import wares_of as woo_wares
from sandbox.world import HISTORY, Render, World

RENDERERS: Final[dict[str, Render]] = {
    "shopify-main": shopify_wares,
    "woo-shop": woo_wares,
    "square-till": square_wares,
}
COUNTERS: Final[dict[str, tuple[str, Callable[[Shop, Request], Answer]]]] = {
    "/shopify/": ("shopify-main", shopify_api.answer),
    "/woo/": ("woo-shop", woo_api.answer),
    "/square/": ("square-till", square_api.answer),
    "/shipbob/": ("shipbob", shipbob_api.answer),
    "/shipstation/": ("shipstation", shipstation_api.answer),
    "/easypost/": ("easypost", easypost_api.answer),
}
KINDS: Final = {"shopify-main": shopify_nodes.ORDERS, "woo-shop": woo_api.ORDERS, "square-till": square_api.ORDERS}
LISTING_IDS: Final[dict[str, Callable[[int], object]]] = {
    "shopify-main": variant_id,
    "woo-shop": listing_id,
    "square-till": variation_id,
}
STOCK_IDS: Final = {**LISTING_IDS, "shopify-main": item_gid}


class Street:
    """A street of shops kept in `home` (one SQLite file).

    An existing world keeps its seed, orders and channels; `orders`, `seed` and `channels` only matter for a new one.
    `faults` is "none", "mild", "all" or names of faults with commas between; `limits` is what channels bear, without one a channel
    bears everything. With `ships_itself` off no goods leave but those a hub tells of; what left before the opening has left. All three are
    taken anew each time.
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
        limits: Mapping[str, Limit] | None = None,
        ships_itself: bool = True,
    ) -> None:
        self._clock = clock
        self._shelf = Shelf(home)
        self._world = World(self._shelf, RENDERERS, self._now_ms(), seed=seed, orders=orders, channels=channels,
                            ships_itself=ships_itself)  # fmt: skip
        opened = int(self._shelf.fact("opened") or 0) + 1
        self._shelf.keep({"opened": str(opened)})
        self.edi = EdiWarehouse(home / "edi", clock, seed=self._world.seed)
        first = opened_on(self._world.start_ms, HISTORY)
        self._bank = Bank(home / "bank", self._shelf, clock, seed=self._world.seed, first=first, channels=self._world.channels)
        self._dial = Dial(faults, seed=f"{self._world.seed}:{opened}")
        self._touches = 0
        self._buckets = {channel: Bucket(limit, self._now_ms()) for channel, limit in (limits or {}).items()}

    @property
    def hits(self) -> Counter[tuple[str, str]]:
        """Gives how often each (fault, endpoint) was met so far."""
        return self._dial.hits

    @property
    def refused(self) -> dict[str, int]:
        """Gives how many requests each limited channel refused for haste."""
        return {channel: bucket.refused for channel, bucket in self._buckets.items()}

    def answer(self, request: Request) -> Answer:
        """Gives the street's answer to one HTTP exchange; the Date header is the street's clock."""
        with self._shelf.lock:
            self._world.seen_ms = max(self._world.seen_ms, self._now_ms())
            found = self._dial.answer(request, self._counter, Ground(self._clock, self._stir, self._place, self._buy))
        return replaced(found, headers={**found.headers, "Date": http_date(self._clock())})

    def advance(self) -> None:
        """Brings the world up to the clock: new orders, payments, parcels, refunds, edits and bank statements since the last time."""
        self._world.advance(self._now_ms())
        self.edi.advance()
        with self._shelf.lock:
            self._bank.advance()

    def touch(self, fraction: float) -> int:
        """Edits this fraction of each channel's orders now (one more of the first line, else a note). Gives how many."""
        touched = 0
        for channel in self._world.channels:
            self._touches += 1
            count = self._world.count(channel)
            chosen = dice(self._world.seed, channel, "touch", self._touches).sample(range(count), int(count * fraction))
            touched += self._world.touch(channel, chosen, "edit", self._now_ms())
        return touched

    def touch_quietly(self, fraction: float, act: str = "refund_part") -> int:
        """Lets an act befall this fraction of each channel's orders as no clock of theirs shows: what changed keeps its old time."""
        touched = 0
        for channel in self._world.channels:
            self._touches += 1
            count = self._world.count(channel)
            chosen = dice(self._world.seed, channel, "touch", self._touches).sample(range(count), int(count * fraction))
            touched += self._world.touch_quietly(channel, chosen, act)
        return touched

    def stock(self, channel: str, units: Mapping[str, int]) -> None:
        """Counts a channel's shelves by SKU, `*` for all the rest; from now on its buyers only find what it shows.

        Raises ValueError for a SKU the channel does not list or nobody can count.
        """
        self._world.stock(channel, units, self._now_ms())

    def sell(self, channel: str, sku: str, quantity: int, at: datetime | None = None) -> str | None:
        """Sells whole units to a buyer who pays at once. Gives the new order's id, None where the channel shows too few.

        `at` is now unless said otherwise, and never before the street's last answer. Raises ValueError for a SKU the channel does not list.
        """
        return self._world.sell(channel, offers_of(channel, sku)[0], quantity, self._ms(at))

    def cancel(self, order: str, at: datetime | None = None) -> bool:
        """Cancels the order with this id, refunds it and gives its units back as the vendor does. Gives whether it could be."""
        found = ((channel, entry.sequence) for channel in self._world.channels if (entry := self._order(channel, order)))
        channel, sequence = next(found, ("", 0))
        number = sequence // PER_ORDER if channel == "square-till" else sequence
        return bool(channel) and self._world.cancel(channel, number, self._ms(at))

    def refuse(self, channel: str, sku: str, *, refused: bool = True) -> None:
        """Makes a channel refuse every level of a SKU in the vendor's own words, or take it again. Raises ValueError as `sell`."""
        self._world.ledger.refuse(channel, offers_of(channel, sku), refused=refused)

    def ship_short(self, sku: str, *, short: bool = True) -> None:
        """Has the warehouses ship one unit less of a SKU in each order that they take in from now on, or all of it again."""
        Books(self._shelf, SHIPBOB).put_on(SHORT, sku, listed=short)

    def refuse_orders(self, sku: str, *, refused: bool = True) -> None:
        """Has the warehouses refuse all orders for a SKU, or take them again."""
        Books(self._shelf, SHIPBOB).put_on(REFUSED, sku, listed=refused)

    def calm(self) -> None:
        """Stops all faults from now on; everything is visible and well."""
        self._dial.calm()

    def transport(self) -> httpx.BaseTransport:
        """Gives an httpx transport that reaches this street without a socket; faults become httpx errors at once."""
        return StreetTransport(self.answer)

    def truth(self) -> Truth:
        """Gives what every channel should have shown by now, cancelled orders too."""
        entries = [(channel, entry) for channel, kind in KINDS.items() for entry in self._shelf.entries(kind)]
        orders = [
            {"channel": channel, "placed_ms": entry.created_ms, **tree_of(json.loads(entry.truth))}
            for channel, entry in entries
            if entry.truth
        ]
        return {
            "orders": cast("list[TrueOrder]", orders),
            "returns": [{"channel": channel, "external_id": entry.id} for channel, entry in entries if not entry.truth],
            "stock": self.levels(),
            "parcels": [*self._parcels(), *map(_parcel, self.edi.parcels())],
            "labels": easypost_books.Books(self._shelf).labels(),
        }

    def money(self) -> TrueMoney:
        """Gives the payouts of every processor, and what the bank's statements hold."""
        return {"payouts": self._bank.payouts(), "bank": self._bank.lines()}

    def _parcels(self) -> list[TrueParcel]:
        return [parcel for trade in (SHIPBOB, SHIPSTATION) for parcel in Books(self._shelf, trade).parcels(self._now_ms())]

    def levels(self) -> list[TrueStock]:
        """Gives what was sold and what is shown of everything counted."""
        return [
            {
                "channel": level.channel,
                "sku": WARES[level.ware].sku,
                "external_id": str(LISTING_IDS[level.channel](level.ware)),
                "sold": level.sold,
                "shown": level.shown,
                "committed": level.committed,
                "held": level.held,
                "settings": level.settings,
            }
            for level in self._world.ledger.levels()
        ]

    def close(self) -> None:
        """Lets go of the world's file."""
        self._shelf.close()

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _ms(self, at: datetime | None) -> int:
        return int(at.timestamp() * 1000) if at else self._now_ms()

    def _order(self, channel: str, order: str) -> Entry | None:
        return self._shelf.find(KINDS[channel], gid("Order", int(order)) if channel == "shopify-main" and order.isdigit() else order)

    def _counter(self, request: Request, twist: str, is_late: Callable[[Entry], bool] | None) -> Answer:
        for prefix, (channel, counter) in COUNTERS.items():
            if request.path.startswith(prefix):
                bucket = self._buckets.get(channel)
                waits_ms = bucket.take(1, self._now_ms()) if bucket and channel != "shopify-main" else 0  # Shopify counts queries' cost
                if waits_ms:
                    return limited(prefix.strip("/"), str(-(-waits_ms // 1000)))
                return counter(
                    Shop(self._shelf, self._world.ledger, self._clock, twist, is_late, bucket, self._tell, self._world.seed), request
                )
        if request.path.startswith(("/stock", "/warehouse/")):
            return control.answer(self, request)
        if request.path in {"/truth", "/truth/money"}:
            return answer_json(self.money() if request.path.endswith("money") else self.truth())
        if request.path == "/":
            return Answer(200, {"content-type": "text/html; charset=utf-8"}, PAGE)
        return answer_json({"error": "nobody lives here"}, 404)

    def _stir(self, channel: str, most: int) -> None:
        """Lets a note befall up to `most` orders of a channel, half of them at the most: rows move while they are read."""
        count = self._world.count(channel)
        chosen = dice(self._world.seed, channel, "stir", self._dial.count).sample(range(count), min(most, (count + 1) // 2))
        self._world.touch(channel, chosen, "note", self._now_ms())

    def _tell(self, channel: str, number: int, told: Sequence[tuple[str, Tree]]) -> None:
        self._world.tell(channel, number, told, self._now_ms())

    def _place(self, channel: str) -> None:
        if channel in self._world.channels:
            self._world.place(channel, self._now_ms())

    def _buy(self, channel: str, request: Request) -> None:
        """Sends a buyer for one of the wares this request names, if the shop shows any of them."""
        named = f"{request.path} {request.body.decode(errors='replace')}"
        levels = [level for level in self._world.ledger.levels() if level.channel == channel and level.shown - level.held > 0]
        found = [level.ware for level in levels if str(STOCK_IDS[channel](level.ware)) in named]
        if found:
            ware = dice(self._world.seed, channel, "buy", self._dial.count).choice(found)
            self._world.sell(channel, ware, 1, self._now_ms())


def _parcel(told: EdiParcel) -> TrueParcel:
    """Gives a parcel of the warehouse that works by EDI, which counts in thousandths, as all parcels are told."""
    number = told["tracking_number"]
    lines: list[TrueUnits] = [{"sku": sku, "quantity": count // THOUSANDTHS} for sku, count in told["lines"].items()]
    return {"partner": told["partner"], "reference": told["reference"], "external_id": number, "tracking_number": number, "lines": lines}
