"""X12 is read strictly: what is whole is read, what is not is named by place and reason, and nothing is silently left out."""

import re
from pathlib import Path

import pytest

from connectors._kit.x12 import cut, identity_in, read_document, read_interchange
from model.errors import MalformedError
from tests.edi import ORDER, SHARED, document, interchange, recorded, warehouse

SHIPPED = ("W06*F*FO-1*20260303", "LX*1", "W12*CC*1*1*0*EA**SK*MUG", "W03*1")
SAMPLES = sorted(path for path in SHARED.rglob("*") if path.is_file() and path.suffix != ".json")
with_samples = pytest.mark.skipif(not SAMPLES, reason="needs ../shared, which is not there")
PLACE = re.compile(r"segment \d+( [A-Z0-9]{2,3}(, element \d\d)?)?: \w.*")


def reason(raw: bytes) -> str:
    with pytest.raises(MalformedError) as caught:
        read_document(raw)
    return str(caught.value)


def unread(raw: bytes) -> list[str]:
    """Why pieces of a file cannot be read."""
    return [told for piece in cut(raw) if (told := problem(piece.raw))]


def problem(raw: bytes) -> str:
    try:
        read_document(raw)
    except MalformedError as error:
        return str(error)
    return ""


@with_samples
@pytest.mark.parametrize("path", SAMPLES, ids=[path.relative_to(SHARED).as_posix() for path in SAMPLES])
def test_a_sample_is_read_whole_or_named_by_place_and_reason(path: Path) -> None:
    pieces = cut(path.read_bytes())

    assert pieces
    assert [told for piece in pieces if (told := problem(piece.raw)) and not PLACE.fullmatch(told)] == []


@with_samples
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("940_Failed_SE01", "segment 11 SE, element 01: counts 12 segments, and there are 9"),
        ("ControlNumbersMismatch", "segment 8 GE, element 02: is not the number of the header"),
        ("NonEdi", "segment 1: is no ISA, with which every interchange begins"),
    ],
)
def test_a_sample_known_to_be_wrong_is_named(name: str, told: str) -> None:
    found = unread((SHARED / "EdiEngine" / f"{name}.edi").read_bytes())

    assert found == [told]


@with_samples
def test_most_samples_are_read_whole() -> None:
    whole = [path.name for path in SAMPLES if not unread(path.read_bytes())]

    assert len(whole) >= 36
    assert {"940.OK.edi", "940.2.OK.edi", "simple997.edi", "invoice810_po850_dual.edi"} <= set(whole)


@pytest.mark.parametrize("raw", [recorded("945-complete").rstrip(), recorded("945-several").rstrip()], ids=["one", "several"])
def test_a_file_cut_off_anywhere_is_malformed_and_never_a_shorter_one(raw: bytes) -> None:
    whole = {piece.raw for piece in cut(raw)}

    for end in range(len(raw)):
        pieces = cut(raw[:end])
        with pytest.raises(MalformedError):
            read_interchange(raw[:end])
        assert all(problem(piece.raw) for piece in pieces), end
        assert end == 0 or pieces
        assert not whole & {piece.raw for piece in pieces}


def test_what_we_write_is_read_whole_and_cut_off_anywhere_malformed(tmp_path: Path) -> None:
    raw = warehouse(tmp_path).write_shipment(ORDER, "0" * 32).rstrip()

    assert read_document(raw).kind == "940"
    for end in range(len(raw)):
        with pytest.raises(MalformedError):
            read_document(raw[:end])


@pytest.mark.parametrize("signs", ["*>~", "|<!", "~^'", "\x1d\x1f\x1e", "*>\n", "*>\r"])
def test_separators_are_those_of_the_isa(signs: str) -> None:
    element, component, terminator = (sign.encode() for sign in signs)
    plain = document("945", *SHIPPED)

    raw = plain.replace(b"*", b"\x00").replace(b">", component).replace(b"~", terminator).replace(b"\x00", element)
    read = read_document(raw)

    assert [segment.name for segment in read.segments] == ["ST", "W06", "LX", "W12", "W03", "SE"]
    assert read.need("W12").at(8) == "MUG"


def test_lines_between_segments_and_a_lost_last_line_end_are_nothing() -> None:
    raw = document("945", *SHIPPED)
    by_lines = raw.replace(b"~", b"\n").rstrip()

    assert read_document(raw.replace(b"~", b"~\r\n  ")).kind == "945"
    assert read_document(by_lines).kind == "945"
    assert "is not the number" in reason(by_lines[:-1])


