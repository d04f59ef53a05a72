"""What an InventorySink promises: levels end as asked, nothing is set twice or guessed, one bad target spares the others."""

import contextlib
from dataclasses import replace

import pytest

from connectors.capabilities import StockAnswer, StockTarget
from model.errors import AuthError, HubError, TransientError
from tests.contract import faults
from tests.contract.faults import Fault, Spoiler, always, once
from tests.contract.remote import Remote, Row
from tests.contract.stand import StockStand

FEW = 12
UNKNOWN = 9001


def levels_end_as_asked(stand: StockStand) -> None:
    """Every target of more than two batches is told, and the channel shows what was asked."""
    remote, targets = stand.remote(), _targets(stand, stand.rows)
    answers = stand.link(remote).publish(targets)
    assert {name: answer.fate for name, answer in answers.items()} == dict.fromkeys(_asked(targets), "told")
    assert _levels(remote, targets) == _asked(targets)


def nothing_left_is_a_level(stand: StockStand) -> None:
    """Zero is set as any other level."""
    remote = stand.remote()
    targets = [stand.target(row, 0, expected=row.level) for row in stand.rows[:FEW]]
    assert _fates(stand.link(remote).publish(targets)) == {"told"}
    assert set(_levels(remote, targets).values()) == {0}


def the_same_call_makes_the_same_requests(stand: StockStand) -> None:
    """Byte for byte, by whichever connector and whenever."""
    links = [stand.link(stand.remote()) for _ in range(2)]
    for link in links:
        link.publish(_targets(stand, stand.rows))
    first, again = ([(request.method, str(request.url), request.content) for request in link.asked] for link in links)
    assert first == again


def setting_twice_changes_nothing(stand: StockStand) -> None:
    """The same targets once more leave the same levels."""
    remote, targets = stand.remote(), _targets(stand, stand.rows[:FEW])
    link = stand.link(remote)
    link.publish(targets)
    assert _fates(link.publish(targets)) <= {"told", "stale"}
    assert _levels(remote, targets) == _asked(targets)


def batches_keep_to_what_is_declared(stand: StockStand) -> None:
    """No request holds more targets than declared, nor more than the vendor takes, and none is sent twice."""
    link, targets = stand.link(), _targets(stand, stand.rows)
    link.publish(targets)
    sizes = [len(changes) for request in link.asked if (changes := stand.changes_in(request))]
    assert max(sizes) <= stand.sink.batch <= stand.sets.most
    assert sum(sizes) == len(targets)


def one_refused_target_spares_the_batch(stand: StockStand) -> None:
    """Of a batch with a target that the vendor refuses, all others are set; that one is told refused, with the reason."""
    remote, rows = stand.remote(), stand.rows[:FEW]
    _row(remote, rows[3]).is_refused = True
    _spared(stand, remote, rows, rows[3])


