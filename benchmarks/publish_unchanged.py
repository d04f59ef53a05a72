"""How long the hub takes to find that nothing has to be told: a part of publish.py."""

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection, text
from stocked_store import START, At, compute_all, hub_file, make_store

from model.store import runs
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.sealing import MasterKey
from model.values.ids import derive_id
from model.values.instant import iso
from operations.publish_stock import publish_channel
from operations.refresh_availability import refresh_availability
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel


class Counting(httpx.BaseTransport):
    """A way out that counts what leaves, and lets nothing through."""

    def __init__(self) -> None:
        self.requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse."""
        self.requests += 1
        return httpx.Response(503, request=request)


def unchanged(skus: int) -> dict[str, Any]:
    """Catalogues of three channels that show what they shall, published once more by the hub's own verb: no request may leave."""
    os.environ["BENCH_WOO_SECRET"] = "cs_bench"  # noqa: S105  no shop has it
    settings = {"url": "http://shop.test", "consumer_key": "ck_bench", "consumer_secret": "env:BENCH_WOO_SECRET"}
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as home:
        url = f"sqlite:///{home}/unchanged.db"
        make_store(url, skus)
        file = hub_file()
        shops = tuple(
            Channel.model_validate(each.model_dump() | {"settings": settings, "allow_hosts": ("shop.test",)}) for each in file.channels[:3]
        )
        database, way_out = Database(url), Counting()
        hub = Hub(
            replace(file, channels=shops), database, MasterKey.in_file(Path(home) / "master.key"), Actor("me", "Me"), clock=At(START),
            transport=lambda _channel: way_out,
        )  # fmt: skip
        compute_all(hub)
        listings = database.run(lambda connection: settle_all(connection, shops))
        started, cpu = time.perf_counter(), time.process_time()
        refresh_availability(hub)
        reports = [publish_channel(hub, shop) for shop in shops]
        wall_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
        database.close()
    if any(each.outcome != "done" for each in reports):
        raise SystemExit("; ".join(each.line for each in reports))
    return {
        "load": "unchanged", "contender": "entrepot", "wall_s": round(wall_s, 2),
        "cpu_us": round(cpu_s / listings * 1e6, 1), "machine_load": round(os.getloadavg()[0], 1), "requests": way_out.requests,
        "listings": listings,
    }  # fmt: skip


def settle_all(connection: Connection, shops: Sequence[Channel]) -> int:
    """Let every listing show what it shall, with all orders read; gives how many there are."""
    same = ", ".join(f"{name} = desired" for name in ("sent", "told", "seen", "exposure"))
    shown = text(f"UPDATE shown_stock SET state = 'settled', told_at = :at, seen_at = :at, {same}")  # noqa: S608  our own words
    listings = connection.execute(shown, {"at": iso(START)}).rowcount
    runs.meet_actor(connection, "me", "Me", at=START)
    runs.keep_config(connection, "0" * 32, "", at=START)
    for number, shop in enumerate(shops):
        run = runs.Run(
            id=derive_id("bench", str(number)),
            account_id=shop.id,
            stream="orders",
            scope="",
            actor_id="me",
            started_at=START,
            config_hash="0" * 32,
        )
        runs.begin(connection, run, "Me")
        runs.end(connection, run.id, "done", None, at=START)
    return listings