def test_a_file_of_several_interchanges_gives_every_document() -> None:
    raw = (
        b"\xef\xbb\xbf"
        + document("945", *SHIPPED, number=1)
        + b"\r\n"
        + interchange([("945", SHIPPED), ("945", SHIPPED)], number=2)
        + b" \n"
    )

    pieces = cut(raw)

    assert [identity_in(piece.raw) for piece in pieces] == [
        "NORTHDOCK-20260303-000000001-1-0001",
        "NORTHDOCK-20260303-000000002-2-0001",
        "NORTHDOCK-20260303-000000002-2-0002",
    ]
    assert [read_document(piece.raw).kind for piece in pieces] == ["945"] * 3


def test_a_broken_set_spares_its_neighbours() -> None:
    raw = interchange([("945", SHIPPED), ("945", SHIPPED), ("945", SHIPPED)])
    second = raw.index(b"SE*6*0002")

    miscounted = raw[:second] + b"SE*7*0002" + raw[second + 9 :]
    unended = raw[:second] + raw[second + 10 :]

    assert [problem(piece.raw) for piece in cut(miscounted)] == ["", "segment 8 SE, element 01: counts 7 segments, and there are 6", ""]
    assert [problem(piece.raw) for piece in cut(unended)] == ["", "segment 8: the transaction set has no SE", ""]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"GE*2*900", b"GE*3*900", "segment 15 GE, element 01: counts 3 transaction sets, and there are 2"),
        (b"GE*2*900", b"GE*2*901", "segment 15 GE, element 02: is not the number of the header"),
        (b"IEA*1*", b"IEA*2*", "segment 16 IEA, element 01: counts 2 groups, and there are 1"),
        (b"IEA*1*000000900", b"IEA*1*000000901", "segment 16 IEA, element 02: is not the number of the header"),
        (b"GE*2*900~", b"", "segment 15 IEA: stands where GE must stand"),
        (b"LX*1", b"L", "segment 5: begins with no segment id"),
        (b"MUG", b"M\x00G", "segment 6 W12, element 08: holds a control character"),
        (b"ENTREPOT  ", b"ENTREPOT ", "segment 1 ISA, element 08: is not 15 characters wide"),
    ],
)
def test_a_broken_envelope_leaves_the_interchange_whole_and_named(old: bytes, new: bytes, told: str) -> None:
    raw = interchange([("945", SHIPPED), ("945", SHIPPED)]).replace(old, new, 1)

    pieces = cut(raw)

    assert [piece.raw for piece in pieces] == [raw]
    assert problem(raw) == told


def test_a_broken_interchange_spares_the_one_behind_it() -> None:
    broken, good = document("945", *SHIPPED, number=1)[:-20], document("945", *SHIPPED, number=2)

    pieces = cut(b"some text\n" + broken + b"\n" + good)

    assert [(piece.kind, bool(problem(piece.raw))) for piece in pieces] == [("", True), ("945", True), ("945", False)]


def test_numbers_that_begin_anew_name_another_document() -> None:
    first = document("945", *SHIPPED, number=7)

    again = first.replace(b"20260303*1015", b"20290303*1015")

    assert identity_in(first) != identity_in(again)


@pytest.mark.parametrize("raw", [b"", b"{}", b"ISA", b"ISA*00", recorded("945-complete")[:130]])
def test_an_identity_that_is_not_told_is_none(raw: bytes) -> None:
    assert identity_in(raw) is None


def test_a_partner_that_refuses_an_interchange_is_heard_and_one_that_took_it_says_nothing_more() -> None:
    empty = interchange([]).replace(b"GS*SW*NORTHDOCK*ENTREPOT*20260303*1015*900*X*004010~GE*0*900~", b"TA1*123456789*260303*1015*R*025~")

    refused, taken = cut(empty.replace(b"IEA*1", b"IEA*0")), cut(empty.replace(b"IEA*1", b"IEA*0").replace(b"*R*", b"*A*"))

    assert [problem(piece.raw) for piece in refused] == [
        "interchange: holds 0 transaction sets, and one was expected (segment 2 TA1: code R, note 025)"
    ]
    assert taken == []


def test_an_interchange_beyond_all_measure_is_not_looked_into() -> None:
    raw = document("945", "NTE*GEN*" + "x" * (4 * 2**20))

    assert problem(raw).endswith("more than 4194304")
