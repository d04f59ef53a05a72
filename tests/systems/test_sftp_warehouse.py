"""A warehouse by EDI over a real OpenSSH server: one whole file however often it is sent, and every file found however it comes."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.x12.numbering import file_name
from connectors.capabilities import Command, Receipt
from connectors.edi_warehouse.connector import EdiWarehouse
from connectors.edi_warehouse.settings import Settings
from model.errors import AuthError, ConfigError, MalformedError, TransientError
from tests.edi import KEY, NOW, ORDER, OTHER_KEY, SIDES, command, document, drop, pages, recorded, records, warehouse
from tests.systems.sftp_server import Server, Wire, free_port, new_key, open_server

SHIPPED = ("W06*F*FO-1*20260303", "LX*1", "W12*CC*1*1*0*EA**SK*MUG", "W03*1")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with open_server(tmp_path_factory.mktemp("sftp")) as running:
        yield running


@pytest.fixture
def at_server(server: Server) -> Iterator[EdiWarehouse]:
    """A connector to empty folders."""
    for folder in ("in", "out", "done"):
        for path in (server.drop / folder).iterdir():
            path.unlink()
    with closing(connected(server)) as connector:
        yield connector


def connected(server: Server, *, port: int | None = None, **changes: object) -> EdiWarehouse:
    told = {**server.settings(port), **changes}
    return warehouse(told.pop("address"), **told)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_940_goes_out_whole_and_once(server: Server, at_server: EdiWarehouse) -> None:
    order = command(at_server)

    first, again = at_server.submit_shipment(order), at_server.submit_shipment(order)

    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert names(server.drop / "in") == [file_name(KEY)]
    assert (server.drop / "in" / file_name(KEY)).read_bytes() == order.body


def test_what_the_partner_archived_is_not_sent_again(server: Server, at_server: EdiWarehouse) -> None:
    order = command(at_server)
    at_server.submit_shipment(order)
    (server.drop / "in" / file_name(KEY)).rename(server.drop / "done" / file_name(KEY))

    assert at_server.submit_shipment(order).is_repeat
    assert at_server.find_shipment(order) is not None
    assert names(server.drop / "in") == []


def test_a_cancellation_goes_out_beside_its_order(server: Server, at_server: EdiWarehouse) -> None:
    at_server.submit_shipment(command(at_server))
    back = Command(key=OTHER_KEY, reference=ORDER.reference, body=at_server.write_cancel(ORDER.reference, None, OTHER_KEY))

    at_server.submit_cancel(back)

    assert names(server.drop / "in") == sorted([file_name(KEY), file_name(OTHER_KEY)])


def test_the_remains_of_a_failed_upload_are_written_over(server: Server, at_server: EdiWarehouse) -> None:
    order = command(at_server)
    drop(server.drop / "in", f"{file_name(KEY)}.part", b"x" * 10_000)

    at_server.submit_shipment(order)

    assert names(server.drop / "in") == [file_name(KEY)]
    assert (server.drop / "in" / file_name(KEY)).read_bytes() == order.body


def test_advices_are_read_in_the_order_of_their_times(server: Server, at_server: EdiWarehouse) -> None:
    out = server.drop / "out"
    drop(out, "a.edi", recorded("945-rest"), NOW)
    drop(out, "b.edi", recorded("945-partial"), NOW - HOUR)
    drop(out, "c.edi", recorded("997-accepted"), NOW - HOUR)
    drop(out, "d.edi.part", recorded("945-complete"), NOW - HOUR)

    told = records(at_server, pages(at_server))

    assert [record.external_id.split("-")[3] for record in told] == ["502", "511", "503"]
    assert names(out) == ["a.edi", "b.edi", "c.edi", "d.edi.part"]


def test_duplicate_late_and_truncated_files_are_told_apart(server: Server, at_server: EdiWarehouse) -> None:
    out = server.drop / "out"
    drop(out, "one.edi", document("945", *SHIPPED, number=1), NOW)
    drop(out, "one-again.edi", document("945", *SHIPPED, number=1), NOW - HOUR)
    drop(out, "late.edi", document("945", *SHIPPED, number=2), NOW - timedelta(days=2))
    drop(out, "cut.edi", document("945", *SHIPPED, number=3)[:-30], NOW)

    found = [raw for page in pages(at_server, since=NOW - at_server.advice_stream.overlap) for raw in page.slices]
    ids = [str(at_server.external_id_in(raw)) for raw in found]

    assert sorted(each.split("-")[3] for each in ids) == ["1", "1", "2", "3"]
    with pytest.raises(MalformedError, match="ends in the middle"):
        at_server.kinds["945"].read(next(raw for raw, each in zip(found, ids, strict=True) if "-3-" in each), {})
    drop(out, "cut.edi", document("945", *SHIPPED, number=3), NOW + HOUR)
    assert ids.count(str(at_server.external_id_in(pages(at_server)[-1].slices[-1]))) == 1


def test_many_files_come_on_several_pages_and_reading_goes_on_behind_each(server: Server, at_server: EdiWarehouse) -> None:
    for number in range(1, 121):
        drop(server.drop / "out", f"{number:03}.edi", document("945", *SHIPPED, number=number), NOW - number % 7 * HOUR)

    whole = pages(at_server)
    rest = pages(at_server, resume=whole[0].resume)

    assert [len(page.slices) for page in whole] == [50, 50, 20]
    assert rest == whole[1:]


def test_a_name_of_strange_bytes_is_read(server: Server, at_server: EdiWarehouse) -> None:
    with open(os.path.join(os.fsencode(server.drop / "out"), b"\xff\xfe.edi"), "wb") as file:  # noqa: PTH123, PTH118  a name of bytes
        file.write(document("945", *SHIPPED))

    assert len(records(at_server, pages(at_server))) == 1


def test_who_answers_is_told_when_both_folders_can_be_seen(server: Server, at_server: EdiWarehouse) -> None:
    assert at_server.identify().title == "NORTHDOCK"
    with closing(connected(server, outbox="nowhere")) as lost, pytest.raises(ConfigError, match="nowhere: there is no such folder"):
        lost.identify()


def test_a_folder_below_the_login_can_be_named_from_the_root_too(server: Server, at_server: EdiWarehouse) -> None:
    order = command(at_server)

    with closing(connected(server, address=f"sftp://127.0.0.1:{server.port}/{server.drop}")) as rooted:
        rooted.submit_shipment(order)

    assert names(server.drop / "in") == [file_name(KEY)]


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa"])
def test_a_server_with_another_key_is_refused(server: Server, kind: str) -> None:
    other = new_key(kind).export_public_key().decode()

    with closing(connected(server, host_key=other)) as connector, pytest.raises(ConfigError, match="does not show the key"):
        connector.submit_shipment(command(connector))


def test_a_stranger_is_refused_as_such(server: Server) -> None:
    other = new_key().export_private_key().decode()

    with closing(connected(server, private_key=other)) as connector, pytest.raises(AuthError, match="credentials refused"):
        connector.identify()


@pytest.mark.parametrize(("name", "key"), [("host_key", "ssh-ed25519 nonsense"), ("private_key", "nonsense")])
def test_a_key_that_cannot_be_read_is_named(server: Server, name: str, key: str) -> None:
    with closing(connected(server, port=None, **{name: key})) as connector, pytest.raises(ConfigError, match=f"settings.{name}: is no key"):
        connector.identify()


def test_a_server_that_is_away_did_nothing(server: Server) -> None:
    with closing(connected(server, port=free_port())) as connector, pytest.raises(TurnedAwayError, match="cannot connect"):
        connector.submit_shipment(command(connector))


def test_a_private_address_must_be_allowed(server: Server) -> None:
    settings = Settings.model_validate({**SIDES, **server.settings()})
    connector = EdiWarehouse(settings, Wiring(httpx.HTTPTransport(), now=lambda: NOW))

    with closing(connector), pytest.raises(ConfigError, match="allow_hosts"):
        connector.identify()


def test_a_folder_that_is_not_there_is_named(server: Server) -> None:
    with (
        closing(connected(server, inbox="nowhere", archive=None)) as connector,
        pytest.raises(ConfigError, match="nowhere: there is no such"),
    ):
        connector.submit_shipment(command(connector))


@pytest.mark.parametrize("cut_after", [500, 2_500, 4_000, 6_000, 50_000, 400_000, 900_000, 1_048_000])
def test_a_connection_lost_at_any_moment_ends_in_one_whole_file(server: Server, at_server: EdiWarehouse, cut_after: int) -> None:
    order = Command(key=KEY, reference="FO-2041", body=b"ISA" + os.urandom(2**20))
    wire = Wire(server.port, cut_after)

    with wire.laid(), closing(connected(server, port=wire.port)) as through, pytest.raises(TransientError):
        through.submit_shipment(order)
    seen_half = [path for path in (server.drop / "in").iterdir() if path.suffix == ".edi"]
    receipt = at_server.submit_shipment(order)

    assert wire.carried == cut_after
    assert seen_half == []
    assert receipt == Receipt(receipt.external_id)
    assert names(server.drop / "in") == [file_name(KEY)]
    assert (server.drop / "in" / file_name(KEY)).read_bytes() == order.body


def test_the_last_bytes_of_a_connection_leave_no_doubt_that_would_double(server: Server, at_server: EdiWarehouse) -> None:
    order = Command(key=KEY, reference="FO-2041", body=b"ISA" + os.urandom(2_000))
    wire = Wire(server.port, 10**9)
    with wire.laid(), closing(connected(server, port=wire.port)) as through:
        through.submit_shipment(order)
    for at in range(wire.carried - 1_500, wire.carried, 60):
        (server.drop / "in" / file_name(KEY)).unlink(missing_ok=True)
        cut = Wire(server.port, at)
        with cut.laid(), closing(connected(server, port=cut.port)) as through:
            outcome = _submitted(through, order)

        again = at_server.submit_shipment(order)

        assert names(server.drop / "in") == [file_name(KEY)], at
        assert (server.drop / "in" / file_name(KEY)).read_bytes() == order.body
        assert not (again.is_repeat and outcome is TurnedAwayError), at


def _submitted(connector: EdiWarehouse, order: Command) -> type | None:
    try:
        connector.submit_shipment(order)
    except TransientError as error:
        return type(error)
    return None


def test_a_lost_connection_is_opened_anew(server: Server, at_server: EdiWarehouse) -> None:
    wire = Wire(server.port, 4_300)
    drop(server.drop / "out", "a.edi", document("945", *SHIPPED))

    with wire.laid(), closing(connected(server, port=wire.port)) as through:
        with pytest.raises(TransientError):
            [pages(through) for _ in range(200)]
        wire.cut_after = 10**9
        found = pages(through)

    assert len(records(at_server, found)) == 1
