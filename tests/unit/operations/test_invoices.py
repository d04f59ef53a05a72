"""What left is invoiced once, with numbers that have no gap; what was given back is credited; nothing issued changes."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from model.errors import ConfigError
from model.records.order import Adjustment, Order
from model.records.payment import Refund, RefundLine
from model.store.database import Database
from model.store.papers import CREDITS, PAPER_LINES, PAPERS, SERIES
from model.tables.audit import DataKeyRow
from operations.papers.correcting import correct_invoice, settle_refund
from operations.papers.issue import issue_papers
from operations.papers.showing import shown_paper
from tests.conftest import StillClock
from tests.orders import PLACED, at_version
from tests.unit.operations.paper_desk import INVOICES, PaperDesk, issuing_file, sold, told

VAT = Adjustment(kind="tax", title="VAT", amount_minor=333, rate="0.19")
PARCEL = Adjustment(kind="shipping", title="Parcel", amount_minor=500)
WELCOME = Adjustment(kind="discount", title="Welcome", amount_minor=100)


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> PaperDesk:
    return PaperDesk(database, tmp_path, clock)


def test_each_shipment_is_invoiced_once_and_the_last_takes_the_exact_rest(desk: PaperDesk) -> None:
    order_id = desk.take(told((sold("a", 1000, 3),), VAT, PARCEL, WELCOME))
    desk.ship(order_id, "1", pot="1")
    first = desk.issue()
    desk.ship(order_id, "2", pot="2")

    second, third = desk.issue(), desk.issue()

    assert [each.counts["invoices"] for each in (first, second, third)] == [1, 1, 0]
    assert [each.problems for each in (first, second)] == [[], []]
    one, two = desk.papers()
    assert (one.reference, two.reference) == ("INV-2026-000001", "INV-2026-000002")
    assert one.total_minor + two.total_minor == 1000 + 333 + 500 - 100
    assert one.tax_minor + two.tax_minor == 333
    assert [each[:2] for each in desk.lines(one)] == [("line:a", 1000), ("shipping:1", 1000)]
    assert [each[1:4] for each in desk.lines(two)] == [(2000, 667, 67), (1000, 333, 0)]


@pytest.mark.parametrize(("currency", "total", "tax"), [("JPY", 1000, 91), ("EUR", 1000, 159), ("KWD", 10001, 17)])
def test_shipments_of_an_order_sum_to_it_in_any_currency(desk: PaperDesk, currency: str, total: int, tax: int) -> None:
    told_tax = Adjustment(kind="tax", title="Tax", amount_minor=tax)
    order = told((sold("a", total, 7, tax),), told_tax, currency=currency)
    order_id = desk.take(replace(order, shop_currency=currency))
    for parcel in range(7):
        desk.ship(order_id, str(parcel), pot="1")
        desk.issue()

    papers = desk.papers()

    assert (len(papers), {paper.currency for paper in papers}) == (7, {currency})
    assert (sum(paper.net_minor for paper in papers), sum(paper.tax_minor for paper in papers)) == (total, tax)


def test_a_channel_that_hands_over_at_once_is_invoiced_whole(desk: PaperDesk) -> None:
    desk.trade.save("web", replace(told((sold("a", 1000, 1, 190),), replace(VAT, amount_minor=190)), fulfilment_state="fulfilled"))

    desk.issue()

    [paper] = desk.papers()
    assert (paper.source, paper.net_minor, paper.tax_minor, paper.total_minor) == ("order", 1000, 190, 1190)


def test_tax_is_what_the_platform_says_line_by_line_and_the_rest_is_that_of_shipping(desk: PaperDesk) -> None:
    taxes = (
        Adjustment(kind="tax", title="VAT", amount_minor=190, rate="0.19", line_external_id="a"),
        Adjustment(kind="tax", title="VAT low", amount_minor=70, rate="0.07", line_external_id="b"),
        Adjustment(kind="tax", title="VAT", amount_minor=95, rate="0.19"),
    )
    lines = (sold("a", 1000, 1, 190), sold("b", 1000, 1, 70, "cup"))
    order_id = desk.take(told(lines, *taxes, PARCEL))
    desk.ship(order_id)

    desk.issue()

    [paper] = desk.papers()
    assert desk.lines(paper) == [("line:a", 1000, 1000, 0, 190), ("line:b", 1000, 1000, 0, 70), ("shipping:3", 1000, 500, 0, 95)]


def test_a_tax_that_does_not_add_up_is_named_and_the_others_go_on(desk: PaperDesk) -> None:
    wrong = replace(VAT, amount_minor=100, line_external_id="a")
    for name, tax in (("1", 190), ("2", 100)):
        order_id = desk.take(told((sold("a", 1000, 1, tax),), wrong, external_id=name))
        desk.ship(order_id)

    report = desk.issue()

    assert report.problems == ["order #1: lines[a].tax: tax lines name 100, the line says 190 minor units"]
    assert [paper.order_number for paper in desk.papers()] == ["#2"]


def test_a_refund_of_what_was_invoiced_is_credited_once(desk: PaperDesk) -> None:
    order = told((sold("a", 1000, 2, 190),), replace(VAT, amount_minor=190))
    order_id = desk.take(order)
    desk.ship(order_id)
    desk.issue()
    desk.trade.save("web", given_back(order, 595, RefundLine(line_external_id="a", quantity=1000, amount_minor=500, tax_minor=95)))

    first, second = desk.issue(), desk.issue()

    assert (first.counts["credit_notes"], second.counts["credit_notes"], first.problems) == (1, 0, [])
    invoice, note = desk.papers()
    assert (note.reference, note.net_minor, note.tax_minor, note.total_minor) == ("CN-2026-000001", 500, 95, 595)
    assert desk.trade.store.rows(CREDITS) == [{"paper_id": note.id, "invoice_id": invoice.id}]


def test_goods_that_never_left_are_neither_invoiced_nor_credited(desk: PaperDesk) -> None:
    order = told((sold("a", 1000, 2),), PARCEL)
    order_id = desk.take(order)
    desk.ship(order_id, "1", pot="1")
    cancelled = RefundLine(line_external_id="a", quantity=1000, amount_minor=500, tax_minor=0, restock="cancel")
    desk.trade.save("web", given_back(order, 500, cancelled))

    report = desk.issue()

    [paper] = desk.papers()
    assert report.problems == []
    assert desk.lines(paper) == [("line:a", 1000, 500, 0, 0), ("shipping:0", 1000, 500, 0, 0)]


def test_a_refund_of_all_that_is_invoiced_takes_back_every_line_with_its_tax(desk: PaperDesk) -> None:
    order = told((sold("a", 1000, 2),), VAT, PARCEL, WELCOME)
    desk.ship(desk.take(order))
    desk.issue()
    desk.trade.save("web", given_back(order, order.total_minor))

    desk.issue()

    invoice, note = desk.papers()
    assert desk.lines(note) == desk.lines(invoice)
    assert (note.net_minor, note.tax_minor) == (invoice.net_minor, invoice.tax_minor)


def test_a_refund_that_does_not_say_what_it_is_for_needs_a_person_while_goods_are_to_come(desk: PaperDesk) -> None:
    order = told((sold("a", 1000, 2),))
    order_id = desk.take(order)
    desk.ship(order_id, "1", pot="1")
    desk.trade.save("web", given_back(order, 300))

    report = desk.issue()

    assert "refund r1: does not say what it is for" in report.problems[0]
    assert [paper.kind for paper in desk.papers()] == ["invoice"]


def test_an_order_that_was_changed_after_its_invoice_is_named(desk: PaperDesk) -> None:
    order = told((sold("a", 1000, 2),))
    order_id = desk.take(order)
    desk.ship(order_id, "1", pot="1")
    desk.issue()
    desk.trade.save("web", at_version(told((sold("a", 800, 2),)), 5))
    desk.ship(order_id, "2", pot="1")

    report = desk.issue()

    assert "its price, discount or tax was changed after it was invoiced" in report.problems[0]
    assert "entrepot invoices correct INV-2026-000001" in report.problems[0]


@pytest.mark.parametrize("table", [PAPERS, PAPER_LINES, CREDITS], ids=str)
def test_what_was_issued_never_changes(desk: PaperDesk, table: object) -> None:
    order = told((sold("a", 1000, 2),))
    desk.ship(desk.take(order))
    desk.issue()
    desk.trade.save("web", given_back(order, 1000))
    desk.issue()

    for change in (update(table).values({list(table.c)[1].name: list(table.c)[1]}), delete(table)):  # pyright: ignore
        with pytest.raises(DBAPIError, match="append-only"):
            desk.database.run(lambda c, change=change: c.execute(change))


def test_history_and_test_orders_and_replacements_are_not_invoiced(desk: PaperDesk) -> None:
    desk.trade.save("web", replace(told((sold("a", 1000, 1),)), fulfilment_state="fulfilled", is_test=True))

    assert desk.issue().counts["invoices"] == 0


def test_without_settings_nothing_is_issued_and_the_mend_is_named(desk: PaperDesk) -> None:
    file = issuing_file(desk.trade.file)
    desk.trade.file = replace(file, entities=(file.entities[0].model_copy(update={"invoices": None}),))

    with pytest.raises(ConfigError, match=r"no entity has \[entities.invoices\]"):
        issue_papers(desk.hub)


def test_a_mistake_is_mended_by_a_credit_note_and_a_new_invoice(desk: PaperDesk) -> None:
    order_id = desk.take(told((sold("a", 1000, 2),)))
    desk.ship(order_id, "1", pot="1")
    desk.issue()
    desk.ship(order_id, "2", pot="1")
    desk.issue()
    desk.trade.save("web", at_version(told((sold("a", 800, 2),)), 5))

    references = correct_invoice(desk.hub, "INV-2026-000001", "the price was wrong")

    invoices = [(paper.reference, paper.total_minor, paper.revision) for paper in desk.papers() if paper.kind == "invoice"]
    notes = [(paper.reference, paper.total_minor, paper.reason) for paper in desk.papers() if paper.kind == "credit_note"]
    assert references == ["CN-2026-000001", "CN-2026-000002", "INV-2026-000003", "INV-2026-000004"]
    assert notes == [("CN-2026-000001", 500, "the price was wrong"), ("CN-2026-000002", 500, "the price was wrong")]
    assert invoices[2:] == [("INV-2026-000003", 400, 1), ("INV-2026-000004", 400, 1)]
    assert desk.issue().counts == {"invoices": 0, "credit_notes": 0}


def test_an_invoice_is_taken_back_once(desk: PaperDesk) -> None:
    desk.ship(desk.take(told((sold("a", 1000, 2),))))
    desk.issue()
    correct_invoice(desk.hub, "INV-2026-000001", "wrong")

    with pytest.raises(ConfigError, match="INV-2026-000001: was taken back already"):
        correct_invoice(desk.hub, "INV-2026-000001", "wrong")


def test_a_person_says_that_no_credit_note_is_due(desk: PaperDesk) -> None:
    order = told((sold("a", 1000, 2),))
    order_id = desk.take(order)
    desk.ship(order_id, "1", pot="1")
    desk.trade.save("web", given_back(order, 300))
    desk.issue()

    settle_refund(desk.hub, order_id, "r1", "for the one that will not be sent")

    assert desk.issue().problems == []
    assert [paper.kind for paper in desk.papers()] == ["invoice"]


def test_two_who_issue_at_once_write_each_paper_once_and_leave_no_gap(desk: PaperDesk) -> None:
    for number in range(1, 7):
        desk.ship(desk.take(told((sold("a", 1000, 1),), external_id=str(number))))
    hub, settings = desk.hub, INVOICES

    def issue_alone() -> int:
        database = Database(desk.database.url)
        try:
            return sum(report.counts["invoices"] for report in issue_papers(replace(hub, database=database)))
        finally:
            database.close()

    with ThreadPoolExecutor(2) as pool:
        counts = [each.result() for each in [pool.submit(issue_alone) for _ in range(2)]]

    assert settings.series == "INV-{year}-"
    assert sum(counts) == 6
    assert [paper.number for paper in desk.papers()] == [1, 2, 3, 4, 5, 6]


KILLED = """
import os, sys
from model.store.database import Database
from model.store.papers import take_numbers
with Database(sys.argv[1]).write() as connection:
    assert take_numbers(connection, "main", "INV-2026-", 5) == 1
    print("taken", flush=True)
    os._exit(9)
