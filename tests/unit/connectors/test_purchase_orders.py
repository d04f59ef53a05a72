"""850 -> Order: what is taken, what must sum up, and what is refused by name."""

import json

import pytest

from connectors._kit.x12.purchase_orders import read_850
from connectors._kit.x12.purchase_slices import cut_850, cut_860, identity_850, wording
from model.errors import HubError, MalformedError
from model.records.order import Order
from tests.edi import interchange
from tests.purchases import HEAD, LINES, SHIP_TO, TAIL, WORDS, change, purchase


def _read(raw: bytes, **words: str) -> Order:
    [cut] = cut_850("po.edi", raw)
    return read_850(cut, {**WORDS, **words})


def test_a_purchase_order_is_an_order_with_its_lines_address_and_terms() -> None:
    head = (*HEAD, "REF*DP*038", "ITD*14*3*2**10**45", "DTM*002*20260310")

    order = _read(purchase(head))

    assert (order.external_id, order.number, order.currency, order.total_minor) == ("NORTHDOCK:PO-77", "PO-77", "USD", 5300)
    assert [(each.external_id, each.sku, each.quantity, each.total_minor) for each in order.lines] == [
        ("1", "MUG-STONE-BLU", 10000, 2500),
        ("2", "PLATE-20", 4000, 2800),
    ]
    [party] = order.parties
    assert (party.role, party.company, party.street, party.country) == ("shipping", "Dock Stores", ("12 Harbour Road", "Gate 3"), "US")
    assert dict(order.source_status) == {
        "purpose": "original", "type": "SA", "ref:DP": "038", "terms": "2% 10 net 45", "date:002": "2026-03-10"
    }  # fmt: skip


def test_a_slice_says_where_it_came_from_and_loses_no_byte() -> None:
    raw = purchase().replace(b"Dock Stores", b"Dock \xe9\xff Stores")

    [cut] = cut_850("po.edi", raw)

    told = json.loads(cut)
    assert (told["file"], told["interchange"], told["group"], told["set"], told["separators"]) == (
        "po.edi",
        "000000700",
        "700",
        "0001",
        "*>~",
    )
    assert told["text"].encode("latin-1") == raw
    assert len(told["sha256"]) == 64


def test_each_set_of_a_file_is_a_slice_of_its_own_and_changes_are_apart() -> None:
    body = (*HEAD, *SHIP_TO, *LINES, *TAIL)
    other = ("BEG*00*SA*PO-78**20260303", *body[1:])
    raw = interchange([("850", body), ("850", other)], function="PO") + change("POC*1*DI")

    orders, changes = list(cut_850("po.edi", raw)), list(cut_860("po.edi", raw))

    assert [identity_850(each) for each in orders] == ["NORTHDOCK:PO-77", "NORTHDOCK:PO-78"]
    assert [identity_850(each) for each in changes] == ["NORTHDOCK:PO-77"]


def test_the_same_order_in_another_envelope_has_the_same_wording() -> None:
    again = purchase(number=701)

    assert wording(again) == wording(purchase())
    assert wording(purchase(lines=(LINES[0].replace("*10*", "*11*"), *LINES[1:]))) != wording(purchase())


def test_a_release_is_an_order_of_its_own() -> None:
    order = _read(purchase(("BEG*00*RL*PO-77*R2*20260303", HEAD[1])))

    assert (order.external_id, order.number) == ("NORTHDOCK:PO-77:R2", "PO-77:R2")


def test_allowances_charges_freight_and_tax_are_parts_of_the_total() -> None:
    head = (*HEAD, "SAC*A*C310***500**********Volume", "SAC*C*D240***1200**********Freight", "SAC*C*ZZZZ***100*******01", "TXI*ST*3.18*6")
    lines = (*LINES[:2], "SAC*A*C310***250", "TXI*LS*1.00", *LINES[2:])

    order = _read(purchase(head, lines, ("CTT*2", "AMT*TT*61.68")))

    assert (order.discount_minor, order.shipping_minor, order.tax_minor, order.charges_minor) == (500, 1200, 418, 0)
    assert (order.lines[0].total_minor, order.lines[0].discount_minor, order.lines[0].tax_minor) == (2250, 250, 100)
    assert order.total_minor == 2250 + 2800 + 1200 + 418 - 500


def test_prices_per_hundred_and_free_goods_are_counted_as_such() -> None:
    order = _read(purchase(lines=("PO1*1*50*EA*12*HP*VN*A", "PO1*2*1*EA**NC*VN*B"), tail=("CTT*2", "AMT*TT*6")))

    assert [each.total_minor for each in order.lines] == [600, 0]


