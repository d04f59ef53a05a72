"""A refund document of WooCommerce becomes a refund of its order, or is refused by name."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors.woocommerce.mapping_refund import read_refund
from model.errors import MalformedError
from model.records.payment import Refund

REFUND: dict[str, Any] = {
    "id": 2044,
    "date_created_gmt": "2026-03-09T14:45:00",
    "amount": "13.50",
    "reason": "Damaged",
    "refunded_payment": True,
    "line_items": [
        {
            "id": 5101,
            "quantity": -1,
            "total": "-9.00",
            "total_tax": "-0.50",
            "meta_data": [{"id": 1, "key": "_refunded_item_id", "value": "5011"}],
        }
    ],
    "shipping_lines": [{"id": 5102, "total": "-4.00", "total_tax": "0.00"}],
    "_links": {"up": [{"href": "https://shop.example.com/wp-json/wc/v3/orders/2004"}]},
}

NO_ID = {"key": "_refunded_item_id", "value": True}


def refund(changes: dict[str, object] | None = None, statuses: dict[str, str] | None = None) -> Refund:
    return read_refund(json.dumps({**REFUND, **(changes or {})}).encode(), {"currency": "GBP"} if statuses is None else statuses)


def test_a_refund_document_names_order_lines_and_shipping() -> None:
    record = refund()

    assert (record.order_external_id, record.amount_minor, record.shipping_minor, record.currency) == ("2004", 1350, 400, "GBP")
    line = record.lines[0]
    assert (line.line_external_id, line.quantity, line.amount_minor, line.tax_minor) == ("5011", 1000, 900, 50)


def test_a_refund_document_prefers_its_own_words_for_order_and_currency() -> None:
    record = refund({"parent_id": 77, "currency": "EUR"})

    assert (record.order_external_id, record.currency) == ("77", "EUR")


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        (lambda: refund(statuses={}), "currency: a refund of WooCommerce names none; read its order"),
        (lambda: refund({"_links": {}}), "_links.up: the refund names no order"),
        (lambda: refund({"_links": {"up": [{"href": "https://shop.example.com/?rest_route=/"}]}}), "_links.up: the refund names no order"),
        (lambda: refund({"line_items": [{**REFUND["line_items"][0], "meta_data": []}]}), r"line_items\[5101\].meta_data: _refunded"),
        (lambda: refund({"line_items": [{**REFUND["line_items"][0], "meta_data": [NO_ID]}]}), r"line_items\[5101\].meta_data: _refunded"),
        (lambda: refund({"amount": "1.005"}), "amount: has more decimal places"),
    ],
)
def test_a_refund_that_leaves_its_meaning_open_is_refused_by_name(broken: Callable[[], object], place: str) -> None:
    with pytest.raises(MalformedError, match=f"^{place}"):
        broken()
