"""`entrepot orders preview` and `take`: what they say, what they end with, and that the guide's examples hold."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from connectors.order_files.settings import Settings
from tests.hubs import Home, home_in

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "order-files.md"
HUB = """
[[entities]]
id = "main"
name = "Main"
currency = "EUR"
country = "DE"
zone = "Europe/Berlin"

[[channels]]
id = "harbour"
name = "Harbour Cafe"
entity = "main"
connector = "order_files"
zone = "Europe/Berlin"
orders_from = 2026-06-01T00:00:00Z
live_from = 2026-06-01T00:00:00Z
[channels.settings]
address = "FOLDER"
[channels.settings.layout]
currency = "EUR"
[channels.settings.layout.columns]
number = "Order"
placed = "Date"
sku = "SKU"
quantity = "Qty"
unit_price = "Price"
"""
GOOD = "Order,Date,SKU,Qty,Price\nA-1,2026-06-02,cup,2,2.50\nA-1,2026-06-02,jug,1,4.00\n"
BAD = GOOD + "B-1,2026-06-02,cup,one,2.50\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = home_in(tmp_path)
    (tmp_path / "orders" / "out").mkdir(parents=True)
    (tmp_path / "hub.toml").write_text(HUB.replace("FOLDER", str(tmp_path / "orders")))
    (tmp_path / "good.csv").write_text(GOOD)
    (tmp_path / "bad.csv").write_text(BAD)
    return made


def test_a_preview_says_each_order_and_ends_with_one_where_any_is_wrong(home: Home) -> None:
    told = home.entrepot("orders", "preview", "harbour", str(home.path / "bad.csv"), code=1).stdout

    assert told.splitlines() == [
        "A-1: new, 2 lines, 9.00 EUR",
        "B-1: refused",
        "  row 4, column 'Qty': is not a number; write it like 1234.50, or declare layout.decimal and layout.thousands",
        "1 new, 1 refused",
    ]
    assert home.said("orders", "preview", "harbour", str(home.path / "good.csv"))["counts"] == {"new": 1}
    assert home.said("orders", "list")["total"] == 0


def test_a_taken_file_is_read_and_said_once(home: Home) -> None:
    first = home.entrepot("orders", "take", "harbour", str(home.path / "good.csv")).stdout
    second = home.entrepot("orders", "take", "harbour", str(home.path / "good.csv")).stdout
    bad = home.entrepot("orders", "take", "harbour", str(home.path / "bad.csv"), code=1).stdout

    assert first == "harbour: done, 1 new, 0 changed, 0 unchanged, 0 quarantined\n"
    assert second == "harbour: done, 0 new, 0 changed, 1 unchanged, 0 quarantined\n"
    assert "1 unchanged, 1 quarantined: bad.csv: row 4, column 'Qty'" in re.sub(r"bad-[0-9a-f]{16}", "bad", bad)
    assert home.said("orders", "list")["total"] == 1
    assert home.said("audit") == {"findings": []}


def test_wrong_use_is_one_line_with_its_mend(home: Home) -> None:
    assert "cannot be read" in home.refused("orders", "preview", "harbour", str(home.path / "none.csv"))
    assert "nobody" in home.refused("orders", "take", "nobody", str(home.path / "good.csv"))
    (home.path / "orders" / "out").rmdir()
    assert "make the folder" in home.refused("orders", "take", "harbour", str(home.path / "good.csv"))


def test_the_guides_settings_are_settings() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    told: dict[str, Any] = tomllib.loads("\n".join(blocks))["channels"][0]["settings"]
    settings = Settings.model_validate({**told, "private_key": "k"})

    assert settings.layout is not None
    assert settings.layout.columns.street == ("Street", "Street 2")
    assert settings.edifact is not None
