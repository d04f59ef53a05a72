"""The tills of a real Tryton, beside its books: what a clerk does at them, over the same interface that Tryton's own client uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Record, Window
from connectors.registry import connect
from connectors.tryton_pos.connector import TrytonPos
from tests.systems.tryton_books import COMPANY, PASSWORD, Books

SALE = "model.sale.point.sale"
PAYMENT = "model.sale.point.payment"
GROSS_TILL, NET_TILL = 1, 2
"""The till whose prices have tax in them, and the one whose have not."""

Sold = tuple[str, str]
"""A product's code, or its name where it has none, and a quantity."""


@dataclass
class Tills(Books):
    """The running tills."""

    def pos(self, transport: httpx.BaseTransport | None = None, **settings: object) -> TrytonPos:
        """The hub's connector, whose waits are none."""
        told: dict[str, object] = {"address": self.url, "database": self.database, "user": "till", "password": PASSWORD, "company": COMPANY}
        pause = Pause(sleep=lambda _seconds: None, chance=lambda: 0)
        found = connect("tryton_pos", told | settings, Wiring(transport or httpx.HTTPTransport(), pause=pause))
        assert isinstance(found, TrytonPos)
        self.opened.append(found)
        return found

    def as_clerk(self, method: str, *params: object, **context: object) -> Any:  # noqa: ANN401  whatever JSON says
        """What the clerk's client is answered."""
        return self.call(method, *params, user="clerk", **context)

    def products(self) -> Mapping[str, Mapping[str, Any]]:
        """What may be sold, by code or else by name."""
        fields = ["code", "name", "list_price_used", "gross_price_used"]
        rows = self.as_clerk("model.product.product.search_read", [], 0, None, None, fields)
        return {row["code"] or row["name"]: row for row in rows}

    def ring_up(self, *sold: Sold, till: int = GROSS_TILL) -> int:
        """An open sale of these goods at their prices."""
        known = self.products()
        lines = [
            {
                "product": known[code]["id"],
                "quantity": float(quantity),
                "unit_list_price": known[code]["list_price_used"],
                "unit_gross_price": known[code]["gross_price_used"],
            }
            for code, quantity in sold
        ]
        [sale] = self.as_clerk(f"{SALE}.create", [{"point": till, "company": 1, "lines": [["create", lines]]}])
        made: int = sale
        return made

    def pay(self, sale: int, method: str, amount: str) -> int:
        """Money taken, or given back."""
        [method_id] = self.as_clerk("model.sale.point.payment.method.search", [["name", "=", method]], 0, None, None)
        values = {"sale": sale, "method": method_id, "amount": decimal(amount)}
        [made] = self.as_clerk(f"{PAYMENT}.create", [values])
        payment: int = made
        return payment

    def shown(self, sale: int) -> Mapping[str, Any]:
        """A sale as Tryton shows it."""
        [row] = self.as_clerk(f"{SALE}.read", [sale], ["number", "state", "total", "total_tax", "amount_to_pay", "write_date"])
        return row

    def sell(self, *sold: Sold, till: int = GROSS_TILL, paid: Sequence[tuple[str, str]] | None = None) -> int:
        """A sale that is done; in cash unless it is said otherwise."""
        sale = self.ring_up(*sold, till=till)
        due = self.shown(sale)["amount_to_pay"]["decimal"]
        for method, amount in [("Cash", due)] if paid is None and Decimal(due) else paid or ():
            self.pay(sale, method, amount)
        self.as_clerk(f"{SALE}.process", [sale])
        return sale


def decimal(text: str) -> Mapping[str, str]:
    """A number as Tryton's clients write it."""
    return {"__class__": "Decimal", "decimal": text}


def records(connector: TrytonPos, window: Window | None = None) -> dict[str, Record]:
    """Everything the connector reads of a window, or of the last hour, by id."""
    now = connector.identify().now + timedelta(seconds=2)
    window = window or Window(now - timedelta(hours=1), now)
    slices = [raw for page in connector.fetch_orders(window, None) for raw in page.slices]
    read = connector.kinds["order"].read
    return {str(connector.external_id_in(raw)): read(raw, {}) for raw in slices}
