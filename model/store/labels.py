"""Labels for parcels our own people send: asked for once a parcel, bought by the outbox, then read."""

from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, select, update

from model.records.label import Label
from model.store.bulk import PrimitiveRow, insert_rows
from model.store.fulfilments import AnyRow, partner_reference
from model.tables.labels import LabelRow
from model.values.ids import derive_id
from model.values.instant import iso

LABELS = cast("Table", LabelRow.__table__)


def label_id(fulfilment_id: str, parcel: str) -> str:
    """The row id of the label of a parcel: asked for twice, it is one."""
    return derive_id(fulfilment_id, "label", parcel)


def find(connection: Connection, fulfilment_id: str, parcel: str) -> AnyRow | None:
    """The label of a parcel, if one was asked for."""
    return connection.execute(select(LABELS).where(LABELS.c.id == label_id(fulfilment_id, parcel))).first()


def add(connection: Connection, fulfilment_id: str, parcel: str, account_id: str, wanted: tuple[str, int], *, at: datetime) -> str:
    """Write that a label is asked for, of this service and weight in grams; gives its reference."""
    row_id, (service, weight_g) = label_id(fulfilment_id, parcel), wanted
    reference = partner_reference("L", row_id)
    row: PrimitiveRow = (
        row_id, fulfilment_id, parcel, account_id, reference, service, weight_g, None, None, None, None, None, None, None, iso(at), None,
    )  # fmt: skip
    insert_rows(connection, LABELS, [row])
    return reference


def bought(connection: Connection, row_id: str, external_id: str) -> None:
    """Note that it was bought."""
    connection.execute(update(LABELS).where(LABELS.c.id == row_id).values(external_id=external_id, problem=None))


def refused(connection: Connection, row_id: str, problem: str | None) -> None:
    """Note that it cannot be bought, or (None) that it is tried again."""
    connection.execute(update(LABELS).where(LABELS.c.id == row_id).values(problem=problem))


def unread(connection: Connection, account_id: str) -> list[AnyRow]:
    """Labels that were bought of an account and not read yet."""
    c = LABELS.c
    these = (c.account_id == account_id, c.external_id.is_not(None), c.tracking_number.is_(None))
    return list(connection.execute(select(LABELS).where(*these).order_by(c.asked_at, c.id)))


def unread_accounts(connection: Connection) -> set[str]:
    """Accounts of which labels were bought and not read yet."""
    c = LABELS.c
    return set(connection.execute(select(c.account_id).where(c.external_id.is_not(None), c.tracking_number.is_(None)).distinct()).scalars())


def read(connection: Connection, row_id: str, label: Label, *, at: datetime) -> None:
    """Keep what a bought label is."""
    connection.execute(
        update(LABELS)
        .where(LABELS.c.id == row_id)
        .values(
            tracking_number=label.tracking_number, tracking_url=label.tracking_url, carrier=label.carrier,
            cost_minor=label.cost.amount_minor, cost_currency=label.cost.currency, bought_at=at,
        )
    )  # fmt: skip


def of_fulfilment(connection: Connection, fulfilment_id: str) -> list[AnyRow]:
    """All labels of a fulfilment order."""
    c = LABELS.c
    return list(connection.execute(select(LABELS).where(c.fulfilment_order_id == fulfilment_id).order_by(c.asked_at, c.parcel)))
