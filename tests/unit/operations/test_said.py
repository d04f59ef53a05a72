"""What people type is checked in one way: each refusal names the place, the reason and the mend."""

from pathlib import Path

import pytest

from model.errors import ConfigError
from model.store.database import Database
from operations.said import check_sku, named, reasoned, sku_problems, units
from tests.conftest import StillClock
from tests.trade import Trade

KIT = "is a kit and has no stock of its own; name its parts"
UNKNOWN = "is not known; `entrepot masters import skus FILE` or `entrepot listings adopt --create`"


@pytest.mark.parametrize(
    ("text", "least", "count"), [("12", 1, 12_000), ("1.5", 0, 1500), ("0", 0, 0), ("0.001", 1, 1), ("-3", None, -3000)]
)
def test_a_quantity_is_read_in_thousandths(text: str, least: int | None, count: int) -> None:
    assert units(text, least=least) == count


@pytest.mark.parametrize(
    ("text", "least", "told"),
    [
        ("many", None, "quantity 'many': is not a decimal number; write a number like 12 or 1.5, or auto"),
        ("1.2345", 0, "quantity '1.2345': is finer than a thousandth; write a number like 12 or 1.5, or auto"),
        ("-1", 0, "quantity '-1': is negative; write zero or more, or auto"),
        ("0", 1, "quantity '0': is not above zero; write a number like 12 or 1.5, or auto"),
    ],
)
def test_a_wrong_quantity_is_refused_with_its_mend(text: str, least: int | None, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        units(text, least=least, also=", or auto")

    assert str(refused.value) == told


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_a_reason_says_something(nothing: str | None) -> None:
    reasoned("counted")

    with pytest.raises(ConfigError, match=r"^--reason: is empty; say why$"):
        reasoned(nothing)


@pytest.mark.parametrize("nothing", ["", " "])
def test_a_reference_names_something(nothing: str) -> None:
    named("7", "sheet")

    with pytest.raises(ConfigError, match=r"^--reference: is empty; name the sheet$"):
        named(nothing, "sheet")


def test_what_is_no_sku_or_has_no_stock_of_its_own_is_named(database: Database, tmp_path: Path, clock: StillClock) -> None:
    trade = Trade(database, tmp_path, clock)
    asked = ("cup", "set", "ghost")

    with trade.database.read() as connection:
        assert sku_problems(connection, asked) == {"set": KIT, "ghost": UNKNOWN}
        assert sku_problems(connection, asked, may_be_kits=True) == {"ghost": UNKNOWN}
        check_sku(connection, "set", may_be_kit=True)
        with pytest.raises(ConfigError, match=f"^SKU 'set': {KIT}$"):
            check_sku(connection, "set")
