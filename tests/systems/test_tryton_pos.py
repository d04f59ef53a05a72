"""Sales at the tills of a real Tryton 8.2 on PostgreSQL: each is read once it is done, and sums to what Tryton itself booked."""

import random
import time
from collections import Counter
from datetime import timedelta

import pytest

from connectors.capabilities import Record, Window
from connectors.tryton_pos.connector import TrytonPos
from model.errors import AuthError, ConfigError
from model.records.days import ListedOrder
from model.records.order import Order
from model.records.shipment import Return
from model.values.money import minor_units
from tests.systems.booking import Losing
from tests.systems.tryton_tills import NET_TILL, PAYMENT, SALE, Sold, Tills, records

CODES = ("MUG-S", "MUG-L", "ENGRAVE", "CLAY-KG", "STICKER", "Postcard")


def order(found: dict[str, Record], sale: int) -> Order:
    record = found[str(sale)]
    assert isinstance(record, Order)
    return record


def listed_as(sale: Order) -> ListedOrder:
    """The order as a list of its day should tell it, with what was given back for goods in it."""
    refunds = [*sale.refunds, *(refund for back in sale.returns for refund in back.refunds)]
    back = sum(refund.amount_minor for refund in refunds)
    return ListedOrder(sale.external_id, sale.placed_at, sale.currency, sale.total_minor, back, len(refunds))


def worth(record: Record) -> Counter[str]:
    """Net and tax of what a record tells, goods that came back taken off."""
    sums = Counter[str]()
    if isinstance(record, Order):
        sums.update(net=record.total_minor - record.tax_minor, tax=record.tax_minor)
    for back in (record,) if isinstance(record, Return) else record.returns if isinstance(record, Order) else ():
        sums.update(net=-sum(line.amount_minor for line in back.lines), tax=-sum(line.tax_minor for line in back.lines))
    return sums


def all_of(records_read: dict[str, Record]) -> Counter[str]:
    total = Counter[str]()
    for record in records_read.values():
        total.update(worth(record))
    return total


def test_random_sales_sum_to_what_tryton_books_and_what_its_till_took(tills: Tills) -> None:
    chance = random.Random(5)  # noqa: S311  nothing secret
    connector = tills.pos(batch=7)
    start = connector.identify().now
    before = tills.trial_balance()
    sales: list[int] = []
    for _ in range(30):
        sold: list[Sold] = [(code, str(chance.choice((1, 2, 3, -1)))) for code in chance.sample(CODES, k=chance.randint(1, 3))]
        sold = [(code, f"{quantity}.37" if code == "CLAY-KG" else quantity) for code, quantity in sold]
        sales.append(tills.sell(*sold, till=chance.choice((1, NET_TILL))))
    tills.as_clerk(f"{SALE}.post", sales)

    found = records(connector, Window(start, connector.identify().now + timedelta(seconds=2)))

    assert found.keys() == {str(sale) for sale in sales}
    after = tills.trial_balance()
    moved = {code: minor_units(after[code], "EUR") - minor_units(before[code], "EUR") for code in ("4010", "2300", "1000")}
    told = all_of(found)
    assert (-moved["4010"], -moved["2300"]) == (told["net"], told["tax"])
    assert moved["1000"] == told["net"] + told["tax"]


def test_a_sale_is_read_from_when_it_is_done_and_not_while_it_is_rung_up(tills: Tills) -> None:
    connector = tills.pos()
    sale = tills.ring_up(("MUG-S", "1"))
    assert str(sale) not in records(connector)
    assert connector.fetch_orders_by_id([str(sale)]).gone == ()

    tills.pay(sale, "Cash", "11.90")
    tills.as_clerk(f"{SALE}.process", [sale])

    assert order(records(connector), sale).payment_state == "paid"


def test_what_is_thrown_away_is_gone_and_what_never_was_is_too(tills: Tills) -> None:
    sale = tills.ring_up(("MUG-S", "1"))
    tills.as_clerk(f"{SALE}.delete", [sale])

    assert tills.pos().fetch_orders_by_id([str(sale), "999999999", "K1-1", "-3"]).gone == (str(sale), "999999999")


def test_change_is_taken_off_its_means_and_cash_back_on_a_card_is_a_refund(tills: Tills) -> None:
    changed = tills.sell(("MUG-L", "1"), paid=[("Cash", "50"), ("Cash", "-35.72")])
    drawn = tills.sell(("MUG-L", "1"), paid=[("Terminal", "20"), ("Cash", "-5.72")])

    found = records(tills.pos())

    assert [(each.gateway, each.amount_minor) for each in order(found, changed).payments] == [("Cash", 1428)]
    assert [(each.gateway, each.amount_minor) for each in order(found, drawn).payments] == [("Terminal", 2000)]
    assert [each.amount_minor for each in order(found, drawn).refunds] == [572]


