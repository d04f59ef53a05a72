"""What a warehouse tells by X12 becomes our records, and what cannot be is named by segment and element."""

import dataclasses
import json
from collections.abc import Mapping

import pytest

from connectors._kit.x12 import cut
from connectors.edi_warehouse import CONNECTOR
from connectors.edi_warehouse.shipments import read_shipment
from model.errors import HubError, MalformedError, RejectedError
from model.records.advice import Acknowledgement, AdjustmentAdvice, ReceiptAdvice, ShipmentAdvice, StockSnapshot
from tests.edi import RECORDINGS, document, recorded

TERMS = {"usage": "P", "zone": "America/New_York", "sku_qualifier": "SK"}
FUNCTIONS = {"945": "SW", "944": "RE", "947": "AW", "846": "IB", "997": "FA"}
NAMES = sorted(path.stem for path in RECORDINGS.glob("*.edi"))


def read(kind: str, *body: str, terms: Mapping[str, str] = TERMS) -> object:
    return CONNECTOR.kinds[kind].read(document(kind, *body, function=FUNCTIONS[kind]), terms)


def shipment(*items: str, header: str = "W06*F*FO-1*20260303", carrier: str = "", terms: Mapping[str, str] = TERMS) -> ShipmentAdvice:
    found = read("945", header, *filter(None, [carrier]), "LX*1", *items, terms=terms)
    assert isinstance(found, ShipmentAdvice)
    return found


def reason(kind: str, *body: str, terms: Mapping[str, str] = TERMS) -> str:
    with pytest.raises((MalformedError, RejectedError)) as caught:
        read(kind, *body, terms=terms)
    return str(caught.value)


def test_every_recording_has_its_golden_record() -> None:
    assert sorted(path.stem for path in (RECORDINGS / "expected").glob("*.jsonl")) == NAMES
    assert len(NAMES) >= 6


@pytest.mark.parametrize("name", NAMES)
def test_recordings_read_as_their_golden_records_say(name: str) -> None:
    kept = [json.loads(line) for line in (RECORDINGS / "expected" / f"{name}.jsonl").read_text("utf-8").splitlines()]

    read_now = [CONNECTOR.kinds[piece.kind].read(piece.raw, TERMS) for piece in cut(recorded(name))]

    assert [json.loads(json.dumps(dataclasses.asdict(record), default=str)) for record in read_now] == kept


@pytest.mark.parametrize("name", NAMES)
def test_a_spoilt_byte_never_ends_in_anything_but_an_error_of_ours(name: str) -> None:
    raw = recorded(name)

    for place in range(0, len(raw), 3):
        for sign in (b"*", b"~", b"9", b"Z", b"-", b"\xff", b"\x00", b""):
            pieces = cut(raw[:place] + sign + raw[place + 1 :])
            assert all(outcome(piece.kind, piece.raw) for piece in pieces), place


def outcome(kind: str, raw: bytes) -> str:
    try:
        CONNECTOR.kinds.get(kind, CONNECTOR.kinds["x12"]).read(raw, TERMS)
    except HubError as error:
        return str(error)
    return "read"


@pytest.mark.parametrize(
    ("header", "carrier", "codes", "is_final"),
    [
        ("F", "W27*U*UPSN******CC", ["CC"], True),
        ("F", "W27*U*UPSN******CP", ["CP"], True),
        ("F", "W27*U*UPSN******BP", ["CC"], False),
        ("F", "", ["CC", "CP"], True),
        ("N", "", ["CL"], True),
        ("J", "", ["CC"], False),
        ("F", "", ["CC", "BO"], False),
        ("F", "W27*U*UPSN", ["PR"], False),
        ("F", "", ["CC", "IC"], True),
    ],
)
def test_whether_more_will_leave_is_only_what_the_warehouse_says(header: str, carrier: str, codes: list[str], *, is_final: bool) -> None:
    items = [f"W12*{code}*1*1*0*EA**SK*MUG-{code}" for code in codes]

    told = shipment(*items, header=f"W06*{header}*FO-1*20260303", carrier=carrier)

    assert told.is_final is is_final
    assert told.state == ("shipped" if is_final else "part_shipped")


