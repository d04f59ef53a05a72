"""Setting and reading what a shop shows: the quantity of an item, or those of up to twenty SKUs of one item, always as the full value.

`level_means` is sellable: what buyers may still buy; an order is off it when it is placed or when it is paid, as the shop chose for the
item (`sub_stock`). A request is refused as a whole; it is then cut in halves until what is refused stands alone. Goods in Cainiao's
warehouses are counted there, and refused here.
Source: https://open.taobao.com/api.htm?docId=10591&docType=2 (item), /docId=21169 (SKUs)
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Final

import msgspec

from connectors._kit import Answer, Http
from connectors._kit.batches import Answers, Batch, batches_of, publish_batches
from connectors._kit.writes import Write
from connectors.capabilities import Rate, SinkFacts, StockAnswer, StockSeen, StockTarget
from connectors.taobao.asking import PATH, ask, entries_in, form, held_in, part_of
from connectors.taobao.faults import check_fault
from connectors.taobao.listings import ITEMS_AT_ONCE, SKUS
from model.records.listing import Listing

OF_SKUS: Final = "taobao.skus.quantity.update"
OF_ITEM: Final = "taobao.item.quantity.update"
ITEMS: Final = "taobao.items.seller.list.get"
ITEMS_SHOWN: Final = 20
"""Items that one request may ask for."""
FULL: Final = 1
"""`type`: the quantity is the new value and no difference."""
BATCH: Final = 20
RATE: Final = 10
"""Requests a second. Taobao limits each application by its own level, which its console shows, and answers 7 to more."""

SINK: Final = SinkFacts(level_means="sellable", batch=BATCH, rate=Rate(Fraction(RATE), RATE))


class _Sku(msgspec.Struct):
    sku_id: int
    quantity: int | None = None


class _Item(msgspec.Struct):
    num_iid: int
    num: int | None = None


def publish(http: Http, targets: Batch, rate: Rate) -> Iterator[Answers]:
    """Set quantities: items without SKUs one by one, SKUs by their item."""
    strange = tuple(StockAnswer(target.external_id, "refused", _STRANGE) for target in targets if not _has_numbers(target))
    if strange:
        yield strange
    batches = [batch for group in _by_product(filter(_has_numbers, targets)) for batch in batches_of(group, _size(group))]
    yield from publish_batches(batches, _prepare, _judge, partial(http.send_each, rate=rate))


_STRANGE: Final = "stock: is no id of Taobao, which are numbers"


def _has_numbers(target: StockTarget) -> bool:
    return all(each is None or (each.isascii() and each.isdigit()) for each in (target.stock_external_id, target.product_external_id))


def _size(group: Batch) -> int:
    return BATCH if group[0].product_external_id else 1


def _by_product(targets: Iterable[StockTarget]) -> Iterable[list[StockTarget]]:
    groups: dict[str | None, list[StockTarget]] = {}
    for target in targets:
        groups.setdefault(target.product_external_id, []).append(target)
    return groups.values()


def _prepare(batch: Batch) -> Write:
    product = batch[0].product_external_id
    if product is None:
        told = {"num_iid": batch[0].stock_external_id, "quantity": batch[0].quantity, "type": FULL}
        return _write(OF_ITEM, told)
    quantities = ";".join(f"{target.stock_external_id}:{target.quantity}" for target in batch)
    return _write(OF_SKUS, {"num_iid": product, "skuid_quantities": quantities, "type": FULL})


def _write(method: str, told: Mapping[str, str | int]) -> Write:
    return Write(method="POST", path=PATH, body=form(method, told), check=partial(check_fault, where=method))


def _judge(batch: Batch, answer: Answer) -> Answers:
    """Told, but where the answer shows another quantity than was asked for, as after a sale in the same moment."""
    product = batch[0].product_external_id
    item = part_of(held_in(answer, OF_SKUS if product else OF_ITEM), "item", OF_SKUS if product else OF_ITEM)
    shown = _quantities(item) if product else {}
    return tuple(_judged(target, shown.get(target.stock_external_id)) for target in batch)


def _quantities(item: bytes) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for raw in entries_in(item, "skus", "sku", OF_SKUS):
        with contextlib.suppress(msgspec.DecodeError):
            sku = msgspec.json.decode(raw, type=_Sku)
            found[str(sku.sku_id)] = sku.quantity
    return found


def _judged(target: StockTarget, shown: int | None) -> StockAnswer:
    if shown is not None and shown != target.quantity:
        return StockAnswer(target.external_id, "stale", f"shows {shown}")
    return StockAnswer(target.external_id, "told")


def fetch(http: Http, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
    """What the shop shows; an item or SKU that it does not have is left out."""
    yield tuple(StockSeen(listing.external_id, None) for listing in listings if not listing.is_tracked)
    tracked = [listing for listing in listings if listing.is_tracked]
    items = [each.stock_external_id for each in tracked if each.product_external_id is None]
    for start in range(0, len(items), ITEMS_SHOWN):
        yield tuple(_items_shown(http, items[start : start + ITEMS_SHOWN]))
    wanted = {each.stock_external_id for each in tracked if each.product_external_id}
    products = list(dict.fromkeys(each.product_external_id for each in tracked if each.product_external_id))
    for start in range(0, len(products), ITEMS_AT_ONCE):
        yield tuple(seen for seen in _skus_shown(http, products[start : start + ITEMS_AT_ONCE]) if seen.external_id in wanted)


def _items_shown(http: Http, ids: Sequence[str]) -> Iterator[StockSeen]:
    told = {"fields": "num_iid,num", "num_iids": ",".join(ids)}
    for raw in ask(http, ITEMS, told, lambda held: entries_in(held, "items", "item", ITEMS)):
        with contextlib.suppress(msgspec.DecodeError):  # not known, as if it were left out
            item = msgspec.json.decode(raw, type=_Item)
            yield StockSeen(str(item.num_iid), item.num)


def _skus_shown(http: Http, products: Sequence[str]) -> Iterator[StockSeen]:
    told = {"fields": "sku_id,num_iid,quantity", "num_iids": ",".join(products)}
    for raw in ask(http, SKUS, told, lambda held: entries_in(held, "skus", "sku", SKUS)):
        with contextlib.suppress(msgspec.DecodeError):
            sku = msgspec.json.decode(raw, type=_Sku)
            yield StockSeen(str(sku.sku_id), sku.quantity)
