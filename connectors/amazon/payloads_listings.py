"""Shapes of listings (Selling Partner API, listingsItems 2021-08-01), the fields we use."""

from typing import Annotated

from pydantic import Field

from connectors.amazon.payloads import Camel


class Summary(Camel):
    """How a listing is shown in one marketplace."""

    product_type: str | None = None
    item_name: str | None = None


class Availability(Camel):
    """From which warehouses it is sent, and how much of it there is."""

    fulfillment_channel_code: str
    quantity: Annotated[int, Field(strict=True)] | None = None


class LevelPayload(Camel):
    """`Item` of the listings, as far as its stock goes."""

    sku: Annotated[str, Field(min_length=1, max_length=200)]
    summaries: list[Summary] | None = None
    fulfillment_availability: list[Availability] | None = None


class ListingPayload(Camel):
    """The same, as a listing: what is asked for with its summaries tells them."""

    sku: Annotated[str, Field(min_length=1, max_length=200)]
    summaries: list[Summary]
    fulfillment_availability: list[Availability] | None = None


class Problem(Camel):
    """`Issue`: what is wrong with a listing."""

    code: str
    severity: str


class Submission(Camel):
    """`ListingsItemSubmissionResponse`."""

    sku: str
    status: str
    issues: list[Problem] | None = None
