"""EDIFACT ORDERS: separators and letters as they are told, envelopes that count, and orders that add up or say where they do not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from connectors._kit.edifact import EdifactTerms, cut_edifact_orders, is_edifact, number_in, read_edifact_order
from model.errors import MalformedError, RejectedError
from model.records.order import Order
from tests.edifact import HEAD, TAIL, message, orders_message, segments_of_order

PLAIN = segments_of_order("PO-1")


def changed(old: str, new: str | None) -> list[str]:
    """The usual order with one segment exchanged, or left out."""
    assert old in PLAIN
    return [each for segment in PLAIN if (each := new if segment == old else segment) is not None]


def interchange(segments: Sequence[str]) -> bytes:
    return (HEAD + message(segments) + TAIL).encode("latin-1")


def read(segments: Sequence[str], terms: EdifactTerms | None = None) -> Order:
    [piece] = cut_edifact_orders("po.edi", interchange(segments))
    return read_edifact_order(piece, terms)


def refusal(segments: Sequence[str], terms: EdifactTerms | None = None) -> str:
    with pytest.raises((MalformedError, RejectedError)) as caught:
        read(segments, terms)
    return str(caught.value)


def test_an_order_is_read_with_its_people_goods_and_sums() -> None:
    order = read(PLAIN)

    assert (order.number, order.currency, order.total_minor, order.shipping_minor, order.tax_minor) == ("PO-1", "EUR", 9223, 750, 1473)
    assert [(line.sku, line.quantity, line.unit, line.total_minor, line.title) for line in order.lines] == [
        ("MUG-RED", 12000, "piece", 6000, "Mug, red"), ("4000000000020", 2500, "KGM", 1000, "4000000000020"),
    ]  # fmt: skip
    assert [(party.role, party.name, party.street, party.country, party.email) for party in order.parties] == [
        ("buyer", "Harbour Café", ("1 Quay",), "NO", "orders@example.com"), ("shipping", "Harbour Depot", ("2 Quay's End",), "NO", None),
    ]  # fmt: skip
    assert order.buyer_note == "Leave at the gate, please"


@pytest.mark.parametrize(
    ("una", "translated"),
    [
        (None, {}),
        (":+,? '", {}),
        ("|*.\\ ~", {":": "|", "+": "*", "?,": "\\,", "?'": "'", "'\n": "~\n"}),
    ],
)
def test_separators_are_those_that_the_una_tells(una: str | None, translated: dict[str, str]) -> None:
    text = (HEAD + message(PLAIN) + TAIL).removeprefix("UNA:+.? '\n")
    for old, new in translated.items():
        text = text.replace(old, new)
    raw = ((f"UNA{una}\n" if una else "") + text).encode("latin-1")

    [piece] = cut_edifact_orders("po.edi", raw)

    assert number_in(piece) == "PO-1"
    assert read_edifact_order(piece) == read(PLAIN)


def test_line_ends_anywhere_between_and_none_at_all_are_the_same() -> None:
    raw = interchange(PLAIN)

    for other in (raw.replace(b"\n", b""), raw.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf\n" + raw + b"\n\n"):
        [piece] = cut_edifact_orders("po.edi", other)
        assert read_edifact_order(piece) == read(PLAIN)


def test_letters_are_those_that_the_syntax_has() -> None:
    raw = interchange(PLAIN)
    [piece] = cut_edifact_orders("po.edi", raw.replace(b"UNOC", b"UNOA"))

    with pytest.raises(MalformedError, match="segment 6 NAD: holds letters that its syntax has not"):
        read_edifact_order(piece)
    assert read_edifact_order(piece, EdifactTerms(charset="latin-1")) == read(PLAIN)
    greek = raw.replace(b"UNOC", b"UNOF").replace(b"Caf\xe9", b"\xc1\xe8\xde\xed\xe1")
    assert read_edifact_order(greek).parties[0].name == "Harbour Αθήνα"


def test_messages_of_a_file_are_cut_apart_with_their_own_bytes() -> None:
    bodies = [message(segments_of_order(number), str(place)) for place, number in enumerate(("A", "B", "C"), 1)]
    group = f"UNG+ORDERS+B:14+S:14+260801:0930+77+UN+D:96A'\n{bodies[0]}{bodies[1]}UNE+2+77'\n"
    raw = (HEAD + group + TAIL + HEAD + bodies[2] + TAIL).encode("latin-1")

    pieces = list(cut_edifact_orders("po.edi", raw))

    assert [number_in(piece) for piece in pieces] == ["A", "B", "C"]
    assert [read_edifact_order(piece).number for piece in pieces] == ["A", "B", "C"]
    assert all(body.encode("latin-1").replace(b"\n", b"") in piece.replace(b"\n", b"") for body, piece in zip(bodies, pieces, strict=True))


def test_a_broken_message_costs_no_neighbour_and_a_torn_interchange_stays_whole() -> None:
    good, bad = message(segments_of_order("A"), "1"), message(segments_of_order("B"), "2").replace("UNT+25", "UNT+24")
    first, second = cut_edifact_orders("po.edi", (HEAD + good + bad + TAIL.replace("UNZ+1", "UNZ+2")).encode("latin-1"))
    [torn] = cut_edifact_orders("po.edi", (HEAD + good)[:-60].encode("latin-1"))

    assert read_edifact_order(first).number == "A"
    with pytest.raises(MalformedError, match="counts 24 segments, and there are 25"):
        read_edifact_order(second)
    assert (number_in(second), number_in(torn)) == ("B", "A")
    with pytest.raises(MalformedError, match="ends in the middle"):
        read_edifact_order(torn)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("UNZ+1+", "UNZ+2+", "UNZ, element 01: counts 2 messages, and there are 1"),
        ("UNZ+1+REF1", "UNZ+1+REF2", "UNZ, element 02: is not the reference of the header"),
        ("UNT+25+1", "UNT+25+9", "UNT, element 02: is not the reference of the UNH"),
        ("UNOC", "IATB", "UNB, element 01-1: is no syntax"),
        ("ORDERS:D:96A", "ORDERS:D:08A", "UNH, element 02-3: is of another directory"),
        ("ORDERS:D:96A", "ORDCHG:D:96A", "UNH, element 02-1: is ORDCHG"),
        ("UNA:+.? '", "UNA::.? '", "UNA: its separators"),
        ("BGM+220", "bgm+220", "segment 3: begins with no segment tag"),
    ],
)
def test_what_is_wrong_with_an_envelope_is_named(old: str, new: str, reason: str) -> None:
    raw = interchange(PLAIN).replace(old.encode(), new.encode(), 1)
    [piece] = cut_edifact_orders("po.edi", raw)

    with pytest.raises((MalformedError, RejectedError)) as caught:
        read_edifact_order(piece)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("BGM+220+PO-1+9", "BGM+221+PO-1+9", "BGM, element 01-1: is document 221"),
        ("BGM+220+PO-1+9", "BGM+220+PO-1+1", "BGM, element 03: is function 1"),
        ("BGM+220+PO-1+9", "BGM+220", "BGM, element 02-1: is missing"),
        ("DTM+137:20260801:102", "DTM+137:260801:101", "DTM, element 01-3: is none of the forms"),
        ("DTM+137:20260801:102", "DTM+137:20260231:102", "DTM, element 01-2: is no date"),
        ("DTM+137:20260801:102", None, "DTM: none is of the document"),
        ("CUX+2:EUR:9", None, "CUX: the message names no currency"),
        ("CUX+2:EUR:9", "CUX+2:EUX:9", "CUX, element 01-2: is no current"),
        ("QTY+21:12:PCE", "QTY+192:12:PCE", "QTY, element 01-1: is of free goods"),
        ("QTY+21:12:PCE", "QTY+21:-1:PCE", "QTY, element 01-2: is not positive"),
        ("QTY+21:12:PCE", "QTY+21:1.2345:PCE", "QTY, element 01-2: is finer"),
        ("QTY+21:12:PCE", "QTY+59:12:PCE", "has no QTY+21"),
        ("PRI+AAA:4,00", "PRI+AAB:4,00", "tells neither MOA+203 nor PRI+AAA"),
        ("PRI+AAA:4,00", "PRI+AAA:4.333", "no whole amount of EUR"),
        ("PRI+AAA:4,00", "PRI+AAA:1.234,00", "PRI, element 01-2: is no number"),
        ("MOA+203:60.00", "MOA+203:60.00:USD", "MOA, element 01-3: is in another currency"),
        ("LIN+1++4000000000013:EN", "LIN+1+2+4000000000013:EN", "LIN, element 02: is a change of a line"),
        ("LIN+2++4000000000020:EN", "LIN+2++4000000000020:ZZ", "no id of the line is one of SA, EN, SRV, UP"),
        ("MOA+8:7.50", None, "ALC: tells no amount"),
        ("ALC+C++++FC:::Freight", "ALC+X++++FC:::Freight", "ALC, element 01: is neither"),
        ("MOA+79:70.00", "MOA+79:71.00", "states 7100, and the parts sum to 7000"),
        ("MOA+86:92.23", "MOA+86:92.24", "states 9224, and the parts sum to 9223"),
        ("CNT+2:2", "CNT+2:3", "CNT, element 01-2: counts other lines"),
        ("UNS+S", None, "UNS: the message has no such segment"),
        (PLAIN[5], "NAD+DP+++X+Y+Bergen++5003+Norway", "NAD, element 09: is no country"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_by_segment_and_element(old: str, new: str | None, reason: str) -> None:
    assert reason in refusal(changed(old, new))


@pytest.mark.parametrize(
    ("after", "added", "reason"),
    [
        ("QTY+21:12:PCE", "QTY+21:13:PCE", "QTY, element 01: says something else than segment 13 QTY"),
        ("PRI+AAA:5.00", "PRI+AAA:4.00", "PRI, element 01: says something else"),
        ("MOA+203:60.00", "MOA+203:70.00", "MOA, element 01: says something else"),
    ],
)
def test_what_a_line_tells_twice_and_differently_is_refused(after: str, added: str, reason: str) -> None:
    place = PLAIN.index(after) + 1

    assert reason in refusal([*PLAIN[:place], added, *PLAIN[place:]])
    assert read([*PLAIN[:place], after, *PLAIN[place:]]).lines == read(PLAIN).lines


def test_goods_for_one_place_or_one_day_are_not_the_lines_quantity() -> None:
    place = PLAIN.index("PRI+AAA:5.00") + 1
    parts = ["SCC+1", "QTY+21:7:PCE", "DTM+2:20260810:102", "SCC+1", "QTY+21:5:PCE"]
    split = [*PLAIN[:place], *parts, *PLAIN[place:]]

    assert read(split).lines == read(PLAIN).lines
    assert "has no QTY+21" in refusal([each for each in split if each != "QTY+21:12:PCE"])


def test_an_amount_that_is_not_what_the_net_price_gives_is_refused_but_for_rounding() -> None:
    assert "MOA, element 01-2: is not the quantity times the net price" in refusal(changed("PRI+AAA:5.00", "PRI+AAA:4.00"))
    assert read(changed("PRI+AAA:5.00", "PRI+AAA:500:::100")).lines == (
        replace(read(PLAIN).lines[0], unit_price="500"),
        read(PLAIN).lines[1],
    )
    assert read(changed("PRI+AAA:5.00", "PRI+AAA:5.0004")).total_minor == read(PLAIN).total_minor


def test_what_is_left_to_agreement_is_read_by_the_terms() -> None:
    bare = changed("CUX+2:EUR:9", None)

    assert read(bare, EdifactTerms(currency="EUR")).currency == "EUR"
    assert read(PLAIN, EdifactTerms(sku_from=("EN",))).lines[0].sku == "4000000000013"
    assert read(PLAIN, EdifactTerms(zone="Europe/Oslo")).placed_at < read(PLAIN).placed_at
    assert "UNB, element 02-1: is not the partner" in refusal(PLAIN, EdifactTerms(their_id="SOMEBODY"))
    assert "UNB, element 03-1: is not us" in refusal(PLAIN, EdifactTerms(our_id="SOMEBODY"))
    assert read(PLAIN, EdifactTerms(their_id="BUYER", our_id="SELLER")).number == "PO-1"


def test_a_rate_without_an_amount_is_refused_or_agreed_upon() -> None:
    rated = [
        "BGM+220+PO-1+9",
        "DTM+137:20260801:102",
        "CUX+2:EUR:9",
        "LIN+1++X:SA",
        "QTY+21:3",
        "PRI+AAA:1.50",
        "TAX+7+VAT+++:::19+S",
        "UNS+S",
    ]

    assert "TAX: tells a rate and no amount" in refusal(rated)
    order = read(rated, EdifactTerms(tax_by_rate=True))
    assert (order.tax_minor, order.total_minor, order.adjustments[0].rate) == (86, 536, "0.19")


def test_an_allowance_is_taken_off() -> None:
    order = read([segment.replace("ALC+C++++FC:::Freight", "ALC+A++++DI").replace("92.23", "77.23") for segment in PLAIN])

    assert (order.discount_minor, order.shipping_minor, order.total_minor) == (750, 0, 7723)


def test_a_price_for_many_is_divided_and_a_test_is_marked() -> None:
    order = read(changed("PRI+AAA:4,00", "PRI+AAA:400:CT:AAE:100:KGM"))
    [piece] = cut_edifact_orders("po.edi", interchange(PLAIN).replace(b"+REF1'", b"+REF1++++++1'", 1))

    assert order.lines[1].total_minor == 1000
    assert (order.is_test, read_edifact_order(piece).is_test) == (False, True)


def test_a_copy_is_the_same_and_a_replacement_is_newer() -> None:
    first, copy, replaced = (read_edifact_order(orders_message("PO-1", function=function)) for function in ("9", "31", "5"))

    assert copy == first
    assert first.source_version < 0 < replaced.source_version
    assert read(PLAIN, EdifactTerms(later_files="newest")).source_version == replaced.source_version


def test_what_begins_as_an_interchange_is_told_from_what_does_not() -> None:
    assert [is_edifact(raw) for raw in (b"UNA:+.? '", b"\xef\xbb\xbf \nUNB+", b"ISA*00*", b"Order,Date", b"")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_number_with_released_signs_is_read_and_not_guessed_at_from_outside() -> None:
    [piece] = cut_edifact_orders("po.edi", orders_message("PO?'1"))

    assert read_edifact_order(piece).number == "PO'1"
    assert number_in(piece) is None
