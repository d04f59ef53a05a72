"""Send stock levels to a running stock_server.py with one shared asynchronous client, paced by the same rule as Entrepot's lanes.

    python push_levels.py PORT httpx|aiohttp --skus 50000 --rate 1000 --burst 40 [--batch 1] [--at-once 48]
"""

import argparse
import asyncio
import json
import resource
import time


class Pacer:
    """GCRA in which a request begins to drain when it was answered: what connectors/_kit/pacing.py does where answers are quick."""

    def __init__(self, rate, burst):
        self.interval, self.credit = 1 / rate, (burst - 1) / rate
        self.empty, self.under_way, self.gate = 0.0, 0, asyncio.Lock()

    async def turn(self):
        async with self.gate:
            while True:
                draining = max(self.empty - time.monotonic(), 0)
                early = draining + self.under_way * self.interval - self.credit
                if early <= 0:
                    break
                await asyncio.sleep(min(early, draining) if draining else 0.001)
            self.under_way += 1

    def landed(self):
        self.under_way -= 1
        self.empty = max(self.empty, time.monotonic()) + self.interval


def httpx_client(at_once):
    import httpx

    client = httpx.AsyncClient(limits=httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once), timeout=20)

    async def post(url, body):
        return (await client.post(url, json=body)).status_code

    return client, post


def aiohttp_client(at_once):
    import aiohttp

    client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once))

    async def post(url, body):
        async with client.post(url, json=body) as response:
            await response.read()
            return response.status

    return client, post


async def push(asked):
    rows = [{"sku": sku, "level": sku % 97} for sku in range(asked.skus)]
    bodies = rows if asked.batch == 1 else [rows[start : start + asked.batch] for start in range(0, asked.skus, asked.batch)]
    client, post = {"httpx": httpx_client, "aiohttp": aiohttp_client}[asked.client](asked.at_once)
    pacer, waiting, elapsed, good = Pacer(asked.rate, asked.burst), iter(bodies), [], 0
    url, cpu, started = f"http://127.0.0.1:{asked.port}/levels", time.process_time(), time.perf_counter()

    async def work():
        nonlocal good
        for body in waiting:
            status = 0
            while status != 200:
                await pacer.turn()
                begun = time.perf_counter()
                status = await post(url, body)
                pacer.landed()
                elapsed.append((time.perf_counter() - begun) * 1000)
            good += 1

    async with client:
        await asyncio.gather(*[work() for _ in range(asked.at_once)])
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    elapsed.sort()
    return {
        "wall_s": round(wall, 3), "cpu_us": round(cpu * 1e6 / len(bodies)), "p50_ms": round(elapsed[len(elapsed) // 2], 1),
        "p99_ms": round(elapsed[len(elapsed) * 99 // 100], 1), "answers": good, "errors": len(bodies) - good,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int), parser.add_argument("client", choices=("httpx", "aiohttp"))
    for name, kind, default in (("skus", int, 50_000), ("rate", float, 1000), ("burst", int, 40), ("batch", int, 1), ("at-once", int, 48)):
        parser.add_argument(f"--{name}", type=kind, default=default)
    print(json.dumps(asyncio.run(push(parser.parse_args()))))


if __name__ == "__main__":
    main()
