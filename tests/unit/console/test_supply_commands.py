"""Safety stock, warnings and proposals on the command line: real processes, real files."""

from pathlib import Path

import pytest

from tests.hubs import Home, home_in


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A hub with a channel and a SKU of which there is too little."""
    made = home_in(tmp_path_factory.mktemp("supply"))
    made.entrepot("init", "--street", "http://127.0.0.1:1", "--as", "ada")
    (made.path / "skus.csv").write_text("code,title,low_at,order_multiple,supplier\nMUG,Mug,5,4,Pottery\n")
    made.entrepot("masters", "import", "skus", str(made.path / "skus.csv"))
    made.entrepot("stock", "move", "receive", "MUG", "2", "--reference", "note 1")
    return made


def test_what_is_low_is_warned_of_and_proposed_with_its_supplier(home: Home, tmp_path: Path) -> None:
    warned = home.said("stock", "warnings")["warnings"]
    ran = home.said("run", "propose_replenishment")
    proposed = home.said("stock", "proposals")["proposals"]
    home.entrepot("stock", "proposals", "--file", str(tmp_path / "order.csv"))

    assert [(each["sku"], each["warning"], each["free"], each["low_at"]) for each in warned] == [("MUG", "low", "2", "5")]
    assert [report["proposed"] for report in ran["reports"]] == [1]
    assert [(each["sku"], each["supplier"], each["quantity"], each["target"]) for each in proposed] == [("MUG", "Pottery", "4", "5")]
    assert (tmp_path / "order.csv").read_text().splitlines()[1].split(",")[1:3] == ["Pottery", "MUG"]
    assert "MUG" in home.entrepot("stock", "proposals").stdout
    assert "MUG" in home.entrepot("stock", "warnings").stdout


def test_rates_have_one_name_and_one_unit_on_the_screen_and_in_the_file(home: Home, tmp_path: Path) -> None:
    home.entrepot("run", "propose_replenishment")
    home.entrepot("stock", "proposals", "--file", str(tmp_path / "order.csv"))

    [proposed] = home.said("stock", "proposals")["proposals"]

    header, row = ((tmp_path / "order.csv").read_text().splitlines()[n].split(",") for n in (0, 1))
    assert proposed["certainty"] == "0.98"
    assert proposed["velocity"] == dict(zip(header, row, strict=True))["velocity"] == "0"
    assert [each["velocity"] for each in home.said("stock", "warnings")["warnings"]] == ["0"]
    assert {each["velocity"] for each in home.said("stock", "safety", "MUG")["channels"]} == {"0"}


def test_safety_stock_is_said_shown_kept_and_given_back(home: Home) -> None:
    said = home.entrepot("stock", "safety", "MUG", "3", "--channel", "woo-shop", "--reason", "a fair").stdout
    ran = home.said("run", "refresh_safety")
    shown = {each["channel"]: (each["safety"], each["by"]) for each in home.said("stock", "safety", "MUG")["channels"]}

    assert said == "woo-shop holds back 3 of MUG\n"
    assert {report["changed"] for report in ran["reports"]} == {0}
    assert shown["woo-shop"] == ("3", "person")
    assert set(shown.values()) == {("3", "person"), ("0", "nobody")}
    given = ["stock", "safety", "MUG", "auto", "--channel", "woo-shop", "--reason", "over"]
    assert home.said(*given) == {"is_changed": True, "safety": "0"}
    assert "nobody had said" in home.entrepot(*given).stdout
    home.entrepot("stock", "safety", "MUG", "2", "--channel", "woo-shop", "--reason", "another fair")
    assert home.entrepot(*given).stdout == "sales decide again, and woo-shop holds back 0 of MUG\n"
    assert home.entrepot("audit").stdout.strip() == "every invariant holds"


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["stock", "safety", "MUG", "3", "--reason", "x"], "give --channel"),
        (["stock", "safety", "MUG", "3", "--channel", "woo-shop"], "say why"),
        (["stock", "safety", "JUG"], "is not known"),
        (["stock", "proposals", "--file", "out.txt"], "neither .csv nor .xlsx"),
        (["run", "propose_replenishment", "--channel", "woo-shop"], "takes no --channel"),
    ],
)
def test_wrong_use_is_one_clear_line_with_the_mend(home: Home, words: list[str], mend: str) -> None:
    assert mend in home.refused(*words)
