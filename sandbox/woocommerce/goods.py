"""WooCommerce's product counter: lists, single products and variations, and the doors through which stock is set."""

import json
from collections.abc import Callable, Sequence
from typing import Final

from sandbox.catalogue import products, variants_of
from sandbox.exchange import Answer, Request, Tree, dumps, list_of, tree_of
from sandbox.shop import Shop, turn
from sandbox.stock import Setting
from sandbox.wares import WARES
from sandbox.woocommerce.asking import MOST_PER_PAGE, RefusedError, ids, invalid, list_headers, no_route, number
from sandbox.woocommerce.fields import only_fields
from sandbox.woocommerce.ids import listing_id, product_id, variation_id
from sandbox.woocommerce.products import CHANNEL, render_product, render_variation

MOST_IN_BATCH: Final = 100
WRITING: Final = frozenset({"POST", "PUT", "PATCH"})
SORTS: Final = ("date", "modified", "id", "include", "title", "slug", "menu_order")
Render = Callable[[Shop, int], Tree]


def answer(shop: Shop, request: Request, steps: list[str]) -> Answer:
    """Gives the answer to one request under products. Raises RefusedError."""
    writing = request.method in WRITING
    match steps:
        case []:
            return _only_reading(request) or _list(shop, request, "products", list(products(CHANNEL)), product_id, render_product)
        case ["batch"] if writing:
            return _batch(shop, request, [ware for ware in products(CHANNEL) if not WARES[ware].variant], render_product)
        case [wanted]:
            ware = _find(list(products(CHANNEL)), product_id, wanted, "product")
            return _write(shop, request, ware, render_product) if writing else _one(render_product(shop, ware))
        case [wanted, "variations", *rest]:
            return _variations(shop, request, _find(list(products(CHANNEL)), product_id, wanted, "product"), rest)
        case _:
            raise no_route()


def _variations(shop: Shop, request: Request, product: int, steps: list[str]) -> Answer:
    wares = variants_of(CHANNEL, product) if WARES[product].variant else ()
    match steps:
        case []:
            path = f"products/{product_id(product)}/variations"
            return _only_reading(request) or _list(shop, request, path, wares, variation_id, render_variation)
        case ["batch"] if request.method in WRITING:
            return _batch(shop, request, wares, render_variation)
        case [wanted]:
            ware = _find(wares, variation_id, wanted, "product_variation")
            return _write(shop, request, ware, render_variation) if request.method in WRITING else _one(render_variation(shop, ware))
        case _:
            raise no_route()


def _only_reading(request: Request) -> None:
    if request.method not in {"GET", "HEAD"}:
        raise RefusedError("woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources.", 401)


def _find(wares: Sequence[int], own: Callable[[int], int], wanted: str, kind: str) -> int:
    found = [ware for ware in wares if str(own(ware)) == wanted]
    if not found:
        raise RefusedError(f"woocommerce_rest_{kind}_invalid_id", "Invalid ID.", 404)
    return found[0]


def _escaped(tree: object) -> bytes:
    return dumps(tree, ascii_only=True).replace(b"/", b"\\/")


def _one(tree: object) -> Answer:
    return Answer(200, {"content-type": "application/json; charset=UTF-8"}, _escaped(tree))


