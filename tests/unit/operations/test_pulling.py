"""Pulling: windows and cursors, leases, broken payloads, refused records, replays; against the street in-process."""

import socket
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from connectors._kit.http import Pause
from connectors.capabilities import StreamFacts, Window
from model.errors import AuthError, ConfigError, TransientError
from model.store import cursors, leases, quarantine_queries
from model.store.audit_trail import Actor
from model.store.cursors import OWN, StreamCursor
from model.store.database import Database
from model.store.order_rows import ORDERS, STATES
from model.store.sealing import MasterKey
from operations.auditor import audit
from operations.preview import preview_channel
from operations.pull import TOLERATED_SKEW, Wanted, next_window, pull_channel
from operations.replay import replay_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Channel, HubFile
from sandbox.street import Street
from tests.company import ENTITY
from tests.conftest import StillClock

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def woo(**more: object) -> Channel:
    values: dict[str, object] = {
        "id": "woo-shop", "name": "Woo", "entity": "main", "connector": "woocommerce", "zone": "Europe/Berlin",
        "orders_from": START - timedelta(days=60), "live_from": START - timedelta(days=5), "allow_hosts": ("street",),
        "settings": {"url": "http://street/woo", "consumer_key": "ck_street", "consumer_secret": "env:TEST_WOO_SECRET"},
    }  # fmt: skip
    return Channel.model_validate(values | more)


class Shop:
    """A hub with one WooCommerce channel on a street of its own."""

    def __init__(self, database: Database, home: Path, clock: StillClock) -> None:
        self.database, self.clock = database, clock
        self.street = Street(home / "street", orders=60, seed=11, clock=clock.now, channels=("woo-shop",))
        self.channel = woo()
        file = HubFile(home / "hub.toml", "", None, (ENTITY,), (), (self.channel,))
        self.hub = Hub(
            file, database, MasterKey.in_file(home / "master.key"), Actor("me", "Me"), clock=clock,
            transport=self.street_door, pause=Pause(sleep=lambda _s: None, chance=lambda: 0),
        )  # fmt: skip

    def street_door(self, _channel: Account) -> httpx.BaseTransport:
        return self.street.transport()

    def through(self, wrap: Callable[[httpx.Request, httpx.Response], httpx.Response]) -> Hub:
        """The hub with every answer passed through a function."""
        inner = self.street.transport()

        def answer(request: httpx.Request) -> httpx.Response:
            response = inner.handle_request(request)
            response.read()
            return wrap(request, response)

        def door(_channel: Account) -> httpx.BaseTransport:
            return httpx.MockTransport(answer)

        return replace(self.hub, transport=door)

    def stored(self) -> dict[str, int]:
        with self.database.read() as connection:
            return dict(connection.exec_driver_sql("SELECT external_id, total_minor FROM orders").fetchall())  # pyright: ignore

    def truth(self) -> dict[str, int]:
        return {each["external_id"]: each["total"]["minor"] for each in self.street.truth()["orders"]}

    def cursor(self, scope: str = OWN) -> StreamCursor | None:
        with self.database.read() as connection:
            return cursors.load(connection, "woo-shop", "orders", scope)


