"""Mapping listings by hand and by accepting suggestions."""

from pathlib import Path

import pytest
from sqlalchemy import Table, select

from model.errors import ConfigError
from model.store import accounts
from model.store.audit_trail import Actor
from model.store.bulk import insert_rows
from model.store.catalogue import LISTINGS, SKU_MAP, SKUS, listing_id
from model.store.database import Database
from model.store.sealing import MasterKey
from model.store.touches import waiting
from model.values.instant import iso
from operations.auditor import audit
from operations.listings import adopt, map_listing
from operations.masters.files import import_file
from operations.masters.kinds import KINDS
from operations.runtime.hub import Hub
from operations.runtime.hub_file import HubFile
from tests.conftest import StillClock
from tests.unit.operations.test_masters import AT, ENTITY, WEB

LISTED: tuple[tuple[str, str | None, str, str, bool], ...] = (
    ("1", "MUG", "goods", "A mug", True),
    ("2", "NEW", "goods", "New\x07 \n thing", True),
    ("3", "GIFT", "gift_card", "Gift card", True),
    ("4", "SET", "bundle", "Set", True),
    ("5", "TWIN", "goods", "Twin", True),
    ("6", "TWIN", "goods", "Twin", True),
    ("7", " odd\n", "goods", "Odd", True),
    ("8", None, "goods", "Nameless", True),
)


class Counter:
    """A hub whose one channel lists a few things."""

    def __init__(self, database: Database, home: Path, clock: StillClock) -> None:
        file = HubFile(path=home / "hub.toml", text="", street=None, entities=(ENTITY,), people=(), channels=(WEB,))
        self.hub = Hub(file, database, MasterKey.in_file(home / "master.key"), Actor("mia", "Mia"), clock=clock)
        database.run(lambda c: accounts.meet(c, "web", "woocommerce", "main", at=AT))
        rows = [
            (listing_id("web", key), "web", key, None, key, sku, title, kind, tracked, iso(AT), iso(AT), None)
            for key, sku, kind, title, tracked in LISTED
        ]
        database.run(lambda c: insert_rows(c, LISTINGS, rows))
        (home / "skus.csv").write_text("code\nMUG\nPLATE\n")
        import_file(self.hub, KINDS["skus"], home / "skus.csv")

    def rows(self, table: Table) -> list[dict[str, object]]:
        with self.hub.database.read() as connection:
            return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]

    def mapped(self) -> dict[str, tuple[object, object]]:
        return {str(row["external_id"]): (row["sku"], row["factor"]) for row in self.rows(SKU_MAP)}


@pytest.fixture
def counter(database: Database, tmp_path: Path, clock: StillClock) -> Counter:
    return Counter(database, tmp_path, clock)


def test_adopting_maps_what_has_our_code_and_says_why_the_rest_is_left(counter: Counter) -> None:
    adopted = adopt(counter.hub, None, creates=False)

    assert adopted.mapped == (("web", "1", "MUG"),)
    assert counter.mapped() == {"1": ("MUG", 1000)}
    assert {listing: reason.partition(";")[0] for _, listing, reason in adopted.left} == {
        "2": "there is no SKU of that code", "3": "there is no SKU of that code", "7": "there is no SKU of that code",
        "4": "the channel puts it together from other listings",
        "5": "another listing of the channel has the same code", "6": "another listing of the channel has the same code",
    }  # fmt: skip


def test_adopting_makes_missing_skus_only_when_asked_and_tracks_goods_alone(counter: Counter) -> None:
    adopted = adopt(counter.hub, "web", creates=True)

    made = {row["code"]: (row["title"], row["is_tracked"]) for row in counter.rows(SKUS) if row["code"] in adopted.created}
    assert made == {"GIFT": ("Gift card", False), "NEW": ("New thing", True)}
    assert counter.mapped() == {"1": ("MUG", 1000), "2": ("NEW", 1000), "3": ("GIFT", 1000)}
    assert adopt(counter.hub, "web", creates=True).mapped == ()
    assert audit(counter.hub.database.url) == []


def test_a_listing_is_mapped_by_hand_also_before_it_was_read(counter: Counter) -> None:
    done = [map_listing(counter.hub, "web", "5", "MUG", "6"), map_listing(counter.hub, "web", "999", "PLATE")]

    with counter.hub.database.read() as connection:
        marked = set(waiting(connection, 100)) & {"MUG", "PLATE"}
    assert done == [True, False]
    assert counter.mapped() == {"5": ("MUG", 6000), "999": ("PLATE", 1000)}
    assert marked == {"MUG", "PLATE"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("shop", "1", "MUG", "1"), "known are web"),
        (("web", "1", "NOSUCH", "1"), "is no SKU yet"),
        (("web", "1", "MUG", "six"), "write a number"),
        (("web", "1", "MUG", "0"), "not above zero"),
        (("web", "1", "MUG", "1e15"), "write a number"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_its_mend(counter: Counter, words: tuple[str, str, str, str], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        map_listing(counter.hub, *words)

    assert counter.mapped() == {}
