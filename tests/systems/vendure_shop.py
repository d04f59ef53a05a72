"""A real Vendure 3.7.3 on SQLite: installed once, started for each module of tests, with its keeper and its buyers."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from connectors._kit import Wiring
from connectors.registry import connect
from connectors.vendure.connector import Vendure
from model.records.order import Order

RECIPE = Path(__file__).parent / "vendure"
CACHE = Path(__file__).parents[2] / ".systems/vendure"
PASSWORD = "open-sesame"
FAILED = "... on ErrorResult { errorCode message }"

Answer = dict[str, Any]


@dataclass
class Door:
    """One GraphQL API of the shop, with the session it gives."""

    url: str
    token: str | None = None

    def ask(self, query: str, **variables: object) -> Answer:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        response = httpx.post(self.url, json={"query": query, "variables": variables}, headers=headers, timeout=30)
        self.token = response.headers.get("vendure-auth-token") or self.token
        body: Answer = response.json()
        assert "errors" not in body, body
        assert all("errorCode" not in str(value) for value in body["data"].values()), body
        answer: Answer = body["data"]
        return answer


@dataclass
class Shop:
    """The running shop: its keeper at the Admin API, buyers at the Shop API, and our connector."""

    url: str
    keeper: Door = field(init=False)
    opened: list[Vendure] = field(default_factory=list[Vendure])

    def __post_init__(self) -> None:
        self.keeper = Door(f"{self.url}/admin-api")
        self.keeper.ask('mutation($p: String!) { login(username: "keeper", password: $p) { __typename } }', p=PASSWORD)

    def order(self, goods: dict[str, int], *, pay: str = "paid-at-once", coupon: str | None = None) -> str:
        """Buy by SKU, and give the order's id."""
        buyer = Door(f"{self.url}/shop-api")
        variants = self.keeper.ask("{ productVariants { items { id sku } } }")["productVariants"]["items"]
        ids = {variant["sku"]: variant["id"] for variant in variants}
        for sku, quantity in goods.items():
            buyer.ask(
                f"mutation($v: ID!, $q: Int!) {{ addItemToOrder(productVariantId: $v, quantity: $q) {{ __typename {FAILED} }} }}",
                v=ids[sku],
                q=quantity,
            )
        for code in [coupon] if coupon else []:
            buyer.ask(f"mutation($c: String!) {{ applyCouponCode(couponCode: $c) {{ __typename {FAILED} }} }}", c=code)
        buyer.ask(
            f"""mutation {{
              setCustomerForOrder(input: {{firstName: "Ida", lastName: "Holm", emailAddress: "ida@example.com"}}) {{ __typename {FAILED} }}
              setOrderShippingAddress(input: {{fullName: "Ida Holm", streetLine1: "Havnegade 1", city: "Aarhus", postalCode: "8000",
                countryCode: "DK", phoneNumber: "+1-555-0101"}}) {{ __typename {FAILED} }}
              setOrderShippingMethod(shippingMethodId: [1]) {{ __typename {FAILED} }}
              transitionOrderToState(state: "ArrangingPayment") {{ __typename ... on OrderStateTransitionError {{ errorCode }} }}
            }}"""
        )
        paid = buyer.ask(
            f"mutation($p: String!) {{ addPaymentToOrder(input: {{method: $p, metadata: {{}}}}) {{ ... on Order {{ id }} {FAILED} }} }}",
            p=pay,
        )
        order_id: str = paid["addPaymentToOrder"]["id"]
        return order_id

    def settle_payment(self, order: Order) -> None:
        self.keeper.ask(f"mutation($i: ID!) {{ settlePayment(id: $i) {{ __typename {FAILED} }} }}", i=order.payments[0].external_id)

    def pack(self, order: Order, quantity: int) -> str:
        handler = {
            "code": "manual-fulfillment",
            "arguments": [{"name": "method", "value": "PostNord"}, {"name": "trackingCode", "value": "PN-1"}],
        }
        lines = [{"orderLineId": order.lines[0].external_id, "quantity": quantity}]
        made = self.keeper.ask(
            f"mutation($i: FulfillOrderInput!) {{ addFulfillmentToOrder(input: $i) {{ ... on Fulfillment {{ id }} {FAILED} }} }}",
            i={"lines": lines, "handler": handler},
        )
        fulfilment_id: str = made["addFulfillmentToOrder"]["id"]
        return fulfilment_id

    def move(self, fulfilment: str, state: str) -> None:
        self.keeper.ask(
            f"mutation($i: ID!, $s: String!) {{ transitionFulfillmentToState(id: $i, state: $s) {{ __typename {FAILED} }} }}",
            i=fulfilment,
            s=state,
        )

    def refund(self, order: Order, amount: int) -> str:
        nothing: list[str] = []
        refund = {"paymentId": order.payments[0].external_id, "amount": amount, "reason": "dent"}
        refund |= {"lines": nothing, "shipping": 0, "adjustment": 0}  # left out, Vendure 3.7.3 fails on its own database
        made = self.keeper.ask(
            f"mutation($i: RefundOrderInput!) {{ refundOrder(input: $i) {{ ... on Refund {{ id }} {FAILED} }} }}", i=refund
        )
        refund_id: str = made["refundOrder"]["id"]
        return refund_id

    def settle_refund(self, refund: str) -> None:
        self.keeper.ask(
            f'mutation($i: ID!) {{ settleRefund(input: {{id: $i, transactionId: "back-1"}}) {{ __typename {FAILED} }} }}', i=refund
        )

    def cancel(self, order: Order, quantity: int, line: int = 0) -> None:
        lines = [{"orderLineId": order.lines[line].external_id, "quantity": quantity}]
        cancelled = {"orderId": order.external_id, "lines": lines, "reason": "sold out"}
        self.keeper.ask(f"mutation($i: CancelOrderInput!) {{ cancelOrder(input: $i) {{ __typename {FAILED} }} }}", i=cancelled)

    def connector(self, transport: httpx.BaseTransport | None = None, **settings: object) -> Vendure:
        settings = settings or {"username": "keeper", "password": PASSWORD}
        found = connect("vendure", {"url": self.url} | settings, Wiring(transport or httpx.HTTPTransport()))
        assert isinstance(found, Vendure)
        self.opened.append(found)
        return found

    def close(self) -> None:
        for connector in self.opened:
            connector.http.close()


