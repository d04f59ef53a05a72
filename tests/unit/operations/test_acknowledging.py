"""What a warehouse tells by X12 is acknowledged once for each group, whatever is read again, comes late or dies on the way."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from connectors._kit.x12.replies import groups_in
from connectors.edi_warehouse.settings import Settings
from model.store.database import Database
from operations.acknowledge_documents import acknowledge_documents
from operations.pull import pull_channel
from tests.conftest import StillClock
from tests.edi import document, drop, interchange, recorded
from tests.unit.operations.edi_office import START, Office

BROKEN = ("W06*F*FO-2*20260303", "LX*1", "W12*QQ*2*2**EA**SK*MUG-STONE-BLU", "W03*2")
WHOLE = ("W06*F*FO-1*20260303", "LX*1", "W12*CC*2*2**EA**SK*MUG-STONE-BLU", "W03*2")


@pytest.fixture
def office(database: Database, tmp_path: Path, clock: StillClock) -> Office:
    clock.at = START
    return Office(database, tmp_path, clock)


def answers(office: Office) -> list[str]:
    """AK segments of every 997 that was written, sets apart by a space."""
    lines = [[line for line in raw.decode().splitlines() if line.startswith("AK")] for raw in office.replies()]
    return [" ".join(line.rstrip("~") for line in each) for each in lines]


def test_everything_a_warehouse_tells_is_acknowledged_once(office: Office) -> None:
    for number in range(6):
        office.ask(number)
    office.pass_by(days=2)

    reports = office.exchange()
    sent = office.drain()
    office.pass_by(minutes=1)

    assert sorted(set(office.street.told().values())) == ["846", "944", "945", "947"]
    assert office.unanswered() == {}
    assert sum(report.counts["acknowledged"] for report in reports) == sent.counts["done"] == len(office.street.told())
    assert office.audited() == []


def test_what_is_read_again_copied_or_comes_late_is_not_acknowledged_again(office: Office) -> None:
    office.pass_by(days=1)
    office.exchange()
    office.drain()
    for path in sorted((office.folder / "out").iterdir()):
        drop(office.folder / "out", f"again-{path.name}", path.read_bytes(), office.clock.at)
    shutil.rmtree(office.folder / "done")
    (office.folder / "done").mkdir()

    for _ in range(3):
        office.clock.move(hours=30)
        office.exchange()
        office.drain()
    office.pass_by(seconds=1)

    assert {number: codes for number, codes in office.street.acknowledged().items() if codes != ["A"]} == {}
    assert office.unanswered().keys() <= {number for number in office.street.told() if int(number) > 3}


def test_acknowledgements_are_never_acknowledged(office: Office) -> None:
    office.ask(1)
    office.pass_by(seconds=1)

    office.exchange()
    office.drain()

    assert [path.name for path in (office.folder / "out").iterdir()] == ["997-000001.edi"]
    assert office.commands() == []


def test_a_partner_who_wants_none_gets_none(office: Office) -> None:
    office.pass_by(days=1)

    office.exchange(acknowledges=False)

    assert office.street.told()
    assert office.commands() == []


def test_what_was_set_aside_is_refused_with_its_place_and_spares_the_rest(office: Office) -> None:
    office.tell("several.edi", interchange([("945", WHOLE), ("945", BROKEN)]))
    office.tell("bad.edi", document("945", *BROKEN, number=901))
    office.tell("other.edi", document("810", "BIG*20260303*1", function="IN", number=902))

    office.exchange()
    office.drain()

    assert sorted(answers(office)) == sorted([
        "AK1*SW*900 AK2*945*0001 AK5*A AK2*945*0002 AK3*W12*4**8 AK4*1**7 AK5*R*5 AK9*P*2*2*1",
        "AK1*SW*901 AK2*945*0001 AK3*W12*4**8 AK4*1**7 AK5*R*5 AK9*R*1*1*0",
        "AK1*IN*902 AK2*810*0001 AK5*R*1 AK9*R*1*1*0",
    ])  # fmt: skip


def test_a_group_waits_until_all_of_it_has_landed(office: Office) -> None:
    office.tell("several.edi", recorded("945-several"))
    hub = office.hub()

    early = acknowledge_documents(hub, hub.file.partners[0])
    again = [report.counts["acknowledged"] for report in office.exchange()]

    assert (early.outcome, early.counts["waiting"], early.counts["acknowledged"]) == ("done", 1, 0)
    assert sum(again) == 1
    assert len(office.commands()) == 1


def test_a_torn_file_is_acknowledged_when_it_comes_whole(office: Office) -> None:
    raw = document("945", *WHOLE)
    office.tell("torn.edi", raw[:-30])

    office.exchange()
    torn = len(office.commands())
    office.tell("whole.edi", raw)
    office.clock.move(minutes=15)
    office.exchange()
    office.drain()

    assert torn == 0
    assert answers(office) == ["AK1*SW*900 AK2*945*0001 AK5*A AK9*A*1*1*1"]


def test_what_landed_before_a_long_pause_is_acknowledged_behind_it(office: Office) -> None:
    office.exchange()
    office.pass_by(days=1)
    hub = office.hub()
    pull_channel(hub, hub.file.partners[0])
    told = len(office.street.told())
    office.clock.move(days=10)

    reports = office.exchange()

    assert told == sum(report.counts["acknowledged"] for report in reports) > 0


def test_the_folder_that_is_missing_costs_a_run_and_nothing_else(office: Office) -> None:
    office.pass_by(days=1)
    office.exchange()
    (office.folder / "in").rmdir()

    failed = office.drain()
    (office.folder / "in").mkdir()
    office.clock.move(minutes=2)
    office.drain()
    office.pass_by(seconds=1)

    assert failed.outcome == "failed"
    assert office.unanswered() == {}


@pytest.mark.parametrize("settings", [{"their_id": "SOUTHDOCK"}, {"our_id": "SOMEBODY"}, {"usage": "T"}])
def test_what_is_for_somebody_else_is_not_ours_to_acknowledge(settings: dict[str, str]) -> None:
    sides = {"address": "/nowhere", "our_id": "ENTREPOT", "their_id": "NORTHDOCK"}
    ours, other = Settings.model_validate(sides), Settings.model_validate({**sides, **settings})
    raw = document("945", *WHOLE)

    assert len(list(groups_in(raw, ours, {"945": "945"}))) == 1
    assert list(groups_in(raw, other, {"945": "945"})) == []


def test_files_stamped_before_the_hub_began_are_left_alone(office: Office) -> None:
    drop(office.folder / "out", "old.edi", document("945", *WHOLE), START - timedelta(days=30))

    office.exchange()

    assert office.commands() == []
