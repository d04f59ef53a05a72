"""What every reader of files of orders promises: each order once and as it is told, or refused by its place; no file in the making."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.capabilities import Window
from model.errors import ConfigError, MalformedError, RejectedError, TransientError
from model.rules.order_sums import check_order
from tests.contract.order_files import FOLDER, NOW, WINDOW, OrderFileStand, Partner, as_kept, as_workbook

SECOND = timedelta(seconds=1)
LONGEST_S = 2
VARIANTS = (1, 2, 3, 4, 5)
Check = Callable[[OrderFileStand], None]


def every_order_is_told_and_adds_up(stand: OrderFileStand) -> None:
    """As many as were counted by hand, of that sum, and just as they are kept."""
    orders = stand.read_all(stand.slices())
    assert (len(orders), sum(order.total_minor for order in orders)) == (stand.file.orders, stand.file.total)
    assert [as_kept(order) for order in orders] == stand.golden()
    assert all(check_order(order) is order for order in orders)


def an_order_bears_the_id_of_its_slice(stand: OrderFileStand) -> None:
    """Record and slice call it alike."""
    for raw in stand.slices():
        assert stand.kind.external_id_in(raw) == stand.read(raw).external_id


def reading_is_pure(stand: OrderFileStand) -> None:
    """Read twice, in any order, under another name and at another time, a file says the same; so do its versions."""
    first = stand.read_all(stand.slices())
    again = stand.read_all(stand.slices(name="other.txt", at=WINDOW.end)[::-1])
    assert again[::-1] == first


def every_file_is_read_page_by_page(stand: OrderFileStand) -> None:
    """Only the last page has no token, and going on behind any page loses nothing."""
    partner = _with_variants(stand)
    read: set[str | None] = set()
    tokens: list[str | None] = []
    for page in partner.pages():
        read |= {stand.kind.external_id_in(raw) for raw in page.slices}
        tokens.append(page.resume)
        assert page.resume is None or read | partner.ids(page.resume) == stand.ids(*VARIANTS)
    assert read == stand.ids(*VARIANTS)
    assert len(tokens) > 1
    assert None not in tokens[:-1]
    assert tokens[-1] is None


def what_is_older_is_left_alone(stand: OrderFileStand) -> None:
    """What was modified before the window is not read; an empty window is no failure."""
    partner = Partner(stand)
    partner.drop("old", stand.variant(1), WINDOW.start - SECOND)
    assert partner.ids() == set()
    partner.drop("new", stand.variant(2), WINDOW.start)
    assert partner.ids() == stand.ids(2)


def a_file_twice_is_one(stand: OrderFileStand) -> None:
    """A copy under another name, at another time, tells the same orders in the same version."""
    partner = Partner(stand)
    partner.drop("a", stand.raw)
    partner.drop("b", stand.raw, WINDOW.start + SECOND)
    told = [stand.read(raw) for page in partner.pages() for raw in page.slices]
    assert len(told) == 2 * stand.file.orders
    assert len({(order.external_id, order.source_version) for order in told}) == stand.file.orders


def a_file_in_the_making_waits(stand: OrderFileStand) -> None:
    """Nothing is read of what is called so, of what was modified just now, or of what grows while it is read."""
    partner = Partner(stand)
    for name in ("a.part", "b.tmp", ".c"):
        partner.drop(name, stand.variant(1))
    partner.drop("d", stand.variant(2), NOW - SECOND)
    growing = partner.drop("e", stand.variant(3)[:-40])
    connector, shelf = partner.looked_at()

    def grow(verb: str, name: str) -> None:
        if (verb, name) == ("read", "e"):
            growing.write_bytes(stand.variant(3))

    shelf.before = grow
    assert [raw for page in connector.fetch_orders(WINDOW, None) for raw in page.slices] == []
    partner.drop("d", stand.variant(2), NOW - timedelta(minutes=5))
    partner.drop("e", stand.variant(3), NOW - timedelta(minutes=5))
    assert partner.ids() == stand.ids(2, 3)


def a_broken_order_costs_no_other(stand: OrderFileStand) -> None:
    """It is given out, named by its number, and refused by its place; all others are read."""
    slices = stand.slices(_spoilt(stand))
    broken = [raw for raw in slices if not _is_readable(stand, raw)]
    assert [stand.kind.external_id_in(raw) for raw in broken] == [stand.file.spoilt]
    assert len(slices) == stand.file.orders
    with pytest.raises((MalformedError, RejectedError)) as caught:
        stand.read(broken[0])
    assert stand.file.place in str(caught.value)


def a_cut_file_tells_nothing_else(stand: OrderFileStand) -> None:
    """Wherever a file breaks off, an order that is still read is the whole file's."""
    whole = {order.external_id: order for order in stand.read_all(stand.slices())}
    raw = stand.raw
    for cut in range(0, len(raw), max(1, len(raw) // 40)):
        for piece in stand.slices(raw[:cut]):
            if _is_readable(stand, piece):
                order = stand.read(piece)
                assert order == whole[order.external_id], f"cut at {cut}"


def hostile_files_are_refused(stand: OrderFileStand) -> None:
    """Whatever comes, cutting raises nothing, and reading ends in a named refusal, soon."""
    for name, raw in _hostile(stand).items():
        began = time.process_time()
        slices = stand.slices(raw)
        assert slices, name
        assert [piece for piece in slices if _is_readable(stand, piece)] == [], name
        assert time.process_time() - began < LONGEST_S, name


def any_byte_may_be_strange(stand: OrderFileStand) -> None:
    """Bytes exchanged or left out: orders or refusals, and no other failure."""
    raw = stand.raw
    for place in range(0, len(raw), max(1, len(raw) // 60)):
        for strange in (b"", b"\x00", b"\xff", b'"', b"+", b"'", b"-", b"9"):
            for piece in stand.slices(raw[:place] + strange + raw[place + 1 :]):
                _is_readable(stand, piece)
                assert isinstance(stand.kind.external_id_in(piece), str | None)


def refusals_quote_no_person(stand: OrderFileStand) -> None:
    """The reason goes to logs and lists: nobody who stands in the file stands in it."""
    reasons: list[str] = []
    raw = stand.raw
    for spoilt in (_spoilt(stand), *(raw[:cut] for cut in range(10, len(raw), max(1, len(raw) // 30))), *_hostile(stand).values()):
        for piece in stand.slices(spoilt):
            try:
                stand.read(piece)
            except (MalformedError, RejectedError) as error:
                reasons.append(str(error))
    assert reasons
    assert [reason for reason in reasons for person in stand.persons if person in reason] == []


def orders_are_found_by_id_and_counted(stand: OrderFileStand) -> None:
    """All that is still there, nothing called gone; the count is of different orders, and of the window."""
    partner = _with_variants(stand)
    partner.drop("copy", stand.variant(1), WINDOW.end - timedelta(hours=1))
    connector, shelf = partner.looked_at()
    wanted = sorted(stand.ids(2))
    found = connector.fetch_orders_by_id([*wanted, "nobody"])
    assert (sorted({stand.kind.external_id_in(raw) or "" for raw in found.slices}), found.gone) == (wanted, ())
    assert connector.count_orders(WINDOW) == len(VARIANTS) * stand.file.orders
    assert connector.count_orders(Window(WINDOW.start, WINDOW.start + 2 * SECOND)) == 2 * stand.file.orders
    asked = len(shelf.asked)
    assert connector.fetch_orders_by_id([]).slices == ()
    assert len(shelf.asked) == asked


def a_folder_that_cannot_be_read_is_told_at_once(stand: OrderFileStand) -> None:
    """A missing one is the operator's matter, an outage the clock's; pages before it are given out."""
    partner = _with_variants(stand)
    connector, shelf = partner.looked_at()
    seen: list[str | None] = []

    def fail(verb: str, _name: str) -> None:
        if verb == "read" and shelf.asked.count("read") > 4:
            raise TransientError("out: cannot be reached")

    def gather() -> None:
        for page in connector.fetch_orders(WINDOW, None):
            seen.append(page.resume)  # noqa: PERF401  what was given out before the failure

    shelf.before = fail
    with pytest.raises(TransientError):
        gather()
    assert seen
    for path in (partner.root / FOLDER).iterdir():
        path.unlink()
    (partner.root / FOLDER).rmdir()
    with pytest.raises(ConfigError, match=FOLDER):
        partner.ids()


def a_folder_is_known_again(stand: OrderFileStand) -> None:
    """One fingerprint for one folder, found by one look, and the hub's own clock."""
    partner, other = Partner(stand), Partner(stand)
    connector, shelf = partner.looked_at()
    first = connector.identify()
    assert shelf.asked == ["list"]
    assert partner.looked_at()[0].identify() == first
    assert other.looked_at()[0].identify().fingerprint != first.fingerprint
    assert first.now == NOW


def a_form_that_was_not_declared_is_refused_by_name(stand: OrderFileStand) -> None:
    """Files of the other forms say what to declare."""
    for file in stand.others:
        if set(file.settings) & set(stand.file.settings):
            continue
        other = OrderFileStand(stand.name, file, stand.kind)
        [piece] = stand.slices(other.raw, file.name)
        with pytest.raises(MalformedError, match=rf"{file.name}: is .*declare"):
            stand.read(piece)


def a_workbook_says_what_a_table_says(stand: OrderFileStand) -> None:
    """The same rows as XLSX are the same orders."""
    if not stand.file.has_workbook:
        pytest.skip("this recording comes as no workbook, says order_files.toml")
    assert stand.read_all(stand.slices(as_workbook(stand.raw), "shop.xlsx")) == stand.read_all(stand.slices())


def _with_variants(stand: OrderFileStand) -> Partner:
    partner = Partner(stand)
    for number in VARIANTS:
        partner.drop(f"{number}", stand.variant(number), WINDOW.start + number * SECOND - SECOND)
    return partner


def _spoilt(stand: OrderFileStand) -> bytes:
    old, new = (text.encode() for text in stand.file.spoil)
    assert old in stand.raw
    return stand.raw.replace(old, new, 1)


def _is_readable(stand: OrderFileStand, raw: bytes) -> bool:
    try:
        stand.read(raw)
    except (MalformedError, RejectedError):
        return False
    return True


def _hostile(stand: OrderFileStand) -> dict[str, bytes]:
    """Files that no partner should send."""
    raw = stand.raw
    return {
        "nothing": b"",
        "blank": b" \r\n \n",
        "a page for people": b"<!doctype html><p>We will be back soon.</p>",
        "JSON": b'{"orders": []}',
        "NUL": raw[:60] + b"\x00" + raw[61:] if raw[:2] != b"UN" else raw.replace(b"UNH", b"\x00UNH"),
        "two bytes a letter, cut": raw.decode("latin-1").encode("utf-16")[:-1],
        "a quote without end": b'"' * 3 + raw,
        "an endless line": b"x" * 3_000_000,
        "a million cells": b"," * 3_000_000,
        "an old workbook": b"\xd0\xcf\x11\xe0" + raw,
        "no archive": b"PK\x03\x04" + raw,
        "many UNAs": b"UNA:+.? '" * 20_000,
        "an interchange of nothing": b"UNB+UNOA:1+A+B+260601:0930+1'UNZ+0+1'",
        "released for ever": b"UNA:+.? 'UNB+UNOA:1+" + b"?" * 100_000,
        "too much": b"a,b\n" * 5_000_000,
    }


ORDER_FILES: tuple[Check, ...] = (
    every_order_is_told_and_adds_up,
    an_order_bears_the_id_of_its_slice,
    reading_is_pure,
    every_file_is_read_page_by_page,
    what_is_older_is_left_alone,
    a_file_twice_is_one,
    a_file_in_the_making_waits,
    a_broken_order_costs_no_other,
    a_cut_file_tells_nothing_else,
    hostile_files_are_refused,
    any_byte_may_be_strange,
    refusals_quote_no_person,
    orders_are_found_by_id_and_counted,
    a_folder_that_cannot_be_read_is_told_at_once,
    a_folder_is_known_again,
    a_form_that_was_not_declared_is_refused_by_name,
    a_workbook_says_what_a_table_says,
)
