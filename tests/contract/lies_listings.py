"""Lies about the catalogue."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from connectors._kit import Answer
from connectors.capabilities import RawPage, Record
from connectors.woocommerce.connector import WooCommerce
from model.errors import ContractError
from tests.contract.lying import Fetch, Read, fetching, reading
from tests.contract.stand import Kind, Stream


@fetching
def takes_an_empty_catalogue_for_a_failure(fetch: Fetch, window: Any, resume: str | None) -> Iterator[RawPage]:  # noqa: ANN401  there is none
    for page in fetch(window, resume):
        if not page.slices and resume is None:
            raise ContractError("listings: there are none")
        yield page


@fetching
def calls_them_orders(fetch: Fetch, window: Any, resume: str | None) -> Iterator[RawPage]:  # noqa: ANN401  there is none
    return (dataclasses.replace(page, kind="order") for page in fetch(window, resume))


@reading
def forgets_the_product(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    return _changed(read(raw, statuses), product_external_id=None)


@reading
def tracks_everything(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    return _changed(read(raw, statuses), is_tracked=True)


class ListsByNumber(WooCommerce):
    """Believes that the rows of a list stand still, and that no row arrives."""

    def fetch_listings(self, resume: str | None) -> Iterator[RawPage]:
        offset, total = int(resume or 0), 1 << 30
        while offset < total:
            params = {"orderby": "id", "order": "asc", "per_page": self.settings.page_size, "offset": offset}
            slices, told = self.http.get("products", params, read=_rows_and_total)
            total = min(total, told)
            offset += self.settings.page_size
            yield RawPage("listing", slices, str(offset) if offset < total else None)


def lists_by_number(_kind: Kind, _stream: Stream) -> Kind:
    return ListsByNumber


def _rows_and_total(answer: Answer) -> tuple[tuple[bytes, ...], int]:
    rows = msgspec.json.decode(answer.body, type=list[msgspec.Raw])
    return tuple(map(bytes, rows)), int(answer.headers["x-wp-total"])


def _changed(record: Any, **changes: object) -> Record:  # noqa: ANN401  a listing, which is no record of a stream
    return dataclasses.replace(record, **changes)
