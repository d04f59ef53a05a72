"""Stock on the command line: real processes against a real street."""

from collections.abc import Generator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from tests.hubs import Home, home_in, street

WOO = "woo-shop"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Home, str, str]]:
    """A home whose SKUs were made of listings that no shop tracks, the street's address, and one SKU."""
    home = home_in(tmp_path_factory.mktemp("stock"))
    with street(home, "--orders", "20", "--seed", "3") as url:
        home.entrepot("init", "--street", url)
        home.entrepot("run", "pull_orders", "--channel", WOO)
        home.entrepot("run", "pull_listings", "--channel", WOO)
        home.entrepot("listings", "adopt", "--create", code=None)
        found = home.said("listings", "list", "--channel", WOO)["listings"]
        yield home, url, next(each["sku"] for each in found if each["sku"] and each["kind"] == "goods")


def test_explain_names_what_is_missing_until_the_channel_shows_the_quantity(hub: tuple[Home, str, str], tmp_path: Path) -> None:
    home, url, sku = hub
    home.entrepot("stock", "move", "receive", sku, "8.5", "--reference", "delivery 1")
    home.entrepot("run", "publish_stock", "--channel", WOO)
    made = home.said("stock", "explain", sku)
    (tmp_path / "skus.csv").write_text(f"code,is_tracked\n{sku},yes\n")
    home.entrepot("masters", "import", "skus", str(tmp_path / "skus.csv"))
    tracked = home.entrepot("stock", "explain", sku, "--channel", WOO).stdout
    httpx.post(f"{url}/stock", json={WOO: {"*": 500}}).raise_for_status()
    home.entrepot("run", "pull_listings", "--channel", WOO)
    home.entrepot("run", "pull_orders", "--channel", WOO)
    home.entrepot("run", "publish_stock", "--channel", WOO)

    [shown] = home.said("stock", "explain", sku)["listings"]

    assert made["listings"] == []
    assert [each.partition("; ")[0].partition(": ")[2] for each in made["not_shown"]] == [
        "is not tracked, as a service is not",
        "is not tracked by its channel",
    ]
    assert "is not tracked by its channel; let the channel track it" in tracked
    assert "import it" not in tracked
    wanted = Decimal(shown["reserved"])  # by orders of before, which were approved while nobody counted it
    assert (shown["on_hand"], shown["desired"]) == ("8.5", (Decimal("8.5") - wanted) // 1)
    assert home.said("audit") == {"findings": []}
    assert "(8.5 on hand - 0 held back" in home.entrepot("stock", "explain", sku).stdout


def test_stock_is_shown_in_units(hub: tuple[Home, str, str]) -> None:
    home, _, sku = hub
    other = home.said("skus", "list")["skus"][-1]["code"]
    assert other != sku
    home.entrepot("stock", "move", "receive", other, "2.5", "--reference", "crumbs")

    home.entrepot("stock", "move", "adjust", other, "--reference", "count 1", "--reason", "broken", "--", "-0.25")

    [level] = home.said("stock", "show", other)["levels"]
    assert (level["on_hand"], level["damaged"]) == ("2.25", "0")
    assert "main         2.25     0" in home.entrepot("stock", "show", other).stdout


def test_a_channel_that_left_hub_toml_keeps_its_orders(hub: tuple[Home, str, str], tmp_path: Path) -> None:
    home, _, _ = hub
    copy = home_in(tmp_path)
    head, *channels = (home.path / "hub.toml").read_text().split("[[channels]]")
    (copy.path / "hub.toml").write_text("[[channels]]".join([head, *(each for each in channels if f'id = "{WOO}"' not in each)]))
    (copy.path / "keys").mkdir(mode=0o700)
    for name in ("entrepot.db", "keys/master.key"):
        (copy.path / name).write_bytes((home.path / name).read_bytes())
        (copy.path / name).chmod(0o600)

    left = copy.said("orders", "list", "--channel", WOO)

    assert left == home.said("orders", "list", "--channel", WOO)
    assert left["total"] > 0
    assert "is not in hub.toml" in copy.refused("run", "review_orders", "--channel", WOO)


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["stock", "show", "NOPE"], "is not known"),
        (["stock", "explain", "NOPE"], "is not known"),
        (["stock", "move", "give", "SKU", "1", "--reference", "x"], "use one of receive"),
        (["stock", "move", "receive", "SKU", "1", "--reference", ""], "name the deed"),
        (["stock", "transfer", "SKU", "1", "main", "main", "--reference", "x"], "name two locations"),
        (["stock", "safety", "SKU", "--channel", "nope"], f"known are shopify-main, {WOO}"),
    ],
)
def test_wrong_use_is_one_clear_line_with_the_mend(hub: tuple[Home, str, str], words: list[str], mend: str) -> None:
    assert mend in hub[0].refused(*words)


def test_a_move_that_stock_does_not_bear_is_a_refusal_and_no_wrong_use(hub: tuple[Home, str, str]) -> None:
    home, _, sku = hub

    told = home.entrepot("stock", "move", "unhold", sku, "3", "--reference", "x", code=1).stderr

    assert told == f"error: stock: {sku} at main: not so much is held there; look at `entrepot stock show SKU`\n"