def test_what_rounding_leaves_of_the_stated_total_is_a_charge_of_that_name() -> None:
    order = _read(purchase(lines=("PO1*1*1*EA*0.333*PE*VN*A", "PO1*2*1*EA*0.333*PE*VN*B"), tail=("CTT*2", "AMT*TT*.67")))

    assert [(each.title, each.amount_minor) for each in order.adjustments] == [("rounding", 1)]
    assert order.total_minor == 67


def _line(text: str) -> bytes:
    return purchase(lines=(text, *LINES[1:]))


@pytest.mark.parametrize(
    ("raw", "place", "reason"),
    [
        (purchase(HEAD[:1]), "CUR", "no currency is told"),
        (purchase((HEAD[0], "CUR*BY*XXQ")), "CUR, element 02", "is no currency"),
        (_line("PO1*1*10*EA**PE*VN*A"), "PO1, element 04", "no price is told"),
        (_line("PO1*1*10*EA*2,50*PE*VN*A"), "PO1, element 04", "is no amount"),
        (_line("PO1*1*10*EA*-2*PE*VN*A"), "PO1, element 04", "is no amount"),
        (_line("PO1*1*10*EA*2.50*RE*VN*A"), "PO1, element 05", "unknown; translate it"),
        (_line("PO1*1*10*CA*2.50*PE*VN*A"), "PO1, element 03", "unknown; translate it"),
        (_line("PO1*1*0*EA*2.50*PE*VN*A"), "PO1, element 02", "is nothing"),
        (_line("PO1*1*10*EA*2.50*PE*VN*A*VN*B"), "PO1, element 08", "names two products"),
        (_line("PO1*2*10*EA*2.50*PE*VN*A"), "lines[2]", "appears twice"),
        (purchase(lines=(LINES[0], "SDQ*EA*92*001*5*002*5", *LINES[2:])), "SDQ", "several places"),
        (purchase(lines=(LINES[0], "N1*ST*Elsewhere", *LINES[2:])), "N1", "an order goes to one"),
        (purchase(lines=(LINES[0], "CUR*BY*EUR", *LINES[2:])), "CUR", "another currency"),
        (purchase(lines=(LINES[0], "PO4*x", *LINES[2:])), "PO4", "is no amount"),
        (purchase(lines=()), "PO1", "no such segment"),
        (purchase(tail=("CTT*3",)), "CTT, element 01", "counts 3 lines"),
        (purchase(tail=("CTT*2*15",)), "CTT, element 02", "sum of the quantities"),
        (purchase(tail=("CTT*2", "AMT*TT*53.01")), "AMT, element 02", "is not the sum of the parts"),
        (purchase((*HEAD, "SAC*A*C310****Z*10")), "SAC, element 05", "names no amount"),
        (purchase((*HEAD, "TXI*ST**6")), "TXI, element 02", "names no amount"),
        (purchase(lines=("PO1*1*1*EA*0.333*PE*VN*A",), tail=()), "", "nobody knows how the partner rounds"),
        (purchase(("BEG*00*BK*PO-77**20260303", HEAD[1])), "BEG, element 02", "unknown; translate it"),
        (purchase(("BEG*06*SA*PO-77**20260303", HEAD[1])), "BEG, element 01", "unknown; translate it"),
        (purchase(("BEG*00*SA*PO-77**20260332", HEAD[1])), "BEG, element 05", "is no date"),
    ],
)
def test_what_cannot_be_read_without_a_guess_is_refused_with_its_place(raw: bytes, place: str, reason: str) -> None:
    with pytest.raises(MalformedError) as refused:
        _read(raw)

    assert place in str(refused.value)
    assert reason in str(refused.value)


def test_a_currency_that_was_agreed_stands_in_where_none_is_told() -> None:
    assert _read(purchase(HEAD[:1]), currency="CAD").currency == "CAD"


def test_what_is_no_purchase_order_is_a_slice_that_reading_names() -> None:
    [cut] = cut_850("junk.edi", b"Dear Sir, please send ten mugs")

    with pytest.raises(MalformedError, match="is no ISA"):
        read_850(cut, {})
    assert identity_850(cut) is None


@pytest.mark.parametrize("raw", [b"{}", b'{"text":"\\u20ac"}', b'{"text":1}', b"[", b"", b"\x00", b'{"text":"ISA","changes":["x"]}'])
def test_a_slice_that_is_none_is_refused(raw: bytes) -> None:
    with pytest.raises(HubError):
        read_850(raw, {})
