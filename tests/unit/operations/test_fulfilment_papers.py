"""What people read when they pick and pack."""

from pathlib import Path

import pytest

from model.errors import ConfigError
from model.store.database import Database
from operations.fulfilment_papers import packing_slip, picking_list
from tests.conftest import StillClock
from tests.unit.operations.shipping_desk import Desk


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    desk = Desk(database, tmp_path, clock)
    desk.lay("pot", 20, "main")
    return desk


def test_a_picking_list_sums_what_own_people_have_to_fetch(desk: Desk) -> None:
    first, second = desk.sold(3), desk.sold(2, external_id="b", is_test=False)
    desk.release()

    count, page = picking_list(desk.hub, "main")

    references = [row.reference for order in (first, second) for row in desk.asked(order)]
    assert count == 2
    assert '<td>pot</td><td>pot</td><td class="n">5</td>' in page
    assert all(f"{reference}: {units} by 2026-03-03" in page for reference, units in zip(references, (3, 2), strict=True))


def test_a_packing_slip_tells_address_and_contents_and_is_kept_in_the_audit_trail(desk: Desk) -> None:
    order = desk.sold(3, buyer_note="<b>ring twice</b>")
    desk.release()
    [asked] = desk.asked(order)

    page = packing_slip(desk.hub, asked.reference)

    assert "Ada Example\n1 Long Road\n10115 Berlin\nDE" in page
    assert "&lt;b&gt;ring twice&lt;/b&gt;" in page
    assert '<td class="n">3</td>' in page
    with desk.database.read() as c:
        kept = c.exec_driver_sql("SELECT subject FROM audit_event WHERE action = 'fulfilment slip'").scalars().all()
    assert kept == [asked.reference]


def test_a_place_nobody_knows_is_named(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="location 'moon': is not under"):
        picking_list(desk.hub, "moon")
