"""Papers for people who pick and pack: one list per location, one slip per fulfilment order, as HTML that prints well."""

from collections import defaultdict
from collections.abc import Iterable
from html import escape

from sqlalchemy import Connection, select

from model.errors import ConfigError
from model.records.order import Party
from model.store import fulfilments, runs
from model.store.audit_trail import append
from model.store.bulk import among
from model.store.catalogue import SKUS
from model.store.fulfilments import ASKED, FULFILMENT_ORDERS
from model.store.order_rows import ORDERS
from model.values.quantity import decimal_quantity
from operations.review_batch import find_candidates, open_office
from operations.runtime.hub import Hub

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 12pt/1.4 sans-serif; margin: 2em; }} h1 {{ font-size: 1.4em; }} p {{ white-space: pre-line; }}
table {{ border-collapse: collapse; width: 100%; }} th, td {{ border-bottom: 1px solid #999; padding: .3em .5em; text-align: left; }}
td.n, th.n {{ text-align: right; }} tr {{ break-inside: avoid; }} thead {{ display: table-header-group; }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""
_TO_PICK = ("released", "accepted", "part_shipped")


def picking_list(hub: Hub, location: str) -> tuple[int, str]:
    """How many fulfilment orders our people have to pick at a location, and the page that says what, SKU by SKU."""
    if location not in {each.id for each in hub.file.locations}:
        raise ConfigError(f"location {location!r}: is not under [[locations]] in {hub.file.path.name}")
    f, a = FULFILMENT_ORDERS.c, ASKED.c
    query = (
        select(a.sku, f.reference, f.is_urgent, f.ship_by, (a.released - a.shipped - a.given_up).label("rest"))
        .join(FULFILMENT_ORDERS, f.id == a.fulfilment_order_id)
        .where(f.location_id == location, f.partner_id.is_(None), f.state.in_(_TO_PICK), a.released > a.shipped + a.given_up)
        .order_by(a.sku, f.is_urgent.desc(), f.ship_by, f.reference)
    )
    with hub.database.read() as connection:
        rows = connection.execute(query).all()
        titles = _titles(connection, {row.sku for row in rows})
    sums: defaultdict[str, int] = defaultdict(int)
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        sums[row.sku] += row.rest
        urgent = " (urgent)" if row.is_urgent else ""
        wanted[row.sku].append(f"{row.reference}{urgent}: {decimal_quantity(row.rest)} by {row.ship_by}")
    lines = [(sku, titles.get(sku, ""), decimal_quantity(total), "\n".join(wanted[sku])) for sku, total in sums.items()]
    title = f"Picking list {location}, {hub.clock.now():%Y-%m-%d %H:%M} UTC"
    return len({row.reference for row in rows}), _page(title, _table(("SKU", "Title", "Quantity", "For"), lines))


def packing_slip(hub: Hub, reference: str) -> str:
    """The page that goes into the parcel: where to, what for, and what is in it."""
    office, at = open_office(hub), hub.clock.now()

    def work(connection: Connection) -> str:
        asked = fulfilments.named(connection, reference)
        if asked is None:
            raise ConfigError(f"fulfilment order {reference!r}: is not known; `entrepot fulfilment list` shows those under way")
        [candidate] = find_candidates(connection, [asked.order_id], office)
        number = connection.execute(select(ORDERS.c.number).where(ORDERS.c.id == asked.order_id)).scalar_one()
        lines = [row for row in fulfilments.asked_of(connection, asked.id) if row.released > row.given_up]
        titles = _titles(connection, {row.sku for row in lines})
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        append(connection, hub.actor, "fulfilment slip", reference, {"order": asked.order_id}, at=at)
        table = _table(
            ("SKU", "Title", "Quantity"),
            [(row.sku, titles.get(row.sku, ""), decimal_quantity(row.released - row.given_up)) for row in lines],
        )
        note = f"<p><strong>Note of the buyer:</strong> {escape(candidate.note)}</p>\n" if candidate.note else ""
        return _page(f"Order {number}", f"<p>{_address(candidate.facts.shipping)}</p>\n{note}{table}\n<p>{escape(reference)}</p>")

    return hub.database.run(work)


def _titles(connection: Connection, skus: set[str]) -> dict[str, str]:
    c = SKUS.c
    return dict(connection.execute(select(c.code, c.title).where(among(connection, c.code, sorted(skus)))).tuples().all())


def _address(party: Party | None) -> str:
    if party is None:
        return "To be collected"
    place = " ".join(each for each in (party.postcode, party.city) if each)
    told = (party.company, party.name, *party.street, place, party.region, party.country)
    return "\n".join(escape(each) for each in told if each)


def _table(names: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    def cells(texts: Iterable[str], tag: str) -> str:
        kinds = [' class="n"' if place == 2 else "" for place in range(9)]  # noqa: PLR2004  quantities stand third
        return "".join(f"<{tag}{kind}>{escape(text)}</{tag}>" for text, kind in zip(texts, kinds, strict=False))

    body = "\n".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table>\n<thead><tr>{cells(names, 'th')}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _page(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=body)
