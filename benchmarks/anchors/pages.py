"""How fast the shop serves: every page read over a bare socket and thrown away, nothing decoded.

    python pages.py URL [--since 2026-01-31T13:00:00]
"""

import argparse
import base64
import json
import socket
import time
from urllib.parse import urlencode, urlsplit


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url"), parser.add_argument("--since")
    asked = parser.parse_args()
    at = urlsplit(asked.url)
    params = {"per_page": 100, "orderby": "id", "order": "asc", "status": "any"}
    params |= {"modified_after": asked.since, "dates_are_gmt": "true"} if asked.since else {}
    login = base64.b64encode(b"ck_street:cs_street").decode()
    room, page, size, total, started = memoryview(bytearray(1 << 20)), 0, 0, None, time.perf_counter()
    with socket.create_connection((at.hostname, at.port)) as wire:
        while total is None or page * 100 < total:
            page += 1
            query = urlencode({**params, "page": page})
            wire.sendall(f"GET {at.path}/wp-json/wc/v3/orders?{query} HTTP/1.1\r\nHost: {at.netloc}\r\nAuthorization: Basic {login}\r\n\r\n".encode())
            head = b""
            while b"\r\n\r\n" not in head:
                head += wire.recv(1 << 16)
            lines, _, body = head.partition(b"\r\n\r\n")
            named = dict(line.lower().split(b": ", 1) for line in lines.split(b"\r\n")[1:])
            size, rest, total = size + len(head), int(named[b"content-length"]) - len(body), int(named[b"x-wp-total"])
            while rest:
                got = wire.recv_into(room)
                size, rest = size + got, rest - got
    print(json.dumps({"pages": page, "orders": total, "bytes": size, "inner_s": round(time.perf_counter() - started, 4)}))


if __name__ == "__main__":
    main()
