"""An order becomes a 940: the same bytes for the same order, nothing cut off, and no sign that would be read as another."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors._kit.x12 import read_document
from connectors._kit.x12.numbering import group_number, interchange_number
from model.errors import RejectedError
from model.records.fulfilment import FulfilmentOrder
from tests.edi import KEY, ORDER, OTHER_KEY, warehouse

WRITTEN = """
ISA*00*          *00*          *ZZ*ENTREPOT       *ZZ*NORTHDOCK      *260302*0905*U*00401*{interchange}*0*P*>~
GS*OW*ENTREPOT*NORTHDOCK*20260302*0905*{group}*X*004010~
ST*940*{group}~
W05*N*FO-2041*1042~
N1*ST*Ada Example~
N3*12 Harbour Road*Flat 3~
N4*Norfolk*VA*23510*US~
PER*RE**TE*+1 555 0101~
G62*04*20260302~
G62*10*20260304~
W66*PP*T~
LX*1~
W01*2*EA**SK*MUG-STONE-BLU~
G69*Mug, blue~
N9*LI*1~
LX*2~
W01*1.5*KG**SK*FLOUR-LOOSE~
G69*Flour~
N9*LI*2~
W76*3.5~
SE*19*{group}~
GE*1*{group}~
IEA*1*{interchange}~
""".lstrip()


def written(order: FulfilmentOrder = ORDER, **settings: object) -> bytes:
    return warehouse("/nowhere", **settings).write_shipment(order, KEY)


def segments(raw: bytes, name: str) -> list[str]:
    return [line for line in raw.decode().splitlines() if line.startswith(name + "*")]


def reason(order: FulfilmentOrder, **settings: object) -> str:
    with pytest.raises(RejectedError) as caught:
        written(order, **settings)
    return str(caught.value)


def test_an_order_is_written_segment_by_segment() -> None:
    raw = written(zone="America/New_York")

    assert raw.decode() == WRITTEN.format(interchange=interchange_number(KEY), group=group_number(KEY))


def test_the_same_order_gives_the_same_bytes_and_another_key_other_numbers() -> None:
    connector = warehouse("/nowhere")

    first, again, other = (
        connector.write_shipment(ORDER, KEY),
        connector.write_shipment(ORDER, KEY),
        connector.write_shipment(ORDER, OTHER_KEY),
    )

    assert first == again
    assert read_document(first).group.at(6) != read_document(other).group.at(6)
    assert read_document(first).interchange.at(13) != read_document(other).interchange.at(13)


@pytest.mark.parametrize("key", ["0" * 32, "f" * 32, KEY, OTHER_KEY])
def test_control_numbers_have_nine_digits_and_none_in_front_that_could_be_lost(key: str) -> None:
    assert len(str(interchange_number(key))) == len(str(group_number(key))) == 9


def test_a_cancellation_names_the_order_and_is_a_940_too() -> None:
    read = read_document(warehouse("/nowhere").write_cancel("FO-2041", "412345678", OTHER_KEY))

    assert (read.kind, read.need("W05").elements) == ("940", ("F", "FO-2041"))
    assert read.segments[-1].count(1) == 3


def test_place_service_urgency_note_and_company_have_their_segments() -> None:
    party = replace(ORDER.ship_to, company="Example & Co", region="Nova Scotia", email="ada@example.com", phone=None)
    order = replace(ORDER, ship_to=party, location_code="ND1", service="UPS GROUND", is_urgent=True, note="Leave it at the door. " * 5)

    raw = written(order, freight_payment="TP", transport_method="U")

    assert segments(raw, "N1") == ["N1*ST*Example & Co~", "N1*WH**ZZ*ND1~"]
    assert segments(raw, "N2") == ["N2*Ada Example~"]
    assert segments(raw, "N4") == ["N4*Norfolk**23510*US*SP*Nova Scotia~"]
    assert segments(raw, "PER") == ["PER*RE**EM*ada@example.com~"]
    assert segments(raw, "W66") == ["W66*TP*U***UPS GROUND~"]
    assert segments(raw, "NTE")[0] == "NTE*WHI*URGENT~"
    assert len(segments(raw, "NTE")) == 3


def test_days_are_those_of_the_partners_zone() -> None:
    order = replace(ORDER, released_at=ORDER.released_at + timedelta(hours=10), ship_by=None)

    raw = written(order, zone="Asia/Tokyo")

    assert segments(raw, "G62") == ["G62*04*20260302~", f"G62*10*{order.released_at.astimezone(ZoneInfo('Asia/Tokyo')):%Y%m%d}~"]


def test_separators_inside_a_text_become_spaces() -> None:
    order = replace(ORDER, ship_to=replace(ORDER.ship_to, name="Ada*Exam~ple＊\n III"))

    assert segments(written(order), "N1") == ["N1*ST*Ada Exam ple III~"]
    assert read_document(written(order)).kind == "940"


def test_a_partner_with_other_separators_gets_them() -> None:
    raw = written(separators="|<\n")

    assert read_document(raw).need("W01").at(5) == "MUG-STONE-BLU"
    assert b"~" not in raw


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("ascii", b"Zoe Gross-Lukasz"), ("latin-1", b"Zo\xeb Gro\xdf-Lukasz"), ("utf-8", "Zoë Groß-Łukasz".encode())],
)
def test_letters_are_written_as_the_partner_can_read_them(encoding: str, name: bytes) -> None:
    order = replace(ORDER, ship_to=replace(ORDER.ship_to, name="Zoë Groß-Łukasz"))

    raw = written(order, encoding=encoding)

    assert b"N1*ST*" + name + b"~" in raw
    assert read_document(raw).kind == "940"


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (replace(ORDER, ship_to=replace(ORDER.ship_to, name="阿达")), "N1: holds letters that ascii has not"),
        (replace(ORDER, ship_to=replace(ORDER.ship_to, street=())), "ship_to: has no name, street or city"),
        (replace(ORDER, ship_to=replace(ORDER.ship_to, street=("x " * 120,))), "ship_to.street: is longer than four lines"),
        (replace(ORDER, ship_to=replace(ORDER.ship_to, city="x" * 31)), "ship_to.city: is longer than 30 characters"),
        (replace(ORDER, lines=()), "lines: there are none"),
        (replace(ORDER, reference="F" * 23), "reference: is longer than 22 characters"),
        (replace(ORDER, reference="F*1"), "reference: is empty, or holds signs that X12 keeps for itself"),
        (replace(ORDER, lines=(replace(ORDER.lines[0], sku="MUG>1"),)), "lines.1.sku: is empty, or holds signs"),
        (replace(ORDER, lines=(replace(ORDER.lines[0], sku="TÄSSE"),)), "lines.1.sku: holds letters that ascii has not"),
        (replace(ORDER, lines=(replace(ORDER.lines[0], unit="barrel"),)), "lines.1.unit: has no code in X12"),
        (replace(ORDER, lines=(replace(ORDER.lines[0], quantity=0),)), "lines.1.quantity: is not positive"),
        (replace(ORDER, note="x " * 900), "note: is longer than 10 lines"),
        (replace(ORDER, service="x" * 36), "service: is longer than 35 characters"),
    ],
)
def test_an_order_that_cannot_be_told_is_refused_with_the_mend(order: FulfilmentOrder, told: str) -> None:
    assert reason(order).startswith(told)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"separators": "**~"}, "three different signs"),
        ({"separators": "A>~"}, "three different signs"),
        ({"zone": "Mars/Base"}, "is not an IANA time zone"),
        ({"their_id": "ENTREPOT"}, "their_id: is our_id"),
        ({"address": "sftp://ada:pw@host/"}, "holds a user or password"),
        ({"address": "ftp://host/"}, "is neither sftp"),
        ({"address": "sftp://host:99999/"}, "Port out of range"),
        ({"address": "sftp://host/"}, "user: is needed for SFTP"),
        ({"address": "sftp://host/", "user": "ada", "password": "pw"}, "host_key: is needed for SFTP"),
        ({"address": "sftp://host/", "user": "ada", "host_key": "ssh-ed25519 A"}, "password or private_key: is needed"),
        ({"address": "some/where"}, "is neither sftp"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        warehouse(**{"address": "/nowhere", **settings})  # pyright: ignore
