"""Amazon's quantities of what the seller ships: set one SKU at a time, by merging the quantity into its availability.

`level_means` is sellable: Amazon takes an order off the quantity when it is placed. Merging leaves the handling time and the day of the
restock alone, which replacing would take away. What Amazon ships is never set: patching the seller's own availability into such a listing
would turn it into one that the seller ships. So the listings are looked up first, 20 in a request, which also tells each one's type.
The answer ACCEPTED is a promise only; what became of it is read back later.
Source: model listingsItems_2021-08-01, patchListingsItem; https://developer-docs.amazon.com/sp-api/docs/merge-a-listing
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode

from connectors._kit import Answer, Http, read_payload
from connectors._kit.batches import Answers, Batch, batches_of, publish_batches
from connectors._kit.writes import Write
from connectors.amazon.listings import PAGE, is_merchants, path_of, shown
from connectors.amazon.payloads_listings import LevelPayload, Submission
from connectors.amazon.words import MERCHANT
from connectors.capabilities import Rate, SinkFacts, StockAnswer, StockSeen
from model.errors import MalformedError, RejectedError, TransientError
from model.records.listing import Listing

SINK: Final = SinkFacts(level_means="sellable", batch=1, rate=Rate(Fraction(5), 5))
ANY_TYPE: Final = "PRODUCT"
"""The type of a listing of which Amazon tells none."""
TAKEN: Final = frozenset({"ACCEPTED", "VALID"})

_UNKNOWN: Final = "listing: Amazon has no such SKU here (any more); read its listings anew"
_BY_AMAZON: Final = "listing: Amazon ships this SKU from its own warehouses, and counts it there"


def publish(http: Http, seller: str, marketplace: str, targets: Batch) -> Iterator[Answers]:
    """Set quantities; what Amazon ships, or does not know, is told refused."""
    for chunk in batches_of(targets, PAGE):
        known = shown(http, seller, marketplace, tuple(target.stock_external_id for target in chunk))
        refused = {target.external_id: reason for target in chunk if (reason := _against(known.get(target.stock_external_id)))}
        if refused:
            yield tuple(StockAnswer(external_id, "refused", reason) for external_id, reason in refused.items())
        fit = [target for target in chunk if target.external_id not in refused]
        prepare = partial(_prepare, seller=seller, marketplace=marketplace, known=known)
        yield from publish_batches(batches_of(fit, SINK.batch), prepare, _judge, partial(http.send_each, rate=SINK.rate))


def fetch(http: Http, seller: str, marketplace: str, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
    """What Amazon shows of these SKUs; None for what it counts itself."""
    for start in range(0, len(listings), PAGE):
        batch = listings[start : start + PAGE]
        known = shown(http, seller, marketplace, tuple(listing.stock_external_id for listing in batch))
        found = ((listing, known.get(listing.stock_external_id)) for listing in batch)
        yield tuple(StockSeen(listing.external_id, _level(payload)) for listing, payload in found if payload)


def _against(payload: LevelPayload | None) -> str:
    """Why a quantity cannot be set; empty if it can."""
    if payload is None:
        return _UNKNOWN
    return "" if is_merchants(payload) or not payload.fulfillment_availability else _BY_AMAZON


def _level(payload: LevelPayload) -> int | None:
    """The seller's own quantity; one that is not told is none, and less than nothing is nothing."""
    own = [each.quantity for each in payload.fulfillment_availability or () if each.fulfillment_channel_code == MERCHANT]
    return max(0, own[0]) if own and own[0] is not None else None


def _prepare(batch: Batch, *, seller: str, marketplace: str, known: Mapping[str, LevelPayload]) -> Write:
    target = batch[0]
    types = [each.product_type for each in known[target.stock_external_id].summaries or () if each.product_type]
    query = urlencode({"marketplaceIds": marketplace})
    path = f"{path_of(seller)}/{quote(target.stock_external_id, safe='')}?{query}"
    return Write(method="PATCH", path=path, body=patch_body(next(iter(types), ANY_TYPE), target.quantity))


def patch_body(product_type: str, quantity: int) -> dict[str, object]:
    """ListingsItemPatchRequest: the quantity alone."""
    value = [{"fulfillment_channel_code": MERCHANT, "quantity": quantity}]
    return {"productType": product_type, "patches": [{"op": "merge", "path": "/attributes/fulfillment_availability", "value": value}]}


def _judge(batch: Batch, answer: Answer) -> Answers:
    try:
        told = read_payload(Submission, answer.body)
    except MalformedError as error:
        raise TransientError("listings: the answer is not readable") from error
    if told.status in TAKEN:
        return (StockAnswer(batch[0].external_id, "told"),)
    codes = ", ".join(dict.fromkeys(each.code[:40] for each in told.issues or () if each.severity == "ERROR"))
    raise RejectedError(f"listings: {told.status[:20]} {codes}".rstrip())
