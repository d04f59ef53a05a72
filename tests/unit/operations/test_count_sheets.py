"""Sheets of a stocktake: they go out, are filled in, and come back; no row is guessed."""

from pathlib import Path

import pytest

from operations.count_sheets import import_counts, write_sheet
from operations.masters.files import read_table
from operations.runtime.hub import Hub
from operations.stocktake import begin, count
from tests.shelf import laid_in, lines_of, move


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """Ten cups and five pots lie in the main store."""
    return laid_in(hub)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_sheet_goes_out_is_filled_in_and_comes_back(hub: Hub, tmp_path: Path, form: str) -> None:
    sheet = tmp_path / f"sheet.{form}"
    begin(hub, "main", [], "spring")
    count(hub, "spring", "pot", "4")
    move(hub, "issue", "pot", "1", "van")

    assert write_sheet(hub, "spring", sheet) == 2
    table = read_table(sheet, "count")
    again = import_counts(hub, "spring", sheet)

    assert table.header == ("sku", "title", "unit", "booked", "counted", "variance")
    assert [str(row[0]) for _, row in table.rows] == ["pot", "cup"]
    assert (again.new, again.changed, again.unchanged, again.wrong) == (0, 0, 1, ())
    assert lines_of(hub) == [("pot", 5_000, 4_000), ("cup", 10_000, None)]


def test_good_rows_are_counted_and_wrong_ones_named(hub: Hub, tmp_path: Path) -> None:
    sheet = tmp_path / "counts.csv"
    sheet.write_text("sku,counted\ncup,8\nghost,1\nset,1\npot,many\njug,\ncup,9\n")
    begin(hub, "main", [], "spring")

    strictly = import_counts(hub, "spring", sheet, is_strict=True)
    before = lines_of(hub)
    done = import_counts(hub, "spring", sheet)

    assert (strictly.is_written, before) == (False, [("cup", 10_000, None), ("pot", 5_000, None)])
    assert (done.new, done.is_written) == (1, True)
    assert lines_of(hub) == [("cup", 10_000, 8_000), ("pot", 5_000, None)]
    assert done.wrong == (
        "counts.csv:3: sku: is not known; `entrepot masters import skus FILE` or `entrepot listings adopt --create`",
        "counts.csv:4: sku: is a kit and has no stock of its own; name its parts",
        "counts.csv:5: counted: is not a number; write one like 12.5, without unit",
        "counts.csv:7: sku: stands in row 2 already; keep one of them",
    )


def test_a_row_whose_stock_moved_since_the_sheet_was_written_is_not_guessed(hub: Hub, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    begin(hub, "main", [], "spring")
    write_sheet(hub, "spring", sheet)
    sheet.write_text(sheet.read_text().replace("piece,10,", "piece,10,9").replace("piece,5,", "piece,5,5"))
    move(hub, "issue", "cup", "3", "van")

    done = import_counts(hub, "spring", sheet)

    assert lines_of(hub) == [("pot", 5_000, 5_000), ("cup", 7_000, None)]
    said = "sheet.csv:2: booked: is 7 by now, it moved since the sheet was written; count again with"
    assert done.wrong == (f"{said} `entrepot stocktake count spring cup N`, or empty this cell if it was counted just now",)
