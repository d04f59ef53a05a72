"""SQLAlchemy tables, one file per aggregate. Importing this package registers all of them."""

from model.tables import audit, catalogue, landing, orders, payments, publishing, replenishment, reviews, shipments, stock, streams
from model.tables.base import Base

__all__ = [
    "Base", "audit", "catalogue", "landing", "orders", "payments", "publishing", "replenishment", "reviews", "shipments", "stock",
    "streams",
]  # fmt: skip
