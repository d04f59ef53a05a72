"""Telling Taobao that goods left: whole lines, parts of a trade, goods without a parcel, and carriers by its own codes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from connectors._kit import Wiring
from connectors.capabilities import Command
from connectors.taobao import CONNECTOR
from connectors.taobao.connector import Settings, Taobao
from model.errors import RejectedError
from model.records.fulfilment import NoticeLine, ShipmentNotice

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
Json = dict[str, Any]
NOTICE = ShipmentNotice(
    reference="FO-000001",
    order_external_id="2600",
    shipped_at=NOON,
    lines=(NoticeLine(line_external_id="1", quantity=2000), NoticeLine(line_external_id="2", quantity=1000)),
    carrier="SF Express",
    tracking_numbers=("SF1", "SF2"),
)
ONE = replace(NOTICE, lines=NOTICE.lines[:1])
COMPANIES = [{"code": "SF", "name": "顺丰速运"}, {"code": "ZTO", "name": "中通快递"}]


class Remote:
    """A trade of two lines, with the parcels that were told of it."""

    def __init__(self, status: str = "WAIT_SELLER_SEND_GOODS", **lines: str) -> None:
        self.status, self.lines = status, {"shipping_type": "express"} | lines
        self.parcels: list[Json] = []
        self.told: list[Json] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        told = dict(parse_qsl(request.content.decode()))
        self.told.append(told)
        name = told["method"].removeprefix("taobao.").replace(".", "_") + "_response"
        return httpx.Response(200, json={name: self._answer(told)})

    def _answer(self, told: Json) -> Json:
        match told["method"]:
            case "taobao.trade.fullinfo.get":
                lines = [{"oid": oid, "num": num, "status": self.status, **self.lines} for oid, num in ((1, 2), (2, 1))]
                return {"trade": {"status": self.status, "shipping_type": "express", "orders": {"order": lines}}}
            case "taobao.logistics.orders.get":
                return {"total_results": len(self.parcels), "shippings": {"shipping": self.parcels}}
            case "taobao.logistics.companies.get":
                return {"logistics_companies": {"logistics_company": COMPANIES}}
            case "taobao.logistics.online.send":
                lines = {"sub_tids": {"number": [int(oid) for oid in told["sub_tid"].split(",")]}} if "sub_tid" in told else {}
                self.parcels.append(
                    {"order_code": f"LP{len(self.parcels)}", "out_sid": told["out_sid"], "status": "ACCEPTED_BY_RECEIVER", **lines}
                )
            case _:
                self.status = "WAIT_BUYER_CONFIRM_GOODS"
        return {"shipping": {"is_success": True}}

    def connector(self, **companies: str) -> Taobao:
        settings = {"app_key": "12345678", "app_secret": "suite", "session": "suite-session", "companies": companies}
        return CONNECTOR(Settings.model_validate(settings), Wiring(httpx.MockTransport(self), now=lambda: NOON))

    def sent(self) -> list[Json]:
        return [told for told in self.told if told["method"].endswith(".send")]


def command(notice: ShipmentNotice, connector: Taobao) -> Command:
    return Command(key="0" * 32, reference=notice.reference, body=connector.write_notice(notice, "0" * 32))


def told(remote: Remote, notice: ShipmentNotice, **companies: str) -> str:
    connector = remote.connector(**companies or {"sf express": "SF"})
    return connector.submit_shipment_notice(command(notice, connector)).external_id


def test_all_of_a_trade_is_told_without_naming_lines() -> None:
    remote = Remote()

    assert told(remote, NOTICE) == "LP0"
    [sent] = remote.sent()
    assert (sent["tid"], sent["out_sid"], sent["company_code"]) == ("2600", "SF1", "SF")
    assert not {"is_split", "sub_tid"} & sent.keys()


def test_a_part_of_a_trade_is_told_by_its_lines() -> None:
    remote = Remote()
    told(remote, ONE)

    assert [(sent["is_split"], sent["sub_tid"]) for sent in remote.sent()] == [("1", "1")]


def test_two_parts_under_one_number_are_both_told() -> None:
    remote = Remote()
    told(remote, ONE)
    told(remote, replace(NOTICE, reference="FO-000002", lines=NOTICE.lines[1:]))

    assert [sent["sub_tid"] for sent in remote.sent()] == ["1", "2"]


def test_less_than_a_line_is_refused_before_anything_is_sent() -> None:
    remote = Remote()
    with pytest.raises(RejectedError, match="1 of 2 left"):
        told(remote, replace(NOTICE, lines=(NoticeLine(line_external_id="1", quantity=1000),)))

    assert remote.sent() == []


@pytest.mark.parametrize("status", ["TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"])
def test_a_closed_trade_is_told_nothing(status: str) -> None:
    remote = Remote(status)
    with pytest.raises(RejectedError, match="call the goods back"):
        told(remote, NOTICE)

    assert remote.sent() == []


def test_a_line_that_the_trade_does_not_have_is_refused() -> None:
    with pytest.raises(RejectedError, match="has it no more"):
        told(Remote(), replace(NOTICE, lines=(NoticeLine(line_external_id="9", quantity=1000),)))


def test_goods_that_need_no_parcel_are_told_without_one_and_found_again() -> None:
    remote = Remote(shipping_type="virtual")
    notice = replace(NOTICE, tracking_numbers=(), carrier=None)

    assert told(remote, notice) == "2600"
    assert [sent["method"] for sent in remote.sent()] == ["taobao.logistics.dummy.send"]
    connector = remote.connector()
    found = connector.submit_shipment_notice(command(notice, connector))
    assert (found.external_id, found.is_repeat, len(remote.sent())) == ("2600", True, 1)


def test_goods_without_a_parcel_are_told_for_all_of_a_trade_only() -> None:
    remote = Remote(shipping_type="virtual")
    with pytest.raises(RejectedError, match="for all of a trade only"):
        told(remote, replace(ONE, tracking_numbers=(), carrier=None))

    assert remote.sent() == []


def test_a_parcel_without_a_number_bears_our_reference() -> None:
    remote = Remote()
    told(remote, replace(NOTICE, tracking_numbers=()))

    assert [(sent["out_sid"], sent["company_code"]) for sent in remote.sent()] == [("FO-000001", "OTHER")]


def test_a_carrier_that_the_settings_do_not_name_is_looked_up() -> None:
    remote = Remote()
    told(remote, replace(NOTICE, carrier="中通快递"))

    assert [sent["company_code"] for sent in remote.sent()] == ["ZTO"]


def test_a_carrier_that_nobody_knows_is_refused_with_the_mend() -> None:
    remote = Remote()
    with pytest.raises(RejectedError, match=r"settings\.companies"):
        told(remote, replace(NOTICE, carrier="Nobody's Cart"))

    assert remote.sent() == []


def test_a_parcel_that_was_called_back_is_told_again() -> None:
    remote = Remote()
    told(remote, NOTICE)
    remote.parcels[0]["status"] = "CANCELLED"

    assert told(remote, NOTICE) == "LP1"


def test_an_order_that_is_no_number_is_refused_when_it_is_written() -> None:
    with pytest.raises(RejectedError, match="is no order id of Taobao"):
        Remote().connector().write_notice(replace(NOTICE, order_external_id="A-1"), "0" * 32)
