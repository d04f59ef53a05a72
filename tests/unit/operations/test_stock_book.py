"""Stock moved by hand: every deed once, nothing taken that is promised, and a correction that turns promises into backorders."""

from pathlib import Path

import pytest
from sqlalchemy import select

from model.errors import ConfigError
from model.store.reservations import RESERVATIONS
from model.store.stock_levels import StockShortError
from operations.auditor import audit
from operations.runtime.hub import Hub
from operations.stock_book import Deed, do, explain, relocate_order, show, transfer
from tests.shelf import level, promises, reserve


def deed(kind: str, quantity: str, reference: str = "note 1", **more: str) -> Deed:
    return Deed(
        kind=kind,
        sku=more.get("sku", "cup"),
        location=more.get("location", "main"),
        quantity=quantity,
        reference=reference,
        reason="counted",
    )


def test_a_deed_is_done_once_per_reference(hub: Hub) -> None:
    assert do(hub, deed("receive", "12.5"))
    assert not do(hub, deed("receive", "12.5"))
    assert do(hub, deed("receive", "1", "note 2"))

    assert level(hub) == (13_500, 0, 0, 0)
    assert audit(hub.database.url) == []


def test_what_is_promised_cannot_be_issued_or_carried_away(hub: Hub, tmp_path: Path) -> None:
    do(hub, deed("receive", "10"))
    reserve(hub, tmp_path, 8_000)

    with pytest.raises(StockShortError, match="cup at main"):
        do(hub, deed("issue", "3"))
    with pytest.raises(StockShortError):
        transfer(hub, "cup", "3", ("main", "store"), "van 1")
    assert transfer(hub, "cup", "2", ("main", "store"), "van 2")
    assert not transfer(hub, "cup", "2", ("main", "store"), "van 2")

    assert (level(hub), level(hub, "store")) == ((8_000, 0, 0, 8_000), (2_000, 0, 0, 0))
    assert audit(hub.database.url) == []


def test_a_count_below_what_is_promised_turns_the_youngest_promises_into_backorders(hub: Hub, tmp_path: Path) -> None:
    do(hub, deed("receive", "10"))
    oldest, middle, youngest = reserve(hub, tmp_path, 4_000, 3_000, 3_000)

    assert do(hub, deed("adjust", "-4", "count 7"))
    assert not do(hub, deed("adjust", "-4", "count 7"))

    assert promises(hub) == ({oldest: 4_000, middle: 2_000}, {middle: 1_000, youngest: 3_000})
    assert level(hub) == (6_000, 0, 0, 6_000)
    assert audit(hub.database.url) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (deed("receive", "0"), "is not above zero"),
        (deed("receive", "-1"), "is not above zero"),
        (deed("receive", "a dozen"), "write a number"),
        (deed("receive", "1", location="moon"), "not under"),
        (deed("receive", "1", sku="ghost"), "is not known"),
        (deed("receive", "1", sku="set"), "is a kit"),
    ],
)
def test_a_wrong_deed_is_refused_with_its_mend(hub: Hub, wrong: Deed, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        do(hub, wrong)


def test_a_sku_shows_where_it_lies_and_who_holds_it(hub: Hub, tmp_path: Path) -> None:
    do(hub, deed("receive", "5"))
    [order_id] = reserve(hub, tmp_path, 7_000)

    with hub.database.read() as c:
        shown = show(c, "cup")
        assert explain(c, "cup", None) == []

    assert [(row["location_id"], row["on_hand"], row["reserved"]) for row in shown["levels"]] == [("main", 5_000, 5_000)]
    assert [(row["order_id"], row["quantity"]) for row in shown["reservations"]] == [(order_id, 5_000)]
    assert [(row["order_id"], row["quantity"]) for row in shown["backorders"]] == [(order_id, 2_000)]


def test_what_an_order_holds_can_be_held_elsewhere_there_and_back(hub: Hub, tmp_path: Path) -> None:
    do(hub, deed("receive", "10"))
    do(hub, deed("receive", "9", location="store"))
    one, two = reserve(hub, tmp_path, 4_000, 3_000)

    moved = [relocate_order(hub, one, "cup", places, "nearer") for places in (("main", "store"), ("store", "main"), ("main", "store"))]

    assert moved == [4_000] * 3
    assert (level(hub), level(hub, "store")) == ((10_000, 0, 0, 3_000), (9_000, 0, 0, 4_000))
    with hub.database.read() as c:
        assert dict(list(c.execute(select(RESERVATIONS.c.order_id, RESERVATIONS.c.location_id)).tuples())) == {one: "store", two: "main"}
    assert relocate_order(hub, two, "cup", ("store", "main"), "it is not there") == 0
    assert audit(hub.database.url) == []


def test_what_is_held_elsewhere_and_back_is_moved_twice_also_where_both_places_had_as_many_movements(hub: Hub, tmp_path: Path) -> None:
    do(hub, deed("receive", "10"))
    do(hub, deed("receive", "9", location="store"))
    [one] = reserve(hub, tmp_path, 4_000)  # the second movement here; the way there makes the second one there

    for places in (("main", "store"), ("store", "main")):
        relocate_order(hub, one, "cup", places, "nearer")

    assert (level(hub), level(hub, "store")) == ((10_000, 0, 0, 4_000), (9_000, 0, 0, 0))
    assert audit(hub.database.url) == []


def test_an_order_cannot_be_held_where_not_so_much_is_free(hub: Hub, tmp_path: Path) -> None:
    do(hub, deed("receive", "10"))
    do(hub, deed("receive", "3", location="store"))
    [one] = reserve(hub, tmp_path, 4_000)

    with pytest.raises(StockShortError, match="cup at"):
        relocate_order(hub, one, "cup", ("main", "store"), "nearer")

    assert (level(hub), level(hub, "store")) == ((10_000, 0, 0, 4_000), (3_000, 0, 0, 0))


def test_what_a_channel_counts_itself_is_not_moved_here(hub: Hub) -> None:
    do(hub, deed("receive", "10"))

    with pytest.raises(ConfigError, match="location 'web': belongs to its channel, which counts it itself"):
        do(hub, deed("receive", "1", location="web", reference="other"))
    with pytest.raises(ConfigError, match="location 'web': belongs to its channel"):
        transfer(hub, "cup", "1", ("main", "web"), "lorry")

    assert level(hub) == (10_000, 0, 0, 0)
