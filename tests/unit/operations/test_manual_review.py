"""What a person says of an order: it is carried out at once, stands as long as the order is the same, and is kept with its reason."""

import json
from typing import Any

import pytest
from sqlalchemy import select, update

from model.errors import ConfigError, RejectedError
from model.store.catalogue import LINE_STATES, SKU_MAP
from model.store.order_queries import review_queue, show_order
from model.store.order_rows import LINES, ORDERS, PARTIES, STATES
from model.store.reservations import RESERVATIONS
from model.store.review_facts import AMENDMENTS, REVIEWS
from operations.auditor import audit
from operations.manual_review import Correction, amend, approve, reject
from operations.review_orders import review_orders
from tests.unit.operations.test_pulling import Shop
from tests.unit.operations.test_reviewing import map_all, shop

__all__ = ["shop"]


@pytest.fixture
def held(shop: Shop) -> str:
    """An order that is too high for the rules, with stock for all of it."""
    rules = shop.hub.file.path.parent / "rules"
    rules.mkdir(exist_ok=True)
    (rules / "review.toml").write_text('[amount_too_high.limits]\nEUR = "0.01"\nUSD = "0.01"\nGBP = "0.01"\nJPY = "1"\n')
    map_all(shop, 1000)
    review_orders(shop.hub)
    with shop.database.read() as c:
        queue = [row for row in review_queue(c, None, None) if [each["rule"] for each in row["reasons"]] == ["amount_too_high"]]
        unshipped = [row for row in queue if row["states"]["fulfilment"] == "unfulfilled"]
        return c.execute(select(ORDERS.c.id).where(ORDERS.c.external_id == unshipped[0]["external_id"])).scalar_one()


def state(shop: Shop, order_id: str) -> Any:  # noqa: ANN401
    with shop.database.read() as c:
        return c.execute(select(STATES).where(STATES.c.order_id == order_id)).one()


def read_again(shop: Shop, order_id: str, **told: object) -> None:
    """The channel tells the order anew."""
    with shop.database.write() as c:
        c.execute(update(ORDERS).where(ORDERS.c.id == order_id).values(fetch_seq=ORDERS.c.fetch_seq + 1, **told))


def live(shop: Shop, order_id: str) -> set[str]:
    with shop.database.read() as c:
        rows = c.execute(select(RESERVATIONS.c.kind).where(RESERVATIONS.c.order_id == order_id, RESERVATIONS.c.state == "live"))
        return set(rows.scalars())


def test_approved_by_a_person_it_holds_stock_firmly_and_stays_so(shop: Shop, held: str) -> None:
    judged = approve(shop.hub, [held], "the buyer called")[0]
    read_again(shop, held, tags='["called"]')

    again = review_orders(shop.hub)

    assert judged.outcome == "approved"
    assert len(judged.says) == 1
    assert state(shop, held).lifecycle == "allocated"
    assert live(shop, held) == {"hard"}
    assert again.approved == 0
    with shop.database.read() as c:
        reviews = c.execute(select(REVIEWS).where(REVIEWS.c.order_id == held).order_by(REVIEWS.c.number)).all()
        lines = c.execute(select(LINE_STATES).where(LINE_STATES.c.order_id == held)).all()
    assert [(row.kind, row.outcome, row.note) for row in reviews] == [
        ("rules", "held", None),
        ("approve", "approved", "the buyer called"),
    ]
    assert [reason["rule"] for reason in json.loads(reviews[1].reasons)] == ["amount_too_high"]
    assert all(line.approved == line.sold for line in lines if line.sku)
    assert audit(shop.database.url) == []


def test_an_edit_behind_an_approval_is_told_by_line_and_judged_again(shop: Shop, held: str) -> None:
    approve(shop.hub, [held], "the buyer called")
    with shop.database.write() as c:
        line = c.execute(select(LINES).where(LINES.c.order_id == held, LINES.c.quantity > 0)).first()
        assert line is not None
        c.execute(
            update(LINES).where(LINES.c.order_id == held, LINES.c.external_id == line.external_id).values(quantity=LINES.c.quantity + 1000)
        )
    read_again(shop, held)

    result = review_orders(shop.hub)

    with shop.database.read() as c:
        told = show_order(c, held, None)["reviews"]
        reserved = c.execute(
            select(RESERVATIONS.c.quantity).where(RESERVATIONS.c.order_id == held, RESERVATIONS.c.line_external_id == line.external_id)
        ).scalars()
        approved = c.execute(select(LINE_STATES.c.approved).where(LINE_STATES.c.order_id == held)).scalars().all()
        assert sum(reserved) == line.quantity + 1000
    assert result.held == 1
    assert state(shop, held).lifecycle == "held"
    before, after = told[-1]["changes"][f"line {line.external_id}"]
    assert (before[1], after[1]) == (line.quantity, line.quantity + 1000)
    assert set(approved) == {0}
    assert audit(shop.database.url) == []


def test_a_new_fact_of_another_rule_holds_what_a_person_approved(shop: Shop, held: str) -> None:
    approve(shop.hub, [held], "the buyer called")
    read_again(shop, held, is_disputed=True)

    review_orders(shop.hub)

    with shop.database.read() as c:
        found = next(row for row in review_queue(c, None, None) if row["external_id"] == show_order(c, held, None)["external_id"])
    assert [each["rule"] for each in found["reasons"]] == ["payment_unverified"]