"""


def test_who_is_killed_between_number_and_paper_leaves_no_gap(desk: PaperDesk) -> None:
    desk.ship(desk.take(told((sold("a", 1000, 1),))))
    killed = subprocess.run([sys.executable, "-c", KILLED, desk.database.url], capture_output=True, text=True, check=False)

    desk.issue()

    assert (killed.stdout, killed.returncode) == ("taken\n", 9)
    assert [paper.number for paper in desk.papers()] == [1]


def test_a_counter_that_was_moved_meanwhile_gives_no_number(desk: PaperDesk) -> None:
    """What the condition on the counter is for: a number that somebody else has is refused by the key as well."""
    desk.ship(desk.take(told((sold("a", 1000, 1),))))
    desk.issue()
    desk.database.run(lambda c: c.execute(update(SERIES).values(last_number=0)))
    desk.ship(desk.take(told((sold("a", 1000, 1),), external_id="2")))

    with pytest.raises(DBAPIError):
        desk.issue()

    assert [paper.number for paper in desk.papers()] == [1]


def test_what_names_the_buyer_is_sealed_and_can_be_erased_while_the_figures_stay(desk: PaperDesk) -> None:
    desk.ship(desk.take(told((sold("a", 1000, 1),))))
    desk.issue()
    [paper] = desk.papers()
    known = shown_paper(desk.hub, paper.reference)
    desk.database.run(lambda c: c.execute(update(DataKeyRow).where(DataKeyRow.id == paper.key_id).values(wrapped=b"")))

    erased = shown_paper(desk.hub, paper.reference)

    assert paper.key_id == "papers:main/2026-03"
    assert b"Ada" not in paper.buyer
    assert known.buyer is not None
    assert (known.buyer.name, known.buyer.street) == ("Ada Example", ("1 Long Road",))
    assert erased == replace(known, buyer=None)


def given_back(order: Order, amount_minor: int, *lines: RefundLine) -> Order:
    back = Refund(
        external_id="r1", order_external_id=order.external_id, status="succeeded", amount_minor=amount_minor, currency="EUR",
        created_at=PLACED, lines=lines,
    )  # fmt: skip
    return at_version(replace(order, payment_state="part_refunded", refunds=(back,)), 9)
