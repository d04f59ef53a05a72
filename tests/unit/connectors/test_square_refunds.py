"""A refund of Square is read with the sale it is of, the very one that the return document is booked under."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.registry import connect
from connectors.square.connector import Square
from model.errors import MalformedError, RejectedError
from model.records.order import Order
from model.records.payment import Refund
from model.records.shipment import Return

START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=1))
AT = "2026-03-01T10:00:00.000Z"
LATER = "2026-03-01T10:00:07.000Z"
DATE = {"Date": "Mon, 02 Mar 2026 00:00:00 GMT"}
NOT_FOUND = {"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "NOT_FOUND"}]}
MONEY = {"amount": 900, "currency": "USD"}
LINE = {"uid": "L1", "name": "Cup", "quantity": "1", "base_price_money": MONEY, "total_money": MONEY}

Document = dict[str, Any]


def refund(number: int, **more: object) -> Document:
    told = {"order_id": f"RET{number}", "payment_id": f"PAY{number}"} | more
    return {"id": f"REF{number}", "status": "COMPLETED", "amount_money": MONEY, "created_at": AT, "updated_at": LATER, **told}


def document(number: int, *, sells: bool = False, sources: Sequence[str | None] = ("SALE",), told: str = "") -> Document:
    """A return document as Square writes one; an exchange sells something too."""
    back = {"return_line_items": [{**LINE, "source_line_item_uid": "L9"}], "return_amounts": {"total_money": MONEY}}
    refunds = [{"id": told or f"REF{number}", "tender_id": f"PAY{number}", "created_at": AT, "amount_money": MONEY, "status": "APPROVED"}]
    return {
        "id": f"RET{number}",
        "location_id": "L1",
        "state": "COMPLETED",
        "created_at": AT,
        "updated_at": AT,
        "total_money": MONEY if sells else {"amount": 0, "currency": "USD"},
        "returns": [back | ({"source_order_id": source} if source else {}) for source in sources],
        "refunds": refunds,
    } | ({"line_items": [LINE]} if sells else {})


class Till:
    """A remote of some refunds, return documents and payments."""

    def __init__(self, *refunds: Document | str) -> None:
        self.refunds = [each if isinstance(each, str) else json.dumps(each) for each in refunds]
        self.documents: dict[str, Document | str] = {}
        self.payments: dict[str, Document] = {}
        self.asked: list[str] = []
        self.refused = httpx.Response(404, json=NOT_FOUND, headers=DATE)

    def with_documents(self, *documents: Document) -> "Till":
        self.documents = {each["id"]: each for each in documents}
        return self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        place = request.url.path.removeprefix("/v2/")
        self.asked.append(place)
        if place.startswith("payments/"):
            payment = self.payments.get(place.partition("/")[2])
            return httpx.Response(200, json={"payment": payment}, headers=DATE) if payment is not None else self.refused
        answers = {
            "locations": lambda: json.dumps({"locations": [{"id": "L1"}]}),
            "refunds": lambda: f'{{"refunds": [{",".join(self.refunds)}]}}',
            "orders/batch-retrieve": lambda: self.batch(json.loads(request.content)["order_ids"]),
        }
        return httpx.Response(200, content=answers[place](), headers=DATE)

    def batch(self, wanted: list[str]) -> str:
        found = [self.documents[each] for each in wanted if each in self.documents]
        return f'{{"orders": [{",".join(each if isinstance(each, str) else json.dumps(each) for each in found)}]}}'


def slices(till: Till) -> list[bytes]:
    wiring = Wiring(httpx.MockTransport(till), Pause(sleep=lambda _: None, chance=lambda: 0))
    connector = connect("square", {"access_token": "token", "url": "https://till.example.com"}, wiring)
    assert isinstance(connector, Square)
    return [raw for page in connector.fetch_refunds(WINDOW, None) for raw in page.slices]


def read(raw: bytes) -> Refund:
    record = Square.kinds["order-refund"].read(raw, {})
    assert isinstance(record, Refund)
    return record


def sales(till: Till) -> list[str]:
    return [read(raw).order_external_id for raw in slices(till)]


def embedded(told: Document) -> Refund:
    """The refund as the document that records it tells it."""
    record = Square.kinds["order"].read(json.dumps(told).encode(), {})
    assert isinstance(record, Order | Return)
    [found] = record.refunds
    return found


@pytest.mark.parametrize(
    "recorded",
    [
        document(1),
        document(1, sells=True),
        document(1, sources=[None]),
        document(1, sells=True, sources=["SALE", "OTHER"]),
        document(1, told="TAIL"),
    ],
    ids=["return", "exchange", "unlinked", "exchange of two sales", "told by the tail of its id"],
)
def test_a_refund_is_the_one_that_its_return_document_tells(recorded: Document) -> None:
    tail = recorded["refunds"][0]["id"]
    till = Till(refund(1, id=f"PAY1_{tail}") if tail == "TAIL" else refund(1)).with_documents(recorded)

    [own] = [read(raw) for raw in slices(till)]

    told = embedded(recorded)
    assert (own.external_id, own.order_external_id) == (told.external_id, told.order_external_id)
    assert (own.amount_minor, own.currency, own.payment_external_id) == (told.amount_minor, told.currency, told.payment_external_id)
    assert (own.status, own.created_at, own.is_outline) == (told.status, told.created_at, False)


def test_the_documents_of_a_page_are_asked_for_in_one_request() -> None:
    till = Till(*(refund(number, order_id=f"RET{number // 2}") for number in range(60)))
    till.with_documents(*(document(number, sources=[f"SALE{number}"]) for number in range(30)))

    found = sales(till)

    assert found == [f"SALE{number // 2}" for number in range(60)]
    assert till.asked.count("orders/batch-retrieve") == 1


def test_a_refund_whose_document_is_not_there_is_of_the_order_of_its_payment() -> None:
    till = Till(refund(1), refund(2, order_id=None), refund(3))
    till.with_documents(document(3))
    till.payments = {"PAY1": {"id": "PAY1", "order_id": "PAID1"}, "PAY2": {"id": "PAY2", "order_id": "PAID2"}}

    assert sales(till) == ["PAID1", "PAID2", "SALE"]


@pytest.mark.parametrize(
    "named", [{"payment_id": None}, {"payment_id": "PAYgone"}, {"payment_id": "../merchants"}, {"payment_id": "PAYfree"}]
)
def test_a_refund_of_nothing_that_is_known_is_set_aside_by_name(named: Document) -> None:
    till = Till(refund(1, order_id=None, **named))
    till.payments = {"PAYfree": {"id": "PAYfree"}}

    [raw] = slices(till)

    assert Square.external_id_in(raw) == "REF1"
    with pytest.raises(MalformedError, match=r"^order_id: the refund names no order, and no payment of one"):
        read(raw)


def test_a_refusal_that_is_no_absence_stops_the_reading() -> None:
    till = Till(refund(1, order_id=None))
    till.refused = httpx.Response(400, json={"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "BAD_REQUEST"}]}, headers=DATE)

    with pytest.raises(RejectedError):
        slices(till)


def test_a_refund_or_a_document_that_cannot_be_read_costs_no_other() -> None:
    till = Till('{"id": "REF1", "order_id": 5, "amount_money": NaN}', refund(2), refund(3))
    till.with_documents(document(3)).documents["RET2"] = '{"id": "RET2", "returns": 7}'
    till.payments = {"PAY2": {"id": "PAY2", "order_id": "PAID2"}}

    broken, second, third = slices(till)

    assert Square.external_id_in(broken) == "REF1"
    assert [read(raw).order_external_id for raw in (second, third)] == ["PAID2", "SALE"]
    with pytest.raises(MalformedError):
        read(broken)


def test_its_version_is_its_time_of_change_and_where_none_is_told_that_of_its_making() -> None:
    changed = {key: value for key, value in refund(2).items() if key != "updated_at"}
    till = Till(refund(1), changed).with_documents(document(1), document(2))

    first, second = [read(raw).source_version for raw in slices(till)]

    assert first - second == 7_000_000


def test_an_envelope_around_another_refund_is_refused() -> None:
    raw = json.dumps({"id": "REF1", "order_id": "SALE", "refund": refund(2)}).encode()

    with pytest.raises(MalformedError, match=r"^refund\.id: is not the id it was read by"):
        read(raw)


def test_a_refund_told_apart_from_its_stream_and_without_an_order_is_refused() -> None:
    raw = json.dumps(refund(1, order_id=None)).encode()

    with pytest.raises(MalformedError, match=r"^order_id: the refund names no order; read it in its stream"):
        Square.kinds["refund"].read(raw, {})
