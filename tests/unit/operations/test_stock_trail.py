"""Stock moved by hand leaves one event per deed that did something; a deed without a name, a reason or a second place is none."""

from pathlib import Path

import pytest
from sqlalchemy import select

from model.errors import ConfigError
from model.store.database import Database
from model.store.reservations import OrderDemand, settle_demands
from model.store.stock_levels import StockShortError
from model.tables.audit import AuditEventRow
from operations.safety_stock import say_safety
from operations.stock_book import Deed, do, relocate_order, show, transfer
from tests.conftest import StillClock
from tests.trade import Trade


@pytest.fixture
def trade(database: Database, tmp_path: Path, clock: StillClock) -> Trade:
    return Trade(database, tmp_path, clock)


def deed(kind: str, quantity: str, reference: str = "note 1", reason: str | None = None) -> Deed:
    return Deed(kind=kind, sku="cup", location="main", quantity=quantity, reference=reference, reason=reason)


def events(trade: Trade) -> list[str]:
    with trade.database.read() as connection:
        return list(connection.execute(select(AuditEventRow.action).order_by(AuditEventRow.seq)).scalars())


def test_what_was_done_before_leaves_no_second_event(trade: Trade) -> None:
    done = [
        [do(trade.hub, deed("receive", "10")) for _ in range(2)],
        [do(trade.hub, deed("adjust", "-1", reason="broken")) for _ in range(2)],
        [transfer(trade.hub, "cup", "2", ("main", "far"), "van 1") for _ in range(2)],
        [say_safety(trade.hub, "cup", trade.file.channel("web"), quantity, "a fair") for quantity in ("3", "auto", "auto")],
    ]

    assert done == [[True, False], [True, False], [True, False], [True, True, False]]
    assert events(trade) == ["stock receive", "stock adjust", "stock transfer", "stock safety", "stock safety"]


def test_only_what_an_order_held_and_holds_elsewhere_now_leaves_an_event(trade: Trade) -> None:
    do(trade.hub, deed("receive", "10"))
    transfer(trade.hub, "cup", "4", ("main", "far"), "van 1")
    order_id = trade.sell("web", "cup", 2)
    demand = OrderDemand(order_id=order_id, lines=(("a", "cup", 2000),), locations=("main",), kind="hard")
    trade.database.run(lambda c: settle_demands(c, [demand], at=trade.clock.now(), actor_id="me"))

    moved = [relocate_order(trade.hub, order_id, "cup", ("main", "far"), "nearer") for _ in range(2)]

    assert moved == [2000, 0]
    assert events(trade).count("stock relocate") == 1


def test_a_deed_without_a_name_a_reason_or_a_second_place_is_refused(trade: Trade) -> None:
    do(trade.hub, deed("receive", "10"))

    for reference in ("", " "):
        with pytest.raises(ConfigError, match="--reference: is empty; name the deed"):
            do(trade.hub, deed("issue", "1", reference))
        with pytest.raises(ConfigError, match="--reference: is empty; name the deed"):
            transfer(trade.hub, "cup", "1", ("main", "far"), reference)
    with pytest.raises(ConfigError, match="both 'main'; name two locations"):
        transfer(trade.hub, "cup", "1", ("main", "main"), "van 1")
    with pytest.raises(ConfigError, match="both 'main'; name two locations"):
        relocate_order(trade.hub, "one", "cup", ("main", "main"), "nearer")
    for reason in ("", " "):
        with pytest.raises(ConfigError, match="--reason: is empty; say why"):
            relocate_order(trade.hub, "one", "cup", ("main", "far"), reason)
        with pytest.raises(ConfigError, match="--reason: is empty; say why"):
            do(trade.hub, deed("adjust", "-1", reason=reason))
    with pytest.raises(ConfigError, match="adjusts nothing"):
        do(trade.hub, deed("adjust", "0"))
    assert events(trade) == ["stock receive"]


@pytest.mark.parametrize(("kind", "short"), [("unhold", "held"), ("repair", "damaged"), ("issue", "free")])
def test_taking_more_than_there_is_names_what_there_is_too_little_of(trade: Trade, kind: str, short: str) -> None:
    do(trade.hub, deed("receive", "2"))

    with pytest.raises(StockShortError, match=f"cup at main: not so much is {short} there"):
        do(trade.hub, deed(kind, "3"))


@pytest.mark.parametrize(("sku", "told"), [("ghost", "is not known"), ("set", "is a kit")])
def test_what_has_no_stock_of_its_own_is_not_shown_as_nothing(trade: Trade, sku: str, told: str) -> None:
    with trade.database.read() as connection, pytest.raises(ConfigError, match=told):
        show(connection, sku)
