"""Channel accounts as the hub knows them: who they turned out to be, and whether they are paused."""

from datetime import datetime

from sqlalchemy import Connection, Row, select, update

from model.errors import ConfigError
from model.store.database import insert_ignoring
from model.tables.streams import ChannelAccountRow


def meet(connection: Connection, account_id: str, connector: str, entity_id: str, *, at: datetime) -> None:
    """Make sure the account has a row; its connector and entity are immutable."""
    values = {"id": account_id, "connector": connector, "entity_id": entity_id, "first_seen_at": at}
    connection.execute(insert_ignoring(connection, ChannelAccountRow).values(values))
    row = _load(connection, account_id)
    if (row.connector, row.entity_id) != (connector, entity_id):
        raise ConfigError(
            f"channel {account_id}: was first read as connector {row.connector!r} of entity {row.entity_id!r}; "
            "these never change, so give the new account a new id"
        )


def is_met(connection: Connection, account_id: str) -> bool:
    """Whether an account has a row, be it no longer in hub.toml."""
    return connection.execute(select(ChannelAccountRow.id).where(ChannelAccountRow.id == account_id)).first() is not None


def recognise(connection: Connection, account_id: str, fingerprint: str) -> None:
    """Bind the account to the shop that answered; ConfigError when that shop is another account's, or the account another shop's."""
    row = _load(connection, account_id)
    if row.fingerprint is None:
        other = connection.execute(select(ChannelAccountRow.id).where(ChannelAccountRow.fingerprint == fingerprint)).scalar_one_or_none()
        if other is not None:
            raise ConfigError(f"channel {account_id}: is the same shop as channel {other}; remove one of the two from hub.toml")
        connection.execute(update(ChannelAccountRow).where(ChannelAccountRow.id == account_id).values(fingerprint=fingerprint))
    elif row.fingerprint != fingerprint:
        raise ConfigError(
            f"channel {account_id}: another shop answers than before; give the new shop an account of its own, or mend its settings"
        )


def pause(connection: Connection, account_id: str, reason: str | None, *, at: datetime | None) -> None:
    """Note since when and why an account's credentials are refused, for people; `at` None: they are taken again."""
    connection.execute(update(ChannelAccountRow).where(ChannelAccountRow.id == account_id).values(paused_at=at, pause_reason=reason))


def pauses(connection: Connection) -> dict[str, tuple[datetime, str]]:
    """The accounts whose credentials are refused: since when and why."""
    row = ChannelAccountRow
    refused = select(row.id, row.paused_at, row.pause_reason).where(row.paused_at.is_not(None))
    return {account_id: (at, reason) for account_id, at, reason in connection.execute(refused)}


def _load(connection: Connection, account_id: str) -> Row[tuple[object, ...]]:
    return connection.execute(select(ChannelAccountRow.__table__).where(ChannelAccountRow.id == account_id)).one()
