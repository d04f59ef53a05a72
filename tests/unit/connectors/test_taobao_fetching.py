"""How Taobao is asked, and what its refusals mean: they come with status 200."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from connectors._kit import ForbiddenError, Wiring
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.http import ATTEMPTS, Pause
from connectors.capabilities import StockTarget, Window
from connectors.taobao import CONNECTOR
from connectors.taobao.connector import Settings, Taobao
from model.errors import AuthError, ConfigError, ContractError, HubError, RejectedError, TransientError

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
Json = dict[str, Any]
Answer = Callable[[Json], Json]


class Remote:
    """Taobao as far as one function tells it; everything said is kept, with the time slept."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.told: list[Json] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.told.append(dict(parse_qsl(request.content.decode(), keep_blank_values=True)))
        return httpx.Response(200, json=self.answer(self.told[-1]), headers={"Date": "Sun, 01 Mar 2026 04:00:00 GMT"})

    def connector(self, **settings: object) -> Taobao:
        told = {"app_key": "12345678", "app_secret": "suite", "session": "suite-session", "page_size": 5, **settings}
        pause = Pause(sleep=self.waits.append, chance=lambda: 1, clock=lambda: sum(self.waits))
        return CONNECTOR(Settings.model_validate(told), Wiring(httpx.MockTransport(self), pause, now=lambda: NOON))


def refused(code: int, sub_code: str = "", sub_msg: str = "of Ida Sample") -> Json:
    return {"error_response": {"code": code, "msg": "of Ida Sample", "sub_code": sub_code, "sub_msg": sub_msg, "request_id": "1"}}


def failure(answer: Json) -> tuple[HubError, Remote]:
    remote = Remote(lambda _told: answer)
    with pytest.raises(HubError) as caught:
        remote.connector().identify()
    return caught.value, remote


@pytest.mark.parametrize(
    ("code", "sub_code", "kind"),
    [
        (27, "", AuthError),
        (27, "invalid-sessionkey", AuthError),
        (25, "isv.invalid-signature", AuthError),
        (29, "isv.appkey-not-exists", AuthError),
        (11, "isv.permission-api-package-limit", ForbiddenError),
        (15, "isv.permission-ip-whitelist-limit", ForbiddenError),
        (31, "isv.invalid-timestamp", ConfigError),
        (15, "isp.top-remote-connection-timeout", TransientError),
        (10, "", TransientError),
        (15, "", TransientError),
        (7, "accesscontrol.limited-by-app-access-count", TurnedAwayError),
        (15, "isv.trade-not-exist", RejectedError),
        (41, "isv.invalid-parameter:fields", RejectedError),
        (22, "", ContractError),
        (40, "", ContractError),
    ],
)
def test_each_refusal_is_one_of_the_six_errors(code: int, sub_code: str, kind: type[HubError]) -> None:
    error, remote = failure(refused(code, sub_code))

    assert type(error) is kind
    assert "Ida" not in str(error)
    assert sub_code in str(error)
    assert len(remote.told) == (ATTEMPTS if isinstance(error, TransientError) else 1)


def test_a_sub_code_that_is_no_code_is_not_repeated() -> None:
    error, _remote = failure(refused(15, "isv.trade of Ida Sample"))

    assert "Ida" not in str(error)


def test_a_limit_is_waited_for_as_long_as_it_lasts() -> None:
    answers = [refused(7, "accesscontrol.limited-by-api-access-count", "This ban will last for 9 more seconds")]
    remote = Remote(lambda _told: answers.pop() if answers else {"user_seller_get_response": {"user": {"user_id": 1, "nick": "shop"}}})

    assert remote.connector().identify().fingerprint == "1"
    assert remote.waits == [9]


def test_a_limit_for_the_rest_of_the_day_is_handed_on() -> None:
    error, remote = failure(refused(7, "accesscontrol.limited-by-app-access-count", "This ban will last for 31062 more seconds"))

    assert isinstance(error, TransientError)
    assert (error.retry_after, len(remote.told)) == (31062, 1)


def test_each_attempt_is_signed_at_its_own_time() -> None:
    moments = [NOON + timedelta(minutes=minute) for minute in range(ATTEMPTS)]
    remote = Remote(lambda _told: refused(10))
    connector = remote.connector()
    connector.wiring = Wiring(connector.wiring.transport, now=lambda: moments.pop(0))
    with pytest.raises(TransientError):
        connector.identify()

    assert [told["timestamp"] for told in remote.told] == [f"2026-03-01 12:0{minute}:00" for minute in range(ATTEMPTS)]
    assert len({told["sign"] for told in remote.told}) == ATTEMPTS
    assert all(value != "suite" for told in remote.told for value in told.values())


