"""WooCommerce's stock: `stock_quantity`, set as it shall be, by batches of products or of one product's variations.

`level_means` is sellable: the shop takes an order off `stock_quantity` when it becomes processing, on-hold or completed
(wc_maybe_reduce_stock_levels), so the quantity is what may still be sold. Carts at the checkout are held apart for an hour and are
taken off by the shop itself; they are in no list.

`manage_stock` is not sent: where the merchant has switched counting off, or lets a product count for all its variations, the shop's
answer shows it, and the target is refused. A batch may hold 100 documents (`woocommerce_rest_batch_items_limit`), and its answer has
an `error` in the place of each that was refused.
Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#batch-update-products, class-wc-rest-controller.php (v3)
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Final

import msgspec

from connectors._kit import Answer, Http, read_payload
from connectors._kit.batches import Answers, Batch, batches_of, publish_batches
from connectors._kit.writes import Write
from connectors.capabilities import Rate, SinkFacts, StockAnswer, StockSeen, StockTarget
from connectors.woocommerce.listings import UNKNOWN
from connectors.woocommerce.paging import rows_in
from connectors.woocommerce.payloads_listings import ChangedPayload, ProblemPayload, StockPayload
from model.errors import MalformedError, RejectedError, TransientError
from model.records.listing import Listing
from model.values.quantity import thousandths

BATCH: Final = 100
RATE: Final = 5
"""Requests a second. The vendor has no limit, hosts have: a small one of a shop's own speed, as each request saves many products."""

SINK: Final = SinkFacts(level_means="sellable", batch=BATCH, rate=Rate(Fraction(RATE), RATE))

REFUSED_BELOW: Final = 500
"""From this status on an error is the shop's own trouble, and what became of the entry is not known."""

_CODE = re.compile(r"\w{1,64}", re.ASCII)


class _Envelope(msgspec.Struct):
    update: list[msgspec.Raw] = []


def publish(http: Http, targets: Batch, *, size: int, rate: Rate) -> Iterator[Answers]:
    """Set quantities, the variations of each product apart, at most `size` in one request."""
    strange = tuple(StockAnswer(target.external_id, "refused", _STRANGE) for target in targets if not _has_numbers(target))
    if strange:
        yield strange
    groups = _by_product([target for target in targets if _has_numbers(target)])
    batches = [batch for group in groups for batch in batches_of(group, size)]
    yield from publish_batches(batches, _prepare, _judge, partial(http.send_each, rate=rate))


def fetch(http: Http, listings: Sequence[Listing], *, size: int) -> Iterator[tuple[StockSeen, ...]]:
    """What the shop shows for these listings, `size` at a time; None where it does not count them by themselves."""
    groups: dict[str | None, list[str]] = {}
    for listing in listings:
        groups.setdefault(listing.product_external_id, []).append(listing.stock_external_id)
    for product, ids in groups.items():
        for start in range(0, len(ids), size):
            yield tuple(_shown(http, product, ids[start : start + size]))


_STRANGE: Final = "stock: is no id of WooCommerce, which are numbers"


def _has_numbers(target: StockTarget) -> bool:
    return all(each is None or (each.isascii() and each.isdigit()) for each in (target.stock_external_id, target.product_external_id))


def _by_product(targets: Batch) -> Iterable[list[StockTarget]]:
    groups: dict[str | None, list[StockTarget]] = {}
    for target in targets:
        groups.setdefault(target.product_external_id, []).append(target)
    return groups.values()


def _list_of(product: str | None) -> str:
    return "products" if product is None else f"products/{product}/variations"


def _prepare(batch: Batch) -> Write:
    update = [{"id": int(target.stock_external_id), "stock_quantity": target.quantity} for target in batch]
    return Write(method="POST", path=f"{_list_of(batch[0].product_external_id)}/batch", body={"update": update})


def _judge(batch: Batch, answer: Answer) -> Answers:
    changed = {str(entry.id): entry for entry in _changed(answer)}
    found = [(target, changed.get(target.stock_external_id)) for target in batch]
    return tuple(told for target, entry in found if entry and (told := _judged(target, entry)))


def _changed(answer: Answer) -> Iterator[ChangedPayload]:
    try:
        envelope = msgspec.json.decode(answer.body, type=_Envelope)
    except msgspec.DecodeError as error:
        raise TransientError("batch: the answer is not readable") from error
    for raw in envelope.update:
        try:
            yield read_payload(ChangedPayload, bytes(raw))
        except MalformedError:
            continue  # as good as an answer that never came: it is read back


def _judged(target: StockTarget, entry: ChangedPayload) -> StockAnswer | None:
    """What became of one target; None where the shop failed at it, so that it is read back."""
    if entry.error is not None:
        return None if _is_trouble(entry.error) else StockAnswer(target.external_id, "refused", _reason(entry.error))
    if entry.manage_stock is not True:
        return StockAnswer(target.external_id, "refused", "stock: the shop does not count this listing; switch on Manage stock? there")
    shown = _level(entry)
    if shown is not None and shown != target.quantity:
        return StockAnswer(target.external_id, "stale", f"shows {shown}")
    return StockAnswer(target.external_id, "told")


def _is_trouble(problem: ProblemPayload) -> bool:
    status = problem.data.get("status") if isinstance(problem.data, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  whatever a plugin writes
    return isinstance(status, int) and status >= REFUSED_BELOW


def _reason(problem: ProblemPayload) -> str:
    code = problem.code if _CODE.fullmatch(problem.code) else "an error without code"
    return f"batch: {code}" + ("; the shop no longer has this listing, read its listings anew" if code.endswith(UNKNOWN) else "")


def _shown(http: Http, product: str | None, ids: Sequence[str]) -> Iterator[StockSeen]:
    where = _list_of(product)
    known = [each for each in ids if each.isascii() and each.isdigit()]
    params = {"include": ",".join(known), "per_page": len(known), "orderby": "id", "_fields": "id,manage_stock,stock_quantity"}
    try:
        rows = http.get(where, params, read=partial(rows_in, where=where)) if known else ()
    except RejectedError as error:
        if UNKNOWN not in str(error):
            raise
        return  # the product is gone with all its variations
    for raw in rows:
        with contextlib.suppress(MalformedError):  # not known, as if it were left out
            payload = read_payload(StockPayload, raw)
            yield StockSeen(str(payload.id), _level(payload))


def _level(payload: StockPayload) -> int | None:
    """Whole units, half a unit being none; null, and what another counts, is no level."""
    if payload.manage_stock is not True or not payload.stock_quantity:
        return None
    return thousandths(payload.stock_quantity) // 1000