def _list(shop: Shop, request: Request, path: str, wares: Sequence[int], own: Callable[[int], int], render: Render) -> Answer:
    given = request.parameters()
    per_page, page = number(given, "per_page", 10, most=MOST_PER_PAGE), number(given, "page", 1)
    start = number(given, "offset", (page - 1) * per_page, least=0)
    rows = _selected(shop, given, wares, own, render)
    leaf = turn(rows, start, per_page, shop.twist)
    bodies = only_fields([_escaped(tree) for tree in leaf.entries], given.get("_fields", ""))
    return Answer(200, list_headers(path, given, page, -(-len(rows) // per_page), len(rows)), b"[" + b",".join(bodies) + b"]")


def _selected(shop: Shop, given: dict[str, str], wares: Sequence[int], own: Callable[[int], int], render: Render) -> list[Tree]:
    orderby, direction = given.get("orderby", "date"), given.get("order", "desc")
    if orderby not in SORTS or direction not in {"asc", "desc"}:
        raise invalid("orderby" if orderby not in SORTS else "order")
    include, exclude = ids(given, "include"), ids(given, "exclude")
    kept = [ware for ware in wares if str(own(ware)) not in exclude and (not include or str(own(ware)) in include)]
    trees = [render(shop, ware) for ware in sorted(kept, key=own, reverse=direction == "desc")]
    asked = {name: given[name] for name in ("sku", "type", "stock_status") if given.get(name)}
    return [tree for tree in trees if all(str(tree[name]) == value for name, value in asked.items())]


def _write(shop: Shop, request: Request, ware: int, render: Render) -> Answer:
    is_parent = render is render_product and bool(WARES[ware].variant)  # its stock is its variations'
    if is_parent or shop.refuses(CHANNEL, ware, 0, 1):
        raise RefusedError("woocommerce_rest_product_invalid_id", "Invalid ID.", 400)
    _apply(shop, [(ware, _sent(request))])
    return _one(render(shop, ware))


def _batch(shop: Shop, request: Request, wares: Sequence[int], render: Render) -> Answer:
    """Sets what can be set and tells each of the others why not: a batch is no transaction."""
    sent = _sent(request)
    rows = [tree_of(row) for row in list_of(sent.get("update"))]
    if sum(len(list_of(sent.get(name))) for name in ("create", "update", "delete")) > MOST_IN_BATCH:
        words = f"Unable to accept more than {MOST_IN_BATCH} items for this request."
        raise RefusedError("woocommerce_rest_request_entity_too_large", words, 413)
    by_id = {str(listing_id(ware)): ware for ware in wares}
    fits = [_problem(shop, by_id.get(str(row.get("id"))), row, place, len(rows)) for place, row in enumerate(rows)]
    _apply(shop, [(by_id[str(row["id"])], row) for row, problem in zip(rows, fits, strict=True) if problem is None])
    return _one({"update": [
        {"id": row.get("id", 0), "error": problem.error} if problem else render(shop, by_id[str(row["id"])])
        for row, problem in zip(rows, fits, strict=True)
    ]})  # fmt: skip


def _problem(shop: Shop, ware: int | None, row: Tree, place: int, count: int) -> RefusedError | None:
    if ware is None or shop.refuses(CHANNEL, ware, place, count):
        return RefusedError("woocommerce_rest_product_invalid_id", "Invalid ID.", 400)
    return None if _units(row.get("stock_quantity", 0)) is not None else invalid("stock_quantity")


def _sent(request: Request) -> Tree:
    try:
        return tree_of(json.loads(request.body or b"{}"))
    except ValueError:
        raise RefusedError("rest_invalid_json", "Invalid JSON body passed.", 400) from None


def _units(value: object) -> int | None:
    text = str(value).removesuffix(".0")
    return int(text) if text.removeprefix("-").isdigit() else None


def _apply(shop: Shop, rows: Sequence[tuple[int, Tree]]) -> None:
    """Sets levels; without `manage_stock`, said now or before, a quantity means nothing to the vendor."""
    settings: list[Setting] = []
    for ware, row in rows:
        level = shop.ledger.level(CHANNEL, ware)
        managed = row.get("manage_stock", level is not None)
        if not managed:
            shop.ledger.uncount(CHANNEL, ware)
        elif "stock_quantity" in row or level is None:
            units = _units(row.get("stock_quantity", 0))
            if units is None:
                raise invalid("stock_quantity")
            settings.append(Setting(ware, units, shop.now_ms))
    shop.ledger.set(CHANNEL, settings, shop.now_ms)