def test_a_return_is_a_return_and_an_exchange_an_order_with_one(tills: Tills) -> None:
    back, swapped = tills.sell(("MUG-S", "-1")), tills.sell(("MUG-L", "1"), ("MUG-S", "-1"))

    found = records(tills.pos())

    record = found[str(back)]
    assert isinstance(record, Return)
    assert ([(line.sku, line.quantity) for line in record.lines], record.refunds[0].amount_minor) == ([("MUG-S", 1000)], 1190)
    exchange = order(found, swapped)
    assert (exchange.total_minor, exchange.payments[0].amount_minor, exchange.returns[0].lines[0].sku) == (1428, 238, "MUG-S")


def test_a_listed_day_tells_what_the_sales_tell_and_no_returns(tills: Tills) -> None:
    connector = tills.pos(batch=2)
    time.sleep(1)
    start = connector.identify().now
    tills.ring_up(("MUG-S", "1"))
    tills.sell(("MUG-S", "-1"))
    kept = [
        tills.sell(("MUG-S", "2"), ("CLAY-KG", "1.37"), till=NET_TILL),
        tills.sell(("MUG-L", "1"), paid=[("Cash", "50"), ("Cash", "-35.72")]),
        tills.sell(("MUG-L", "1"), paid=[("Terminal", "20"), ("Cash", "-5.72")]),
        tills.sell(("MUG-L", "1"), ("MUG-S", "-1")),
        tills.sell(("STICKER", "1"), ("CLAY-KG", "-0.37"), till=NET_TILL),
    ]
    time.sleep(1)
    day = Window(start, connector.identify().now + timedelta(seconds=1))

    listed = {each.external_id: each for page in connector.list_day(day) for each in page}

    found = records(connector, day)
    assert listed == {str(sale): listed_as(order(found, sale)) for sale in kept}
    assert [listed[str(sale)].refunded_minor for sale in kept[:4]] == [0, 0, 572, 0]


def test_a_correction_that_does_not_move_the_sales_own_time_is_read(tills: Tills) -> None:
    connector = tills.pos()
    sale = tills.sell(("MUG-S", "1"))
    tills.as_clerk(f"{SALE}.open", [sale])
    told = order(records(connector), sale)
    assert (told.fulfilment_state, told.source_status[0]) == ("on_hold", ("sale", "open"))
    time.sleep(2)
    start, changed = connector.identify().now, tills.shown(sale)["write_date"]

    tills.pay(sale, "Cash", "3.00")

    again = order(records(connector, Window(start, connector.identify().now + timedelta(seconds=2))), sale)
    assert tills.shown(sale)["write_date"] == changed
    assert again.source_version > told.source_version
    assert again.payments[0].amount_minor == 1490


def test_a_sale_that_is_cancelled_after_all_is_void(tills: Tills) -> None:
    sale = tills.sell(("MUG-S", "2"))
    tills.as_clerk(f"{SALE}.open", [sale])
    payments = tills.as_clerk(f"{PAYMENT}.search", [["sale", "=", sale]], 0, None, None)
    tills.as_clerk(f"{PAYMENT}.delete", payments)
    tills.as_clerk(f"{SALE}.cancel", [sale])

    told = order(records(tills.pos()), sale)

    assert (told.payment_state, told.total_minor, told.payments) == ("voided", 2380, ())
    assert told.cancelled_at is not None


def test_many_sales_of_one_instant_are_read_in_small_pages_and_counted(tills: Tills) -> None:
    start = tills.pos().identify().now
    sales = {tills.sell(("STICKER", "1")) for _ in range(9)}
    tills.as_clerk(f"{SALE}.post", sorted(sales))  # one transaction, so one time of change
    connector = tills.pos(batch=2)
    window = Window(start, connector.identify().now + timedelta(seconds=2))

    pages = list(connector.fetch_orders(window, None))
    rest = [raw for page in connector.fetch_orders(window, pages[1].resume) for raw in page.slices]

    assert {connector.external_id_in(raw) for page in pages for raw in page.slices} >= {str(sale) for sale in sales}
    assert max(len(page.slices) for page in pages) == 2
    assert sorted(rest) == sorted(raw for page in pages[2:] for raw in page.slices)
    assert connector.count_orders(window) == sum(len(page.slices) for page in pages)


