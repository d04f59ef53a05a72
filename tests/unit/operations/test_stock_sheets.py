"""Stock sheets: what lies where goes out and comes in by file, each row books the difference, once per reference."""

from pathlib import Path

import pytest
from sqlalchemy import event, select

from model.errors import ConfigError
from model.store.stock_levels import LEVELS, MOVEMENTS, Move
from model.store.stock_levels import move as write_moves
from model.tables.audit import AuditEventRow
from model.values.ids import derive_id
from operations.auditor import audit
from operations.masters.cells import Cell
from operations.masters.files import Imported, read_table, write_table
from operations.runtime.hub import Hub
from operations.stock_sheets import STOCK, export_stock, import_stock
from tests.saving import NOW
from tests.shelf import add_skus, at_once, by, level, move, promises, reserve

MANY = [f"sku-{number:04}" for number in range(300)]


def take(hub: Hub, home: Path, text: str, reference: str = "march", *, is_strict: bool = False) -> Imported:
    path = home / "stock.csv"
    path.write_text(text)
    return import_stock(hub, path, reference, is_strict=is_strict)


def booked(hub: Hub) -> list[tuple[str, int, int, int]]:
    c = MOVEMENTS.c
    with hub.database.read() as connection:
        query = select(c.kind, c.on_hand, c.damaged, c.held).where(c.reference == "march").order_by(c.kind, c.on_hand)
        return list(connection.execute(query).tuples())


def test_a_row_books_the_difference_once_per_reference(hub: Hub, tmp_path: Path) -> None:
    move(hub, "receive", "cup", "10")
    move(hub, "damage", "cup", "3")
    sheet = "sku,location,on_hand,damaged,held\ncup,main,12.5,1,2\n"

    first = take(hub, tmp_path, sheet)
    move(hub, "issue", "cup", "4", "van")
    again = take(hub, tmp_path, sheet)

    assert (first.changed, first.unchanged, again.changed, again.unchanged) == (1, 0, 0, 1)
    assert booked(hub) == [("adjust", 2_500, 0, 0), ("hold", 0, 0, 2_000), ("repair", 0, -2_000, 0)]
    assert level(hub) == (8_500, 1_000, 2_000, 0)
    assert audit(hub.database.url) == []


@pytest.mark.parametrize("before", ["cup,main,10\n", ""], ids=["a level", "no level"])
def test_the_same_sheet_brought_in_by_several_at_once_is_booked_once(hub: Hub, tmp_path: Path, before: str) -> None:
    take(hub, tmp_path, f"sku,location,on_hand\n{before}", "february")
    (tmp_path / "stock.csv").write_text("sku,location,on_hand\ncup,main,8\n")
    changed: list[int] = []

    at_once([lambda: changed.append(import_stock(hub, tmp_path / "stock.csv", "march").changed)] * 6)

    assert sorted(changed) == [0, 0, 0, 0, 0, 1]
    assert len(booked(hub)) == 1
    assert level(hub) == (8_000, 0, 0, 0)
    assert audit(hub.database.url) == []


def test_a_row_that_changed_nothing_is_done_all_the_same(hub: Hub, tmp_path: Path) -> None:
    move(hub, "receive", "cup", "10")
    sheet = "sku,location,on_hand\ncup,main,10\n"

    first = take(hub, tmp_path, sheet)
    move(hub, "issue", "cup", "4", "van")
    again = take(hub, tmp_path, sheet)
    anew = take(hub, tmp_path, sheet, "april")

    assert [(each.changed, each.unchanged) for each in (first, again, anew)] == [(0, 1), (0, 1), (1, 0)]
    assert level(hub) == (10_000, 0, 0, 0)


def test_what_a_sheet_does_not_say_of_damaged_and_held_stays(hub: Hub, tmp_path: Path) -> None:
    move(hub, "receive", "cup", "10")
    move(hub, "damage", "cup", "3")
    move(hub, "hold", "cup", "2")

    take(hub, tmp_path, "sku,location,on_hand,damaged\ncup,main,9,\n")

    assert level(hub) == (9_000, 3_000, 2_000, 0)