def test_equal_quantities_alone_do_not_say_that_nothing_more_will_leave() -> None:
    told = shipment("W12*CC*5*5*0*EA**SK*MUG", header="W06*J*FO-1*20260303")

    assert (told.is_final, told.state) == (False, "part_shipped")


def test_cartons_of_one_line_are_summed_and_lines_of_one_sku_are_not() -> None:
    body = (
        "LX*1",
        "W12*CC*3*1*0*EA**SK*MUG",
        "N9*LI*1",
        "LX*2",
        "N9*LI*1",
        "W12*CC*3*2*0*EA**SK*MUG",
        "LX*3",
        "W12*CC*1*1*0*EA**SK*MUG",
        "N9*LI*2",
    )

    told = read("945", "W06*F*FO-1*20260303", *body, "W03*4")

    assert isinstance(told, ShipmentAdvice)
    assert [(line.line_reference, line.quantity) for line in told.shipments[0].lines] == [("1", 3000), ("2", 1000)]


def test_the_line_reference_of_a_loop_of_several_lines_stands_behind_its_line() -> None:
    told = shipment("N9*LI*9", "W12*CC*1*1*0*EA**SK*MUG", "N9*LI*1", "W12*CC*1*1*0*EA**SK*CUP")

    assert [(line.sku, line.line_reference) for line in told.shipments[0].lines] == [("MUG", "1"), ("CUP", None)]


def test_a_substitute_is_told_as_what_left() -> None:
    told = shipment("W12*IS*1*1*0*EA**SK*MUG-RED***********VN*1**", terms=TERMS)

    assert told.shipments[0].lines[0].sku == "MUG-RED"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (("W06*F*FO-1", "LX*1", "W12*CC*1*x*0*EA**SK*MUG"), "segment 6 W12, element 03: is not a number"),
        (("W06*F*FO-1", "LX*1", "W12*CC*1*-1*0*EA**SK*MUG"), "segment 6 W12, element 03: is negative"),
        (("W06*F*FO-1", "LX*1", "W12*CC*1*1.0005*0*EA**SK*MUG"), "segment 6 W12, element 03: is finer than a thousandth"),
        (
            ("W06*F*FO-1", "LX*1", "W12*CC*1*1*0*CA**SK*MUG"),
            "segment 6 W12, element 05: 'unit:CA' is unknown; translate it under settings.statuses",
        ),
        (
            ("W06*F*FO-1", "LX*1", "W12*QQ*1*1*0*EA**SK*MUG"),
            "segment 6 W12, element 01: 'W1201:QQ' is unknown; translate it under settings.statuses",
        ),
        (
            ("W06*F*FO-1", "LX*1", "W12*CC*1*1*0*EA**UP*400"),
            "segment 6 W12: names no product by SK but by UP; correct settings.sku_qualifier",
        ),
        (("W06*F", "LX*1", "W12*CC*1*1*0*EA**SK*MUG"), "segment 4 W06, element 02: is missing"),
        (
            ("W06*X*FO-1", "LX*1", "W12*CC*1*1*0*EA**SK*MUG"),
            "segment 4 W06, element 01: 'W0601:X' is unknown; translate it under settings.statuses",
        ),
        (("W06*F*FO-1*20261303", "LX*1", "W12*CC*1*1*0*EA**SK*MUG"), "segment 4 W06, element 03: is no date"),
        (("W06*F*FO-1",), "segment 4 W06, element 01: no line follows it, so nobody knows what left"),
        (("LX*1", "W12*CC*1*1*0*EA**SK*MUG"), "W06: the 945 has no such segment"),
        (
            ("W06*F*FO-1", "LX*1", "W12*CC*1*1*0*EA**SK*MUG", "W03*2"),
            "segment 7 W03, element 01: is not the sum of the lines; with another unit in it, set settings.check_totals = false",
        ),
        (
            ("W06*F*FO-1", "LX*1", "W12*CC*1*1*0*EA**SK*MUG************2"),
            "segment 6 W12, element 20: takes an earlier shipment back; correct the shipment by hand",
        ),
    ],
)
def test_a_shipment_that_cannot_be_read_is_named_by_segment_and_element(body: tuple[str, ...], told: str) -> None:
    assert reason("945", *body) == told