def listed(tids: list[int], total: int) -> Json:
    return {"trades_sold_increment_get_response": {"total_results": total, "trades": {"trade": [{"tid": tid} for tid in tids]}}}


def test_a_listed_trade_that_is_not_shown_costs_no_other() -> None:
    def answer(told: Json) -> Json:
        if told["method"].endswith("increment.get"):
            return listed([1, 2, 3], 3)
        return (
            refused(15, "isv.trade-not-exist")
            if told["tid"] == "2"
            else {"trade_fullinfo_get_response": {"trade": {"tid": int(told["tid"])}}}
        )

    window = Window(NOON - timedelta(minutes=30), NOON)
    slices = [raw for page in Remote(answer).connector().fetch_orders(window, None) for raw in page.slices]

    assert slices == [b'{"tid":1}', b'{"tid":2,"refused":"isv.trade-not-exist"}', b'{"tid":3}']


def test_a_window_is_asked_for_in_the_time_of_china() -> None:
    remote = Remote(lambda _told: listed([], 0))
    list(remote.connector(trade_types="fixed,cod").fetch_orders(Window(NOON - timedelta(minutes=30), NOON), None))

    [told] = remote.told
    assert (told["start_modified"], told["end_modified"], told["type"]) == ("2026-03-01 11:29:59", "2026-03-01 12:00:01", "fixed,cod")


def test_a_list_without_its_trades_is_no_empty_one() -> None:
    remote = Remote(lambda _told: {"trades_sold_increment_get_response": {"total_results": 2, "request_id": "1"}})
    with pytest.raises(TransientError):
        list(remote.connector().fetch_orders(Window(NOON - timedelta(minutes=30), NOON), None))


def test_trades_are_counted_by_days() -> None:
    remote = Remote(lambda _told: listed([1], 4))

    assert remote.connector().count_orders(Window(NOON - timedelta(days=2, hours=1), NOON)) == 12
    assert [told["end_modified"][8:] for told in remote.told] == ["28 10:59:59", "01 10:59:59", "01 11:59:59"]


def test_an_id_that_is_no_number_is_refused_before_it_is_asked_for() -> None:
    remote = Remote(lambda _told: refused(10))
    with pytest.raises(RejectedError, match="is no id of Taobao"):
        remote.connector().fetch_orders_by_id(["26&method=x"])

    assert remote.told == []


def refunds_listed(told: Json) -> Json:
    name = told["method"].removeprefix("taobao.").replace(".", "_") + "_response"
    return {name: {"total_results": 1, "refunds": {"refund": [{"refund_id": 7 if "special" in name else "8"}]}}}


@pytest.mark.parametrize(("special", "ids_read"), [(True, ["8", "7"]), (False, ["8"])])
def test_special_refunds_are_read_after_the_others_where_they_may_be(special: bool, ids_read: list[str]) -> None:  # noqa: FBT001  a setting
    connector = Remote(refunds_listed).connector(special_refunds=special)
    pages = list(connector.fetch_refunds(Window(NOON - timedelta(minutes=30), NOON), None))

    assert [connector.external_id_in(raw) for page in pages for raw in page.slices] == ids_read
    assert pages[-1].resume is None


class Shelves:
    """Items by time of change, oldest first; the n-th question may change the world before it is answered."""

    def __init__(self, times: dict[int, int], moves: dict[int, dict[int, int]] | None = None) -> None:
        self.times, self.moves, self.turn = dict(times), moves or {}, 0

    def __call__(self, told: Json) -> Json:
        if told["method"] == "taobao.item.skus.get":
            return {"item_skus_get_response": {"request_id": "1"}}
        name = told["method"].removeprefix("taobao.").replace(".", "_") + "_response"
        if "onsale" not in name:
            return {name: {"total_results": 0}}
        self.turn += 1
        self.times |= self.moves.get(self.turn, {})
        since, size, page = told.get("start_modified", ""), int(told["page_size"]), int(told["page_no"])
        fits = sorted((stamp(at), number) for number, at in self.times.items() if stamp(at) >= since)
        rows = [{"num_iid": number, "title": "Tin", "modified": at} for at, number in fits[(page - 1) * size : page * size]]
        return {name: {"total_results": len(fits), "items": {"item": rows}}}


def stamp(minute: int) -> str:
    return f"2026-02-01 {minute // 60:02}:{minute % 60:02}:00"


