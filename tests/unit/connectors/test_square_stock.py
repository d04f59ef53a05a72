"""Square's catalogue and counts: what is told of each variation, and counts that never give a sale back."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import StockAnswer, StockTarget
from connectors.registry import connect
from connectors.square.connector import Square
from model.errors import AuthError, ConfigError, ContractError
from model.records.listing import Listing

Document = dict[str, Any]

DATE = "Mon, 02 Mar 2026 10:00:07 GMT"


@dataclass
class Till:
    """A seller with counts at locations."""

    counts: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    """(variation, location, state) -> quantity."""
    objects: list[Document] = field(default_factory=list[Document])
    items: list[Document] = field(default_factory=list[Document])
    locations: list[Document] = field(default_factory=lambda: [{"id": "L1", "name": "Harbour", "status": "ACTIVE"}])
    unknown: frozenset[str] = frozenset()
    """Variations that a batch is refused for."""
    page: int = 1000
    spoilt: Callable[[httpx.Request, httpx.Response], httpx.Response] = lambda _, response: response
    requests: list[tuple[str, Document]] = field(default_factory=list[tuple[str, Document]])

    def answer(self, request: httpx.Request) -> httpx.Response:
        body: Document = json.loads(request.content) if request.content else {}
        self.requests.append((request.url.path, body))
        routes: dict[str, Callable[[Document], httpx.Response]] = {
            "/v2/locations": lambda _: httpx.Response(200, json={"locations": self.locations}),
            "/v2/catalog/search": self.search,
            "/v2/inventory/counts/batch-retrieve": self.tell,
            "/v2/inventory/changes/batch-create": self.change,
        }
        response = routes[request.url.path](body)
        response.headers["Date"] = DATE
        return self.spoilt(request, response)

    def search(self, body: Document) -> httpx.Response:
        start = int(body.get("cursor", 0))
        following = {"cursor": str(start + self.page)} if start + self.page < len(self.objects) else {}
        page = self.objects[start : start + self.page]
        return httpx.Response(200, json={"objects": page, "related_objects": self.items} | following)

    def tell(self, body: Document) -> httpx.Response:
        rows = [
            {"catalog_object_id": name, "location_id": place, "state": state, "quantity": quantity}
            for (name, place, state), quantity in self.counts.items()
            if name in body["catalog_object_ids"] and place in body["location_ids"] and state in body["states"]
        ]
        start = int(body.get("cursor", 0))
        following = {"cursor": str(start + self.page)} if start + self.page < len(rows) else {}
        return httpx.Response(200, json={"counts": rows[start : start + self.page]} | following)

    def change(self, body: Document) -> httpx.Response:
        changes = [change["physical_count"] for change in body["changes"]]
        if any(change["catalog_object_id"] in self.unknown for change in changes):
            problem = {"category": "INVALID_REQUEST_ERROR", "code": "NOT_FOUND", "detail": "who is that?"}
            return httpx.Response(404, json={"errors": [problem]})
        for change in changes:
            self.counts[change["catalog_object_id"], change["location_id"], change["state"]] = change["quantity"]
        rows = [{key: change[key] for key in ("catalog_object_id", "location_id", "state", "quantity")} for change in changes]
        return httpx.Response(200, json={"counts": rows})

    def sent(self, path: str) -> list[Document]:
        return [body for asked, body in self.requests if asked.endswith(path)]


def square(till: Till, **settings: object) -> Square:
    wiring = Wiring(httpx.MockTransport(till.answer), Pause(sleep=lambda _: None, chance=lambda: 0))
    connector = connect("square", {"access_token": "token", "url": "https://till.example.com"} | settings, wiring)
    assert isinstance(connector, Square)
    return connector


def target(name: str, quantity: int, expected: int | None = None) -> StockTarget:
    return StockTarget(
        external_id=name, product_external_id=None, stock_external_id=name, quantity=quantity, expected=expected, key=f"{name}-{quantity}"
    )


def listing(name: str, *, is_tracked: bool = True) -> Listing:
    return Listing(external_id=name, stock_external_id=name, title=name, is_tracked=is_tracked)


def published(connector: Square, *targets: StockTarget) -> dict[str, StockAnswer]:
    return {answer.external_id: answer for batch in connector.publish_stock(targets) for answer in batch}


def variation(variation_id: str, **fields: object) -> Document:
    return {
        "type": "ITEM_VARIATION",
        "id": variation_id,
        "item_variation_data": {"item_id": "I1", "name": "Red", "track_inventory": True} | fields,
    }


def read(connector: Square) -> dict[str, Listing]:
    slices = [raw for page in connector.fetch_listings(None) for raw in page.slices]
    return {found.external_id: found for found in map(connector.read_listing, slices)}


ITEM = {"type": "ITEM", "id": "I1", "item_data": {"name": "Kettle", "product_type": "REGULAR"}}


def test_a_variation_is_told_with_its_items_name_and_type() -> None:
    card = {"type": "ITEM", "id": "I2", "item_data": {"name": "Gift card", "product_type": "GIFT_CARD"}}
    till = Till(objects=[variation("V1", sku="KET-RED"), variation("V2", item_id="I2", name="", track_inventory=False)], items=[ITEM, card])

    found = read(square(till))

    assert found["V1"] == Listing(
        external_id="V1", product_external_id="I1", stock_external_id="V1", sku="KET-RED", title="Kettle - Red", is_tracked=True
    )
    assert (found["V2"].title, found["V2"].kind, found["V2"].is_tracked, found["V2"].sku) == ("Gift card", "gift_card", False, None)


@pytest.mark.parametrize(
    ("own", "here", "tracked"),
    [(True, None, True), (False, True, True), (True, False, False), (None, None, False), (None, True, True)],
)
def test_a_locations_own_word_on_tracking_wins(own: bool | None, here: bool | None, tracked: bool) -> None:  # noqa: FBT001  a table's columns
    overrides = [{"location_id": "L2", "track_inventory": not tracked}, {"location_id": "L1", "track_inventory": here}]
    till = Till(objects=[variation("V1", track_inventory=own, location_overrides=overrides)], items=[ITEM])

    assert read(square(till))["V1"].is_tracked is tracked


@pytest.mark.parametrize(
    "presence",
    [
        {"present_at_all_locations": True, "absent_at_location_ids": ["L1"]},
        {"present_at_all_locations": False, "present_at_location_ids": ["L2"]},
    ],
)
def test_what_is_not_sold_at_the_location_is_not_counted_there(presence: Document) -> None:
    till = Till(objects=[variation("V1") | presence], items=[ITEM])

    assert not read(square(till))["V1"].is_tracked


def test_what_is_counted_on_another_variation_has_no_stock_of_its_own() -> None:
    till = Till(objects=[variation("GLASS", stockable=False), variation("BOTTLE", stockable=True)], items=[ITEM])

    found = read(square(till))

    assert (found["GLASS"].kind, found["BOTTLE"].kind) == ("bundle", "goods")


def test_the_catalogue_is_read_with_several_locations_and_no_choice() -> None:
    till = Till(objects=[variation("V1")], items=[ITEM], locations=[{"id": "L1", "status": "ACTIVE"}, {"id": "L2", "status": "ACTIVE"}])

    assert read(square(till))["V1"].is_tracked


def test_an_unknown_location_in_the_settings_is_told_when_the_catalogue_is_read() -> None:
    with pytest.raises(ConfigError, match=r"stock_location: .*L1 \(Harbour\)"):
        read(square(Till(), stock_location="L9"))


def test_deleted_variations_keep_their_place_in_the_list_but_are_no_listings() -> None:
    till = Till(objects=[variation(f"V{place}") | {"is_deleted": place % 2 == 0} for place in range(7)], items=[ITEM], page=3)

    assert set(read(square(till))) == {"V1", "V3", "V5"}
    assert all(body["include_deleted_objects"] for body in till.sent("search"))


def test_a_cursor_that_has_expired_begins_the_catalogue_anew() -> None:
    def refuse(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        problem = {"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "INVALID_CURSOR"}]}
        return httpx.Response(400, json=problem) if b'"cursor":"99"' in request.content else response

    till = Till(objects=[variation("V1")], items=[ITEM])
    connector = square(till)
    till.spoilt = refuse

    assert [len(page.slices) for page in connector.fetch_listings("99")] == [1]


def test_a_looping_cursor_ends() -> None:
    def loop(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        return httpx.Response(200, json={"objects": [variation("V1")], "cursor": "9"}) if "search" in request.url.path else response

    with pytest.raises(ContractError, match="leads back"):
        read(square(Till(spoilt=loop)))


def test_a_count_is_dated_when_the_counts_were_read_and_never_ignored() -> None:
    till = Till({("V1", "L1", "IN_STOCK"): "4"})

    answers = published(square(till), target("V1", 9))

    [sent] = till.sent("batch-create")
    assert answers["V1"].fate == "told"
    assert sent["ignore_unchanged_counts"] is False
    assert sent["changes"][0]["physical_count"] == {
        "catalog_object_id": "V1",
        "location_id": "L1",
        "state": "IN_STOCK",
        "quantity": "9",
        "occurred_at": "2026-03-02T10:00:07.000Z",
        "reference_id": "V1-9",
    }


def test_the_same_targets_make_the_same_request_and_others_another_key() -> None:
    till = Till()
    connector = square(till)

    for quantity in (3, 3, 4):
        published(connector, target("V1", quantity))

    first, again, other = till.sent("batch-create")
    assert first == again
    assert first["idempotency_key"] != other["idempotency_key"]


def test_what_shows_something_else_than_expected_is_left_alone() -> None:
    till = Till({("V1", "L1", "IN_STOCK"): "4", ("V2", "L1", "IN_STOCK"): "7"})

    answers = published(square(till), target("V1", 9, expected=5), target("V2", 8, expected=7), target("V3", 1, expected=0))

    assert [(answers[name].fate, answers[name].reason) for name in ("V1", "V2", "V3")] == [
        ("stale", "shows 4"),
        ("told", ""),
        ("told", ""),
    ]
    assert till.counts == {("V1", "L1", "IN_STOCK"): "4", ("V2", "L1", "IN_STOCK"): "8", ("V3", "L1", "IN_STOCK"): "1"}


def test_a_later_count_by_another_hand_is_told_stale_but_later_sales_are_not() -> None:
    def overtaken(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        shown = {"counts": [{"catalog_object_id": n, "state": "IN_STOCK", "quantity": q} for n, q in (("V1", "50"), ("V2", "2"))]}
        return httpx.Response(200, json=shown) if request.url.path.endswith("batch-create") else response

    answers = published(square(Till(spoilt=overtaken)), target("V1", 9), target("V2", 3))

    assert [(answer.fate, answer.reason) for answer in answers.values()] == [("stale", "shows 50"), ("told", "")]


def test_one_unknown_variation_spares_its_batch() -> None:
    till = Till(unknown=frozenset({"V57"}))
    targets = [target(f"V{place}", place) for place in range(250)]

    answers = published(square(till), *targets)

    assert {name for name, answer in answers.items() if answer.fate == "refused"} == {"V57"}
    assert answers["V57"].reason.endswith("404 NOT_FOUND")
    assert len(answers) == 250
    assert max(len(body["changes"]) for body in till.sent("batch-create")) == 100


def test_a_refusal_in_a_successful_answer_is_cut_down_too() -> None:
    problem = {"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "INVALID_VALUE"}]}

    def refuse(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        return httpx.Response(200, json=problem) if b'"V1"' in request.content and b"changes" in request.content else response

    answers = published(square(Till(spoilt=refuse)), target("V1", 1), target("V2", 2))

    assert {name: answer.fate for name, answer in answers.items()} == {"V1": "refused", "V2": "told"}


def test_a_batch_whose_answer_never_came_is_in_no_answer() -> None:
    def lose(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        return httpx.Response(500) if request.url.path.endswith("batch-create") else response

    till = Till(spoilt=lose)

    assert published(square(till), target("V1", 1)) == {}
    assert len(till.sent("batch-create")) == 1


def test_a_refused_token_is_raised() -> None:
    def refuse(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        return httpx.Response(401) if request.url.path.endswith("batch-create") else response

    with pytest.raises(AuthError):
        published(square(Till(spoilt=refuse)), target("V1", 1))


def test_several_active_locations_without_a_choice_are_named() -> None:
    places = [{"id": "L1", "name": "Harbour", "status": "ACTIVE"}, {"id": "L2", "name": "Hill", "status": "ACTIVE"}]

    with pytest.raises(ConfigError, match=r"L1 \(Harbour\), L2 \(Hill\)"):
        published(square(Till(locations=places)), target("V1", 1))


def test_a_closed_location_is_no_choice() -> None:
    till = Till(locations=[{"id": "L0", "status": "INACTIVE"}, {"id": "L1", "name": "Harbour", "status": "ACTIVE"}])

    published(square(till), target("V1", 1))

    assert till.sent("batch-create")[0]["changes"][0]["physical_count"]["location_id"] == "L1"


def test_what_is_shown_is_read_back_over_pages_in_whole_units_with_what_is_held() -> None:
    till = Till(
        {
            ("V1", "L1", "IN_STOCK"): "2.75",
            ("V1", "L1", "RESERVED_FOR_SALE"): "3",
            ("V1", "L1", "SOLD_ONLINE"): "1",
            ("V1", "L2", "IN_STOCK"): "99",
            ("V2", "L1", "IN_STOCK"): "-2",
            ("V3", "L1", "IN_STOCK"): "8",
        },
        page=2,
    )
    listings = [listing("V1"), listing("V2"), listing("V3", is_tracked=False), listing("V4")]

    [seen] = square(till).fetch_stock(listings)

    assert [(each.external_id, each.sellable, each.held) for each in seen] == [("V1", 2, 4), ("V2", -2, 0), ("V3", None, 0)]


def test_a_quantity_that_is_no_number_stops() -> None:
    with pytest.raises(ContractError):
        list(square(Till({("V1", "L1", "IN_STOCK"): "1E+999999"})).fetch_stock([listing("V1")]))
