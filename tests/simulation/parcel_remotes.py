"""Both ends of a parcel's way, with books in files: whoever uses them may be killed before or after each writing of a book.

What a killed process had had them write stays written, as remotes are processes of their own.
"""

import json
from pathlib import Path
from typing import Any

import httpx

from tests.simulation.mortality import Mortality
from tests.warehouse import Warehouse


class Shop(httpx.BaseTransport):
    """A WooCommerce shop with one order, kept in a file."""

    def __init__(self, books: Path, life: Mortality) -> None:
        self.books, self.life = books, life

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The order as it stands, or as it is set."""
        order: dict[str, Any] = json.loads(self.books.read_text())
        if request.method == "PUT":
            told: dict[str, Any] = json.loads(request.content)
            kept = {each["key"]: each for each in order["meta_data"]}
            for each in told.pop("meta_data", []):
                kept[each["key"]] = {"id": kept.get(each["key"], {"id": len(kept) + 1})["id"], **each}
            order |= told | {"meta_data": list(kept.values())}
            self.life.reach("before books")
            self.books.write_text(json.dumps(order))
            self.life.reach("after books")
        return httpx.Response(200, json=order, headers={"Date": "Mon, 02 Mar 2026 12:00:00 GMT"})


class MortalWarehouse(Warehouse):
    """A 3PL; `is_prompt` has shipped an order before it answers that it took it."""

    def __init__(self, books: Path, life: Mortality, *, is_forgetful: bool = False, is_prompt: bool = False) -> None:
        super().__init__(books, is_forgetful=is_forgetful)
        self.life, self.is_prompt = life, is_prompt

    def keep(self, orders: list[dict[str, Any]]) -> None:
        """Write the books."""
        self.life.reach("before books")
        super().keep(orders)
        self.life.reach("after books")

    def do(self, request: httpx.Request) -> httpx.Response:
        """What it does, and says."""
        answer = super().do(request)
        if self.is_prompt and request.method == "POST":
            self.ship()
        return answer