def test_below_what_is_promised_the_youngest_promises_become_backorders(hub: Hub, tmp_path: Path) -> None:
    move(hub, "receive", "cup", "10")
    oldest, middle, youngest = reserve(hub, tmp_path, 4_000, 3_000, 3_000)

    take(hub, tmp_path, "sku,location,on_hand,damaged\ncup,main,7,1\n")

    assert promises(hub) == ({oldest: 4_000, middle: 2_000}, {middle: 1_000, youngest: 3_000})
    assert level(hub) == (7_000, 1_000, 0, 6_000)
    assert audit(hub.database.url) == []


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_sheet_that_went_out_comes_back_and_changes_nothing(hub: Hub, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"stock.{form}"
    move(hub, "receive", "cup", "10.125")
    move(hub, "damage", "cup", "3")
    reserve(hub, tmp_path, 2_000)
    theirs = Move(id=derive_id("theirs"), sku="pot", location="web", kind="receipt", on_hand=5_000, reference="theirs")
    hub.database.run(lambda c: write_moves(c, [theirs], at=NOW, actor_id="me"))

    assert export_stock(hub, path) == 1
    table = read_table(path, "stock")
    back = import_stock(hub, path, "march")

    assert table.header == ("sku", "location", "on_hand", "damaged", "held", "reserved", "free")
    assert [str(cell) for cell in table.rows[0][1]] in (
        ["cup", "main", "10.125", "3", "0", "2", "5.125"],
        ["cup", "main", "10.1250", "3", "0", "2", "5.1250"],
    )
    assert (back.changed, back.unchanged, back.wrong) == (0, 1, ())
    assert level(hub) == (10_125, 3_000, 0, 2_000)


def test_a_changed_sheet_is_read_back_from_a_workbook(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / "stock.xlsx"
    move(hub, "receive", "cup", "10")
    rows: list[list[Cell]] = [[STOCK.columns[0].form.show("cup"), "store", STOCK.columns[2].form.show(1_500)]]
    write_table(path, "stock", ["sku", "location", "on_hand"], rows, NOW)

    done = import_stock(hub, path, "march")

    assert (done.form, done.changed) == ("XLSX", 1)
    assert (level(hub), level(hub, "store")) == ((10_000, 0, 0, 0), (1_500, 0, 0, 0))


WRONG = (
    "sku,location,on_hand,held\ncup,main,8,\nghost,main,1,\nset,main,1,\ncup,moon,1,\npot,web,1,\npot,main,1,2\ncup,store,-1,\n,main,1,\n"
)


def test_good_rows_are_set_and_wrong_ones_named(hub: Hub, tmp_path: Path) -> None:
    strictly = take(hub, tmp_path, WRONG, is_strict=True)
    with hub.database.read() as c:
        untouched = c.execute(select(LEVELS.c.sku)).all()
    done = take(hub, tmp_path, WRONG)

    assert (strictly.is_written, untouched) == (False, [])
    assert (done.is_written, done.changed, level(hub)) == (True, 1, (8_000, 0, 0, 0))
    assert done.wrong == (
        "stock.csv:3: sku: is not known; `entrepot masters import skus FILE` or `entrepot listings adopt --create`",
        "stock.csv:4: sku: is a kit and has no stock of its own; name its parts",
        "stock.csv:5: location: is not under [[locations]] in hub.toml; known are main, store, web",
        "stock.csv:6: location: belongs to its channel, which counts it itself; change the quantity there",
        "stock.csv:7: on_hand: is less than the 2 that lie damaged or held; raise it, or set damaged and held too",
        "stock.csv:8: on_hand: is negative; write zero or more",
        "stock.csv:9: sku: is empty; fill it in",
    )


def test_rows_mended_under_the_same_reference_are_set_and_the_others_left(hub: Hub, tmp_path: Path) -> None:
    take(hub, tmp_path, "sku,location,on_hand\ncup,main,8\npot,main,many\n")
    move(hub, "issue", "cup", "1", "van")

    mended = take(hub, tmp_path, "sku,location,on_hand\ncup,main,8\npot,main,5\n")

    assert (mended.changed, mended.unchanged, mended.wrong) == (1, 1, ())
    assert level(hub) == (7_000, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "reference", "told"),
    [
        ("sku,location\ncup,main\n", "march", "on_hand: is missing; `entrepot stock export FILE` shows all columns"),
        ("sku,location,on_hand,colour\ncup,main,1,red\n", "march", "'colour': is no column of stock"),
        ("sku,location,on_hand\ncup,main,1\n", " ", "name the sheet"),
    ],
)
def test_a_sheet_that_is_none_is_refused_as_a_whole(hub: Hub, tmp_path: Path, text: str, reference: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        take(hub, tmp_path, text, reference)


def test_a_sheet_costs_no_statement_per_row_and_one_event(hub: Hub, tmp_path: Path) -> None:
    add_skus(hub.database, MANY)
    sent: list[str] = []
    event.listen(hub.database.engine, "before_cursor_execute", lambda *words: sent.append(words[2]))
    sizes: list[int] = []

    for skus in (MANY[:10], MANY):
        sent.clear()
        take(hub, tmp_path, "sku,location,on_hand\n" + "".join(f"{sku},main,7\n" for sku in skus), f"sheet of {len(skus)}")
        sizes.append(len(sent))

    with hub.database.read() as c:
        row = AuditEventRow
        seen = c.execute(select(row.action, row.subject, row.actor_id).order_by(row.seq)).tuples().all()
    assert sizes[0] == sizes[1]
    assert seen == [("stock import", f"sheet of {size}", "me") for size in (10, 300)]
    assert audit(hub.database.url) == []


def test_the_reason_is_kept_with_every_movement(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sku,location,on_hand,held\ncup,main,8,1\n")

    import_stock(by(hub, "ada"), tmp_path / "a.csv", "march", reason="count of March")

    with hub.database.read() as c:
        assert c.execute(select(MOVEMENTS.c.reason, MOVEMENTS.c.actor_id)).tuples().all() == [("count of March", "ada")] * 2
