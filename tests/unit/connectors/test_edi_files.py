"""Files in and out of a partner's folders: once, whole, and found however late, twice, broken or out of order they come."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from connectors._kit.x12.numbering import file_name, group_number
from connectors.capabilities import Command, Receipt
from connectors.edi_warehouse.settings import Settings
from model.errors import ConfigError, ContractError, MalformedError
from model.records.advice import ShipmentAdvice
from operations.runtime.hub_file import read_hub_file
from operations.runtime.secrets import resolved_settings
from tests.edi import (
    KEY,
    NOW,
    ORDER,
    OTHER_KEY,
    RECORDINGS,
    command,
    document,
    drop,
    home,
    interchange,
    pages,
    recorded,
    records,
    warehouse,
)

SHIPPED = ("W06*F*FO-1*20260303", "LX*1", "W12*CC*1*1*0*EA**SK*MUG", "W03*1")
HOUR = timedelta(hours=1)


def told(root: Path, **settings: object) -> list[str]:
    """External ids of all that can be read, in order."""
    connector = warehouse(root, **settings)
    return [str(connector.external_id_in(raw)) for page in pages(connector) for raw in page.slices]


def shipped(number: int) -> bytes:
    return document("945", *SHIPPED, number=number)


def test_a_command_becomes_one_file_under_a_name_of_its_own(tmp_path: Path) -> None:
    connector = warehouse(home(tmp_path))
    order = command(connector)

    receipt = connector.submit_shipment(order)

    assert receipt == Receipt(str(group_number(KEY)))
    assert [path.name for path in (tmp_path / "in").iterdir()] == [f"940-{KEY}.edi"]
    assert (tmp_path / "in" / file_name(KEY)).read_bytes() == order.body


def test_a_command_given_again_is_found_where_it_lies(tmp_path: Path) -> None:
    connector = warehouse(home(tmp_path))
    order = command(connector)

    first, again = connector.submit_shipment(order), connector.submit_shipment(order)

    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert first.external_id == again.external_id
    assert len(list((tmp_path / "in").iterdir())) == 1


def test_a_command_the_partner_took_away_is_found_in_its_archive(tmp_path: Path) -> None:
    connector = warehouse(home(tmp_path), archive="done")
    order = command(connector)
    connector.submit_shipment(order)
    (tmp_path / "in" / file_name(KEY)).rename(tmp_path / "done" / file_name(KEY))

    again = connector.submit_shipment(order)

    assert again.is_repeat
    assert list((tmp_path / "in").iterdir()) == []
    assert warehouse(tmp_path).find_shipment(order) is None


def test_a_write_that_failed_halfway_is_only_a_part_and_the_next_is_whole(tmp_path: Path) -> None:
    connector = warehouse(home(tmp_path))
    order = command(connector)
    (tmp_path / "in" / f"{file_name(KEY)}.part").write_bytes(order.body[:40])

    assert connector.find_shipment(order) is None
    assert not connector.submit_shipment(order).is_repeat
    assert [path.read_bytes() for path in (tmp_path / "in").iterdir()] == [order.body]


def test_a_cancellation_is_a_file_of_its_own(tmp_path: Path) -> None:
    connector = warehouse(home(tmp_path))
    connector.submit_shipment(command(connector))
    back = Command(key=OTHER_KEY, reference=ORDER.reference, body=connector.write_cancel(ORDER.reference, None, OTHER_KEY))

    assert connector.find_cancel(back) is None
    assert not connector.submit_cancel(back).is_repeat
    assert connector.submit_cancel(back).is_repeat
    assert connector.find_cancel(back) == Receipt(str(group_number(OTHER_KEY)), is_repeat=True)
    assert len(list((tmp_path / "in").iterdir())) == 2


@pytest.mark.parametrize("missing", ["in", "out"])
def test_a_missing_folder_is_told_with_its_name(tmp_path: Path, missing: str) -> None:
    connector = warehouse(home(tmp_path))
    (tmp_path / missing).rmdir()

    with pytest.raises(ConfigError, match=f"{missing}: no such file or directory"):
        connector.identify()


def test_who_answers_is_told_by_the_place_and_both_sides(tmp_path: Path) -> None:
    ours, another = warehouse(home(tmp_path)).identify(), warehouse(tmp_path, our_id="SISTER").identify()

    assert (ours.title, ours.now) == ("NORTHDOCK", NOW)
    assert ours.fingerprint != another.fingerprint


def test_a_connector_of_files_has_no_http(tmp_path: Path) -> None:
    connector = warehouse(home(tmp_path))

    with pytest.raises(ContractError, match="is not reached over HTTP"):
        connector.base_url(connector.settings)
    assert not hasattr(connector, "http")


def test_every_recording_is_read_from_a_folder_and_no_file_is_touched(tmp_path: Path) -> None:
    for number, path in enumerate(sorted(RECORDINGS.glob("*.edi"))):
        drop(home(tmp_path) / "out" if number == 0 else tmp_path / "out", path.name, path.read_bytes(), NOW - number * HOUR)
    connector = warehouse(tmp_path)
    before = sorted((path.name, path.stat().st_mtime_ns, path.read_bytes()) for path in (tmp_path / "out").iterdir())

    found = pages(connector)

    assert len(records(connector, found)) == 13
    assert {page.kind for page in found} == {"945", "944", "947", "846", "997"}
    assert [page.resume is None for page in found] == [False] * (len(found) - 1) + [True]
    assert sorted((path.name, path.stat().st_mtime_ns, path.read_bytes()) for path in (tmp_path / "out").iterdir()) == before


def test_files_are_read_oldest_first_whatever_their_names_and_from_the_windows_start(tmp_path: Path) -> None:
    out = home(tmp_path) / "out"
    for name, number, at in (
        ("b", 1, NOW),
        ("a", 2, NOW - HOUR),
        ("c", 3, NOW - HOUR),
        ("z", 4, NOW - timedelta(days=60)),
        ("y", 5, NOW + HOUR),
    ):
        drop(out, name, shipped(number), at)

    assert [each.split("-")[3] for each in told(tmp_path)] == ["2", "3", "1", "5"]


def test_reading_goes_on_behind_every_page_without_a_gap_or_a_repeat(tmp_path: Path) -> None:
    out = home(tmp_path) / "out"
    drop(out, "1", interchange([("945", SHIPPED), ("810", ("BIG*1",)), ("945", SHIPPED)], number=1), NOW - HOUR)
    drop(out, "2", shipped(2), NOW - HOUR)
    drop(out, "3", recorded("997-accepted"))
    connector = warehouse(tmp_path, page_files=1)
    whole = pages(connector)

    for place, page in enumerate(whole[:-1]):
        rest = pages(connector, resume=page.resume)
        assert rest == whole[place + 1 :]
    assert [(page.kind, len(page.slices)) for page in whole] == [("945", 1), ("x12", 1), ("945", 1), ("945", 1), ("997", 1)]


def test_an_empty_folder_is_one_empty_page(tmp_path: Path) -> None:
    found = pages(warehouse(home(tmp_path)))

    assert [(page.slices, page.resume) for page in found] == [((), None)]


def test_a_file_that_came_twice_gives_the_same_documents(tmp_path: Path) -> None:
    out = home(tmp_path) / "out"
    drop(out, "a.edi", shipped(1))
    drop(out, "a-again.edi", shipped(1), NOW - HOUR)

    slices = [raw for page in pages(warehouse(tmp_path)) for raw in page.slices]

    assert len(slices) == 2
    assert len(set(slices)) == len(set(told(tmp_path))) == 1


def test_a_document_sent_in_another_company_is_the_same_document(tmp_path: Path) -> None:
    out = home(tmp_path) / "out"
    drop(out, "a.edi", shipped(1))

    alone = [raw for page in pages(warehouse(tmp_path)) for raw in page.slices]
    drop(out, "a.edi", interchange([("945", SHIPPED), ("945", SHIPPED)], number=1))
    together = [raw for page in pages(warehouse(tmp_path)) for raw in page.slices]

    assert alone[0] == together[0]


def test_a_truncated_file_is_set_aside_under_the_name_that_the_whole_one_will_have(tmp_path: Path) -> None:
    out = home(tmp_path) / "out"
    drop(out, "a.edi", shipped(1)[:-40], NOW - HOUR)
    connector = warehouse(tmp_path)

    broken = pages(connector)
    with pytest.raises(MalformedError, match="ends in the middle"):
        records(connector, broken)
    drop(out, "a.edi", shipped(1))
    whole = pages(connector)

    assert [page.kind for page in broken] == [page.kind for page in whole] == ["945"]
    assert connector.external_id_in(broken[0].slices[0]) == connector.external_id_in(whole[0].slices[0])
    assert all(isinstance(record, ShipmentAdvice) for record in records(connector, whole))


def test_a_late_file_is_found_by_the_overlap_of_windows(tmp_path: Path) -> None:
    out = home(tmp_path) / "out"
    connector = warehouse(tmp_path)
    drop(out, "late.edi", shipped(1), NOW - timedelta(days=2))

    next_start = NOW - connector.advice_stream.overlap

    assert len(records(connector, pages(connector, since=next_start))) == 1


@pytest.mark.parametrize("name", ["a.edi.part", ".a.edi", "a.tmp", "a.edi.filepart", "A.EDI.PART"])
def test_a_file_that_says_it_is_being_written_is_left_alone(tmp_path: Path, name: str) -> None:
    drop(home(tmp_path) / "out", name, shipped(1))

    assert told(tmp_path) == []


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop(home(tmp_path) / "out", "a.edi", shipped(1)[:100])
    connector = warehouse(tmp_path)
    listed = connector.folders.files_in("out")
    drop(tmp_path / "out", "a.edi", shipped(1))

    monkeypatch.setattr(connector.folders, "files_in", lambda _folder: listed)  # pyright: ignore
    at_once = pages(connector)
    path.unlink()
    gone = pages(connector)

    assert [page.slices for page in (*at_once, *gone)] == [(), ()]


def test_folders_and_links_are_no_files(tmp_path: Path) -> None:
    out = home(tmp_path) / "out"
    (out / "old").mkdir()
    (out / "link.edi").symlink_to(drop(tmp_path, "elsewhere.edi", shipped(1)))

    assert told(tmp_path) == []


def test_a_name_that_is_no_text_is_read_all_the_same(tmp_path: Path) -> None:
    out = home(tmp_path) / "out"
    with open(os.path.join(os.fsencode(out), b"a\xff.edi"), "wb") as file:  # noqa: PTH123, PTH118  a name of bytes
        file.write(shipped(1))
    drop(out, "b.edi", recorded("997-accepted"), NOW + timedelta(days=9000))
    connector = warehouse(tmp_path)

    found = pages(connector)

    assert [page.kind for page in found] == ["945", "997"]
    assert pages(connector, resume=found[0].resume) == found[1:]


def test_what_is_no_x12_is_kept_and_named(tmp_path: Path) -> None:
    drop(home(tmp_path) / "out", "readme.txt", b"Files are moved at midnight.")
    connector = warehouse(tmp_path)

    found = pages(connector)

    assert [(page.kind, page.slices) for page in found] == [("x12", (b"Files are moved at midnight.",))]
    with pytest.raises(MalformedError, match="segment 1: is no ISA"):
        records(connector, found)


@pytest.mark.parametrize("name", ["edi.md", "street.md"])
def test_the_guides_example_of_a_partner_is_accepted(tmp_path: Path, name: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "guide" / name).read_text("utf-8")
    tables = [each.partition("```")[0] for each in page.split("```toml\n[[partners]]")[1:]]
    table = next(each for each in tables if 'connector = "edi_warehouse"' in each)
    entity = '[[entities]]\nid = "{}"\nname = "A"\ncurrency = "USD"\ncountry = "US"\nzone = "UTC"\n'
    (tmp_path / "hub.toml").write_text(entity.format("acme-us") + entity.format("main") + "[[partners]]" + table)
    (tmp_path / "northdock.key").write_text("a key")

    partner = read_hub_file(tmp_path / "hub.toml").partners[0]
    settings = resolved_settings(read_hub_file(tmp_path / "hub.toml"), partner, Settings)

    assert Settings.model_validate(settings).their_id == "NORTHDOCK"
