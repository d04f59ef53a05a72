"""Telling Taobao that goods left, by the number of the parcel; a line of a trade leaves as a whole, or is not told.

`taobao.logistics.online.send` with a number sets the trade to consigned at once, all of it or, with `is_split`, the lines named. What
needs no carrier (`shipping_type` virtual) is told by `taobao.logistics.dummy.send`, which knows no lines. Neither takes a reference
of ours, and a second call for the same lines is refused. So it is looked for first, by its number, among the parcels; one without a
number bears our reference for one, under the company for what Taobao does not know. Of several numbers the first is told.
Source: https://open.taobao.com/api.htm?docId=10687&docType=2 (online), /docId=10691 (dummy), /docId=235 (parcels)
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Final

import msgspec

from connectors._kit import Http, decoded, notices
from connectors.capabilities import Command, CommandFacts, Rate, Receipt
from connectors.taobao.asking import FORM, PATH, ask, entries_in, form, held_in, part_of
from connectors.taobao.words import CLOSED
from model.errors import RejectedError
from model.records.fulfilment import ShipmentNotice

ONLINE: Final = "taobao.logistics.online.send"
DUMMY: Final = "taobao.logistics.dummy.send"
PARCELS: Final = "taobao.logistics.orders.get"
TRADE: Final = "taobao.trade.fullinfo.get"
COMPANIES: Final = "taobao.logistics.companies.get"

FIELDS: Final = "tid,order_code,out_sid,status,sub_tids,is_split"

NOTICE: Final = CommandFacts(
    provider_class="B",  # a second call is refused, whoever made the first; what was told is found by the parcel's number
    rate=Rate(Fraction(10), 10),
    read_lag=timedelta(minutes=1),
)

OTHER: Final = "OTHER"
"""The company for carriers that Taobao does not know."""
VIRTUAL: Final = "virtual"
OVER: Final = frozenset({"CANCELLED", "CLOSED"})
"""States of a parcel that was called back."""
CONSIGNED: Final = frozenset({"WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED", "TRADE_FINISHED"})
"""States of a line that has left."""


class _Line(msgspec.Struct):
    oid: int | str
    num: int
    status: str
    shipping_type: str | None = None


class _Lines(msgspec.Struct):
    order: tuple[_Line, ...]


class _Trade(msgspec.Struct):
    status: str
    orders: _Lines
    shipping_type: str | None = None


class _Numbers(msgspec.Struct):
    number: tuple[int | str, ...] = ()


class _Parcel(msgspec.Struct):
    order_code: str | int | None = None
    out_sid: str | None = None
    status: str | None = None
    sub_tids: _Numbers | None = None


class _Company(msgspec.Struct):
    code: str
    name: str = ""


class _Done(msgspec.Struct):
    is_success: bool


def write(notice: ShipmentNotice) -> bytes:
    """The body of the command; RejectedError for what cannot be told."""
    if not (notice.order_external_id.isascii() and notice.order_external_id.isdigit()):
        raise RejectedError(f"notice {notice.reference}: {notice.order_external_id[:40]!r} is no order id of Taobao")
    return notices.written(notice)


def submit(http: Http, command: Command, companies: Mapping[str, str]) -> Receipt:
    """Tell, unless it was told before; RejectedError where Taobao will not have it."""
    notice = notices.read(command.body)
    if (told := find(http, command)) is not None:
        return Receipt(told.external_id, is_repeat=True)
    trade = _trade(http, notice)
    method, words = sent_words(notice, trade, companies, http)
    answer = http.submit("POST", PATH, form(method, words), FORM)
    if not decoded(part_of(held_in(answer, method), "shipping", method), _Done, method).is_success:
        raise RejectedError(f"{method}: Taobao says that it did not work; look at the trade there")
    return Receipt(_found(http, notice) or number_of(notice))


def find(http: Http, command: Command) -> Receipt | None:
    """The parcel of this very notice, if the trade has it."""
    code = _found(http, notices.read(command.body))
    return Receipt(code) if code else None


def number_of(notice: ShipmentNotice) -> str:
    """What the trade's parcel is found by."""
    return notice.tracking_numbers[0] if notice.tracking_numbers else notice.reference


