"""Master data on the command line: real processes, real files."""

import json
from pathlib import Path

import pytest

from tests.hubs import Home, home_in


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A hub with two SKUs, a kit and a customer."""
    made = home_in(tmp_path_factory.mktemp("masters"))
    made.entrepot("init")
    for kind, text in (
        ("skus", "code,title\nMUG,Mug\nSET,Set\n"),
        ("kits", "kit,part,quantity\nSET,MUG,2\n"),
        ("customers", "id,name,email\nC1,Ada Example,ada@example.com\n"),
    ):
        (made.path / f"{kind}.csv").write_text(text)
        made.entrepot("masters", "import", kind, str(made.path / f"{kind}.csv"))
    return made


def test_an_import_says_what_it_did_and_ends_with_one_when_a_row_is_wrong(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text("code,low_at\nMUG,5\nPLATE,many\n")

    done = home.entrepot("masters", "import", "skus", str(file), code=1)
    said = json.loads(home.entrepot("masters", "import", "skus", str(file), "--json", code=1).stdout)

    assert done.stderr.strip() == "more.csv:3: low_at: is not a number; write one like 12.5, without unit"
    assert (said["unchanged"], said["new"], len(said["wrong"])) == (1, 0, 1)


def test_a_template_can_be_imported_and_an_export_read_back(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "template.csv"
    file.write_text(home.entrepot("masters", "template", "prices").stdout.replace("MUG-RED", "MUG"))

    home.entrepot("masters", "import", "prices", str(file))
    home.entrepot("masters", "export", "prices", str(tmp_path / "out.xlsx"))

    assert "nothing changed" in home.entrepot("masters", "import", "prices", str(tmp_path / "out.xlsx")).stdout


def test_skus_are_listed_and_shown_with_what_is_around_them(home: Home) -> None:
    listed, shown = home.said("skus", "list"), home.said("skus", "show", "SET")

    assert [(each["code"], each["is_kit"]) for each in listed["skus"]] == [("MUG", False), ("SET", True)]
    assert shown["parts"] == [{"part": "MUG", "quantity": "2"}]
    assert home.entrepot("skus", "show", "SET").stdout.startswith("code: SET")


def test_a_customer_is_masked_found_by_mail_held_and_released(home: Home) -> None:
    masked = home.said("customers", "show", "ADA@example.com")
    opened = home.said("customers", "show", "C1", "--unmask", "a test")

    assert masked["personal"] == "sealed"
    assert opened["personal"]["name"] == "Ada Example"
    assert home.said("customers", "hold", "C1", "--reason", "unpaid")["is_changed"] is True
    assert [each["hold_reason"] for each in home.said("customers", "list")["customers"]] == ["unpaid"]
    assert home.said("customers", "release", "C1")["is_on_hold"] is False
    assert home.entrepot("audit").stdout.strip() == "every invariant holds"


def test_listings_are_none_yet_and_the_command_says_so(home: Home) -> None:
    assert home.said("listings", "list", "--unmapped") == {"total": 0, "listings": [], "lines": []}
    assert home.said("listings", "adopt") == {"mapped": [], "created": [], "left": []}


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["masters", "import", "socks", "x.csv"], "use one of skus"),
        (["masters", "import", "skus", "x.ods"], "give a file of one of these forms"),
        (["masters", "import", "skus", "no-such.csv"], "cannot be read"),
        (["masters", "export", "skus", "/no/such/folder/x.csv"], "cannot be written"),
        (["skus", "show", "NOSUCH"], "`entrepot skus list`"),
        (["customers", "show", "eve@example.com"], "`entrepot customers list`"),
        (["customers", "hold", "C1", "--reason", " "], "say why"),
        (["listings", "map", "nobody", "1", "MUG"], "known are"),
    ],
)
def test_wrong_use_is_one_clear_line_with_the_mend(home: Home, words: list[str], mend: str) -> None:
    assert mend in home.refused(*words)
