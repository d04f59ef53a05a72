"""One stock behind several shops: every code that all of them list, mapped and laid in."""

from collections import Counter
from datetime import datetime

from sqlalchemy import insert, select

from model.store.bulk import insert_rows
from model.store.catalogue import LISTINGS, SKU_MAP
from model.store.database import Database
from model.store.runs import meet_actor
from model.store.stock_levels import Move, move
from model.tables.catalogue import SkuRow
from model.values.ids import derive_id
from model.values.instant import iso
from operations.runtime.hub_file import HubFile
from operations.stock_policy import meet_locations


def lay_in_common(database: Database, file: HubFile, units: int, at: datetime, most: int | None = None) -> list[str]:
    """Sell the codes that every channel lists once (the first so many of them) from one stock of so many units each; gives the codes."""
    with database.write() as c:
        meet_locations(c, file, at=at)
        meet_actor(c, "me", "Me", at=at)
        is_sold = (LISTINGS.c.is_tracked, LISTINGS.c.kind == "goods", LISTINGS.c.channel_sku.is_not(None))
        rows = c.execute(select(LISTINGS).where(*is_sold)).all()
        places = Counter((row.channel_sku, row.account_id) for row in rows)
        per_sku = Counter(sku for (sku, _), count in places.items() if count == 1)
        codes = sorted(sku for sku, count in per_sku.items() if count == len(file.channels))[:most]
        sku = {"unit": "piece", "is_tracked": True, "is_active": True, "changed_at": at}
        c.execute(insert(SkuRow), [{"code": code, "title": code, **sku} for code in codes])
        mapped = [
            (row.id, row.account_id, row.external_id, row.channel_sku, 1000, "me", iso(at)) for row in rows if row.channel_sku in codes
        ]
        insert_rows(c, SKU_MAP, mapped)
        arrivals = [
            Move(id=derive_id(code), sku=code, location="main", kind="receipt", on_hand=units * 1000, reference="t") for code in codes
        ]
        move(c, arrivals, at=at, actor_id="me")
    return codes