def ids(remote: Remote) -> list[str | None]:
    connector = remote.connector()
    return [connector.external_id_in(raw) for page in connector.fetch_listings(None) for raw in page.slices]


def test_the_catalogue_goes_on_from_the_last_time_seen() -> None:
    remote = Remote(Shelves({number: number for number in range(1, 24)}))

    assert {int(each or 0) for each in ids(remote)} == set(range(1, 24))
    onsale = [told for told in remote.told if "onsale" in told["method"]]
    assert {told["page_no"] for told in onsale} == {"1"}
    assert len(onsale) == 6


def test_items_that_change_while_the_catalogue_is_read_cost_no_other() -> None:
    moves = {turn: {number: 900 + turn * 10 + number for number in range(turn, turn + 4)} for turn in range(2, 5)}
    remote = Remote(Shelves({number: number for number in range(1, 24)}, moves))

    assert {int(each or 0) for each in ids(remote)} == set(range(1, 24))


def test_more_items_of_one_second_than_a_page_holds_are_counted() -> None:
    remote = Remote(Shelves(dict.fromkeys(range(1, 14), 7) | {99: 8}))

    assert {int(each or 0) for each in ids(remote)} == {*range(1, 14), 99}


def test_the_store_room_is_read_before_the_shelves() -> None:
    remote = Remote(Shelves({1: 1}))
    ids(remote)

    told = [(told["method"].split(".")[2], told.get("banner")) for told in remote.told if told["method"] != "taobao.item.skus.get"]
    assert told == [("inventory", "for_shelved"), ("inventory", "sold_out"), ("onsale", None)]


def target(number: int, product: int | None, quantity: int = 3) -> StockTarget:
    told = None if product is None else str(product)
    return StockTarget(external_id=str(number), product_external_id=told, stock_external_id=str(number), quantity=quantity)


def set_levels(told: Json) -> Json:
    if "skuid_quantities" not in told:
        return {"item_quantity_update_response": {"item": {"num_iid": int(told["num_iid"])}}}
    pairs = [each.split(":") for each in told["skuid_quantities"].split(";")]
    skus = [{"sku_id": int(sku), "quantity": int(quantity)} for sku, quantity in pairs]
    return {"skus_quantity_update_response": {"item": {"num_iid": int(told["num_iid"]), "skus": {"sku": skus}}}}


def test_skus_are_set_by_their_item_and_items_one_by_one_as_full_values() -> None:
    remote = Remote(set_levels)
    answers = list(remote.connector().publish_stock([target(11, 1), target(12, 1, 0), target(21, 2), target(5, None)]))

    told = [(each["num_iid"], each.get("skuid_quantities"), each.get("quantity"), each["type"]) for each in remote.told]
    assert told == [("1", "11:3;12:0", None, "1"), ("2", "21:3", None, "1"), ("5", None, "3", "1")]
    assert {answer.fate for batch in answers for answer in batch} == {"told"}


def test_a_limit_on_writing_is_waited_for_and_the_write_sent_again() -> None:
    limits = [refused(7, "accesscontrol.limited-by-app-access-count", "This ban will last for 4 more seconds")]
    remote = Remote(lambda told: limits.pop() if limits else set_levels(told))
    answers = [answer.fate for batch in remote.connector().publish_stock([target(5, None)]) for answer in batch]

    assert answers == ["told"]
    assert sum(remote.waits) >= 4
    assert len(remote.told) == 2


def test_a_session_that_ended_stops_the_writing_at_once() -> None:
    remote = Remote(lambda _told: refused(27, "invalid-sessionkey"))
    with pytest.raises(AuthError):
        list(remote.connector().publish_stock([target(number, None) for number in range(1, 9)]))

    assert len(remote.told) == 1


def test_a_level_that_is_another_one_at_once_is_stale() -> None:
    sold = {"skus_quantity_update_response": {"item": {"num_iid": 1, "skus": {"sku": [{"sku_id": 11, "quantity": 2}]}}}}
    [[answer]] = list(Remote(lambda _told: sold).connector().publish_stock([target(11, 1)]))

    assert (answer.fate, answer.reason) == ("stale", "shows 2")


def test_a_listing_that_is_no_number_is_refused_without_asking() -> None:
    remote = Remote(set_levels)
    [[answer]] = list(
        remote.connector().publish_stock([StockTarget(external_id="a", product_external_id=None, stock_external_id="a;1:9", quantity=1)])
    )

    assert answer.fate == "refused"
    assert remote.told == []


def test_settings_hold_their_secrets_back() -> None:
    settings = Remote(set_levels).connector().settings

    assert "suite" not in json.dumps(repr(settings))