def test_rejected_it_gives_its_stock_back_until_a_person_says_otherwise(shop: Shop, held: str) -> None:
    reject(shop.hub, [held], "a fraud")
    read_again(shop, held, tags='["x"]')
    with shop.database.write() as c:
        c.execute(update(STATES).where(STATES.c.order_id == held).values(is_open=True))
    review_orders(shop.hub)
    rejected = (state(shop, held).lifecycle, state(shop, held).is_open, live(shop, held))

    approve(shop.hub, [held], "no fraud after all")

    assert rejected == ("cancelled", False, set())
    assert state(shop, held).lifecycle == "allocated"
    assert live(shop, held) == {"hard"}
    assert audit(shop.database.url) == []


def test_a_rejected_order_that_was_edited_waits_for_a_person(shop: Shop, held: str) -> None:
    reject(shop.hub, [held], "a fraud")
    (shop.hub.file.path.parent / "rules" / "review.toml").write_text("")
    with shop.database.write() as c:
        c.execute(update(LINES).where(LINES.c.order_id == held).values(quantity=LINES.c.quantity + 1000))
        c.execute(update(STATES).where(STATES.c.order_id == held).values(is_open=True))
    read_again(shop, held)

    review_orders(shop.hub)

    with shop.database.read() as c:
        last = c.execute(select(REVIEWS).where(REVIEWS.c.order_id == held).order_by(REVIEWS.c.number.desc())).first()
    assert last is not None
    assert (last.outcome, [each["rule"] for each in json.loads(last.reasons)]) == ("held", ["rejected_before"])


def test_a_corrected_line_holds_less_and_the_rest_is_free_again(shop: Shop, held: str) -> None:
    with shop.database.read() as c:
        line = c.execute(select(LINES).where(LINES.c.order_id == held, LINES.c.quantity > 0)).first()
    assert line is not None

    judged = amend(shop.hub, held, Correction(lines={line.external_id: 0}), "the buyer does not want it")

    with shop.database.read() as c:
        r = RESERVATIONS.c
        rows = c.execute(select(r.id).where(r.order_id == held, r.line_external_id == line.external_id, r.state == "live")).all()
        kept = c.execute(select(AMENDMENTS).where(AMENDMENTS.c.order_id == held)).all()
    assert judged.outcome == "held"
    assert rows == []
    assert [row.reason for row in kept] == ["the buyer does not want it"]
    assert b"quantity" not in kept[0].sealed
    assert audit(shop.database.url) == []


def test_a_corrected_address_counts_until_the_buyer_changes_it(shop: Shop, held: str) -> None:
    (shop.hub.file.path.parent / "rules" / "review.toml").write_text('[refused_region.places]\nAQ = ["*"]\n')
    first = amend(shop.hub, held, Correction(address={"country": "AQ"}), "moved south")
    with shop.database.write() as c:
        c.execute(update(PARTIES).where(PARTIES.c.order_id == held).values(personal_digest="ab" * 16))
    read_again(shop, held)

    review_orders(shop.hub)

    assert (first.outcome, first.says) == ("held", ("AQ is a place that nothing is sent to",))
    assert state(shop, held).lifecycle == "allocated"


@pytest.mark.parametrize(
    ("correction", "says"),
    [
        (Correction(), "nothing to correct"),
        (Correction(lines={"nowhere": 1000}), "line 'nowhere' is not there"),
        (Correction(address={"planet": "Mars"}), "an address has no planet"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(shop: Shop, held: str, correction: Correction, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        amend(shop.hub, held, correction, "why not")


def test_more_than_was_ordered_is_refused(shop: Shop, held: str) -> None:
    with shop.database.read() as c:
        line = c.execute(select(LINES.c.external_id).where(LINES.c.order_id == held)).scalars().first()
    with pytest.raises(ConfigError, match="is not between 0 and"):
        amend(shop.hub, held, Correction(lines={str(line): 10**9}), "more")


def test_what_maps_to_no_sku_cannot_be_approved(shop: Shop, held: str) -> None:
    with shop.database.write() as c:
        c.execute(SKU_MAP.delete())
    with pytest.raises(RejectedError, match="sells no SKU yet"):
        approve(shop.hub, [held], "anyway")
    assert state(shop, held).lifecycle == "held"


def test_cancelled_by_its_channel_it_cannot_be_approved(shop: Shop, held: str) -> None:
    read_again(shop, held, payment_state="voided")
    with pytest.raises(RejectedError, match="cancelled by its channel"):
        approve(shop.hub, [held], "anyway")


def test_one_refusal_spares_none(shop: Shop, held: str) -> None:
    with shop.database.read() as c:
        history = c.execute(select(STATES.c.order_id).where(STATES.c.is_history)).scalars().first()
    with pytest.raises(RejectedError, match="is history"):
        approve(shop.hub, [held, str(history)], "both")
    assert state(shop, held).lifecycle == "held"


def test_a_word_needs_a_reason(shop: Shop, held: str) -> None:
    with pytest.raises(ConfigError, match="say why"):
        approve(shop.hub, [held], "  ")