def test_every_fifth_answer_may_be_lost_and_sessions_may_end(tills: Tills) -> None:
    chance = random.Random(11)  # noqa: S311  nothing secret
    sale = tills.sell(("MUG-S", "1"))
    connector = tills.pos(Losing(lambda _body: chance.randrange(5) == 0), batch=1)
    records(connector)
    tills.end_sessions()

    assert str(sale) in records(connector)


def test_listings_are_what_may_be_sold_under_the_ids_that_lines_name(tills: Tills) -> None:
    connector = tills.pos(batch=2)
    sale = tills.sell(("MUG-S", "1"), ("Postcard", "2"))

    listed = [connector.read_listing(raw) for page in connector.fetch_listings(None) for raw in page.slices]

    assert {each.sku for each in listed} == {"MUG-S", "MUG-L", "ENGRAVE", "CLAY-KG", "STICKER", None}
    assert {each.kind for each in listed if each.sku == "ENGRAVE"} == {"service"}
    lines = order(records(connector), sale).lines
    assert {line.variant_external_id for line in lines} <= {each.external_id for each in listed}


def test_wrong_passwords_missing_rights_and_strange_companies_are_told_apart(tills: Tills) -> None:
    with pytest.raises(AuthError):
        tills.pos(password="never-so-right").identify()
    with pytest.raises(ConfigError, match=r"settings\.company"):
        tills.pos(company="Nobody Ltd").identify()
    with pytest.raises(ConfigError, match="group POS"):
        _fetched(tills.pos(user="visitor"))

    assert tills.pos().identify().title == "Rosenhof GmbH"
    assert tills.pos().identify().fingerprint == tills.pos().identify().fingerprint


def test_the_hubs_user_reads_tills_and_can_change_nothing(tills: Tills) -> None:
    sale = tills.sell(("MUG-S", "1"))

    assert str(sale) in records(tills.pos())
    with pytest.raises(AssertionError, match="not allowed"):
        tills.call(f"{SALE}.open", [sale], user="till")
    with pytest.raises(AssertionError, match="not allowed"):
        tills.call(f"{PAYMENT}.delete", [1], user="till")


def test_the_databases_clock_and_the_servers_agree(tills: Tills) -> None:
    before = tills.pos().identify().now

    sale = tills.sell(("MUG-S", "1"))
    told = order(records(tills.pos()), sale)

    assert before <= told.placed_at <= told.updated_at < tills.pos().identify().now + timedelta(seconds=1)


def test_a_level_set_by_a_stocktake_before_sales_are_posted_is_short_by_them(tills: Tills) -> None:
    """Why no stock is set: Tryton's levels do not know what was sold and is not posted yet."""
    sale = tills.sell(("MUG-L", "2"))
    product, [place] = tills.products()["MUG-L"]["id"], tills.as_clerk("model.stock.location.search", [["code", "=", "STO"]], 0, None, None)
    line = {"product": product, "quantity": 10.0}
    [taken] = tills.as_clerk("model.stock.inventory.create", [{"location": place, "company": 1, "lines": [["create", [line]]]}])
    tills.as_clerk("model.stock.inventory.confirm", [taken])
    assert _level(tills, product, place) == 10

    tills.as_clerk(f"{SALE}.post", [sale])

    assert _level(tills, product, place) == 8


def test_goods_by_weight_come_to_what_tryton_rounds_them_to(tills: Tills) -> None:
    """Tryton keeps prices with four places; what they come to is rounded once for each line, as Tryton does."""
    sale = tills.ring_up(("CLAY-KG", "0.33"))
    tills.as_clerk(f"{SALE}.write", [sale], {"date": {"__class__": "date", "year": 2026, "month": 11, "day": 2}})
    tills.pay(sale, "Terminal", tills.shown(sale)["total"]["decimal"])
    tills.as_clerk(f"{SALE}.process", [sale])

    told = order(records(tills.pos()), sale)

    assert told.total_minor == minor_units(tills.shown(sale)["total"]["decimal"], "EUR") == 115
    assert told.tax_minor == minor_units(tills.shown(sale)["total_tax"]["decimal"], "EUR") == 18
    assert told.source_status[1] == ("date", "2026-11-02")


def _level(tills: Tills, product: int, place: int) -> float:
    [row] = tills.as_clerk("model.product.product.read", [product], ["quantity"], locations=[place])
    level: float = row["quantity"]
    return level


def _fetched(connector: TrytonPos) -> None:
    now = connector.identify().now
    list(connector.fetch_orders(Window(now - timedelta(days=1), now), None))
