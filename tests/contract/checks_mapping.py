"""What every stream promises about one payload: read purely, exactly, under its own id, or refused by name and never otherwise."""

import dataclasses
import json
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import cast

import pytest

from connectors.capabilities import Record
from model.errors import MalformedError
from model.records.advice import Acknowledgement, AdjustmentAdvice, ReceiptAdvice, ShipmentAdvice, StockSnapshot
from model.records.order import Order
from model.records.payment import Payment, Refund
from model.records.settlement import Dispute, Payout, SettlementLine
from model.rules.order_sums import check_order
from model.values.instant import micros
from tests.contract.dialects import Json
from tests.contract.hostile import OTHER_CURRENCY, corpus, currency_swaps, dumped, numbers
from tests.contract.remote import WINDOW, at, put
from tests.contract.stand import Stand, ids_of

LONGEST_S = 2
ODD = "suite-odd-word"
ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")
MONEY = Payout | SettlementLine
"""Records that tell no time of change: only their versions do."""
Dated = Order | Payment | Refund | Dispute | ShipmentAdvice | ReceiptAdvice | AdjustmentAdvice | StockSnapshot | Acknowledgement
FACTS = Dated | MONEY
"""Records that bear the id of what was fetched, and its version."""


def the_kind_names_its_stream(stand: Stand) -> None:
    """The slices of a stream are of the kind that says so."""
    assert stand.payloads.stream == stand.stream.name
    assert {page.kind for page in stand.link().pages() if page.slices} == {stand.stream.kind}


def reading_is_pure(stand: Stand) -> None:
    """The same document gives the same record: read twice, laid out otherwise, in any order, among others."""
    recorded = stand.recorded()
    first = [stand.read(payload) for payload in recorded]
    assert [stand.read(stand.laid_out(payload)) for payload in reversed(recorded)] == first[::-1]


def fields_nobody_knows_change_nothing(stand: Stand) -> None:
    """A vendor may add fields at any time."""
    for payload in stand.recorded():
        assert stand.read(stand.grown(payload)) == stand.read(payload)


def money_is_whole_and_adds_up(stand: Stand) -> None:
    """Every amount is an integer of minor units, and the parts of an order sum to its total."""
    records = [stand.read(payload) for payload in stand.recorded()]
    assert {type(amount) for record in records for amount in _amounts(dataclasses.asdict(record))} == {int}
    for record in records:
        assert not isinstance(record, Order) or check_order(record) is record


def a_record_bears_the_id_it_is_fetched_by(stand: Stand) -> None:
    """Record, slice and source call one thing by one id."""
    for row in stand.rows:
        record = stand.read(row.body)
        assert stand.kind.external_id_in(row.body) == row.external_id
        assert record.external_id == row.external_id or not isinstance(record, FACTS)


def a_later_change_has_a_higher_version(stand: Stand) -> None:
    """`updated_at` is the source's own, and versions follow it."""
    moments = [WINDOW.start + timedelta(seconds=seconds) for seconds in (0, 1, 3600)]
    for place in range(len(stand.recorded())):
        records = [stand.read(stand.row(place, stand.shape.numbered(1), moment).body) for moment in moments]
        told = [record for record in records if isinstance(record, FACTS)]
        assert [_moment(record) for record in told if not isinstance(record, MONEY)] in (moments, [])
        assert [record.source_version for record in told] == sorted({record.source_version for record in told})


def _moment(record: Dated) -> datetime | None:
    """When the record changed, as it tells; a refund tells it in its version alone."""
    if isinstance(record, Refund):
        return WINDOW.start + timedelta(microseconds=record.source_version - micros(WINDOW.start))
    return record.updated_at if isinstance(record, Order | Payment | Dispute) else record.told_at


def a_broken_payload_spares_its_neighbours(stand: Stand) -> None:
    """Rows that cannot be read are given out all the same, named where their id can be told, and cost no other row."""
    rows = [dataclasses.replace(row) for row in stand.rows]
    rows[1].body = stand.broken(rows[1])[0]
    rows[stand.dialect.page].body = stand.broken(rows[stand.dialect.page])[1]
    bodies = {rows[1].body, rows[stand.dialect.page].body}
    slices = {raw for page in stand.link(stand.remote(rows)).pages() for raw in page.slices}
    broken = {raw for raw in slices if any(body in raw for body in bodies)}
    assert len(broken) == len(bodies)
    assert {stand.kind.external_id_in(raw) for raw in slices} == ids_of(rows)
    assert {raw for raw in slices if not stand.is_readable(raw)} == broken


def an_id_is_the_records_own(stand: Stand) -> None:
    """Out of a slice that cannot be read, the id is the record's own, wherever it stands, or none; never that of something in it."""
    row = stand.rows[0]
    key = f'"{stand.ids.id}":'
    own, other = (key + json.dumps(wire_id) for wire_id in (row.wire_id, stand.ids.wired(stand.ids.numbered(9001))))
    assert stand.kind.external_id_in(f'{{"nested":{{{other}}},{own},"broken":NaN}}'.encode()) == row.external_id
    assert stand.kind.external_id_in(f'{{"nested":[{{{other}}}],"broken":NaN}}'.encode()) is None
    assert stand.kind.external_id_in(f"{{{own},{other}}}".encode()) is None


