"""SQLAlchemy tables, one file per aggregate. Importing this package registers all of them."""

from model.tables import audit, landing, orders, payments, shipments, streams
from model.tables.base import Base

__all__ = ["Base", "audit", "landing", "orders", "payments", "shipments", "streams"]
