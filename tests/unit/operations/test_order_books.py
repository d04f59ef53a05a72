"""Orders in the books: a liability at capture, revenue at shipment; an order that is done with leaves no deposit behind."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from model.records.order import Adjustment, Order
from model.records.payment import Refund, RefundLine
from model.records.settlement import Fee, Payout, SettlementLine
from model.records.shipment import Fulfilment, FulfilmentLine
from model.records.statement import StatementLine
from model.store.database import Database
from operations.books.deposits import open_deposits
from operations.masters.files import import_file
from operations.masters.kinds import KINDS
from operations.returns.arriving import HandReceipt, receive_by_hand
from operations.returns.opening import Asked, open_return
from operations.review_orders import review_orders
from tests.conftest import StillClock
from tests.orders import PLACED, at_version
from tests.unit.operations.book_desk import BookDesk
from tests.unit.operations.paper_desk import sold, told

VAT = Adjustment(kind="tax", title="VAT", amount_minor=333, rate="0.19")
PARCEL = Adjustment(kind="shipping", title="Parcel", amount_minor=500)
WELCOME = Adjustment(kind="discount", title="Welcome", amount_minor=100)
HAND = "1122.web.EUR"
TRANSIT = "1121.stripe.EUR"


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> BookDesk:
    return BookDesk(database, tmp_path, clock)


def given_back(order: Order, amount_minor: int, *lines: RefundLine, version: int = 9, shipping: int = 0, days: int = 1) -> Order:
    back = Refund(
        external_id=f"r{len(order.refunds) + 1}", order_external_id=order.external_id, status="succeeded", amount_minor=amount_minor,
        currency=order.currency, created_at=PLACED + timedelta(days=days), lines=lines, shipping_minor=shipping,
    )  # fmt: skip
    return at_version(replace(order, refunds=(*order.refunds, back)), version)


@pytest.mark.parametrize(
    ("chart", "ends"),
    [
        ("international", {"1010.bank.EUR": 10_500, "6600": 500, "6000": -10_000, "6010": -1000}),
        ("china", {"1002.bank.EUR": 10_500, "660301": 500, "600101": -10_000, "605101": -1000}),
    ],
)
def test_the_worked_example_ends_with_the_money_at_the_bank_and_nothing_in_between(
    database: Database, tmp_path: Path, clock: StillClock, chart: str, ends: dict[str, int]
) -> None:
    desk = BookDesk(database, tmp_path, clock, chart=chart)
    parcel = replace(PARCEL, amount_minor=1000)
    desk.ship(desk.take(told((sold("a", 10_000, 1),), parcel)))
    line = SettlementLine(
        external_id="ch_1", kind="charge", raw_kind="charge", gross_minor=11_000, net_minor=10_500, currency="EUR", occurred_at=PLACED,
        fees=(Fee(kind="processing", amount_minor=500),), payout_external_id="po_1", payment_reference="pay-1001",
    )  # fmt: skip
    sent = Payout(
        external_id="po_1", status="paid", amount_minor=10_500, currency="EUR", created_at=PLACED, arrival_on=date(2026, 3, 3),
        is_itemised=True, reference="PO1",
    )  # fmt: skip
    desk.settled(
        line, payouts=(sent,), bank=(StatementLine(external_id="b1", booked_on=date(2026, 3, 3), amount_minor=10_500, text="STRIPE PO1"),)
    )

    report = desk.post()

    assert (report.outcome, report.problems) == ("done", [])
    assert desk.stands() == ends


def test_shipments_over_two_months_take_the_deposit_down_to_nothing(desk: BookDesk) -> None:
    order_id = desk.take(told((sold("a", 1000, 3),), VAT, PARCEL, WELCOME))
    before = desk.post()
    whole = desk.stands()
    desk.ship(order_id, "1", pot="1")
    desk.post()
    first = desk.stands()
    desk.clock.move(days=40)
    desk.ship(order_id, "2", pot="2")
    report = desk.post()

    assert (before.problems, report.problems) == ([], [])
    assert whole == {TRANSIT: 1733, "2100": -1733}
    assert first == {TRANSIT: 1733, "2100": -1155, "2200": -111, "6000": -333, "6010": -167, "6040": 33}
    assert desk.stands() == {TRANSIT: 1733, "2200": -333, "6000": -1000, "6010": -500, "6040": 100}
    assert [voucher.period for voucher in desk.vouchers("shipment")] == ["2026-03", "2026-04"]
    assert desk.post().counts["vouchers"] == 0


def test_what_is_given_back_before_anything_left_is_taken_from_the_deposit(desk: BookDesk) -> None:
    order = told((sold("a", 1000, 2),), PARCEL)
    order_id = desk.take(order)
    desk.ship(order_id, "1", pot="1")
    cancelled = RefundLine(line_external_id="a", quantity=1000, amount_minor=500, tax_minor=0, restock="cancel")
    desk.trade.save("web", given_back(order, 500, cancelled))

    report = desk.post()

    assert report.problems == []
    assert desk.stands() == {TRANSIT: 1500, "2110.stripe.EUR": -500, "6000": -500, "6010": -500}
    assert desk.vouchers("credit") == []


def test_what_is_given_back_after_it_left_lowers_revenue_and_tax(desk: BookDesk) -> None:
    order = told((sold("a", 1000, 2, 190),), replace(VAT, amount_minor=190), PARCEL)
    desk.ship(desk.take(order))
    desk.post()
    desk.clock.move(days=40)
    line = RefundLine(line_external_id="a", quantity=1000, amount_minor=500, tax_minor=95, restock="return")
    desk.trade.save("web", given_back(order, 595 + 200, line, shipping=200, days=40))

    report = desk.post()

    assert report.problems == []
    assert desk.stands() == {TRANSIT: 1690, "2110.stripe.EUR": -795, "2200": -95, "6000": -1000, "6010": -300, "6050": 500}
    assert [voucher.period for voucher in desk.vouchers("credit")] == ["2026-04"]


def test_what_is_given_back_of_goods_that_leave_later_is_taken_back_on_the_day_they_do(desk: BookDesk) -> None:
    order = told((sold("a", 1000, 1),))
    order_id = desk.take(order)
    allowance = RefundLine(line_external_id="a", quantity=0, amount_minor=100, tax_minor=0)
    desk.trade.save("web", given_back(order, 100, allowance, days=0))
    desk.post()
    early = desk.stands()
    desk.clock.move(days=40)
    desk.ship(order_id)

    report = desk.post()

    assert report.problems == []
    assert early == {TRANSIT: 1000, "2100": -900, "2110.stripe.EUR": -100}
    assert desk.stands() == {TRANSIT: 1000, "2110.stripe.EUR": -100, "6000": -1000, "6050": 100}
    assert [voucher.happened_on for voucher in desk.vouchers("credit")] == [date(2026, 4, 11)]


def test_a_fee_kept_of_what_comes_back_is_other_income(desk: BookDesk) -> None:
    order = told((sold("a", 1000, 1),))
    desk.ship(desk.take(order))
    line = RefundLine(line_external_id="a", quantity=1000, amount_minor=1000, tax_minor=0, restock="return")
    desk.trade.save("web", given_back(order, 850, line))

    report = desk.post()

    assert report.problems == []
    assert desk.stands() == {TRANSIT: 1000, "2110.stripe.EUR": -850, "6000": -1000, "6030": -150, "6050": 1000}


def test_a_sale_over_the_counter_is_whole_on_one_day(desk: BookDesk) -> None:
    order = told((sold("a", 1000, 1, 190),), replace(VAT, amount_minor=190))
    paid = tuple(replace(each, gateway="cash") for each in order.payments)
    desk.trade.save("web", replace(order, fulfilment_state="fulfilled", closed_at=PLACED, payments=paid))

    desk.post()

    assert desk.stands() == {HAND: 1190, "2200": -190, "6000": -1000}
    assert {voucher.happened_on for voucher in desk.vouchers()} == {PLACED.date()}


def test_an_order_read_anew_is_reversed_and_posted_as_it_is_now(desk: BookDesk) -> None:
    order = told((sold("a", 1000, 2),))
    desk.ship(desk.take(order))
    desk.post()
    desk.trade.save("web", at_version(told((sold("a", 800, 2),)), 5))

    report = desk.post()

    assert (report.problems, report.counts["reversals"]) == ([], 2)
    assert desk.stands()["6000"] == -800
    assert desk.post().counts["vouchers"] == 0


def test_a_tax_that_does_not_add_up_is_held_by_name_and_comes_again_until_it_is_mended(desk: BookDesk) -> None:
    wrong = replace(VAT, amount_minor=100, line_external_id="a")
    desk.ship(desk.take(told((sold("a", 1000, 1, 190),), wrong)))
    first, second = desk.post(), desk.post()
    desk.trade.save("web", at_version(told((sold("a", 1000, 1, 100),), wrong), 5))

    mended = desk.post()

    assert first.problems == second.problems == ["order #1001: lines[a].tax: tax lines name 100, the line says 190 minor units"]
    assert mended.problems == []
    assert desk.stands() == {TRANSIT: 1100, "2200": -100, "6000": -1000}


def test_tax_lines_bear_the_platforms_own_name(desk: BookDesk) -> None:
    desk.ship(desk.take(told((sold("a", 1000, 1),), VAT)))

    desk.post()

    [voucher] = desk.vouchers("shipment")
    assert [(line.account, line.tax_code) for line in desk.tax_lines(voucher)] == [("2200", "VAT 0.19")]


def test_tax_that_a_marketplace_collects_comes_to_nothing_once_it_is_withheld(
    database: Database, tmp_path: Path, clock: StillClock
) -> None:
    desk = BookDesk(database, tmp_path, clock, {"marketplaces = []": 'marketplaces = ["web"]'})
    desk.ship(desk.take(told((sold("a", 1000, 1),), VAT)))
    withheld = SettlementLine(
        external_id="tax_1", kind="tax_withheld", raw_kind="tax", gross_minor=-333, net_minor=-333, currency="EUR", occurred_at=PLACED,
    )  # fmt: skip
    desk.settled(withheld)

    desk.post()

    assert desk.stands() == {"1120.stripe.EUR": -333, TRANSIT: 1333, "6000": -1000}


def test_a_customer_with_terms_owes_what_left_until_it_is_paid(desk: BookDesk, tmp_path: Path) -> None:
    sheet = tmp_path / "customers.csv"
    sheet.write_text("id,type,name,email,terms_days,credit_limit,currency\nC1,dealer,Ada Example,ada@example.com,30,500,EUR\n")
    import_file(desk.hub, KINDS["customers"], sheet)
    order = told((sold("a", 1000, 1),), payment_state="unpaid")
    desk.ship(desk.take(replace(order, payments=())))
    desk.post()
    owed = desk.stands()
    sheet.write_text("id,type,name,email,terms_days,credit_limit,currency\nC1,dealer,Ada Example,ada@example.com,,500,EUR\n")
    import_file(desk.hub, KINDS["customers"], sheet)
    desk.trade.save("web", at_version(replace(order, payment_state="paid"), 5))

    report = desk.post()

    assert report.problems == []
    assert owed == {"1150.web": 1000, "6000": -1000}
    assert desk.stands() == {TRANSIT: 1000, "6000": -1000}


def test_gift_cards_are_owed_until_somebody_pays_with_them(desk: BookDesk) -> None:
    card = replace(sold("a", 5000, 1), is_gift_card=True, requires_shipping=False)
    desk.trade.save("web", replace(told((card,)), fulfilment_state="fulfilled", closed_at=PLACED))
    desk.post()
    bought = desk.stands()
    later = told((sold("a", 1000, 1),), external_id="1002")
    by_card = tuple(replace(each, gateway="gift_card", method="gift_card") for each in later.payments)
    desk.ship(desk.take(replace(later, payments=by_card)))

    report = desk.post()

    assert report.problems == []
    assert bought == {TRANSIT: 5000, "2120": -5000}
    assert desk.stands() == {TRANSIT: 5000, "2120": -4000, "6000": -1000}


def test_an_order_in_another_currency_leaves_nothing_of_its_deposit_in_either(desk: BookDesk) -> None:
    order = told((sold("a", 1000, 3),), VAT, currency="USD")
    order_id = desk.take(replace(order, shop_currency="USD"))
    desk.rate("USD", {"2026-03-01": "0.90", "2026-03-02": "0.92", "2026-04-11": "0.9501"})
    desk.post()
    before = desk.stands(base=True)
    desk.ship(order_id, "1", pot="1")
    desk.post()
    [partly] = open_deposits(desk.hub)
    desk.clock.move(days=40)
    desk.ship(order_id, "2", pot="2")

    report = desk.post()

    assert report.problems == []
    assert before == {"1121.stripe.USD": 1200, "2100": -1200}
    assert (partly["currency"], partly["amount_minor"], partly["order"]) == ("USD", 889, "#1001")
    assert open_deposits(desk.hub) == []
    worth = desk.stands(base=True)
    assert "2100" not in worth
    assert (worth["1121.stripe.USD"], worth["7900"]) == (1200, 53)
    assert desk.post().counts["vouchers"] == 0


def test_goods_are_booked_at_what_they_cost_on_the_day_they_left(database: Database, tmp_path: Path, clock: StillClock) -> None:
    desk = BookDesk(database, tmp_path, clock, {'costs = ""': 'costs = "cost"'})
    desk.cost("pot,2026-01-01,EUR,2.50", "pot,2026-04-01,EUR,3.00")
    order_id = desk.take(told((sold("a", 3000, 3),)))
    desk.ship(order_id, "1", pot="2")
    desk.post()
    desk.clock.move(days=40)
    desk.ship(order_id, "2", pot="1")

    report = desk.post()

    assert report.problems == []
    assert [desk.lines_of(each) for each in desk.vouchers("cost")] == [{"6500": 500, "1400": -500}, {"6500": 300, "1400": -300}]


def test_goods_without_a_cost_are_held_by_name_while_their_revenue_is_booked(database: Database, tmp_path: Path, clock: StillClock) -> None:
    desk = BookDesk(database, tmp_path, clock, {'costs = ""': 'costs = "cost"'})
    desk.ship(desk.take(told((sold("a", 1000, 1),))))
    first = desk.post()
    revenue = desk.stands()
    desk.cost("pot,2026-01-01,EUR,2.50")

    second = desk.post()

    assert first.problems == ["order #1001: shipment 1: SKU pot has no unit cost for 2026-03-02; import one for price list 'cost'"]
    assert revenue == {TRANSIT: 1000, "6000": -1000}
    assert second.problems == []
    assert desk.stands() == {TRANSIT: 1000, "1400": -250, "6000": -1000, "6500": 250}


def test_what_comes_back_is_inventory_again_at_what_it_cost_then_or_a_loss(database: Database, tmp_path: Path, clock: StillClock) -> None:
    desk = BookDesk(database, tmp_path, clock, {'costs = ""': 'costs = "cost"'})
    desk.cost("pot,2026-01-01,EUR,2.50", "pot,2026-03-05,EUR,9.00")
    order_id = desk.take(told((sold("a", 3000, 3),)))
    desk.ship(order_id)
    desk.clock.move(days=10)
    reference = open_return(desk.hub, order_id, Asked())
    receive_by_hand(desk.hub, reference, HandReceipt(quantities={"pot": "2"}, condition="sellable"))
    desk.post()
    sellable = desk.stands()
    receive_by_hand(desk.hub, reference, HandReceipt(parcel="2", quantities={"pot": "1"}, condition="damaged"))

    report = desk.post()

    assert report.problems == []
    assert (sellable["1400"], sellable["6500"]) == (-250, 250)
    assert {code: minor for code, minor in desk.stands().items() if code[:2] in ("14", "65")} == {"1400": -250, "6510": 250}


def test_open_deposits_are_told_by_order_and_sum_to_what_the_account_stands_at(desk: BookDesk) -> None:
    first = desk.take(told((sold("a", 1000, 2),)))
    desk.take(told((sold("a", 700, 1),), external_id="1002"))
    desk.ship(desk.take(told((sold("a", 300, 1),), external_id="1003")))
    desk.ship(first, "1", pot="1")
    desk.post()

    rows = open_deposits(desk.hub)

    told_rows = [(row["order"], row["channel"], row["amount_minor"], row["since"], row["age"]) for row in rows]
    assert told_rows == [("#1001", "web", 500, PLACED.date(), 1), ("#1002", "web", 700, PLACED.date(), 1)]
    assert {row["why"] for row in rows} == {"paid, and not all has left"}
    assert sum(row["amount_minor"] for row in rows) == -desk.stands()["2100"]
    assert open_deposits(desk.hub, until=PLACED.date() - timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"payments": (), "payment_state": "unpaid"}, "left, and not paid"),
        ({"payments": "twice"}, "paid more than what left"),
        ({"payments": "half"}, "more left, or was given back, than was paid"),
    ],
)
def test_an_open_deposit_says_what_keeps_it_open(desk: BookDesk, changed: dict[str, Any], why: str) -> None:
    order = told((sold("a", 1000, 1),))
    desk.ship(desk.take(order))
    [paid] = order.payments
    if changed["payments"]:
        factor = {"twice": 2000, "half": 500}[changed["payments"]]
        changed = {"payments": (replace(paid, amount_minor=factor),)}
    desk.trade.save("web", at_version(replace(order, **changed), 5))
    review_orders(desk.hub)
    desk.post()

    assert [row["why"] for row in open_deposits(desk.hub)] == [why]


def test_what_was_paid_and_cancelled_waits_to_be_given_back(desk: BookDesk) -> None:
    order = told((sold("a", 1000, 1),))
    desk.take(order)
    desk.trade.save("web", at_version(replace(order, cancelled_at=PLACED), 5))
    desk.post()

    assert [row["why"] for row in open_deposits(desk.hub)] == ["paid, cancelled, and not given back"]


def test_deposits_before_the_first_shipment_are_whole_on_an_earlier_day(desk: BookDesk) -> None:
    desk.ship(desk.take(told((sold("a", 1000, 1),))))
    desk.post()

    assert [row["amount_minor"] for row in open_deposits(desk.hub, until=PLACED.date())] == [1000]
    assert open_deposits(desk.hub) == []


def test_what_was_handed_over_whole_and_is_told_as_a_shipment_later_is_revenue_once(desk: BookDesk) -> None:
    order = replace(told((sold("a", 1000, 1),)), fulfilment_state="fulfilled", closed_at=PLACED)
    desk.trade.save("web", order)
    desk.post()
    parcel = Fulfilment(external_id="f1", status="shipped", created_at=PLACED, lines=(FulfilmentLine(line_external_id="a", quantity=1000),))
    desk.trade.save("web", at_version(replace(order, fulfilments=(parcel,)), 5))
    report = desk.post()
    stands = desk.stands()
    desk.trade.save("web", at_version(replace(order, fulfilment_state="unfulfilled", closed_at=None, fulfilments=()), 9))
    taken_back = desk.post()

    assert (report.problems, report.counts["reversals"], stands) == ([], 1, {TRANSIT: 1000, "6000": -1000})
    assert (taken_back.problems, taken_back.counts["reversals"]) == ([], 1)
    assert desk.stands() == {TRANSIT: 1000, "2100": -1000}
    assert desk.post().counts["vouchers"] == 0
