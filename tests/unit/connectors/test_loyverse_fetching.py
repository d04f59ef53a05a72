"""How Loyverse is asked: whole stretches, all of a catalogue but what is deleted, and the levels of one store."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import StockTarget, Window
from connectors.loyverse import CONNECTOR
from connectors.loyverse.connector import Loyverse, Settings
from model.errors import ConfigError, ContractError
from model.records.listing import Listing

DAY = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
Json = dict[str, Any]


class Remote:
    """Loyverse as far as one function tells it; everything asked is kept."""

    def __init__(self, answer: Callable[[str, Json], Json | httpx.Response]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Json]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        told = json.loads(request.content) if request.content else dict(request.url.params)
        self.asked.append((f"{request.method} {request.url.path.removeprefix('/v1.0/')}", told))
        answer = self.answer(*self.asked[-1])
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def connector(self, **settings: object) -> Loyverse:
        pause = Pause(sleep=lambda _seconds: None, chance=lambda: 1, clock=lambda: 0)
        told = {"access_token": "suite", **settings}
        return CONNECTOR(Settings.model_validate(told), Wiring(httpx.MockTransport(self), pause))


def listing(number: int, *, is_tracked: bool = True) -> Listing:
    return Listing(external_id=f"V{number}", stock_external_id=f"V{number}", title="Mug", is_tracked=is_tracked)


def target(number: int, quantity: int, expected: int | None = None) -> StockTarget:
    return StockTarget(
        external_id=f"V{number}", product_external_id="I", stock_external_id=f"V{number}", quantity=quantity, expected=expected
    )


def level(number: int, in_stock: float | None, store: str = "S1") -> Json:
    return {"variant_id": f"V{number}", "store_id": store, "in_stock": in_stock}


def test_a_window_is_asked_for_a_millisecond_wider() -> None:
    remote = Remote(lambda asked, _told: {"id": "M", "currency": {"code": "EUR"}} if "merchant" in asked else {"receipts": []})

    assert [page.slices for page in remote.connector().fetch_orders(DAY, None)] == [()]
    assert remote.asked[1] == (
        "GET receipts",
        {"updated_at_min": "2026-02-28T23:59:59.999Z", "updated_at_max": "2026-03-02T00:00:00.001Z", "limit": "250"},
    )


def test_a_full_page_that_is_the_last_is_not_asked_for_again() -> None:
    rows = [{"receipt_number": f"1-{number}"} for number in range(2)]
    remote = Remote(lambda asked, _told: {"id": "M", "currency": {"code": "EUR"}} if "merchant" in asked else {"receipts": rows})

    assert remote.connector(page_size=2).count_orders(DAY) == 2
    assert len(remote.asked) == 1


def test_a_refused_subscription_stops_the_run() -> None:
    """402: what is older than the account's sales history reaches."""
    refusal = httpx.Response(402, json={"errors": [{"code": "PAYMENT_REQUIRED", "details": "of Ida Sample"}]})
    remote = Remote(lambda asked, _told: {"id": "M", "currency": {"code": "EUR"}} if "merchant" in asked else refusal)

    with pytest.raises(ContractError, match="402 PAYMENT_REQUIRED"):
        list(remote.connector().fetch_orders(DAY, None))


def test_what_is_deleted_is_no_listing() -> None:
    variants = [{"variant_id": "V1"}, {"variant_id": "V2", "deleted_at": "2026-01-01T00:00:00Z"}]
    items = [
        {"id": "I1", "item_name": "Mug", "track_stock": True, "variants": variants},
        {"id": "I2", "deleted_at": "2026-01-01T00:00:00Z", "variants": [{"variant_id": "V3"}]},
        {"id": "I3", "item_name": "no variants are told"},
    ]
    remote = Remote(lambda _asked, _told: {"items": items})

    page = next(iter(remote.connector().fetch_listings(None)))

    assert [Loyverse.external_id_in(raw) for raw in page.slices] == ["V1", "I3"]
    assert Loyverse.read_listing(page.slices[0]).product_external_id == "I1"
    assert remote.asked[0][1]["show_deleted"] == "true"


def test_a_cursor_that_has_expired_begins_the_catalogue_anew() -> None:
    refusal = httpx.Response(400, json={"errors": [{"code": "INVALID_CURSOR"}]})
    remote = Remote(lambda _asked, told: refusal if "cursor" in told else {"items": []})

    assert len(list(remote.connector().fetch_listings("old"))) == 1
    assert ["cursor" in told for _asked, told in remote.asked] == [True, False]


def test_levels_are_those_of_one_store_in_whole_units() -> None:
    levels = [level(1, 4.9), level(1, 50, "S2"), level(2, -1), level(3, None), level(5, 2)]
    remote = Remote(lambda _asked, _told: {"inventory_levels": levels})
    seen = remote.connector(stock_store="S1").fetch_stock([listing(number, is_tracked=number != 5) for number in range(1, 6)])

    assert [(each.external_id, each.sellable) for batch in seen for each in batch] == [("V1", 4), ("V2", -1), ("V5", None)]
    assert remote.asked[0][1] == {"store_ids": "S1", "variant_ids": "V1,V2,V3,V4", "limit": "250"}


def test_several_stores_need_a_choice() -> None:
    stores = [{"id": "S1", "name": "North"}, {"id": "S2", "name": "South"}, {"id": "S3", "deleted_at": "2026-01-01T00:00:00Z"}]
    remote = Remote(lambda _asked, _told: {"stores": stores})

    with pytest.raises(ConfigError, match=r"settings.stock_store: .*S1 \(North\), S2 \(South\)"):
        list(remote.connector().fetch_stock([listing(1)]))


def test_what_the_answer_does_not_show_is_not_called_told() -> None:
    """It is read back before it is sent again."""

    def answer(asked: str, _told: Json) -> Json:
        return {"inventory_levels": [level(1, 3), level(2, 3), level(3, 3)] if asked.startswith("GET") else [level(1, 7), level(2, 6)]}

    remote = Remote(answer)
    answers = remote.connector(stock_store="S1").publish_stock([target(1, 7), target(2, 7, 3), target(3, 7), target(4, 7)])

    assert [(each.external_id, each.fate) for batch in answers for each in batch] == [("V1", "told"), ("V2", "stale")]
    assert remote.asked[-1] == (
        "POST inventory",
        {"inventory_levels": [{"variant_id": f"V{number}", "store_id": "S1", "stock_after": 7} for number in range(1, 5)]},
    )


def test_what_was_sold_meanwhile_is_left_alone() -> None:
    remote = Remote(lambda _asked, _told: {"inventory_levels": [level(1, 2)]})
    answers = remote.connector(stock_store="S1").publish_stock([target(1, 7, 3)])

    assert [(each.external_id, each.fate, each.reason) for batch in answers for each in batch] == [("V1", "stale", "shows 2")]
    assert [asked for asked, _told in remote.asked] == ["GET inventory"]
