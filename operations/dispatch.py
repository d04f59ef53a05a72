"""Drain the outbox: send what is due, and learn what became of it; a command whose answer was lost is looked for, never guessed about.

Each command is claimed and the claim committed before anything leaves. Its answer, and what the hub concludes from it, are one transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from connectors._kit.base import Connector
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.pacing import Pacer
from connectors.capabilities import (
    Command,
    CommandFacts,
    DocumentAcknowledger,
    FulfilmentSink,
    LabelSource,
    PartnerReplySink,
    Receipt,
    ShipmentCarrier,
    VoucherSink,
)
from model.errors import AuthError, ConfigError, HubError, RejectedError, TransientError
from model.store import leases, outbox
from model.store.leases import Lease
from model.store.outbox import Claimed, Fate
from model.store.sealing import Sealer
from model.tables.outbox import OutboxOperation
from operations.fulfilment_effects import call_back_settled, nothing_follows, shipment_settled
from operations.label_effects import label_settled
from operations.outbox_mark import check_not_restored, mark_sent
from operations.pull import set_pause
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account

T = TypeVar("T")

BATCH = 10
"""Commands claimed at once: who is killed leaves so many to be looked for."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=4)
PROBE_WAIT = timedelta(minutes=1)
MISSES = 2
"""Searches in vain, one after the other, that say that nothing was done."""
ENOUGH_ATTEMPTS, LONG_ENOUGH = 20, timedelta(hours=72)
"""A command that could not be done so often and for so long waits for a person."""
_UNSURE = "may have been done; look there, then say so with `entrepot outbox settle`"


@dataclass(frozen=True, slots=True)
class Operation:
    """How one kind of command is sent and looked for, and what the hub concludes."""

    ability: type
    facts: str
    """The connector's attribute that declares the command."""
    submit: str
    find: str
    follow: Callable[[Connection, Claimed, Fate, datetime], None]


OPERATIONS: Mapping[OutboxOperation, Operation] = {
    "submit_shipment": Operation(ShipmentCarrier, "shipment_command", "submit_shipment", "find_shipment", shipment_settled),
    "submit_cancel": Operation(ShipmentCarrier, "cancel_command", "submit_cancel", "find_cancel", call_back_settled),
    "submit_label": Operation(LabelSource, "label_command", "submit_label", "find_label", label_settled),
    "submit_shipment_notice": Operation(FulfilmentSink, "notice_command", "submit_shipment_notice", "find_notice", nothing_follows),
    "submit_acknowledgement": Operation(
        DocumentAcknowledger, "acknowledgement_command", "submit_acknowledgement", "find_acknowledgement", nothing_follows
    ),
    "submit_reply": Operation(PartnerReplySink, "reply_command", "submit_reply", "find_reply", nothing_follows),
    "submit_voucher": Operation(VoucherSink, "voucher_command", "submit_voucher", "find_voucher", nothing_follows),
}


def drain_account(hub: Hub, account: Account) -> Report:
    """Send everything that is due to one account; while another dispatcher does, it is skipped."""
    counted = ("done", "waiting", "unknown", "parked")
    return at_channel(hub, account, "drain", counted, lambda lease, report: _drain(hub, account, lease, report))


def _drain(hub: Hub, account: Account, lease: Lease, report: Report) -> None:
    if reason := check_not_restored(hub, account.id):
        report.skip(reason)
        return
    hub.database.run(lambda connection: outbox.recover(connection, account.id, now=hub.clock.now()))
    with hub.connected(account) as connector:
        resent = [name for name, each in OPERATIONS.items() if isinstance(connector, each.ability) and _is_resent(connector, each)]
        pacer = Pacer(hub.pause.clock, hub.pause.sleep)
        sealer = hub.sealer()
        while claimed := _claim(hub, account, lease, resent, sealer):
            mark_sent(hub, account.id, max(each.sent_at for each in claimed))
            for place, one in enumerate(claimed):
                try:
                    fate = _send(hub, connector, one, pacer)
                except (AuthError, ConfigError) as error:
                    _hand_back(hub, lease, claimed[place:])
                    if isinstance(error, AuthError):
                        set_pause(hub, account, str(error))
                    raise
                _settle(hub, lease, [(one, fate)])
                report.counts["waiting" if fate.state == "pending" else fate.state] += 1


def _is_resent(connector: Connector[Any], operation: Operation) -> bool:
    facts: CommandFacts = getattr(connector, operation.facts)
    return facts.provider_class == "A"


def _claim(hub: Hub, account: Account, lease: Lease, resent: list[str], sealer: Sealer) -> list[Claimed]:
    take = partial(outbox.claim, account_id=account.id, resent=resent, holder=hub.holder(), limit=BATCH, now=hub.clock.now(), sealer=sealer)
    return _held(hub, lease, take)