def an_unknown_status_names_the_way_out(stand: Stand) -> None:
    """A word nobody knows is refused with the setting that translates it, and that setting helps."""
    if not stand.shape.status:
        pytest.skip("these records tell no status word, says this vendor's dialect")
    payload = stand.recorded()[0]
    odd = put(payload, stand.shape.status, ODD)
    with pytest.raises(MalformedError, match=rf"{ODD}.*settings\.statuses"):
        stand.read(odd)
    translated = stand.read(odd, {ODD: str(at(payload, stand.shape.status))})
    assert _without_words(translated) == _without_words(stand.read(payload))


def ending(stand: Stand, raw: bytes) -> str:
    """How reading a payload ends: `read`, or the name of the error; and how long it took, if that is too long."""
    began = time.process_time()
    try:
        stand.read(raw)
        ended = "read"
    except MalformedError:  # or a finer one, which says where
        ended = MalformedError.__name__
    except Exception as error:  # noqa: BLE001  every kind of failure is told apart here
        ended = type(error).__name__
    elapsed = time.process_time() - began
    return ended if elapsed <= LONGEST_S else f"{ended} after {elapsed:.1f} s"


def hostile_payloads_are_refused(stand: Stand) -> None:
    """Whatever stands in a payload, it ends in a MalformedError, within two seconds."""
    payload = stand.recorded()[0]
    stand.read(payload)
    unexpected = {name: ended for name, raw in stand.hostile(payload).items() if (ended := ending(stand, raw)) != "MalformedError"}
    assert unexpected == {}


def any_field_may_be_strange(stand: Stand) -> None:
    """Each field, however deep, exchanged or left out: a record or a MalformedError, and an id or none, but no other failure."""
    for payload in (stand.recorded()[0], max(stand.recorded(), key=lambda recorded: len(stand.raw_of(recorded)))):
        for name, raw in stand.strange(payload):
            assert ending(stand, raw) in stand.endings, name
            assert isinstance(stand.kind.external_id_in(raw), str | None)


def yes_is_no_number(stand: Stand) -> None:
    """`true` in place of a number that matters is refused; JSON readers are glad to take it for 1."""
    for payload in stand.recorded():
        good = stand.read(payload)
        used = [path for path in numbers(payload) if _read(stand, put(payload, path, 77)) != good]
        assert [path for path in used if stand.is_readable(dumped(put(payload, path, True)))] == []  # noqa: FBT003  the very thing


def a_currency_is_never_mistaken(stand: Stand) -> None:
    """Where one of several currency codes differs, the payload is refused, or the record is the same, or it tells the other currency."""
    for payload in stand.recorded():
        good = stand.read(payload)
        swaps = currency_swaps(payload, stand.shape)
        read = {name: stand.read(raw) for name, raw in swaps.items() if stand.is_readable(raw)}
        assert [name for name, record in read.items() if record != good and OTHER_CURRENCY not in repr(record)] == []


def refusals_quote_no_person(stand: Stand) -> None:
    """The reason of a refusal goes to logs and lists: no mail address or name of the payload stands in it."""
    for payload in stand.recorded()[:2]:
        persons = set(ADDRESS.findall(json.dumps(payload))) | {str(at(payload, stand.shape.text))}
        reasons = [reason for raw in corpus(payload, stand.shape).values() if (reason := _reason(stand, raw))]
        assert reasons
        assert not [reason for reason in reasons for person in persons if len(person) > 3 and person in reason]


def _amounts(record: object) -> Iterator[object]:
    if isinstance(record, dict):
        for name, value in cast("dict[str, object]", record).items():
            if name.endswith("_minor") and value is not None:
                yield value
            yield from _amounts(value)
    elif isinstance(record, list | tuple):
        for child in cast("tuple[object, ...]", record):
            yield from _amounts(child)


def _without_words(record: Record) -> Record:
    return dataclasses.replace(record, source_status=()) if isinstance(record, Order) else record


def _read(stand: Stand, record: Json) -> Record | None:
    raw = dumped(record)
    return stand.read(raw) if stand.is_readable(raw) else None


def _reason(stand: Stand, raw: bytes) -> str:
    try:
        stand.read(raw)
    except MalformedError as error:
        return str(error)
    return ""


MAPPING = (
    the_kind_names_its_stream,
    reading_is_pure,
    fields_nobody_knows_change_nothing,
    money_is_whole_and_adds_up,
    a_record_bears_the_id_it_is_fetched_by,
    a_later_change_has_a_higher_version,
    a_broken_payload_spares_its_neighbours,
    an_id_is_the_records_own,
    an_unknown_status_names_the_way_out,
    hostile_payloads_are_refused,
    any_field_may_be_strange,
    yes_is_no_number,
    a_currency_is_never_mistaken,
    refusals_quote_no_person,
)
