"""Five hundred mails, sixty of which mean harm: no wrong order, no crash, each refusal named, and no memory kept."""

import random
import re
import tracemalloc
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from connectors.capabilities import Window
from connectors.mailbox.connector import Mailbox
from connectors.mailbox.slices import unpacked_slice
from model.errors import MalformedError, RejectedError
from model.store.database import Database
from tests.conftest import StillClock
from tests.mail_desk import SECRET, Desk
from tests.mailbox import PASSWORD, Postbox, postbox
from tests.mails import AT, SETTINGS, Line, mailbox, order_mail, text_mail, total_of
from tests.simulation.hostile_mails import HEADER, hostile_mails, sheet_mail

MAILS, HARM = 500, 60
DAYS = 20
COLUMNS = {"number": "Order", "placed": "Date", "sku": "SKU", "quantity": "Qty", "unit_price": "Price"}
EAST = {"addresses": ["desk@east.example"], "form": "sheet", "sheet": {"currency": "EUR", "columns": COLUMNS}}
SENDERS: dict[str, object] = {**cast("dict[str, object]", SETTINGS["senders"]), "east": EAST}
Truth = dict[str, tuple[int, dict[str, int]]]


def lines_of(chance: random.Random) -> list[Line]:
    skus = chance.sample(["MUG", "CUP", "POT", "JUG", "BOWL"], chance.randint(1, 4))
    return [(sku, chance.randint(1, 40), f"{chance.randint(1, 90)}.{chance.choice(('00', '25', '50', '99'))}") for sku in skus]


def filled(box: Postbox) -> tuple[Truth, list[str]]:
    """The mails in no order over some days; what the good ones order, and the names of the bad ones."""
    chance = random.Random(11)  # noqa: S311  a fixed month
    truth: Truth = {}
    mails: list[bytes] = []
    bad = list(hostile_mails())
    for number in range(MAILS - len(bad)):
        lines = lines_of(chance)
        told = (int(total_of(lines) * 100), {sku: pieces for sku, pieces, _ in lines})
        match number % 5:
            case 0 | 1 | 2:
                truth[f"north:N-{number}"] = told
                mails.append(order_mail(f"N-{number}", lines))
            case 3:
                truth[f"west:W-{number}"] = told
                mails.append(text_mail(f"W-{number}", lines))
            case _:
                truth[f"east:E-{number}"] = told
                rows = "".join(f"E-{number},2030-05-01,{sku},{pieces},{price}\n" for sku, pieces, price in lines)
                mails.append(sheet_mail(f"E-{number}", "order.csv", (HEADER + rows).encode()))
    chance.shuffle(mails)
    for place, raw in enumerate(mails):
        box.put(raw, AT + timedelta(minutes=place * (DAYS * 24 * 60 // len(mails))))
    for place, (_name, raw) in enumerate(bad):
        box.put(raw, AT + timedelta(days=place % DAYS, minutes=place))  # at most five refused on a day
    return truth, [name for name, _raw in bad]


def test_there_are_sixty_mails_that_mean_harm() -> None:
    names = [name for name, _raw in hostile_mails()]

    assert len(set(names)) == len(names)
    assert len(names) == HARM


def test_of_five_hundred_mails_every_good_order_is_stored_and_every_bad_one_is_named(
    database: Database, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, PASSWORD)
    clock.at = AT + timedelta(days=DAYS + 2)
    with postbox() as box:
        truth, bad = filled(box)
        desk = Desk(database, tmp_path, clock, box.port)

        outcome = desk.pull(senders=SENDERS)

        assert (outcome.outcome, outcome.message) == ("done", "")
        assert desk.orders() == truth
        assert len(desk.aside()) == len(bad)
        assert not [reason for reason in desk.aside() if re.search(r"\w@\w", reason) or not reason.strip()]
        assert desk.pull(senders=SENDERS).counts.new == 0
        assert desk.orders() == truth


def ends_of(connector: Mailbox, window: Window) -> Counter[str]:
    """How the slices of a window end, none of them kept."""
    ends: Counter[str] = Counter()
    for page in connector.fetch_orders(window, None):
        for raw in page.slices:
            try:
                connector.kinds[page.kind].read(raw, {})
                ends["read"] += 1
            except (MalformedError, RejectedError):
                ends[unpacked_slice(raw).form] += 1
    return ends


def test_reading_them_keeps_nothing_and_needs_little_at_once() -> None:
    window = Window(AT - timedelta(days=1), AT + timedelta(days=DAYS + 1))
    with postbox() as box:
        truth, bad = filled(box)
        connector = mailbox(box.port, senders=SENDERS, page_mails=10)
        assert ends_of(connector, window)["read"] == len(truth)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()

        ends = ends_of(connector, window)

        after, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        connector.close()
        assert sum(ends.values()) == len(truth) + len(bad)
        assert after - before < 2 * 2**20
        assert peak - before < 96 * 2**20
