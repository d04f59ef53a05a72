"""A make-believe warehouse that speaks as much of ShipBob's interface as a hub needs, with books of its own in a file.

The file is written before the answer leaves, so what was done stays done whoever is killed behind it.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, cast

import httpx

Fault = Callable[["Warehouse", httpx.Request], httpx.Response]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def lost(warehouse: "Warehouse", request: httpx.Request) -> httpx.Response:
    """It was done, and the answer never came."""
    warehouse.do(request)
    raise httpx.ReadTimeout("slow")


def dropped(_warehouse: "Warehouse", _request: httpx.Request) -> httpx.Response:
    """Nothing was done, and nobody can tell."""
    raise httpx.ReadTimeout("slow")


def unreachable(_warehouse: "Warehouse", _request: httpx.Request) -> httpx.Response:
    """There was no connection."""
    raise httpx.ConnectError("no")


def says(status: int) -> Fault:
    """An answer in place of doing anything."""
    return lambda warehouse, _request: httpx.Response(status, json={}, headers=warehouse.date)


class Warehouse(httpx.BaseTransport):
    """Its orders, by what the hub calls them; `faults` befall the next commands, one each. `is_forgetful` makes an order each time."""

    def __init__(self, books: Path, *, is_forgetful: bool = False) -> None:
        self.books, self.is_forgetful = books, is_forgetful
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        self.at = NOW

    @property
    def date(self) -> dict[str, str]:
        """Its clock, as headers tell it."""
        return {"Date": format_datetime(self.at, usegmt=True)}

    @property
    def orders(self) -> list[dict[str, Any]]:
        """All orders ever made, as the interface shows them."""
        return json.loads(self.books.read_text()) if self.books.exists() else []

    def keep(self, orders: list[dict[str, Any]]) -> None:
        """Write the books, all or nothing."""
        part = self.books.with_suffix(".part")
        part.write_text(json.dumps(orders))
        part.replace(self.books)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to one request."""
        self.asked.append(f"{request.method} {request.url.path}")
        fault = self.faults.pop(0) if self.faults and request.method == "POST" else None
        return fault(self, request) if fault else self.do(request)

    def do(self, request: httpx.Request) -> httpx.Response:
        """What it does, and says."""
        path = request.url.path.rpartition("/2026-01/")[2]
        if path == "channel":
            return self._told({"items": [{"id": 7, "name": "hub"}], "next": None})
        if path == "return":
            return self._told({"items": []})
        if path == "receiving":
            return self._told([])
        if request.method == "POST" and path == "order":
            return self._make(json.loads(request.content))
        if request.method == "POST":
            return self._call_back(int(path.removeprefix("order/").partition(":")[0]))
        wanted = request.url.params.get("ReferenceIds")
        return self._told([each for each in self.orders if wanted in (None, each["reference_id"])])

    def ship(self, *, rest: str = "later", **pieces: int) -> None:
        """Send all that is there of every order, or only so many pieces by SKU; the rest goes `later`, or `never`."""
        orders = self.orders
        for order in orders:
            for waiting in [each for each in order["shipments"] if each["status"] == "Processing"]:
                held = {each["reference_id"]: each["inventory_items"][0]["quantity"] for each in waiting["products"]}
                sent = {sku: min(pieces.get(sku, 0) if pieces else count, count) for sku, count in held.items()}
                left = {sku: count - sent[sku] for sku, count in held.items() if count > sent[sku]}
                done = self._shipment(order, {sku: count for sku, count in sent.items() if count}, waiting["id"])
                order["shipments"][order["shipments"].index(waiting)] = done
                order["shipments"] += [self._shipment(order, left)] if left and rest == "later" else []
                order["status"] = "PartiallyFulfilled" if left else "Fulfilled"
        self.keep(orders)

    def _shipment(self, order: dict[str, Any], pieces: dict[str, int], number: int | None = None) -> dict[str, Any]:
        """A shipment that left if it has a number, else one that is to leave."""
        named = number or order["id"] * 10 + len(order["shipments"]) + 1
        left: dict[str, Any] = {
            "status": "Completed", "actual_fulfillment_date": "2026-03-02T11:45:00Z", "invoice_amount": 4.9, "invoice_currency_code": "EUR",
            "tracking": {"carrier": "USPS", "tracking_number": f"T{named}", "tracking_url": f"https://www.example.com/T{named}"},
        }  # fmt: skip
        return {
            "id": named, "order_id": order["id"], "reference_id": order["reference_id"], "status": "Processing",
            "created_date": "2026-03-02T11:00:00Z", "last_update_at": "2026-03-02T11:50:00Z", "ship_option": "Standard",
            "products": [
                {"id": 1, "reference_id": sku, "sku": sku,
                 "inventory_items": [{"id": 1, "quantity": count, "quantity_committed": count}]}
                for sku, count in pieces.items()
            ],
        } | (left if number else {})  # fmt: skip

    def _make(self, told: dict[str, Any]) -> httpx.Response:
        orders = self.orders
        if not self.is_forgetful and any(each["reference_id"] == told["reference_id"] for each in orders):
            return httpx.Response(422, json={"reference_id": ["taken"]}, headers=self.date)
        order = {
            "id": len(orders) + 100, "reference_id": told["reference_id"], "order_number": told["order_number"], "status": "Processing",
            "type": "DTC", "created_date": "2026-03-02T10:00:00Z", "purchase_date": told["purchase_date"],
            "channel": {"id": 7, "name": "hub"}, "shipments": [], "recipient": told["recipient"],
            "products": [{"id": 1, "sku": each["reference_id"], **each} for each in told["products"]],
        }  # fmt: skip
        order["shipments"] = [self._shipment(order, {each["reference_id"]: each["quantity"] for each in told["products"]})]
        self.keep([*orders, order])
        return httpx.Response(201, json=order, headers=self.date)

    def _call_back(self, order_id: int) -> httpx.Response:
        orders = self.orders
        order = next(each for each in orders if each["id"] == order_id)
        if order["status"] != "Processing":
            return self._told({"order_id": order_id, "status": "Failure", "canceled_shipment_results": []})
        order["status"] = "Cancelled"
        for each in order["shipments"]:
            each["status"] = "Cancelled"
        self.keep(orders)
        return self._told({"order_id": order_id, "status": "Success", "canceled_shipment_results": []})

    def _told(self, answer: object) -> httpx.Response:
        count = {"Total-Count": str(len(cast("list[object]", answer)))} if isinstance(answer, list) else {}
        return httpx.Response(200, json=answer, headers=self.date | count)
