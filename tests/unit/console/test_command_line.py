"""The command line as people and scripts use it: a real street, real processes, real files."""

import json
import re
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.hubs import Home, home_in, street, truth

OPERATE = Path(__file__).parents[3] / "docs" / "guide" / "operate.md"


def keep_key(home: Path, key: bytes | None) -> None:
    """Put a master key into a home, or none."""
    (home / "keys").mkdir(mode=0o700)
    if key is not None:
        (home / "keys" / "master.key").write_text(key.hex(), "ascii")
        (home / "keys" / "master.key").chmod(0o600)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Home, str]]:
    """A home with a street of 60 orders, pulled once."""
    home = home_in(tmp_path_factory.mktemp("hub"))
    with street(home, "--orders", "60", "--seed", "5") as url:
        home.entrepot("init", "--street", url)
        home.entrepot("run", "pull_orders")
        yield home, url


def test_every_order_of_the_street_is_stored_with_its_total(hub: tuple[Home, str]) -> None:
    home, url = hub
    before = truth(url)
    home.entrepot("run", "pull_orders")

    listed = home.said("orders", "list")

    stored = {(each["channel"], each["external_id"]): each["total"] for each in listed["orders"]}
    after = truth(url)
    assert listed["total"] == len(stored)
    assert set(before) <= set(stored) <= set(after)
    assert [key for key, total in before.items() if stored[key] not in (total, after[key])] == []


def test_running_an_old_window_again_changes_nothing_and_says_so(hub: tuple[Home, str]) -> None:
    home, _ = hub
    before = home.said("orders", "list")

    done = home.entrepot("run", "pull_orders", "--channel", "woo-shop", "--since", "2026-01-01", "--until", "2100-01-01")

    assert "nothing changed" in done.stdout or "new" in done.stdout
    again = {each["external_id"]: each for each in home.said("orders", "list")["orders"]}
    assert all(again[each["external_id"]]["total"] == each["total"] for each in before["orders"])
    assert home.entrepot("audit").stdout.strip() == "every invariant holds"


def test_a_dry_run_writes_nothing(hub: tuple[Home, str], tmp_path: Path) -> None:
    _, url = hub
    fresh = home_in(tmp_path)
    fresh.entrepot("init", "--street", url)

    said = fresh.said("run", "pull_orders", "--dry-run")

    assert sum(run["counts"]["new"] for run in said["runs"]) >= 60
    assert fresh.said("orders", "list") == {"total": 0, "orders": []}


def test_limit_bounds_the_list_but_not_the_total(hub: tuple[Home, str]) -> None:
    listed = hub[0].said("orders", "list", "--limit", "3")

    assert len(listed["orders"]) == 3
    assert listed["total"] > 3


def test_personal_data_is_shown_only_for_a_reason_that_is_kept(hub: tuple[Home, str]) -> None:
    home, _ = hub
    order = next(each for each in home.said("orders", "list")["orders"] if each["channel"] == "woo-shop")
    words = ("orders", "show", order["external_id"], "--channel", "woo-shop")

    sealed = home.said(*words)
    opened = home.said(*words, "--unmask", "the buyer called")

    assert {party["personal"] for party in sealed["parties"]} == {"sealed"}
    assert all("name" in party["personal"] for party in opened["parties"])
    assert home.entrepot("audit").returncode == 0


def test_channels_are_listed_and_well(hub: tuple[Home, str]) -> None:
    home, _ = hub

    assert [each["id"] for each in home.said("channels", "list")["channels"]] == ["shopify-main", "woo-shop", "square-till"]
    assert [each["is_well"] for each in home.said("channels", "check")["channels"]] == [True, True, True]


def test_the_database_is_what_this_version_needs(hub: tuple[Home, str]) -> None:
    assert hub[0].said("db", "check") == {"problems": []}


def test_the_quarantine_is_empty_and_says_so(hub: tuple[Home, str]) -> None:
    assert hub[0].said("quarantine", "list") == {"total": 0, "quarantine": []}
    assert "nothing in quarantine" in hub[0].entrepot("quarantine", "list").stdout


