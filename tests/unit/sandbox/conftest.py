"""A street in a temporary folder, the clock it lives by, and clients that speak to each of its shops."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from sandbox.street import Street

OPENING = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that moves when told."""

    moment: datetime = OPENING

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class Visit:
    """One street and how to speak to its shops."""

    street: Street
    clock: Clock

    def woo(self, path: str, **parameters: str | int) -> httpx.Response:
        with self._client() as client:
            address = f"http://street/woo/wp-json/wc/v3/{path}"
            return client.get(address, params=parameters, auth=("ck_street", "cs_street"))

    def set_woo(self, method: str, path: str, sent: object) -> httpx.Response:
        with self._client() as client:
            return client.request(method, f"http://street/woo/wp-json/wc/v3/{path}", json=sent, auth=("ck_street", "cs_street"))

    def shopify(self, document: str, /, **variables: object) -> httpx.Response:
        with self._client() as client:
            address = "http://street/shopify/admin/api/2026-07/graphql.json"
            token = {"X-Shopify-Access-Token": "street-shopify-token"}
            return client.post(address, json={"query": document, "variables": variables}, headers=token)

    def square(self, path: str, **parameters: str | int) -> httpx.Response:
        with self._client() as client:
            token = {"Authorization": "Bearer street-square-token"}
            return client.get(f"http://street/square/v2/{path}", params=parameters, headers=token)

    def search(self, **body: object) -> httpx.Response:
        return self.ask_square("orders/search", {"location_ids": ["LSTREET1"], **body})

    def ask_square(self, path: str, sent: object) -> httpx.Response:
        with self._client() as client:
            token = {"Authorization": "Bearer street-square-token"}
            return client.post(f"http://street/square/v2/{path}", json=sent, headers=token)

    def _client(self) -> httpx.Client:
        return httpx.Client(transport=self.street.transport())


class Open(Protocol):
    """Opens a street in a folder of the test's own, with the options of `Street`."""

    def __call__(self, folder: str = "street", **options: object) -> Visit: ...


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def visit(tmp_path: Path, clock: Clock) -> Iterator[Open]:
    opened: list[Street] = []

    def open_street(folder: str = "street", **options: object) -> Visit:
        street = Street(tmp_path / folder, clock=clock, **options)  # pyright: ignore[reportArgumentType]
        opened.append(street)
        return Visit(street, clock)

    yield open_street
    for street in opened:
        street.close()