def _settle(hub: Hub, lease: Lease, fates: Sequence[tuple[Claimed, Fate]]) -> None:
    """Write down what became of commands, in one transaction: only of such as nothing was sent between."""
    at = hub.clock.now()

    def work(connection: Connection) -> None:
        for claimed, fate in fates:
            if outbox.settle(connection, claimed, fate, at=at):
                OPERATIONS[claimed.operation].follow(connection, claimed, fate, at)

    _held(hub, lease, work)


def _hand_back(hub: Hub, lease: Lease, claimed: list[Claimed]) -> None:
    """What was claimed and did certainly not leave waits again, as it was; what had left before is as unknown as ever."""
    due_at = hub.clock.now() + PROBE_WAIT
    waits, is_open = (Fate(state=state, due_at=due_at, problem="was not sent") for state in ("pending", "unknown"))
    _settle(hub, lease, [(each, is_open if each.may_have_left else waits) for each in claimed])


def _held(hub: Hub, lease: Lease, work: Callable[[Connection], T]) -> T:
    def held(connection: Connection) -> T:
        leases.hold(connection, lease)
        return work(connection)

    return hub.database.run(held)


def _send(hub: Hub, connector: Connector[Any], claimed: Claimed, pacer: Pacer) -> Fate:
    """Send or look for one command, once; what its failure leaves open decides what is done next."""
    operation = OPERATIONS[claimed.operation]
    if not isinstance(connector, operation.ability):
        name = type(connector).__name__
        raise ConfigError(f"outbox {claimed.key}: {name} takes no {claimed.operation}; mend the account's connector")
    facts: CommandFacts = getattr(connector, operation.facts)
    command = Command(key=claimed.key, reference=claimed.reference, body=claimed.body)
    if claimed.may_have_left and (reason := _nobody_can_tell(claimed, facts, hub.clock.now())):
        return Fate(state="parked", due_at=hub.clock.now(), problem=reason, is_unsure=True)
    turn = pacer.wait(facts.rate)
    try:
        receipt = _ask(connector, operation, command, claimed)
    except (AuthError, ConfigError):
        raise
    except HubError as error:
        return _failed(claimed, facts, error, hub.clock.now())
    finally:
        if turn is not None:
            pacer.landed(turn)
    return _answered(claimed, facts, receipt, hub.clock.now())


def _ask(connector: Connector[Any], operation: Operation, command: Command, claimed: Claimed) -> Receipt | None:
    """The remote's answer. A refusal of what may have been done before is only one if nothing is found there."""
    submit: Callable[[Command], Receipt] = getattr(connector, operation.submit)
    find: Callable[[Command], Receipt | None] = getattr(connector, operation.find)
    if claimed.is_probe:
        return find(command)
    try:
        return submit(command)
    except RejectedError:
        found = find(command) if claimed.may_have_left else None
        if found is None:
            raise
        return found


def _nobody_can_tell(claimed: Claimed, facts: CommandFacts, now: datetime) -> str | None:
    """Why a machine cannot resolve a command whose answer is lost; None if it can."""
    if facts.provider_class == "C":
        return f"its answer was lost and it can neither be found nor repeated: it {_UNSURE}"
    if facts.key_kept is not None and now - claimed.sent_at > facts.key_kept:
        return f"its answer was lost longer ago than the remote remembers its key: it {_UNSURE}"
    return None


def _answered(claimed: Claimed, facts: CommandFacts, receipt: Receipt | None, now: datetime) -> Fate:
    if receipt is not None:
        return Fate(state="done", due_at=now, external_id=receipt.external_id)
    misses = claimed.misses + 1
    if misses >= MISSES:
        return Fate(state="pending", due_at=now, problem="was looked for in vain, so it is sent again")
    return Fate(state="unknown", due_at=now + max(facts.read_lag, PROBE_WAIT), misses=misses, problem="was not found yet")


def _failed(claimed: Claimed, facts: CommandFacts, error: HubError, now: datetime) -> Fate:
    """A refusal is final; what did certainly nothing waits; all else may have been done."""
    did_nothing = isinstance(error, TurnedAwayError) and not claimed.may_have_left
    if isinstance(error, RejectedError) and not claimed.is_probe:
        return Fate(state="parked", due_at=now, problem=str(error))
    if claimed.attempts >= ENOUGH_ATTEMPTS and now - claimed.made_at >= LONG_ENOUGH:
        left = "nothing was done" if did_nothing else _UNSURE
        problem = f"{claimed.attempts} attempts in vain, the last one: {error}; {left}"
        return Fate(state="parked", due_at=now, problem=problem, is_unsure=not did_nothing)
    wish = timedelta(seconds=error.retry_after or 0) if isinstance(error, TransientError) else timedelta(0)
    wait = max(wish, min(FIRST_WAIT * 2 ** min(claimed.attempts, 16), LONGEST_WAIT))
    if did_nothing:
        return Fate(state="pending", due_at=now + wait, problem=str(error))
    return Fate(state="unknown", due_at=now + max(wait, facts.read_lag), problem=str(error))
