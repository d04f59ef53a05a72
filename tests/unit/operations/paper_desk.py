"""A hub that issues invoices: its web shop is shipped by hand from a place of its own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from model.records.order import Adjustment, Order, OrderLine, Party
from model.store.database import Database
from model.store.papers import PAPERS, lines_of
from operations.fulfilment_verbs import HandShipment, ship_by_hand
from operations.papers.issue import issue_papers
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import HubFile, Invoices
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.orders import line, order, payment
from tests.unit.operations.shipping_desk import Desk

INVOICES = Invoices.model_validate({"since": "2026-02-01", "tax_number": "DE123456789", "address": ("1 Quay", "10115 Berlin")})


def issuing_file(file: HubFile, **settings: object) -> HubFile:
    """The file, with an entity that issues."""
    entity = ENTITY.model_copy(update={"invoices": INVOICES.model_copy(update=settings)})
    return replace(file, entities=(entity,))


def sold(external_id: str, total: int, units: int, tax: int = 0, listing: str = "pot") -> OrderLine:
    return replace(line(external_id, total, units * 1000), tax_minor=tax, variant_external_id=listing)


def told(lines: tuple[OrderLine, ...], *adjustments: Adjustment, external_id: str = "1001", **values: Any) -> Order:  # noqa: ANN401
    """An order of these lines whose parts add up."""
    sums = {kind: sum(each.amount_minor for each in adjustments if each.kind == kind) for kind in ("shipping", "tax", "charge", "discount")}
    net = sum(each.total_minor for each in lines)
    total = net + sums["shipping"] + sums["tax"] + sums["charge"] - sums["discount"]
    home = Party(role="shipping", name="Ada Example", street=("1 Long Road",), city="Berlin", postcode="10115", country="DE")
    plain = order(external_id, lines=lines)
    return replace(
        plain, total_minor=total, shop_total_minor=total, shipping_minor=sums["shipping"], tax_minor=sums["tax"],
        charges_minor=sums["charge"], discount_minor=sums["discount"], adjustments=adjustments, parties=(*plain.parties, home),
        payments=(replace(payment(external_id, total), currency=values.get("currency", "EUR")),), **values,
    )  # fmt: skip


class PaperDesk(Desk):
    """Pots lie in `main`; what is sold is approved, released and shipped as the test says."""

    def __init__(self, database: Database, home: Path, clock: StillClock) -> None:
        super().__init__(database, home, clock)
        self.trade.file = issuing_file(self.trade.file)
        self.lay("pot", 50, "main")
        self.lay("cup", 50, "main")

    def take(self, told: Order) -> str:
        """An order comes in, is approved and released; gives its row id."""
        from operations.review_orders import review_orders  # noqa: PLC0415

        order_id = self.trade.save("web", replace(told, placed_at=self.clock.at))
        review_orders(self.hub)
        self.release()
        return order_id

    def ship(self, order_id: str, parcel: str = "1", **quantities: str) -> None:
        [asked, *_] = self.asked(order_id)
        ship_by_hand(self.hub, asked.reference, HandShipment(parcel=parcel, quantities=quantities or None))

    def issue(self) -> Report:
        [report] = issue_papers(self.hub)
        return report

    def papers(self) -> list[Any]:
        with self.database.read() as c:
            return list(c.execute(select(PAPERS).order_by(PAPERS.c.kind.desc(), PAPERS.c.number)))

    def lines(self, paper: Any) -> list[tuple[str, int, int, int, int]]:  # noqa: ANN401
        """Part, thousandths, amount, discount and tax."""
        with self.database.read() as c:
            found = lines_of(c, [paper.id])[paper.id]
        return [(each.part, each.quantity, each.amount_minor, each.discount_minor, each.tax_minor) for each in found]


Change = Callable[[Order], Order]
__all__ = ["INVOICES", "Hub", "PaperDesk", "issuing_file", "sold", "told"]