def unknown_listings_are_refused(stand: StockStand) -> None:
    """A listing that the channel does not know (any more) is refused and not raised, and costs no other."""
    stranger = stand.row(0, stand.ids.numbered(UNKNOWN), stand.rows[0].updated)
    _spared(stand, stand.remote(), [*stand.rows[: FEW // 2], stranger, *stand.rows[FEW // 2 : FEW]], stranger)


def what_is_not_counted_is_refused(stand: StockStand) -> None:
    """Where a vendor sets no level of what it does not count, as the dialect states, that is a refusal."""
    if "uncounted" not in stand.sets.fates:
        pytest.skip("this vendor keeps the level all the same, says its dialect")
    remote, rows = stand.remote(), stand.rows[:FEW]
    _row(remote, rows[2]).level = None
    _spared(stand, remote, rows, rows[2])


def a_lost_reply_is_no_refusal(stand: StockStand) -> None:
    """Levels are set and the replies are lost: nothing is called refused, and reading back shows what was set."""
    remote, targets = stand.remote(), _targets(stand, stand.rows[:FEW])
    answers = stand.link(Fault(remote, faults.dropped, always, stand.is_write)).publish(targets)
    assert _fates(answers) <= {"told", "stale"}
    shown = stand.link(remote).shown([stand.listing(row.body) for row in stand.rows[:FEW]])
    assert {name: seen.sellable for name, seen in shown.items()} == _asked(targets)


def an_outage_is_no_answer(stand: StockStand) -> None:
    """A remote that is down, cuts its answers or gives pages for people has neither taken nor refused anything."""
    for spoil in (faults.status(503), faults.status(500), faults.for_people, faults.cut):
        answers = _published(stand, spoil)
        assert answers == {}


def a_wish_to_wait_is_heard(stand: StockStand) -> None:
    """A write that is turned away for haste is sent again when the remote wishes, not before."""
    remote, targets = stand.remote(), _targets(stand, stand.rows[:FEW])
    link = stand.link(Fault(remote, faults.status(429, Retry_After="7"), once, stand.is_write))
    assert _fates(link.publish(targets)) == {"told"}
    assert _levels(remote, targets) == _asked(targets)
    assert sum(link.waits) >= 7


def what_changed_meanwhile_is_left_alone(stand: StockStand) -> None:
    """A comparing sink does not set what shows something else than expected, as after a sale; it says so."""
    if not stand.sink.compares:
        pytest.skip("this sink declares that it compares nothing")
    remote, targets = stand.remote(), _targets(stand, stand.rows[:FEW])
    sold = _row(remote, stand.rows[4])
    sold.level = 30
    answers = stand.link(remote).publish(targets)
    assert {name: answer.fate for name, answer in answers.items() if answer.fate != "told"} == {sold.external_id: "stale"}
    assert _levels(remote, targets) == {**_asked(targets), sold.external_id: 30}


def nothing_expected_overwrites(stand: StockStand) -> None:
    """A target without an expectation is set whatever the channel shows."""
    remote = stand.remote()
    targets = [replace(target, expected=None) for target in _targets(stand, stand.rows[:FEW])]
    assert _fates(stand.link(remote).publish(targets)) == {"told"}
    assert _levels(remote, targets) == _asked(targets)


def what_open_orders_hold_is_not_sold_again(stand: StockStand) -> None:
    """The quantity asked for is what may be sold, also where the channel's own open orders hold some; the declared meaning is true."""
    remote, targets = stand.remote(), _targets(stand, stand.rows[:FEW])
    for row in stand.rows[:FEW]:
        _row(remote, row).held = 3
    assert stand.sink.level_means == stand.sets.means
    assert _fates(stand.link(remote).publish(targets)) == {"told"}
    assert _levels(remote, targets) == _asked(targets)


def levels_are_read_back(stand: StockStand) -> None:
    """What the channel shows is told for each listing that it knows, in any number; others are left out."""
    stranger = stand.row(0, stand.ids.numbered(UNKNOWN), stand.rows[0].updated)
    shown = stand.link().shown([stand.listing(row.body) for row in [stranger, *stand.rows]])
    assert {name: seen.sellable for name, seen in shown.items()} == {row.external_id: row.level for row in stand.rows}


def null_is_not_zero(stand: StockStand) -> None:
    """What the channel does not count has no level, which is another thing than none left."""
    remote, rows = stand.remote(), stand.rows[:FEW]
    uncounted, empty = _row(remote, rows[0]), _row(remote, rows[1])
    uncounted.level, empty.level = None, 0
    shown = stand.link(remote).shown([stand.listing(stand.written(_row(remote, row))) for row in rows])
    seen = shown.get(uncounted.external_id)
    assert seen is None or seen.sellable is None
    assert shown[empty.external_id].sellable == 0


def refused_credentials_stop_the_sink(stand: StockStand) -> None:
    """A 401 is an operator's matter: raised, after one request that sets levels."""
    link = stand.link(Fault(stand.remote(), faults.status(401), always, stand.is_write))
    with pytest.raises(AuthError):
        link.publish(_targets(stand, stand.rows))
    assert len([request for request in link.asked if stand.is_write(request)]) == 1


def the_declared_rate_is_kept(stand: StockStand) -> None:
    """Behind a burst, no more requests are sent in a time than the connector declares that the remote bears."""
    link, rate, more = stand.link(), stand.sink.rate, 4
    for row in stand.rows[: rate.burst + more]:
        link.publish([stand.target(row, 5, expected=row.level)])
    sent = len([request for request in link.asked if stand.is_write(request)])
    assert sent == rate.burst + more
    assert sum(link.waits) >= (more - 1) / rate.per_second


def stock_tells_no_secret(stand: StockStand) -> None:
    """No secret in an address, in an error or in the reason of a refusal."""
    told: list[str] = []
    for code in (400, 401, 404, 503):
        link = stand.link(Fault(stand.remote(), faults.status(code), always, stand.is_write))
        try:
            told += [answer.reason for answer in link.publish(_targets(stand, stand.rows[:FEW])).values()]
        except HubError as error:
            told.append(str(error))
        told += [str(request.url) for request in link.asked]
        assert not [text for text in told for secret in link.secrets() if secret in text]


def _targets(stand: StockStand, rows: list[Row]) -> list[StockTarget]:
    """Each row shall show another level than now, as is known of it."""
    return [stand.target(row, (row.level or 0) + 1 + place % 7, expected=row.level) for place, row in enumerate(rows)]


def _asked(targets: list[StockTarget]) -> dict[str, int]:
    return {target.external_id: target.quantity for target in targets}


def _levels(remote: Remote, targets: list[StockTarget]) -> dict[str, int | None]:
    rows = {row.external_id: row for row in remote.rows["listings"]}
    return {target.external_id: rows[target.external_id].level for target in targets if target.external_id in rows}


def _fates(answers: dict[str, StockAnswer]) -> set[str]:
    return {answer.fate for answer in answers.values()}


def _row(remote: Remote, row: Row) -> Row:
    found = remote.listing(row.external_id)
    assert found is not None
    return found


def _spared(stand: StockStand, remote: Remote, rows: list[Row], refused: Row) -> None:
    """All rows are set but the refused one, which keeps its level."""
    before = remote.listing(refused.external_id)
    level = before.level if before else None
    targets = _targets(stand, rows)
    answers = stand.link(remote).publish(targets)
    assert {name: answer.fate for name, answer in answers.items() if answer.fate != "told"} == {refused.external_id: "refused"}
    assert answers[refused.external_id].reason
    asked = {name: quantity for name, quantity in _asked(targets).items() if name != refused.external_id}
    levels = _levels(remote, targets)
    assert levels.pop(refused.external_id, level) == level
    assert answers.keys() == {*asked, refused.external_id}
    assert levels == asked


def _published(stand: StockStand, spoil: Spoiler) -> dict[str, StockAnswer]:
    remote = Fault(stand.remote(), spoil, always, stand.is_write)
    with contextlib.suppress(TransientError):
        return stand.link(remote).publish(_targets(stand, stand.rows[:FEW]))
    return {}


STOCK = (
    levels_end_as_asked,
    nothing_left_is_a_level,
    the_same_call_makes_the_same_requests,
    setting_twice_changes_nothing,
    batches_keep_to_what_is_declared,
    one_refused_target_spares_the_batch,
    unknown_listings_are_refused,
    what_is_not_counted_is_refused,
    a_lost_reply_is_no_refusal,
    an_outage_is_no_answer,
    a_wish_to_wait_is_heard,
    what_changed_meanwhile_is_left_alone,
    nothing_expected_overwrites,
    what_open_orders_hold_is_not_sold_again,
    levels_are_read_back,
    null_is_not_zero,
    refused_credentials_stop_the_sink,
    the_declared_rate_is_kept,
    stock_tells_no_secret,
)