def test_words_of_a_partners_own_are_translated() -> None:
    words = {**TERMS, "W1201:QQ": "W1201:CC", "unit:CA": "unit:EA", "W0601:X": "W0601:F"}

    told = shipment("W12*QQ*1*1*0*CA**SK*MUG", header="W06*X*FO-1*20260303", terms=words)

    assert told.is_final


def test_a_test_document_among_real_ones_is_refused_and_without_a_say_is_read() -> None:
    raw = document("945", "W06*F*FO-1", "LX*1", "W12*CC*1*1*0*EA**SK*MUG", usage="T")

    with pytest.raises(RejectedError, match="segment 1 ISA, element 15: marks a test"):
        read_shipment(raw, TERMS)
    assert read_shipment(raw, {**TERMS, "usage": "T"}).reference == "FO-1"


@pytest.mark.parametrize(("word", "place"), [("sender", "06"), ("receiver", "08")])
def test_a_document_of_or_for_somebody_else_is_refused(word: str, place: str) -> None:
    with pytest.raises(RejectedError, match=f"segment 1 ISA, element {place}: is another {word}"):
        CONNECTOR.kinds["945"].read(recorded("945-complete"), {**TERMS, word: "SOMEBODY"})


def test_a_document_of_another_set_is_none_of_this_kind() -> None:
    assert reason("944", "W17*F*20260303*R1") == "W07: the 944 has no such segment"
    with pytest.raises(MalformedError, match="segment 3 ST, element 01: is 945, where 944 was expected"):
        CONNECTOR.kinds["944"].read(recorded("945-complete"), TERMS)
    with pytest.raises(MalformedError, match="segment 3 ST, element 01: is 945, which is not read here"):
        CONNECTOR.kinds["x12"].read(recorded("945-complete"), TERMS)


@pytest.mark.parametrize("kind", CONNECTOR.kinds)
def test_every_kind_refuses_what_is_no_document_of_its_own(kind: str) -> None:
    for raw in (b"", b"{}", b"[]", b"null", b"\xff", b"[" * 50_000, b"ISA" * 50_000):
        with pytest.raises(MalformedError):
            CONNECTOR.kinds[kind].read(raw, {})


def test_a_day_is_noon_in_the_partners_zone_and_a_time_is_its_hour() -> None:
    body = ("W12*CC*1*1*0*EA**SK*MUG", "G62*11*20260301*8*2315")

    told = shipment("W12*CC*1*1*0*EA**SK*MUG", header="W06*F*FO-1*20260301").shipments[0].shipped_at
    timed = shipment(*body).shipments[0].shipped_at

    assert f"{told:%d %H:%M}" == "01 17:00"
    assert f"{timed:%d %H:%M}" == "02 04:15"


def test_receipts_split_what_came_by_its_condition() -> None:
    told = read("944", "W17*F*20260303*R1**SHIP-9", "W07*10*EA**VN*1*SK*MUG", "W13*3*EA*01*L1*05", "W13*2*EA*03", "W14*10")

    assert isinstance(told, ReceiptAdvice)
    assert (told.reference, told.is_return) == ("SHIP-9", False)
    assert [(line.sku, line.quantity, line.condition) for line in told.lines] == [("MUG", 7000, "sellable"), ("MUG", 3000, "damaged")]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (("W07*1*EA**SK*MUG", "W13*2*EA*01"), "segment 5 W07, element 01: is less than the exceptions behind it"),
        (("W07*1*EA**SK*MUG", "W13*1*EA*08"), "segment 6 W13, element 03: 'W1303:08' is unknown; translate it under settings.statuses"),
        (("W07*1*EA**SK*MUG", "W14*2"), "is not the sum of the lines"),
    ],
)
def test_a_receipt_that_does_not_add_up_is_named(body: tuple[str, ...], told: str) -> None:
    assert told in reason("944", "W17*F*20260303*R1", *body)