@pytest.fixture
def shop(database: Database, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> Generator[Shop]:
    monkeypatch.setenv("TEST_WOO_SECRET", "cs_street")
    clock.at = START
    opened = Shop(database, tmp_path, clock)
    yield opened
    opened.street.close()


def test_everything_is_read_once_and_the_cursor_stands_at_the_sources_now(shop: Shop) -> None:
    [outcome] = pull_channel(shop.hub, shop.channel)

    assert (outcome.outcome, outcome.counts.new) == ("done", len(shop.truth()))
    assert shop.stored() == shop.truth()
    cursor = shop.cursor()
    assert cursor is not None
    assert (cursor.read_until, cursor.window_start) == (START, None)
    assert audit(shop.database.url) == []


def test_later_changes_are_read_and_the_rest_is_left_alone(shop: Shop) -> None:
    pull_channel(shop.hub, shop.channel)
    shop.clock.move(minutes=30)
    shop.street.advance()

    [outcome] = pull_channel(shop.hub, shop.channel)

    assert outcome.counts.new > 0
    assert shop.stored() == shop.truth()
    assert audit(shop.database.url) == []


def test_an_order_that_was_over_and_changed_is_open_again_unless_it_is_history(shop: Shop) -> None:
    pull_channel(shop.hub, shop.channel)
    with shop.database.write() as c:
        c.execute(update(STATES).values(is_open=False))
    shop.clock.move(minutes=30)
    shop.street.advance()

    [outcome] = pull_channel(shop.hub, shop.channel)

    with shop.database.read() as c:
        opened = (
            c.execute(select(STATES.c.is_history).join(ORDERS, ORDERS.c.id == STATES.c.order_id).where(STATES.c.is_open)).scalars().all()
        )
    assert outcome.counts.changed > 0
    assert len(opened) > outcome.counts.new
    assert not any(opened)


def test_an_old_window_read_again_changes_nothing_and_moves_no_cursor(shop: Shop) -> None:
    pull_channel(shop.hub, shop.channel)
    before, cursor = shop.stored(), shop.cursor()

    [outcome] = pull_channel(shop.hub, shop.channel, Wanted(START - timedelta(days=60), START))

    assert (outcome.counts.new, outcome.counts.changed) == (0, 0)
    assert outcome.counts.unchanged >= len(before)
    assert (shop.stored(), shop.cursor()) == (before, cursor)
    assert shop.cursor(Wanted(START - timedelta(days=60), START).scope) is None


def test_a_dry_run_tells_what_would_come_and_writes_nothing(shop: Shop) -> None:
    [outcome] = preview_channel(shop.hub, shop.channel, Wanted())

    assert outcome.counts.new == len(shop.truth())
    assert shop.stored() == {}


def test_a_second_run_at_the_same_time_is_skipped(shop: Shop) -> None:
    leases.take(shop.database, "pull:woo-shop", "another-host:1:1")

    [outcome] = pull_channel(shop.hub, shop.channel)

    assert (outcome.outcome, outcome.error) == ("skipped", None)
    assert "another-host" in outcome.message
    assert shop.stored() == {}


def test_a_lease_left_by_a_dead_process_of_this_machine_is_taken_over_at_once(shop: Shop) -> None:
    leases.take(shop.database, "pull:woo-shop", f"{socket.gethostname()}:4194305:7")

    [outcome] = pull_channel(shop.hub, shop.channel)

    assert outcome.outcome == "done"


def test_refused_credentials_pause_the_channel_and_good_ones_lift_the_pause(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_WOO_SECRET", "wrong")
    [refused] = pull_channel(shop.hub, shop.channel)
    with shop.database.read() as connection:
        reason = connection.exec_driver_sql("SELECT pause_reason FROM channel_account").scalar_one()
    monkeypatch.setenv("TEST_WOO_SECRET", "cs_street")
    [again] = pull_channel(shop.hub, shop.channel)

    assert isinstance(refused.error, AuthError)
    assert "credentials refused" in reason
    assert again.outcome == "done"
    with shop.database.read() as connection:
        assert connection.exec_driver_sql("SELECT paused_at FROM channel_account").scalar_one() is None


def test_a_missing_secret_is_told_with_its_line_and_mend(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_WOO_SECRET")

    [outcome] = pull_channel(shop.hub, shop.channel)

    assert isinstance(outcome.error, ConfigError)
    assert "hub.toml:1: settings.consumer_secret: the variable TEST_WOO_SECRET is not set" in outcome.message


def test_two_accounts_of_one_shop_are_refused(shop: Shop) -> None:
    twin = woo(id="woo-twin")
    hub = replace(shop.hub, file=replace(shop.hub.file, channels=(shop.channel, twin)))
    pull_channel(hub, shop.channel)

    [outcome] = pull_channel(hub, twin)

    assert "is the same shop as channel woo-shop" in outcome.message


def _down_after_page_two(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    return httpx.Response(503) if int(request.url.params.get("offset", "0")) >= 14 else response


def test_a_page_that_cannot_be_had_fails_the_run_and_the_next_one_goes_on_there(shop: Shop) -> None:
    channel = woo(settings=shop.channel.settings | {"page_size": 10})

    [failed] = pull_channel(shop.through(_down_after_page_two), channel)
    kept = len(shop.stored())
    cursor = shop.cursor()
    [done] = pull_channel(shop.hub, channel)

    assert isinstance(failed.error, TransientError)
    assert cursor is None or cursor.window_end is not None
    assert done.outcome == "done"
    assert done.counts.new == len(shop.truth()) - kept
    assert shop.stored() == shop.truth()
    assert audit(shop.database.url) == []


def test_one_unreadable_payload_is_set_aside_and_its_neighbours_are_stored(shop: Shop) -> None:
    [victim, *_] = shop.truth()

    def spoil(_request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.content.replace(f'"id":{victim},'.encode(), f'"id":{victim},"id":{victim},'.encode())
        return httpx.Response(response.status_code, headers=_without_length(response), content=body)

    [outcome] = pull_channel(shop.through(spoil), shop.channel)

    assert (outcome.outcome, outcome.counts.quarantined) == ("done", 1)
    assert set(shop.stored()) == set(shop.truth()) - {victim}
    with shop.database.read() as connection:
        [entry] = quarantine_queries.list_entries(connection, None, "open", None)
    assert (entry["external_id"], "duplicate key" in entry["reason"].lower()) == (victim, True)
    assert audit(shop.database.url) == []


def test_replay_fetches_anew_what_is_still_unreadable_but_has_a_name(shop: Shop) -> None:
    [victim, *_] = shop.truth()

    def spoil(_request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.content.replace(f'"id":{victim},'.encode(), f'"id":{victim},"id":{victim},'.encode())
        return httpx.Response(response.status_code, headers=_without_length(response), content=body)

    pull_channel(shop.through(spoil), shop.channel)

    replayed = replay_channel(shop.hub, shop.channel)

    assert (replayed.tried, replayed.resolved, replayed.still_open) == (1, 1, 0)
    assert shop.stored() == shop.truth()
    assert audit(shop.database.url) == []


def test_replay_reads_the_window_again_for_what_has_no_name(shop: Shop) -> None:
    [victim, *_] = shop.truth()

    def spoil(_request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.content.replace(f'"id":{victim},'.encode(), b'"id":NaN,')
        return httpx.Response(response.status_code, headers=_without_length(response), content=body)

    pull_channel(shop.through(spoil), shop.channel)
    with shop.database.read() as connection:
        [entry] = quarantine_queries.list_entries(connection, None, "open", None)
    shop.clock.move(seconds=1)

    replayed = replay_channel(shop.hub, shop.channel)

    assert entry["external_id"] is None
    assert (replayed.tried, replayed.resolved, replayed.still_open) == (1, 1, 0)
    assert shop.stored() == shop.truth()
    assert audit(shop.database.url) == []


def test_replay_brings_in_what_a_mended_mapping_can_read(shop: Shop) -> None:
    translated = woo(settings=shop.channel.settings | {"statuses": {"parcel-shop": "processing"}})

    def plugin_status(_request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.content.replace(b'"status":"processing"', b'"status":"parcel-shop"')
        return httpx.Response(response.status_code, headers=_without_length(response), content=body)

    hub = shop.through(plugin_status)
    [first] = pull_channel(hub, shop.channel)
    replayed = replay_channel(hub, translated)

    assert first.counts.quarantined > 0
    assert replayed.still_open == 0
    assert shop.stored() == shop.truth()
    assert audit(shop.database.url) == []


def test_a_date_header_far_ahead_moves_the_cursor_no_further_than_clocks_may_differ(shop: Shop) -> None:
    def ahead(_request: httpx.Request, response: httpx.Response) -> httpx.Response:
        response.headers["Date"] = "Tue, 01 Jan 2030 00:00:00 GMT"
        return response

    pull_channel(shop.through(ahead), shop.channel)

    cursor = shop.cursor()
    assert cursor is not None
    assert cursor.read_until == shop.clock.at + TOLERATED_SKEW


def test_a_rerun_goes_on_where_it_stopped_only_for_a_while(shop: Shop) -> None:
    wanted = Wanted(START - timedelta(days=30), START)
    channel = woo(settings=shop.channel.settings | {"page_size": 10})
    pull_channel(shop.through(_down_after_page_two), channel, wanted)
    soon, shop.clock.at = shop.cursor(wanted.scope), shop.clock.at + timedelta(hours=2)

    [late] = pull_channel(shop.hub, channel, wanted)

    assert soon is not None
    assert soon.page_token is not None
    assert late.counts.unchanged > 0


def test_a_window_without_offset_is_refused_and_one_with_another_is_read_in_utc() -> None:
    east = timezone(timedelta(hours=8))

    wanted = Wanted(datetime(2026, 3, 1, 8, tzinfo=east))

    assert wanted.since is not None
    assert wanted.since.isoformat() == "2026-03-01T00:00:00+00:00"
    with pytest.raises(ConfigError, match="offset"):
        Wanted(datetime(2026, 3, 1, 8))  # noqa: DTZ001  the very thing


def test_a_replay_that_fails_says_so(shop: Shop) -> None:
    [victim, *_] = shop.truth()

    def spoil(_request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.content.replace(f'"id":{victim},'.encode(), f'"id":{victim},"id":{victim},'.encode())
        return httpx.Response(response.status_code, headers=_without_length(response), content=body)

    pull_channel(shop.through(spoil), shop.channel)

    replayed = replay_channel(shop.through(lambda _request, _response: httpx.Response(503)), shop.channel)

    assert (replayed.resolved, replayed.still_open) == (0, 1)
    assert "503" in replayed.message


def test_an_id_that_no_database_keeps_is_not_kept(shop: Shop) -> None:
    [victim, *_] = shop.truth()

    def spoil(_request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.content.replace(f'"id":{victim},'.encode(), b'"id":"a\\u0000b",')
        return httpx.Response(response.status_code, headers=_without_length(response), content=body)

    [outcome] = pull_channel(shop.through(spoil), shop.channel)

    assert (outcome.outcome, outcome.counts.quarantined) == ("done", 1)


def test_a_card_number_in_a_note_is_never_stored(shop: Shop) -> None:
    def typed_card(_request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.content.replace(b'"customer_note":"', b'"customer_note":"4111 1111 1111 1111 ')
        return httpx.Response(response.status_code, headers=_without_length(response), content=body)

    pull_channel(shop.through(typed_card), shop.channel)

    assert len(shop.stored()) == len(shop.truth())
    with shop.database.read() as connection:
        assert connection.exec_driver_sql("SELECT MIN(cards_scrubbed) FROM raw_payload").scalar_one() >= 1


FACTS = StreamFacts(lag=timedelta(0), overlap=timedelta(minutes=10), longest=timedelta(days=7))


@pytest.mark.parametrize(
    ("read_until", "horizon", "window"),
    [
        (START, START + timedelta(days=1), Window(START, START + timedelta(days=1))),
        (START + timedelta(days=1), START + timedelta(days=2), Window(START + timedelta(hours=23, minutes=50), START + timedelta(days=2))),
        (START, START + timedelta(days=30), Window(START, START + timedelta(days=7))),
        (START, START, None),
    ],
    ids=["the first window starts where it is told", "later ones overlap", "none is longer than declared", "nothing new, no window"],
)
def test_windows(read_until: datetime, horizon: datetime, window: Window | None) -> None:
    cursor = StreamCursor("shop", "orders", OWN, read_until)

    assert next_window(cursor, FACTS, START, horizon, is_rerun=False) == window


def _without_length(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.lower() not in {"content-length", "content-encoding"}}
