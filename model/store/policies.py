"""How each channel sold from stock when its listings were last computed; also the lock that keeps two computations one behind the other.

Without the lock, one that began before a change could write what it saw over what another computed behind the change.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select, update

from model.store.availability import ChannelPolicy
from model.store.database import insert_ignoring
from model.tables.publishing import AvailabilityPolicyRow


def lock(connection: Connection, account_ids: Iterable[str], *, at: datetime) -> dict[str, str | None]:
    """The policies that were followed last, as `told` writes them, locked until the transaction ends; what is read later is up to date."""
    row = AvailabilityPolicyRow
    wanted = sorted(account_ids)
    connection.execute(insert_ignoring(connection, row), [{"account_id": one, "policy": None, "computed_at": at} for one in wanted])
    locked = select(row.account_id, row.policy).where(row.account_id.in_(wanted)).order_by(row.account_id).with_for_update()
    return dict(connection.execute(locked).tuples().all())


def followed(connection: Connection) -> dict[str, str | None]:
    """The policies that were followed last, by channel."""
    row = AvailabilityPolicyRow
    return dict(connection.execute(select(row.account_id, row.policy)).tuples().all())


def follow(connection: Connection, policy: ChannelPolicy, *, at: datetime) -> None:
    """Note that all listings of the channel were computed by this policy."""
    row = AvailabilityPolicyRow
    connection.execute(update(row).where(row.account_id == policy.account_id).values(policy=told(policy), computed_at=at))


def told(policy: ChannelPolicy) -> str:
    """A policy as text, the same for the same."""
    return json.dumps(asdict(policy), default=str, sort_keys=True)
