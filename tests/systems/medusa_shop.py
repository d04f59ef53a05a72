"""A real Medusa 2.21.2 on a private PostgreSQL: installed once, its empty shop made once a session, and copied for each module of tests."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import sql

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.medusa.connector import Medusa
from connectors.registry import connect
from model.records.order import Order
from tests.postgres_server import private_postgres

RECIPE = Path(__file__).parent / "medusa"
CACHE = Path(__file__).parents[2] / ".systems/medusa"
PASSWORD = "open-sesame-11"
KEEPER = "keeper@example.com"
CLI = ("node", "node_modules/@medusajs/cli/cli.js")

Answer = dict[str, Any]


@dataclass(frozen=True)
class MedusaMaker:
    """A database server with the shop as it is before anything is in it."""

    dsn: str
    folder: Path

    def environment(self, database: str) -> dict[str, str]:
        told = {"DATABASE_URL": f"{self.dsn}/{database}", "NODE_ENV": "production", "MEDUSA_DISABLE_TELEMETRY": "1"}
        return {**os.environ, **told}


@dataclass
class MedusaShop:
    """The running shop: its keeper at the Admin API, buyers at the Store API, and our connector."""

    url: str
    keeper: httpx.Client = field(init=False)
    buyer: httpx.Client = field(init=False)
    ids: dict[str, str] = field(default_factory=dict[str, str])
    """Ids of what the shop was filled with: `channel`, `location`, `region`, `key` …, and of variants by SKU."""
    counted: dict[str, str] = field(default_factory=dict[str, str])
    """Inventory items by SKU."""
    opened: list[Medusa] = field(default_factory=list[Medusa])

    def __post_init__(self) -> None:
        self.keeper = httpx.Client(base_url=self.url, timeout=60)
        self.buyer = httpx.Client(base_url=self.url, timeout=60)
        login = self.keeper.post("/auth/user/emailpass", json={"email": KEEPER, "password": PASSWORD}).json()
        self.keeper.headers["authorization"] = f"Bearer {login['token']}"
        self._fill()

    def ask(self, method: str, path: str, body: object = None, **query: str | int) -> Any:  # noqa: ANN401  whatever JSON says
        """What the Admin API answers the keeper."""
        return _told(self.keeper, method, f"/admin/{path}", body, query)

    def buy(self, path: str, body: object) -> Any:  # noqa: ANN401  same
        """What the Store API answers a buyer."""
        return _told(self.buyer, "POST", f"/store/{path}", body, {})

    def order(self, goods: dict[str, int], codes: tuple[str, ...] = ()) -> str:
        """Buy by SKU, and give the order's id; its payment is authorised."""
        street = {"first_name": "Ida", "last_name": "Holm", "address_1": "Havnegade 1", "city": "Aarhus", "postal_code": "8000"}
        address = street | {"country_code": "dk", "phone": "+1-555-0101"}
        whose = {"email": "ida@example.com", "shipping_address": address, "billing_address": address}
        cart = self.buy("carts", whose | {"region_id": self.ids["region"], "sales_channel_id": self.ids["channel"]})["cart"]["id"]
        for sku, quantity in goods.items():
            self.buy(f"carts/{cart}/line-items", {"variant_id": self.ids[sku], "quantity": quantity})
        if codes:
            self.buy(f"carts/{cart}/promotions", {"promo_codes": list(codes)})
        self.buy(f"carts/{cart}/shipping-methods", {"option_id": self.ids["option"]})
        collection = self.buy("payment-collections", {"cart_id": cart})["payment_collection"]["id"]
        self.buy(f"payment-collections/{collection}/payment-sessions", {"provider_id": "pp_system_default"})
        order_id: str = self.buy(f"carts/{cart}/complete", {})["order"]["id"]
        return order_id

    def capture(self, order: Order, amount: str | None = None) -> None:
        payment = order.payments[0].external_id
        self.ask("POST", f"payments/{payment}/capture", {"amount": float(amount)} if amount else {})

    def refund(self, order: Order, amount: str) -> None:
        self.ask("POST", f"payments/{order.payments[0].external_id}/refund", {"amount": float(amount), "note": "dent"})

    def pack(self, order: Order, sku: str, quantity: int) -> str:
        """Fulfil some units of a line, and give the fulfilment's id."""
        said = {"items": [{"id": line_of(order, sku), "quantity": quantity}], "location_id": self.ids["location"]}
        before = {each.external_id for each in order.fulfilments}
        told = self.ask("POST", f"orders/{order.external_id}/fulfillments", said, fields="id,fulfillments.id")
        made = told["order"]["fulfillments"]
        fulfilment: str = next(each["id"] for each in made if each["id"] not in before)
        return fulfilment

    def take_back(self, order: Order, sku: str, quantity: int) -> str:
        """Have units of a line sent back and received, and give the return's id."""
        units = {"items": [{"id": line_of(order, sku), "quantity": quantity}]}
        begun = self.ask("POST", "returns", {"order_id": order.external_id, "location_id": self.ids["location"]})
        name: str = begun["return"]["id"]
        self.ask("POST", f"returns/{name}/request-items", units)
        self.ask("POST", f"returns/{name}/request", {})
        self.ask("POST", f"returns/{name}/receive", {})
        self.ask("POST", f"returns/{name}/receive-items", units)
        self.ask("POST", f"returns/{name}/receive/confirm", {})
        return name

    def product(self, title: str, variants: dict[str, str], **more: object) -> None:
        """Goods with a price in kroner by SKU; `more` is said of each variant."""
        told: Answer = {
            "title": title,
            "handle": title.lower(),
            "status": "published",
            "shipping_profile_id": self.ids["profile"],
            "sales_channels": [{"id": self.ids["channel"]}],
            "options": [{"title": "SKU", "values": list(variants)}],
            "variants": [
                {"title": sku, "sku": sku, "options": {"SKU": sku}, "prices": [{"currency_code": "dkk", "amount": float(price)}]} | more
                for sku, price in variants.items()
            ],
        }
        made = self.ask("POST", "products", told)["product"]["variants"]
        self.ids |= {variant["sku"]: variant["id"] for variant in made}

    def stock(self, sku: str, stocked: int) -> None:
        """Count a SKU at the shop's location from now on."""
        found = self.ask("GET", "inventory-items", sku=sku)["inventory_items"][0]["id"]
        self.counted[sku] = found
        level = {"location_id": self.ids["location"], "stocked_quantity": stocked}
        self.ask("POST", f"inventory-items/{found}/location-levels", level)

    def level(self, sku: str) -> tuple[int, int]:
        """What is stocked and reserved of a SKU at the shop's location."""
        [level] = self.ask("GET", f"inventory-items/{self.counted[sku]}/location-levels")["inventory_levels"]
        return level["stocked_quantity"], level["reserved_quantity"]

    def connector(self, transport: httpx.BaseTransport | None = None, **settings: object) -> Medusa:
        """The hub's connector, whose waits are none."""
        told = {"url": self.url, "secret_key": self.ids["secret"]} | settings
        pause = Pause(sleep=lambda _seconds: None, chance=lambda: 0)
        found = connect("medusa", told, Wiring(transport or httpx.HTTPTransport(), pause=pause))
        assert isinstance(found, Medusa)
        self.opened.append(found)
        return found

    def close(self) -> None:
        for client in (self.keeper, self.buyer, *(connector.http for connector in self.opened)):
            client.close()

    def _fill(self) -> None:
        """A Danish shop with one location, one way to send, and some goods; a bare server has nothing."""
        channel = self.ask("GET", "sales-channels")["sales_channels"][0]["id"]
        profile = self.ask("GET", "shipping-profiles")["shipping_profiles"][0]["id"]
        place = {"name": "Barn", "address": {"address_1": "Ladevej 1", "country_code": "dk"}}
        location = self.ask("POST", "stock-locations", place)["stock_location"]["id"]
        self.ids |= {"channel": channel, "profile": profile, "location": location}
        self._keys()
        country = {"name": "Denmark", "currency_code": "dkk", "countries": ["dk"], "payment_providers": ["pp_system_default"]}
        self.ids["region"] = self.ask("POST", "regions", country)["region"]["id"]
        tax = {"rate": 25, "name": "Moms", "code": "moms"}
        self.ask("POST", "tax-regions", {"country_code": "dk", "provider_id": "tp_system", "default_tax_rate": tax})
        self.ask("POST", "price-preferences", {"attribute": "currency_code", "value": "dkk", "is_tax_inclusive": True})
        self.ask("POST", f"stock-locations/{location}/sales-channels", {"add": [channel]})
        self.ids["option"] = self._way_to_send(location)
        self.product("Kettle", {"KETTLE-RED": "359.91", "KETTLE-BLUE": "449.95"})
        self.product("Towel", {"TOWEL": "79.95"})
        for sku in ("KETTLE-RED", "KETTLE-BLUE", "TOWEL"):
            self.stock(sku, 500)

    def _keys(self) -> None:
        key = self.ask("POST", "api-keys", {"title": "web", "type": "publishable"})["api_key"]
        self.ask("POST", f"api-keys/{key['id']}/sales-channels", {"add": [self.ids["channel"]]})
        self.buyer.headers["x-publishable-api-key"] = key["token"]
        self.ids["secret"] = self.ask("POST", "api-keys", {"title": "hub", "type": "secret"})["api_key"]["token"]

    def _way_to_send(self, location: str) -> str:
        place = f"stock-locations/{location}"
        self.ask("POST", f"{place}/fulfillment-providers", {"add": ["manual_manual"]})
        parcels = {"name": "parcels", "type": "shipping"}
        made = self.ask("POST", f"{place}/fulfillment-sets", parcels, fields="*fulfillment_sets")["stock_location"]["fulfillment_sets"][0]
        zone = {"name": "Denmark", "geo_zones": [{"type": "country", "country_code": "dk"}]}
        zones = self.ask("POST", f"fulfillment-sets/{made['id']}/service-zones", zone)["fulfillment_set"]["service_zones"]
        rules = {"enabled_in_store": "true", "is_return": "false"}
        option = {
            "name": "Parcel",
            "service_zone_id": zones[0]["id"],
            "shipping_profile_id": self.ids["profile"],
            "provider_id": "manual_manual",
            "price_type": "flat",
            "type": {"label": "Parcel", "description": "By post", "code": "parcel"},
            "prices": [{"currency_code": "dkk", "amount": 39}],
            "rules": [{"attribute": name, "operator": "eq", "value": value} for name, value in rules.items()],
        }
        option_id: str = self.ask("POST", "shipping-options", option)["shipping_option"]["id"]
        return option_id