def sent_words(notice: ShipmentNotice, trade: _Trade, companies: Mapping[str, str], http: Http) -> tuple[str, dict[str, str | int]]:
    """The call and what it says; RejectedError for what is over, or is no whole line."""
    where = f"notice {notice.reference}"
    if trade.status in CLOSED:
        raise RejectedError(f"{where}: the trade is {trade.status}; call the goods back")
    oids = _whole_lines(notice, trade, where)
    rest = [str(line.oid) for line in trade.orders.order if line.status not in CLOSED and str(line.oid) not in oids]
    told: dict[str, str | int] = {"tid": notice.order_external_id}
    if not notice.tracking_numbers and _is_virtual(trade, oids):
        if rest:
            raise RejectedError(f"{where}: Taobao takes goods without a parcel for all of a trade only; tell the rest with it by hand")
        return DUMMY, told
    told |= {"out_sid": number_of(notice), "company_code": _company(notice, companies, http)}
    return ONLINE, told | ({"is_split": 1, "sub_tid": ",".join(oids)} if rest else {})


def _whole_lines(notice: ShipmentNotice, trade: _Trade, where: str) -> list[str]:
    lines = {str(line.oid): line for line in trade.orders.order}
    units = notices.whole_units(notice)
    for oid, left in units.items():
        line = lines.get(oid)
        if line is None or line.status in CLOSED:
            raise RejectedError(f"{where}: line {oid[:40]}: the trade has it no more; call the goods back")
        if left != line.num:
            raise RejectedError(
                f"{where}: line {oid[:40]}: {left} of {line.num} left, and Taobao takes whole lines only; tell it there by hand"
            )
    return list(units)


def _is_virtual(trade: _Trade, oids: Sequence[str]) -> bool:
    named = [line.shipping_type for line in trade.orders.order if str(line.oid) in oids]
    return all(told == VIRTUAL for told in named) or (trade.shipping_type == VIRTUAL and not any(named))


def _company(notice: ShipmentNotice, companies: Mapping[str, str], http: Http) -> str:
    """Taobao's code of a carrier: as the settings say, else the one that Taobao calls by this name or code."""
    carrier = notice.carrier
    if carrier is None or not notice.tracking_numbers:
        return companies.get("", OTHER)
    known = {name.casefold(): code for name, code in companies.items()}
    if (code := known.get(carrier.casefold())) is not None:
        return code
    listed = ask(
        http, COMPANIES, {"fields": "code,name"}, lambda held: entries_in(held, "logistics_companies", "logistics_company", COMPANIES)
    )
    for raw in listed:
        company = decoded(raw, _Company, COMPANIES)
        if carrier.casefold() in {company.code.casefold(), company.name.casefold()}:
            return company.code
    raise RejectedError(f"notice {notice.reference}: Taobao knows no carrier of this name; give its code under settings.companies")


def _trade(http: Http, notice: ShipmentNotice) -> _Trade:
    fields = "tid,status,shipping_type,orders.oid,orders.num,orders.status,orders.shipping_type"
    told = {"fields": fields, "tid": notice.order_external_id}
    return ask(http, TRADE, told, lambda held: decoded(part_of(held, "trade", TRADE), _Trade, TRADE))


def _found(http: Http, notice: ShipmentNotice) -> str | None:
    """Taobao's code of the notice's parcel, or of a trade without parcels its own id; None where nothing of it is told."""
    told = {"fields": FIELDS, "tid": notice.order_external_id}
    for raw in ask(http, PARCELS, told, lambda held: entries_in(held, "shippings", "shipping", PARCELS)):
        parcel = decoded(raw, _Parcel, PARCELS)
        if parcel.out_sid == number_of(notice) and parcel.status not in OVER and _holds(parcel, notice):
            return str(parcel.order_code or parcel.out_sid)
    if notice.tracking_numbers:
        return None
    trade = _trade(http, notice)
    oids = [line.line_external_id for line in notice.lines]
    named = {line.status for line in trade.orders.order if str(line.oid) in oids}
    return notice.order_external_id if _is_virtual(trade, oids) and named and named <= CONSIGNED else None


def _holds(parcel: _Parcel, notice: ShipmentNotice) -> bool:
    """Whether a parcel of a part of the trade is that of the notice's lines; one number may be told for several parts."""
    lines = {str(each) for each in parcel.sub_tids.number} if parcel.sub_tids else set[str]()
    return not lines or lines >= {line.line_external_id for line in notice.lines}
