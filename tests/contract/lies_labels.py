"""Lies about labels: what is looked at before money leaves, what it is spent on, and what is read of it afterwards."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx

from connectors._kit import Connector
from model.errors import RejectedError
from model.records.advice import Freight
from model.records.label import Label, LabelRequest
from tests.contract.lying import Lie, Send, answering, on_the_wire, subclass
from tests.contract.stand import Kind, Stream

Fetch = Callable[[str], Label]


@on_the_wire
def overlooks_what_is_there(send: Send, request: httpx.Request, _secrets: list[str]) -> httpx.Response:
    answer = send(request)
    if request.method == "GET" and request.url.path.endswith("/shipments"):
        return httpx.Response(200, json={"shipments": [], "has_more": False})
    return answer


def writes_another_service(kind: Kind, stream: Stream) -> Kind:
    def lie(write: Callable[[LabelRequest, str], bytes], request: LabelRequest, key: str) -> bytes:
        return write(replace(request, service="USPS Priority"), key)

    return answering("write_label", lie)(kind, stream)


def _reading(lie: Callable[[Fetch, str], Label]) -> Lie:
    make = answering("fetch_label", lie)
    make.__name__ = lie.__name__
    return make


@_reading
def reads_another_label(fetch: Fetch, external_id: str) -> Label:
    return replace(fetch(external_id), external_id="shp_another")


@_reading
def carries_for_nothing(fetch: Fetch, external_id: str) -> Label:
    return replace(fetch(external_id), cost=Freight(amount_minor=0, currency="USD"))


@_reading
def reads_what_nobody_bought(fetch: Fetch, external_id: str) -> Label:
    try:
        return fetch(external_id)
    except RejectedError:
        cost = Freight(amount_minor=1, currency="USD")
        return Label(
            external_id=external_id,
            tracking_number="1",
            carrier="USPS",
            service=None,
            cost=cost,
            url="https://x.example",
            file_format="PDF",
        )


def pads_what_it_sends(kind: Kind, _stream: Stream) -> Kind:
    turns = itertools.count(1)

    def send(request: httpx.Request) -> None:
        if request.method == "POST":
            content = request.content + b" " * next(turns)
            request.stream = httpx.ByteStream(content)
            request._content = content  # pyright: ignore[reportPrivateUsage]  what is read again must be what is sent
            request.headers["content-length"] = str(len(content))

    def prepare(self: Connector[Any]) -> None:
        kind.prepare(self)
        self.http._client.event_hooks = {"request": [send]}  # pyright: ignore[reportPrivateUsage]  the one way in

    return subclass(kind, prepare=prepare)
