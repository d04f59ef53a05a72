"""Commands are claimed in order, each by one dispatcher, along the index of open ones; what is settled is settled under its claim."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from model.store import accounts, outbox, outbox_gate
from model.store.database import Database
from model.store.leases import this_process
from model.store.outbox import Claimed, Fate, Intent
from model.store.sealing import MasterKey, Sealer
from model.values.ids import derive_id
from tests.saving import DEAD, NOW

LATER = NOW + timedelta(minutes=1)


class Dispatcher:
    """An outbox and whoever claims from it."""

    def __init__(self, database: Database, home: Path) -> None:
        self.database, self.sealer = database, Sealer(MasterKey.in_file(home / "master.key"))
        database.run(lambda c: accounts.meet(c, "dock", "edi_warehouse", "main", at=NOW))
        self.key_id = self.sealer.key_for(database, "dock", NOW)

    def decide(self, *aggregates: str) -> None:
        """One command each, in this order."""
        intents = [
            Intent(
                key=derive_id(str(place), name), account_id="dock", operation="submit_shipment", aggregate=name,
                subject_id=derive_id(name), reference=f"{name}{place}", body=b"x", key_id=self.key_id,
            )
            for place, name in enumerate(aggregates)
        ]  # fmt: skip
        self.database.run(lambda c: outbox.write(c, intents, self.sealer, at=NOW))

    def claim(self, most: int = 10, *, resent: Sequence[str] = ("submit_shipment",), holder: str | None = None) -> list[Claimed]:
        """What is due, in a transaction of its own."""
        words: dict[str, Any] = {"resent": resent, "holder": holder or this_process(), "limit": most, "now": LATER, "sealer": self.sealer}
        return self.database.run(lambda c: outbox.claim(c, "dock", **words))

    def settle(self, claimed: Claimed, state: Any = "done") -> bool:  # noqa: ANN401  one of the four
        """Whether it was settled under this claim."""
        fate = Fate(state=state, due_at=LATER, external_id="7")
        return self.database.run(lambda c: outbox.settle(c, claimed, fate, at=LATER))

    def plan_of_claiming(self) -> str:
        """How the database finds what is claimed."""
        asked: list[tuple[str, Any]] = []

        def note(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
            asked.append((statement, parameters))

        event.listen(self.database.engine, "before_cursor_execute", note)
        self.claim(1)
        event.remove(self.database.engine, "before_cursor_execute", note)
        statement, parameters = next(each for each in asked if "now_ms" in each[0])
        how = "EXPLAIN " if self.database.is_postgres else "EXPLAIN QUERY PLAN "
        with self.database.read() as c:
            return "\n".join(str(row) for row in c.exec_driver_sql(how + statement, parameters))


@pytest.fixture
def dispatcher(database: Database, tmp_path: Path) -> Dispatcher:
    return Dispatcher(database, tmp_path)


def named(claimed: list[Claimed]) -> list[str]:
    return [each.reference for each in claimed]


def test_commands_are_claimed_in_the_order_they_were_decided_the_first_of_each_aggregate(dispatcher: Dispatcher) -> None:
    dispatcher.decide("a", "b", "a", "c", "b")

    first = dispatcher.claim()
    meanwhile = dispatcher.claim()
    settled = [dispatcher.settle(each) for each in first[:1]]
    second = dispatcher.claim()

    assert named(first) == ["a0", "b1", "c3"]
    assert (meanwhile, settled) == ([], [True])
    assert named(second) == ["a2"]


def test_no_more_are_claimed_than_are_asked_for_and_none_of_another_account(dispatcher: Dispatcher) -> None:
    dispatcher.decide("a", "b", "c")
    dispatcher.database.run(lambda c: accounts.meet(c, "other", "shipbob", "main", at=NOW))

    claimed = dispatcher.claim(2)
    words: dict[str, Any] = {"resent": (), "holder": "x", "limit": 9, "now": LATER, "sealer": dispatcher.sealer}
    others = dispatcher.database.run(lambda c: outbox.claim(c, "other", **words))

    assert named(claimed) == ["a0", "b1"]
    assert others == []


def test_nothing_is_claimed_before_it_is_due_or_while_the_gate_is_shut(dispatcher: Dispatcher) -> None:
    dispatcher.decide("a")
    words: dict[str, Any] = {"resent": (), "holder": "x", "limit": 9, "now": NOW - timedelta(hours=1), "sealer": dispatcher.sealer}
    early = dispatcher.database.run(lambda c: outbox.claim(c, "dock", **words))
    dispatcher.database.run(lambda c: outbox_gate.shut(c, "a test", at=NOW))

    assert early == []
    assert dispatcher.claim() == []


def test_what_a_dead_dispatcher_had_is_looked_for_or_sent_again_as_its_class_allows(dispatcher: Dispatcher) -> None:
    dispatcher.decide("a", "b")
    [lost] = dispatcher.claim(1, holder=DEAD)
    recovered = dispatcher.database.run(lambda c: outbox.recover(c, "dock", now=NOW))

    searched = dispatcher.claim(resent=())

    assert recovered == 1
    assert [(each.reference, each.is_probe, each.attempts) for each in searched] == [("b1", False, 1), ("a0", True, 1)]
    assert not dispatcher.settle(lost)
    assert all(dispatcher.settle(each) for each in searched)


@pytest.fixture
def of_several(dispatcher: Dispatcher) -> Dispatcher:
    """Where several write at once."""
    if not dispatcher.database.is_postgres:
        pytest.skip("SQLite lets one in at a time")
    return dispatcher


def test_two_dispatchers_at_once_never_claim_the_same(of_several: Dispatcher) -> None:
    dispatcher = of_several
    dispatcher.decide("a", "b", "c")
    words: dict[str, Any] = {"resent": (), "holder": "x", "limit": 2, "now": LATER, "sealer": dispatcher.sealer}

    with dispatcher.database.write() as one, dispatcher.database.write() as other:
        first, second = outbox.claim(one, "dock", **words), outbox.claim(other, "dock", **words)

    assert (named(first), named(second)) == (["a0", "b1"], ["c2"])


def test_a_claim_walks_along_the_index_of_open_commands_however_many_wait(dispatcher: Dispatcher) -> None:
    dispatcher.decide(*(f"a{number}" for number in range(400)))

    plan = dispatcher.plan_of_claiming()

    assert "ix_outbox_open" in plan
    assert "Bitmap" not in plan
    assert "SCAN o" not in plan
