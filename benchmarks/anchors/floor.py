"""The floor: what reading, mapping and storing these orders costs with nothing that makes a hub safe around it.

The same fetch, decode, validation, mapping, tables, constraints and pragmas as Entrepot, from its own modules, and the same raw bytes
(compressed). Written by COPY into a staging table and INSERT ... ON CONFLICT (executemany on SQLite), 500 payloads a transaction.
Left out: lease, cursor, version guard, history, removed rows, encryption and its look-up hashes, quarantine, card scrubbing,
recognition of unchanged payloads, audit trail, run books, progress.

    python floor.py URL DATABASE --since 2026-01-01T00:00:00 --until 2026-02-01T00:00:00
"""

import argparse
from datetime import UTC, datetime, time
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import zstandard

from connectors import registry
from connectors._kit.base import Wiring
from connectors._kit.guard import guarded_transport
from connectors.capabilities import Window
from model.store.bulk import column_names, key_positions
from model.store.database import Database
from model.store.landing import RAW
from model.store.order_rows import STATES, TABLES, Reading, RowBatch
from model.tables import Base
from operations.lookahead import lookahead
from operations.read_pages import in_batches

ACCOUNT, MOMENT = "woo-shop", datetime(2026, 2, 1, tzinfo=UTC)
KEPT = {RAW, STATES}  # never overwritten: a payload is named by its bytes, a state belongs to the hub


class Unsealed:
    """Stands where the sealer stands, and seals nothing."""

    def seal(self, plain, *, key_id, place):
        return plain

    def index(self, kind, text):
        return None

    def digest(self, plain):
        return "0" * 32


def rows_of(connector, pages):
    """Rows by table, a batch of payloads at a time, one row per key."""
    read, compress = connector.kinds["order"].read, zstandard.ZstdCompressor(level=1).compress
    reading = Reading(ACCOUNT, ZoneInfo("Europe/Berlin"), time(0), MOMENT, "floor", "1", MOMENT, "none", Unsealed(), "orders")
    for page in pages:
        batch, raws = RowBatch(), []
        for slice_ in page.slices:
            raw_id, order = blake2b(slice_, digest_size=16).hexdigest(), read(slice_, {})
            body = compress(slice_)
            raws.append((raw_id, ACCOUNT, page.kind, order.external_id, "current", "1", reading.moment, "floor", 0, len(slice_), body, "none"))
            batch.add_order(order, reading, raw_id, 1)
        yield {table: list({tuple(row[i] for i in key_positions(table)): row for row in rows}.values())
               for table, rows in ((RAW, raws), *((table, batch.rows[table]) for table in TABLES))}


def pages_between(connector, since, until):
    """The pages of the windows that Entrepot would cut."""
    while since < until:
        window = Window(since, min(since + connector.order_stream.longest, until))
        yield from connector.fetch_orders(window, None)
        since = window.end


def upsert_of(table, source):
    names, keys = column_names(table), [column_names(table)[i] for i in key_positions(table)]
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    return (f"INSERT INTO {table.name} ({', '.join(names)}) {source} ON CONFLICT ({', '.join(keys)}) DO "
            + ("NOTHING" if table in KEPT or not sets else f"UPDATE SET {sets}"))


def copy_rows(driver, table, rows):
    names = ", ".join(column_names(table))
    with driver.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS stage_{table.name} (LIKE {table.name}) ON COMMIT DELETE ROWS")
        with cursor.copy(f"COPY stage_{table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(upsert_of(table, f"SELECT {names} FROM stage_{table.name}"))


def insert_rows(driver, table, rows):
    driver.executemany(upsert_of(table, f"VALUES ({', '.join('?' * len(column_names(table)))})"), rows)


def parents(database):
    """Tables where there are none, and the rows that foreign keys point at."""
    Base.metadata.create_all(database.engine)
    blob = r"'\x00'" if database.is_postgres else "x'00'"
    with database.write() as connection:
        for table, names, values in (
            ("channel_account", "id, connector, entity_id, first_seen_at", f"'{ACCOUNT}', 'woocommerce', 'main', '2026-02-01'"),
            ("data_key", "id, wrapped, master_id, created_at", f"'none', {blob}, 'none', '2026-02-01'"),
        ):
            connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({values}) ON CONFLICT DO NOTHING")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url"), parser.add_argument("database"), parser.add_argument("--since"), parser.add_argument("--until")
    asked = parser.parse_args()
    database = Database(asked.database)
    parents(database)
    settings = {"url": asked.url, "consumer_key": "ck_street", "consumer_secret": "cs_street"}
    connector = registry.connect("woocommerce", settings, Wiring(guarded_transport((urlsplit(asked.url).netloc,))))
    since, until = (datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (asked.since, asked.until))
    write, count = (copy_rows if database.is_postgres else insert_rows), 0
    for tables in lookahead(rows_of(connector, lookahead(in_batches(pages_between(connector, since, until))))):
        with database.write() as connection:
            driver = connection.connection.driver_connection
            for table, rows in tables.items():
                if rows:
                    write(driver, table, rows)
        count += len(tables[RAW])
    print(f"{count} payloads")


if __name__ == "__main__":
    main()