WRONG = [
    (["run", "pull_everything"], "use one of pull_orders"),
    (["run", "pull_orders", "--channel", "nobody"], "known are shopify-main"),
    (["run", "audit_store", "--dry-run"], "takes no --since"),
    (["run", "audit_store", "--channel", "woo-shop"], "checks the whole store"),
    (["orders", "show", "no-such-order"], "is not stored"),
    (["map", "shopify", "invoice", "x.json"], "reads order"),
    (["map", "nosuch", "order", "x.json"], "use one of"),
    (["map", "shopify", "order", "no-such-file.json"], "cannot be read"),
    (["run", "pull_orders", "--as", "mallory"], "known are"),
    (["init"], "exists already"),
    (["deploy"], "it names the Prefect server"),
    (["run", "pull_orders", "--since", "2026-02-01", "--until", "2026-01-01"], "ends before it begins"),
    (["street", "--faults", "nonsense"], "nobody knows nonsense"),
    (["quarantine", "list", "--channel", "nobody"], "known are shopify-main"),
    (["orders", "list", "--channel", "nobody"], "known are shopify-main"),
    (["orders", "queue", "--channel", "nobody"], "known are shopify-main"),
    (["orders", "show", "1", "--channel", "nobody"], "known are shopify-main"),
    (["listings", "list", "--channel", "nobody"], "known are shopify-main"),
    (["stock", "explain", "MUG", "--channel", "nobody"], "known are shopify-main"),
    (["run", "review_orders", "--channel", "nobody"], "known are shopify-main"),
    (["run", "publish_stock", "--channel", "nobody"], "known are shopify-main"),
    (["run", "expire_reservations", "--channel", "woo-shop"], "takes no --channel"),
    (["quarantine", "replay", "feedbeef"], "is not there"),
]


@pytest.mark.parametrize(("words", "mend"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_wrong_use_is_one_clear_line_with_the_mend(hub: tuple[Home, str], words: list[str], mend: str) -> None:
    assert mend in hub[0].refused(*words)


@pytest.mark.parametrize(
    ("words", "mend"),
    [(["run", "pull_orders", "--since", "yesterday"], "write 2026-01-31"), (["quarantine", "list", "--state", "banana"], "not one of")],
)
def test_an_option_that_cannot_be_read_is_named_under_the_usage(hub: tuple[Home, str], words: list[str], mend: str) -> None:
    told = hub[0].entrepot(*words, code=2).stderr

    assert told.startswith("Usage: entrepot ")
    assert mend in told


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [("ENTREPOT_UI_PORT", "abc", "mend the variable"), ("ENTREPOT_DATABASE_URL", "oracle://x", "use sqlite:///FILE")],
)
def test_a_wrong_variable_is_told_like_any_other_mistake(hub: tuple[Home, str], name: str, value: str, mend: str) -> None:
    home = Home(hub[0].path, hub[0].env | {name: value})

    assert mend in home.refused("orders", "list")


def test_a_lost_master_key_is_never_replaced_by_a_new_one(hub: tuple[Home, str], tmp_path: Path) -> None:
    copy = home_in(tmp_path)
    for name in ("hub.toml", "entrepot.db"):
        (tmp_path / name).write_bytes((hub[0].path / name).read_bytes())

    assert "restore it from its backup" in copy.refused("orders", "list")
    assert not (tmp_path / "keys" / "master.key").exists()


@pytest.mark.parametrize("key", [None, bytes(32)], ids=["missing", "another"])
def test_the_guide_quotes_what_is_said_without_the_master_key(hub: tuple[Home, str], tmp_path: Path, key: bytes | None) -> None:
    copy = home_in(tmp_path)
    for name in ("hub.toml", "entrepot.db"):
        (tmp_path / name).write_bytes((hub[0].path / name).read_bytes())
    keep_key(tmp_path, key)

    said = copy.refused("audit").strip().partition("master.key: ")[2]

    assert f"`{said}`" in re.sub(r"\s+", " ", OPERATE.read_text("utf-8"))


def test_without_a_hub_toml_the_first_step_is_named(tmp_path: Path) -> None:
    assert "entrepot init" in home_in(tmp_path).refused("orders", "list")


def test_a_channel_that_fails_never_stops_another(hub: tuple[Home, str], tmp_path: Path) -> None:
    _, url = hub
    home = home_in(tmp_path)
    home.entrepot("init", "--street", url)
    (tmp_path / "keys" / "shopify-main.access_token").write_text("wrong\n")

    said = json.loads(home.entrepot("run", "pull_orders", "--json", code=1).stdout)

    assert {run["channel"]: run["outcome"] for run in said["runs"]} == {
        "shopify-main": "failed", "woo-shop": "done", "square-till": "done",
    }  # fmt: skip
    assert "credentials refused" in said["runs"][0]["message"]


def test_map_prints_records_and_names_what_it_cannot_read(tmp_path: Path) -> None:
    recordings = Path(__file__).parents[3] / "connectors" / "woocommerce" / "recordings" / "orders.json"
    documents = json.loads(recordings.read_text("utf-8"))
    file = tmp_path / "orders.json"
    file.write_text(json.dumps([*documents, {"id": 99}]))

    done = home_in(tmp_path).entrepot("map", "woocommerce", "order", str(file), code=1)

    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(records) == len(documents)
    assert "99" in done.stderr
    for record in records:
        parts = sum(line["total"]["minor"] for line in record["lines"])
        parts += sum(record[name]["minor"] for name in ("shipping_total", "tax_total", "charges_total")) - record["discount_total"]["minor"]
        assert parts == record["total"]["minor"]
