"""Plan the replies to trading partners: each decision and each invoice once, through the outbox, however often this runs.

What left is told with its booking (`operations.shipment_notices`); reviews and invoices are found here, from a day before the last run on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from connectors import registry
from connectors.capabilities import PartnerReplySink, capabilities_of
from model.errors import ContractError, RejectedError
from model.records.partner_reply import Bill, OrderAnswer, PartnerReply
from model.store import cursors, leases, outbox, partner_replies
from model.store.bulk import chunks
from model.store.cursors import OWN, StreamCursor
from model.store.leases import Lease
from model.store.outbox import Intent
from operations.fulfilment_request import command_key
from operations.replies.answers import answer_key, answer_of
from operations.replies.bills import bill_key, bills_of
from operations.replies.intents import reply_intent
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Channel

STREAM: Final = "replies"
BATCH: Final = 50
ACKNOWLEDGED_WITHIN: Final = timedelta(days=1)
LOOKED_AT: Final = timedelta(days=30)
"""How far back what was never acknowledged is named."""
OVERLAP: Final = timedelta(days=1)
"""A decision bears the time at which it was begun, and is committed later."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A reply that is due, by what names it for ever."""

    business_key: str
    order_id: str
    reply: PartnerReply


def is_answered(account: Account) -> bool:
    """Whether an account's connector takes replies."""
    return isinstance(account, Channel) and PartnerReplySink in capabilities_of(registry.find(account.connector))


def plan_replies(hub: Hub, channel: Channel) -> Report:
    """Write the replies that are due to one partner and were not written before."""
    counted = ("answered", "billed", "late")
    return at_channel(hub, channel, "reply", counted, lambda lease, report: _plan(hub, channel, lease, report))


def _plan(hub: Hub, channel: Channel, lease: Lease, report: Report) -> None:
    until = hub.clock.now()
    with hub.connected(channel) as connector:
        if not isinstance(connector, PartnerReplySink):
            raise ContractError(f"{channel.id}: its connector takes no replies")
        with hub.database.read() as connection:
            cursor = cursors.load(connection, channel.id, STREAM, OWN) or StreamCursor(channel.id, STREAM, OWN, channel.history_until)
        since = max(cursor.read_until - OVERLAP, channel.history_until)
        for kind, (name, find) in _KINDS.items():
            if kind in connector.wanted_replies:
                desk = _Desk(hub, channel, connector, hub.sealer().key_for(hub.database, channel.id, until))
                for some in chunks(list(find(hub, channel, since)), BATCH):
                    report.counts[name] += desk.write(list(some), lease, report)
    refused = list(report.problems)
    _name_late(hub, channel, report, until)
    if not refused:  # what was refused is looked for again, until somebody mends what it lacks
        done = cursor.opened(since, until).after_page(None)
        hub.database.run(lambda connection: cursors.save(connection, done, lease, at=until))


def _name_late(hub: Hub, channel: Channel, report: Report, now: datetime) -> None:
    """Count what was delivered and not acknowledged within a day, and name the oldest."""
    with hub.database.read() as connection:
        late = partner_replies.unacknowledged(connection, channel.id, now - LOOKED_AT, now - ACKNOWLEDGED_WITHIN)
    report.counts["late"] = len(late)
    if late:
        report.add(f"{len(late)} answers were not acknowledged by a 997 within a day, the oldest is {late[0]}; ask the partner")


@dataclass(frozen=True, slots=True)
class _Desk:
    """Writes replies to one partner."""

    hub: Hub
    channel: Channel
    sink: PartnerReplySink
    key_id: str

    def write(self, planned: Sequence[Planned], lease: Lease, report: Report) -> int:
        """Keep the replies that are new; one that cannot be told is named and costs no other."""
        keyed = {command_key(self.channel, "submit_reply", each.business_key): each for each in planned}
        with self.hub.database.read() as connection:
            decided = outbox.known(connection, list(keyed))
        intents: list[Intent] = []
        for key, each in keyed.items():
            if key in decided:
                continue
            try:
                intents.append(reply_intent(self.channel, self.sink, each.reply, each.order_id, key=key, key_id=self.key_id))
            except RejectedError as error:
                report.add(f"{each.reply.reference} (order {each.reply.order_number}): {error}")
        return self.hub.database.run(partial(self._write, lease=lease, intents=intents)) if intents else 0

    def _write(self, connection: Connection, *, lease: Lease, intents: Sequence[Intent]) -> int:
        leases.hold(connection, lease)
        return outbox.write(connection, intents, self.hub.sealer(), at=self.hub.clock.now())


def _answers(hub: Hub, channel: Channel, since: datetime) -> Iterator[Planned]:
    with hub.database.read() as connection:
        decided = partner_replies.decided_since(connection, channel.id, since)
    for some in chunks(decided, BATCH):
        with hub.database.read() as connection:
            lines = partner_replies.approved_lines(connection, [each.order_id for each in some])
        for each in some:
            if rows := lines.get(each.order_id):
                yield Planned(answer_key(each.order_id, each.review_number), each.order_id, answer_of(each, rows, channel.trading_zone))


def _bills(hub: Hub, channel: Channel, since: datetime) -> Iterator[Planned]:
    with hub.database.read() as connection:
        issued = partner_replies.billed_since(connection, channel.id, since)
    for some in chunks(issued, BATCH):
        with hub.database.read() as connection:
            found = bills_of(connection, list(some), channel.trading_zone)
        for paper, bill in found:
            yield Planned(bill_key(paper), paper.order_id, bill)


Find = Callable[[Hub, Channel, datetime], Iterator[Planned]]
_KINDS: Mapping[type[PartnerReply], tuple[str, Find]] = {OrderAnswer: ("answered", _answers), Bill: ("billed", _bills)}
"""Kinds of reply that are found here: what the report counts them as, and how they are found."""