@pytest.mark.parametrize(
    ("code", "told", "line"),
    [
        ("06", "4", ("sellable", None, -4000)),
        ("06", "-4", ("sellable", None, -4000)),
        ("56", "4", ("sellable", None, 4000)),
        ("AA", "-4", ("sellable", None, -4000)),
        ("AA", "4", ("sellable", None, 4000)),
        ("AU", "-4", ("sellable", "damaged", 4000)),
        ("55", "4", ("held", "sellable", 4000)),
    ],
)
def test_the_sign_of_an_adjustment_follows_its_reason_where_that_says_it(code: str, told: str, line: tuple[object, ...]) -> None:
    found = read("947", "W15*20260303*A1", f"W19*{code}*{told}*EA**SK*MUG")

    assert isinstance(found, AdjustmentAdvice)
    assert (found.lines[0].condition, found.lines[0].into, found.lines[0].quantity) == line
    assert code in str(found.lines[0].reason)


def test_an_adjustment_of_nothing_or_for_an_unknown_reason_is_named() -> None:
    assert "element 02: is nothing" in reason("947", "W15*20260303*A1", "W19*AA*0*EA**SK*MUG")
    assert "'W1901:ZZ' is unknown" in reason("947", "W15*20260303*A1", "W19*ZZ*1*EA**SK*MUG")


def test_a_snapshot_of_parts_is_summed_and_one_without_stock_is_named() -> None:
    told = read("846", "BIA*00*DD*S*20260303", "LIN*1*UP*1*SK*MUG", "QTY*33*5*EA", "QTY*QH*1", "QTY*63*90", "CTT*1")

    assert isinstance(told, StockSnapshot)
    assert [(line.on_hand, line.damaged, line.held) for line in told.lines] == [(6000, 0, 1000)]
    assert "no quantity on hand (17) or available (33)" in reason("846", "BIA*00*DD*S*20260303", "LIN**SK*MUG", "QTY*63*90")
    assert "element 01: is not the sum of the lines" in reason("846", "BIA*00*DD*S*20260303", "LIN**SK*MUG", "QTY*17*9", "CTT*2")


@pytest.mark.parametrize(
    ("body", "is_accepted"),
    [
        (("AK9*A*1*1*1",), True),
        (("AK2*940*412345678", "AK5*E*5", "AK9*E*1*1*1"), True),
        (("AK2*940*412345678", "AK5*R*5", "AK9*R*1*1*0"), False),
        (("AK9*P*1*1*0",), False),
        (("AK2*940*412345678", "AK5*M", "AK9*A*1*1*1"), False),
    ],
)
def test_an_acknowledgement_says_whether_our_document_was_taken(body: tuple[str, ...], *, is_accepted: bool) -> None:
    told = read("997", "AK1*OW*0412345678", *body)

    assert isinstance(told, Acknowledgement)
    assert (told.reference, told.is_accepted) == ("412345678", is_accepted)


def test_an_acknowledgement_names_the_places_and_never_the_bad_value() -> None:
    told = read("997", "AK1*OW*4", "AK2*940*4", "AK3*N3*5**8", "AK4*1*166*5*12 Harbour Road", "AK5*R*5", "AK9*R*1*1*0")

    assert isinstance(told, Acknowledgement)
    assert told.problems == ("segment 5 N3, element 1: too long (5)", "AK5: code 5")


def test_an_acknowledgement_of_what_we_never_send_is_refused() -> None:
    assert reason("997", "AK1*IN*4", "AK9*A*1*1*1") == "segment 4 AK1, element 01: is about a group of a kind that we never send"
    assert "a group of several documents" in reason("997", "AK1*OW*4", "AK2*940*1", "AK5*A", "AK2*940*2", "AK5*A", "AK9*A*2*2*2")
