"""Stocktakes and stock sheets on the command line: real processes, real files, two people."""

from pathlib import Path

import pytest

from tests.hubs import Home, home_in


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A hub with two people and ten mugs."""
    made = home_in(tmp_path_factory.mktemp("stocktakes"))
    made.entrepot("init")
    hub_file = made.path / "hub.toml"
    people = "".join(f'\n[[people]]\nid = "{name}"\nname = "{name.title()}"\n' for name in ("mia", "ada"))
    hub_file.write_text(hub_file.read_text() + people)
    (made.path / "skus.csv").write_text("code,title\nMUG,Mug\n")
    made.entrepot("masters", "import", "skus", str(made.path / "skus.csv"))
    made.entrepot("stock", "move", "receive", "MUG", "10", "--reference", "delivery 1")
    return made


def test_a_stocktake_from_its_beginning_to_its_approval(home: Home, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"

    begun = home.entrepot("stocktake", "begin", "main", "--reference", "spring", "--as", "mia").stdout
    home.entrepot("stocktake", "sheet", "spring", str(sheet))
    sheet.write_text(sheet.read_text().replace("piece,10,", "piece,10,8.5") + "BOWL,,,,1,\n")
    imported = home.entrepot("stocktake", "import", "spring", str(sheet), "--as", "mia", code=1)
    own = home.entrepot("stocktake", "approve", "spring", "--as", "mia", code=1)
    approved = home.entrepot("stocktake", "approve", "spring", "--as", "ada").stdout

    assert begun == "stocktake spring at main: 1 SKUs; `entrepot stocktake sheet spring FILE` writes the sheet\n"
    assert imported.stderr.startswith("sheet.csv:3: sku: is not known; ")
    assert own.stderr == "error: stocktake 'spring': was begun or counted by mia; somebody else has to approve it, with --as\n"
    assert approved == "stocktake spring: approved; 1 SKUs corrected, 0 as booked, 0 not counted and left as they are\n"
    assert "nothing changed" in home.entrepot("stocktake", "approve", "spring", "--as", "ada").stdout
    assert home.said("stocktake", "show", "spring")["lines"][0]["variance"] == "-1.5"
    assert "1 of 1 SKUs counted, 1 vary" in home.entrepot("stocktake", "show", "spring").stdout
    assert home.entrepot("audit").stdout.strip() == "every invariant holds"


def test_a_stocktake_is_counted_by_hand_and_cancelled(home: Home) -> None:
    home.entrepot("stocktake", "begin", "main", "--sku", "MUG", "--reference", "rainy", "--as", "mia")

    counted = home.said("stocktake", "count", "rainy", "MUG", "9", "--as", "mia")
    cancelled = home.said("stocktake", "cancel", "rainy", "--reason", "rain", "--as", "ada")

    assert (counted["counted"], cancelled) == ("9", {"is_new": True})
    assert [each["state"] for each in home.said("stocktake", "list")["stocktakes"] if each["id"] == "rainy"] == ["cancelled"]
    assert "rainy" in home.entrepot("stocktake", "list").stdout


def test_a_stock_sheet_goes_out_and_comes_back(home: Home, tmp_path: Path) -> None:
    sheet = tmp_path / "stock.xlsx"

    out = home.said("stock", "export", str(sheet))
    back = home.entrepot("stock", "import", str(sheet), "--reference", "march").stdout
    (tmp_path / "wrong.csv").write_text("sku,location,on_hand\nBOWL,main,1\n")
    wrong = home.entrepot("stock", "import", str(tmp_path / "wrong.csv"), "--reference", "april", code=1)

    assert out["rows"] == 1
    assert "stock: nothing changed: 0 new, 0 changed, 0 removed, 1 as stored" in back
    assert wrong.stderr == "wrong.csv:2: sku: is not known; `entrepot masters import skus FILE` or `entrepot listings adopt --create`\n"


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["stocktake", "begin", "moon", "--reference", "x"], "known are main"),
        (["stocktake", "show", "nosuch"], "`entrepot stocktake list`"),
        (["stocktake", "count", "nosuch", "MUG", "1"], "`entrepot stocktake list`"),
        (["stocktake", "import", "nosuch", "no-such.csv"], "cannot be read"),
        (["stocktake", "sheet", "nosuch", "a.ods"], "`entrepot stocktake list`"),
        (["stocktake", "approve", "nosuch"], "`entrepot stocktake list`"),
        (["stocktake", "cancel", "nosuch", "--reason", " "], "say why"),
        (["stock", "import", "a.ods", "--reference", "x"], "give a file of one of these forms"),
    ],
)
def test_wrong_use_is_one_clear_line_with_the_mend(home: Home, words: list[str], mend: str) -> None:
    assert mend in home.refused(*words)
