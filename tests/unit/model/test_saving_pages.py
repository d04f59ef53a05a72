"""A page is saved whole or not at all, every fact once, newer over older, and nothing that vanished is lost."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from model.errors import ContractError
from model.records.order import Order
from model.records.payment import Refund
from model.records.shipment import Return, ReturnLine
from model.store import cursors, landing, leases
from model.store.after_sales import refunds_of
from model.store.cursors import OWN, StreamCursor
from model.store.database import Database
from model.store.order_rows import FULFILMENTS, LINES, ORDERS, PARTIES, PAYMENTS, REFUNDS, RETURN_LINES, RETURNS
from model.store.pages import PageToSave
from model.store.runs import Counts
from model.store.sealing import normalised_email
from model.tables.streams import LeaseRow
from operations.auditor import audit
from tests.orders import at_version, line, order, payment, refunded, shipped
from tests.saving import NOW, Store


@pytest.fixture
def store(database: Database, tmp_path: Path) -> Store:
    return Store(database, tmp_path)


def test_a_new_order_is_stored_with_all_its_parts(store: Store) -> None:
    counts = store.save(refunded(shipped(order(), 1), 2))

    shown = store.show()
    assert counts == Counts(new=1)
    assert [row["total_minor"] for row in store.rows(LINES)] == [1000, 2500]
    assert shown["states"] == {
        "lifecycle": "received", "payment": "part_refunded", "fulfilment": "part_fulfilled", "return": "none", "accounting": "unposted",
    }  # fmt: skip
    assert [len(store.rows(table)) for table in (PAYMENTS, REFUNDS, FULFILMENTS, PARTIES)] == [1, 1, 1, 1]
    assert audit(store.database.url) == []


def test_money_is_stored_and_shown_in_the_shops_currency_too(store: Store) -> None:
    plain = refunded(order(), 1)
    abroad = {"shop_currency": "GBP"}
    paid = tuple(replace(each, shop_minor=3500, **abroad) for each in plain.payments)

    store.save(replace(plain, payments=paid, refunds=tuple(replace(each, shop_minor=250, **abroad) for each in plain.refunds)))

    shown: Any = store.show()
    assert [(row["amount_minor"], row["currency"], row["shop_minor"], row["shop_currency"]) for row in shown["payments"]] == [
        (4090, "EUR", 3500, "GBP")
    ]
    assert [(row["amount_minor"], row["shop_minor"], row["shop_currency"]) for row in shown["refunds"]] == [(300, 250, "GBP")]
    assert [(each.shop_minor, each.shop_currency) for each in refunds_of_order(store)] == [(250, "GBP")]


def refunds_of_order(store: Store) -> list[Refund]:
    with store.database.read() as connection:
        return refunds_of(connection, store.reading.order_id("1001"))


@pytest.mark.parametrize("half", [{"shop_minor": 3500}, {"shop_currency": "GBP"}])
@pytest.mark.parametrize("table", ["payments", "refunds"])
def test_an_amount_in_the_shops_currency_without_it_is_refused(store: Store, table: str, half: dict[str, Any]) -> None:
    plain = refunded(order(), 1)
    halved = tuple(replace(each, **half) for each in getattr(plain, table))

    with pytest.raises(IntegrityError, match="shop_amount_has_a_currency"):
        store.save(replace(plain, **{table: halved}))


def test_the_same_page_twice_changes_nothing(store: Store) -> None:
    page = [store.read(order("1")), store.read(order("2"))]
    store.save_page(PageToSave(read=page))
    before = store.rows(ORDERS), store.rows(LINES)

    again = store.save_page(PageToSave(read=page))

    assert again == Counts(superseded=2)
    assert (store.rows(ORDERS), store.rows(LINES)) == before


def test_a_newer_version_changes_the_order_and_tells_its_history(store: Store) -> None:
    store.save(order())

    counts = store.save(shipped(order(), 5))

    assert counts == Counts(changed=1)
    history = store.show()["history"]
    assert json.loads(json.dumps(history[1]["changes"])) == {  # pyright: ignore
        "orders.fulfilment_state": ["unfulfilled", "part_fulfilled"],
        "fulfilment[f1]": [None, "added"],
        "fulfilment_line[f1,0]": [None, "added"],
    }
    assert audit(store.database.url) == []


def test_an_older_version_never_overwrites_a_newer_one(store: Store) -> None:
    store.save(shipped(order(), 5))

    counts = store.save(at_version(order(), 1))

    assert counts == Counts(superseded=1)
    assert store.show()["fulfilment_state"] == "part_fulfilled"
    assert audit(store.database.url) == []


def test_of_two_payloads_of_one_version_the_later_read_one_counts(store: Store) -> None:
    store.save(order())

    counts = store.save(shipped(order(), 0))

    assert counts == Counts(changed=1)
    assert store.show()["fulfilment_state"] == "part_fulfilled"


def test_several_versions_on_one_page_leave_the_newest(store: Store) -> None:
    counts = store.save(shipped(order(), 5), order(), at_version(order(), 3))

    assert counts == Counts(new=1, superseded=2)
    assert store.show()["fulfilment_state"] == "part_fulfilled"
    assert audit(store.database.url) == []


def test_a_line_that_vanished_stays_with_nothing_in_it(store: Store) -> None:
    store.save(order())

    store.save(at_version(order(lines=(line("b", 2500, 2000),)), 5))

    [gone, kept] = sorted(store.rows(LINES), key=lambda row: str(row["external_id"]))
    assert (gone["quantity"], gone["total_minor"], gone["removed_at"]) == (0, 0, NOW)
    assert kept["removed_at"] is None
    assert audit(store.database.url) == []


def test_a_line_that_vanished_and_came_back_counts_again(store: Store) -> None:
    store.save(order())
    store.save(at_version(order(lines=(line("b", 2500, 2000),)), 5))

    store.save(at_version(order(), 6))

    assert [(row["total_minor"], row["removed_at"]) for row in store.rows(LINES)] == [(1000, None), (2500, None)]
    assert audit(store.database.url) == []


def test_a_payment_that_came_by_another_door_does_not_vanish_with_the_order(store: Store) -> None:
    bare = replace(order(), payments=())
    store.save(bare)
    store.save(payment("1001", 100))

    store.save(shipped(bare, 5))

    assert [row["removed_at"] for row in store.rows(PAYMENTS)] == [None]


def test_a_payment_that_the_order_no_longer_shows_is_marked(store: Store) -> None:
    store.save(order())

    store.save(at_version(replace(order(), payments=()), 5))

    assert [row["removed_at"] for row in store.rows(PAYMENTS)] == [NOW]


def test_a_payment_may_arrive_before_its_order(store: Store) -> None:
    store.save(payment("1001", 4090))

    store.save(replace(order(), payments=()))

    assert len(store.rows(PAYMENTS)) == 1
    assert audit(store.database.url) == []


def test_an_order_placed_before_the_account_went_live_is_history(store: Store) -> None:
    store.reading = replace(store.reading, live_from=datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC))

    store.save(order())

    assert store.show()["is_history"] is True


def test_a_stale_lease_writes_nothing(store: Store) -> None:
    younger = leases.take(store.database, "pull:shop", "me")

    with pytest.raises(ContractError, match="taken over"):
        store.save(order())

    assert store.rows(ORDERS) == []
    assert store.save(order(), lease=younger) == Counts(new=1)


def test_cursor_and_records_are_saved_together_or_not_at_all(store: Store) -> None:
    cursor = StreamCursor("shop", "orders", OWN, NOW)
    broken = replace(order("2"), lines=(replace(line("x", 3500), quantity=-1),))

    with pytest.raises(IntegrityError):
        store.save(order("1"), broken, cursor=cursor)

    with store.database.read() as connection:
        assert cursors.load(connection, "shop", "orders", OWN) is None
    assert store.rows(ORDERS) == []


def test_the_database_itself_refuses_an_order_whose_parts_do_not_sum(store: Store) -> None:
    with pytest.raises(IntegrityError):
        store.save(replace(order(), total_minor=1))


def test_a_cursor_never_goes_back_and_never_yields_to_an_older_lease(store: Store) -> None:
    store.save(cursor=StreamCursor("shop", "orders", OWN, NOW))

    with pytest.raises(ContractError, match="cursor"):
        store.save(cursor=StreamCursor("shop", "orders", OWN, datetime(2026, 1, 1, tzinfo=UTC)))


def test_what_names_a_person_is_unreadable_in_the_database_but_found_by_exact_mail(store: Store) -> None:
    store.save(order())

    [party] = store.rows(PARTIES)
    assert b"Ada" not in bytes(party["personal"])  # pyright: ignore
    assert party["email_index"] == store.sealer.index("email", normalised_email("ADA@example.com "))
    assert store.show()["parties"][0]["personal"]["note"] == "please ring twice"  # pyright: ignore


def test_a_changed_address_is_told_without_being_shown(store: Store) -> None:
    store.save(order())
    moved = replace(order().parties[0], city="Elsewhere")

    store.save(at_version(replace(order(), parties=(moved,)), 5))

    changes = store.show()["history"][1]["changes"]  # pyright: ignore
    assert changes == {"order_party[buyer].personal": ["changed", "changed"]}
    assert "Elsewhere" not in json.dumps(changes)


def test_a_new_mapping_of_the_same_payload_is_taken_over(store: Store) -> None:
    store.save_page(PageToSave(read=[store.read(order(), b"same bytes")]))
    store.reading = replace(store.reading, mapping_version="2")

    counts = store.save_page(PageToSave(read=[store.read(replace(order(), source_name="web"), b"same bytes")]))

    assert counts == Counts(changed=1)
    assert [row["mapping_version"] for row in store.rows(ORDERS)] == ["2"]
    assert audit(store.database.url) == []


def test_orders_of_five_hundred_fit_one_page(store: Store) -> None:
    many: list[Order] = [order(str(number)) for number in range(600)]

    assert store.save(*many) == Counts(new=600)
    assert store.save(*[shipped(each, 1) for each in many]) == Counts(changed=600)
    assert audit(store.database.url) == []


def test_a_refund_keeps_the_time_it_was_first_seen_with(store: Store) -> None:
    first = refunded(order(), 1)
    store.save(first)
    drifted = replace(first.refunds[0], created_at=NOW)

    store.save(at_version(replace(first, refunds=(drifted,)), 2))

    assert [row["created_at"] for row in store.rows(REFUNDS)] == [first.refunds[0].created_at]


def test_a_payment_that_only_came_by_again_is_not_counted_as_changed(store: Store) -> None:
    store.save(payment("1001", 100))

    counts = store.save_page(PageToSave(read=[store.read(payment("1001", 100), b"other bytes, same payment")]))

    assert counts == Counts(unchanged=1)


def test_a_payload_in_use_that_a_later_mapping_cannot_read_is_told_and_stays_in_use(store: Store) -> None:
    store.save_page(PageToSave(read=[store.read(order(), b"same bytes")]))
    store.reading = replace(store.reading, mapping_version="2")

    counts = store.save_page(PageToSave(set_aside=[store.aside("1001", b"same bytes")]))

    assert counts == Counts(quarantined=1)
    assert [row["state"] for row in store.rows(landing.QUARANTINE)] == ["open"]
    assert audit(store.database.url) == []


def test_a_record_read_well_closes_its_broken_payloads_but_not_those_that_came_with_it(store: Store) -> None:
    store.save_page(PageToSave(set_aside=[store.aside("1001", b"broken before"), store.aside("2002", b"another order")]))

    store.save_page(PageToSave(read=[store.read(order())], set_aside=[store.aside("1001", b"broken now")]))

    still_open = {str(row["raw_id"]) for row in store.rows(landing.QUARANTINE) if row["state"] == "open"}
    assert still_open == {store.sealer.payload_name("shop", "order", body) for body in (b"another order", b"broken now")}


def test_an_old_payload_read_at_last_says_nothing_of_a_newer_broken_one(store: Store) -> None:
    store.save_page(PageToSave(set_aside=[store.aside("1001", b"first"), store.aside("1001", b"second")]))

    store.save_page(PageToSave(read=[store.read(order(), b"first")], is_from_landing=True))

    assert [row["raw_id"] for row in store.rows(landing.QUARANTINE) if row["state"] == "open"] == [
        store.sealer.payload_name("shop", "order", b"second")
    ]


def test_an_exchange_may_change_though_its_return_belongs_to_an_older_order(store: Store) -> None:
    moment = order().placed_at
    returned = Return(
        external_id="ret1", order_external_id="older", status="open", created_at=moment, updated_at=moment, currency="EUR",
        source_version=1, lines=(ReturnLine(line_external_id="a", quantity=1000, amount_minor=100, tax_minor=0),),
    )  # fmt: skip
    store.save(replace(order(), returns=(returned,)))

    later = replace(returned, status="received", source_version=2, lines=())
    counts = store.save(at_version(replace(order(), returns=(later,)), 5))

    assert counts == Counts(unchanged=1)
    assert [row["status"] for row in store.rows(RETURNS)] == ["received"]
    assert store.rows(RETURN_LINES) == []
    assert audit(store.database.url) == []


def test_a_lease_is_kept_while_its_holder_waits_for_a_slow_remote(store: Store) -> None:
    with store.database.read() as connection:
        [before] = connection.execute(select(LeaseRow.expires_at_ms)).scalars()
    waited = threading.Event()

    with leases.kept(store.database, store.lease, every_s=0.01):
        waited.wait(0.2)

    with store.database.read() as connection:
        [after] = connection.execute(select(LeaseRow.expires_at_ms)).scalars()
    assert after > before


def test_an_order_is_cancelled_when_that_was_told_first(store: Store) -> None:
    store.save(order())
    store.save(replace(at_version(order(), 5), cancelled_at=NOW))

    store.save(replace(at_version(order(), 9), cancelled_at=NOW + timedelta(days=1), source_name="web"))

    assert [row["cancelled_at"] for row in store.rows(ORDERS)] == [NOW]