def line_of(order: Order, sku: str) -> str:
    """The id of the order's line of this SKU."""
    return next(line.external_id for line in order.lines if line.sku == sku)


def _told(client: httpx.Client, method: str, path: str, body: object, query: Mapping[str, str | int]) -> Any:  # noqa: ANN401  same
    answer = client.request(method, path, json=body, params=query or None)
    assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
    return answer.json()


@contextmanager
def made_shop(folder: Path) -> Generator[MedusaMaker]:
    """The database of a new shop, about half a minute's work."""
    install()
    with private_postgres() as address:
        maker = MedusaMaker(address.replace("postgresql+psycopg", "postgresql"), folder)
        environment = maker.environment("empty_shop")
        with psycopg.connect(f"{maker.dsn}/postgres", autocommit=True) as connection, (folder / "making.log").open("wb") as log:
            connection.execute("create database empty_shop")
            for words in ((*CLI, "db:migrate"), (*CLI, "user", "-e", KEEPER, "-p", PASSWORD)):
                subprocess.run(words, check=True, cwd=CACHE, env=environment, stdout=log, stderr=log)
        yield maker


@contextmanager
def open_medusa(maker: MedusaMaker, name: str) -> Generator[MedusaShop]:
    """A copy of the shop under a name, served until the block ends."""
    with psycopg.connect(f"{maker.dsn}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template empty_shop").format(sql.Identifier(name)))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    words = (*CLI, "start", "-H", "127.0.0.1", "-p", str(port))
    with (maker.folder / f"{name}.log").open("wb") as log:
        server = subprocess.Popen(words, cwd=CACHE, env=maker.environment(name), stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, server)
        running = MedusaShop(url)
        yield running
        running.close()
    finally:
        server.terminate()
        server.wait(timeout=20)


def install() -> None:
    """Medusa from the package registry into the cache, once for each list of versions."""
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE.parent / ".gitignore").write_text("*\n", "utf-8")
    shutil.copy(RECIPE / "medusa-config.js", CACHE / "medusa-config.js")
    wanted, stamp = (RECIPE / "package.json").read_bytes(), CACHE / "installed"
    if stamp.exists() and stamp.read_bytes() == wanted:
        return
    shutil.copy(RECIPE / "package.json", CACHE / "package.json")
    subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=CACHE, check=True)
    stamp.write_bytes(wanted)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "the shop ended before it began"
        try:
            if httpx.get(f"{url}/health").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(1 / 5)
    raise AssertionError("the shop does not start")
