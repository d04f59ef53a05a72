"""Looking for the shipments of a reference of ours: the list of all that were made since, page by page.

`reference` may stand in place of an id, but need not be unique at EasyPost, and one found that way says nothing of others. So the list is
read: it is newest first, and `before_id` leads on (https://docs.easypost.com/docs/pagination). Of its filter `purchased` some documents
say that `false` shows those without postage, and others that it shows all; asked for both, in this order, nothing can be missed: what
was bought in between is in the second answer.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded
from model.errors import MalformedError, RejectedError, TransientError
from model.values.instant import instant, iso

PAGE: Final = 100
"""The most rows of one page."""
MOST_PAGES: Final = 1000
ASIDE: Final = timedelta(minutes=10)
"""How far the hub's clock may be ahead of EasyPost's."""


class Shipment(msgspec.Struct):
    """What of a shipment the search and the purchase need."""

    id: str
    created_at: str
    reference: str | None = None
    tracking_code: str | None = None
    postage_label: object = None
    selected_rate: object = None
    rates: msgspec.Raw = msgspec.Raw(b"[]")
    messages: msgspec.Raw = msgspec.Raw(b"[]")

    @property
    def is_bought(self) -> bool:
        """Whether its postage was paid for."""
        return not (self.tracking_code is None and self.postage_label is None and self.selected_rate is None)


class _Page(msgspec.Struct):
    shipments: list[Shipment]
    has_more: bool = False


def shipments_of(http: Http, reference: str, since: datetime) -> list[Shipment]:
    """The shipments of a reference, oldest first, those with postage before all others; TransientError where it cannot be told."""
    begins = since - ASIDE
    try:
        listed = [*_listed(http, "false", begins), *_listed(http, "true", begins)]
    except RejectedError as error:  # says nothing of the shipment, and must not pass for a refusal of the command
        raise TransientError(f"shipments: cannot be looked up: {error}") from error
    ours = {shipment.id: shipment for shipment in listed if shipment.reference == reference}
    oldest_first = list(ours.values())[::-1]
    return sorted(oldest_first, key=lambda shipment: not shipment.is_bought)


def _listed(http: Http, purchased: str, begins: datetime) -> Iterator[Shipment]:
    asked: dict[str, str | int] = {"purchased": purchased, "page_size": PAGE, "start_datetime": iso(begins)}
    for _ in range(MOST_PAGES):
        page = http.get("shipments", asked, read=_page)
        yield from page.shipments
        if not page.has_more or all(_moment(shipment) < begins for shipment in page.shipments):
            return
        last = page.shipments[-1].id
        if asked.get("before_id") == last:
            raise TransientError("shipments: a page shows the rows of the page before")
        asked["before_id"] = last
    raise TransientError(f"shipments: more than {MOST_PAGES} pages since the label was asked for")


def _page(answer: Answer) -> _Page:
    page = decoded(answer.body, _Page, "shipments")
    if page.has_more and not page.shipments:
        raise TransientError("shipments: an empty page promises more")
    return page


def _moment(shipment: Shipment) -> datetime:
    try:
        return instant(shipment.created_at)
    except MalformedError as error:
        raise TransientError(f"shipments: created_at: {error}") from error
