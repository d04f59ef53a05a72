"""What a source of payouts and disputes promises beside its stream: payouts are the sum of their lines, and no line is lost or refused."""

from dataclasses import replace

import pytest

from connectors.capabilities import Record
from model.errors import MalformedError, RejectedError
from model.records.settlement import Dispute, SettlementLine
from model.rules.settlements import check_line, check_payout
from tests.contract.remote import WINDOW, put
from tests.contract.stand import Stand
from tests.contract.stand_payouts import LINES, PayoutStand, newest, without_payout

ODD = "suite_odd_word"


def payouts_and_lines_come(stand: PayoutStand) -> None:
    """Both kinds of page, each of one kind, and of each all that was recorded; whatever a payout is, it is told."""
    pages = [page for page in stand.link(stand.books()).all_pages() if page.slices]
    recorded = {name: {row.external_id for row in rows} for name, rows in stand.books().rows.items()}
    assert {page.kind for page in pages} == {"payout", "balance"}
    for kind in ("payout", "balance"):
        assert {stand.kind.external_id_in(raw) for page in pages if page.kind == kind for raw in page.slices} >= recorded[f"{kind}s"]


def lines_sum_to_their_payout(stand: PayoutStand) -> None:
    """The lines of each itemised payout sum to it, also where they arose long before it."""
    _itemises(stand)
    for old_lines in (False, True):
        payouts, lines = stand.told(stand.books(old_lines=old_lines))
        itemised = {payout.external_id: payout for payout in payouts if payout.is_itemised}
        assert itemised
        for payout in itemised.values():
            carried = tuple(line for line in newest(lines).values() if line.payout_external_id == payout.external_id)
            assert carried
            check_payout(payout, carried)


def a_line_given_its_payout_is_told_anew(stand: PayoutStand) -> None:
    """A line that is in no payout when it arises comes again, as a newer fact, when a payout carries it."""
    _itemises(stand)
    if stand.lines.by_payout:
        pytest.skip("this vendor tells no line before a payout carries it, says its dialect")
    remote = stand.books(old_lines=True)
    carried = next(row for row in remote.rows[LINES] if row.payout)
    bare = stand.line_of(without_payout(carried, stand.lines))
    assert bare.payout_external_id is None
    told = newest(stand.told(remote)[1])
    assert carried.external_id in told
    assert told[carried.external_id].payout_external_id == carried.payout
    assert told[carried.external_id].source_version > bare.source_version


def a_spoilt_line_spares_its_payout(stand: PayoutStand) -> None:
    """A line of a payout that cannot be read is given out by its id, and costs no other line, nor the payout."""
    remote = stand.books()
    spoilt = next((row for row in remote.rows[LINES] if row.payout), remote.rows[LINES][0])
    spoilt.body = PayoutStand(stand.name, stand.stream._replace(kind="balance", of=LINES), stand.kind).broken(spoilt)[0]
    pages = list(stand.link(remote).all_pages())
    lines = {raw for page in pages if page.kind == "balance" for raw in page.slices}
    assert {stand.kind.external_id_in(raw) for raw in lines} >= {row.external_id for row in remote.rows[LINES]}
    assert {stand.kind.external_id_in(raw) for raw in lines if not _is_line(stand, raw)} == {spoilt.external_id}


def net_is_gross_less_fees(stand: Stand) -> None:
    """Of every line; one whose own amounts do not agree is refused."""
    lines = [_line(stand.read(payload)) for payload in stand.recorded()]
    assert any(line.fees for line in lines)
    for line in lines:
        check_line(line)
    for payload in stand.recorded() if stand.shape.net else ():
        with pytest.raises((MalformedError, RejectedError)):
            check_line(_line(stand.read(put(payload, stand.shape.net, 987_654_321))))


def a_word_nobody_knows_is_kept(stand: Stand) -> None:
    """A line of a kind nobody knows yet is `unknown`, under its own word, and not a cent of it is lost."""
    for payload in stand.recorded():
        known, odd = _line(stand.read(payload)), _line(stand.read(put(payload, stand.shape.word, ODD)))
        assert (odd.kind, odd.raw_kind) == ("unknown", ODD)
        assert (odd.external_id, odd.net_minor, odd.currency) == (known.external_id, known.net_minor, known.currency)
        assert odd.payout_external_id == known.payout_external_id
        check_line(odd)


def a_dispute_names_its_payment(stand: Stand) -> None:
    """Which payment, how much of it, and since when."""
    for row in stand.rows:
        dispute = _dispute(stand.read(row.body))
        assert dispute.payment_reference
        assert dispute.amount_minor > 0
        assert dispute.opened_at <= dispute.updated_at == row.updated
    remote = stand.remote([replace(row) for row in stand.rows])
    told = [_dispute(stand.read(raw)) for page in stand.link(remote).pages(WINDOW) for raw in page.slices]
    assert {(each.external_id, each.payment_reference) for each in told} == {
        (row.external_id, _dispute(stand.read(row.body)).payment_reference) for row in stand.rows
    }


def _itemises(stand: PayoutStand) -> None:
    if not stand.lines.payout:
        pytest.skip("this vendor does not say which lines a payout is made of, says its dialect")


def _is_line(stand: PayoutStand, raw: bytes) -> bool:
    try:
        stand.line_of(raw)
    except MalformedError:
        return False
    return True


def _line(record: Record) -> SettlementLine:
    assert isinstance(record, SettlementLine)
    return record


def _dispute(record: Record) -> Dispute:
    assert isinstance(record, Dispute)
    return record


OF_PAYOUTS = (
    payouts_and_lines_come,
    lines_sum_to_their_payout,
    a_line_given_its_payout_is_told_anew,
    a_spoilt_line_spares_its_payout,
)
"""Asked of the stand of payouts."""
OF_LINES = (net_is_gross_less_fees, a_word_nobody_knows_is_kept)
"""Asked of the stand of lines."""
DISPUTES = (a_dispute_names_its_payment,)