class Eavesdropper(httpx.HTTPTransport):
    """Remembers the last session token that went by."""

    token: str | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.token = request.headers.get("authorization", "Bearer ").removeprefix("Bearer ")
        return super().handle_request(request)


@contextmanager
def open_shop(store: Path) -> Generator[Shop]:
    """A shop that keeps its database in this folder, open until the block ends."""
    install()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    environment = {
        **os.environ,
        "STORE": str(store),
        "PORT": str(port),
        "KEEPER_PASSWORD": PASSWORD,
        "VENDURE_DISABLE_TELEMETRY": "true",
        "NODE_PATH": str(CACHE / "node_modules"),
    }
    log = (store / "log").open("wb")
    subprocess.run(["node", RECIPE / "shop.js", "fill"], env=environment, check=True, stdout=log, stderr=log)
    server = subprocess.Popen(["node", RECIPE / "shop.js", "open"], env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: httpx.get(f"{url}/health").is_success)
        running = Shop(url)
        yield running
        running.close()
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def install() -> None:
    """Vendure from the package registry into the cache, once for each lock file."""
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE.parent / ".gitignore").write_text("*\n", "utf-8")
    lock, stamp = (RECIPE / "package-lock.json").read_bytes(), CACHE / "installed"
    if stamp.exists() and stamp.read_bytes() == lock:
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(RECIPE / name, CACHE / name)
    node = Path(shutil.which("node") or "node").resolve().parents[1]
    headers = {"npm_config_nodedir": str(node)} if (node / "include/node").exists() else {}
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=CACHE, env=os.environ | headers, check=True)
    stamp.write_bytes(lock)


def wait_for(ready: Callable[[], bool], patience_s: int = 60) -> None:
    for _ in range(patience_s * 5):
        try:
            if ready():
                return
        except httpx.TransportError:
            pass
        time.sleep(1 / 5)
    raise AssertionError("the shop does not start")
