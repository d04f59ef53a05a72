"""SQLAlchemy tables, one file per aggregate. Importing this package registers all of them."""

from model.tables import (
    advice,
    audit,
    catalogue,
    certificates,
    fulfilment,
    labels,
    landing,
    orders,
    outbox,
    papers,
    payments,
    publishing,
    reconciliations,
    refusals,
    replenishment,
    returns,
    reviews,
    settlements,
    shipments,
    statements,
    stock,
    streams,
    vouchers,
)
from model.tables.base import Base

__all__ = [
    "Base", "advice", "audit", "catalogue", "certificates", "fulfilment", "labels", "landing", "orders", "outbox", "papers",
    "payments", "publishing", "reconciliations", "refusals", "replenishment", "returns", "reviews", "settlements", "shipments",
    "statements", "stock", "streams", "vouchers",
]  # fmt: skip
