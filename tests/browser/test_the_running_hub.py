"""`entrepot up` as a newcomer meets it, and a rerun by an admin in Prefect's real UI."""

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import tomllib
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from operations.runtime.clock import SystemClock
from tests.hubs import ENTREPOT, Home, home_in

pytestmark = pytest.mark.filterwarnings("default")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WAITS_FOR_ITS_TURN = ("[SQL: BEGIN IMMEDIATE]", "[SQL: UPDATE work_queue")
"""First statements of Prefect's transactions: one that fails has waited a minute in vain, as where the server stands still (ADR 0014)."""
STORM = 100
"""So many that read before they write, and fail at once as another wrote meanwhile, would be what `flows.leftovers` prevents."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Up:
    """A running hub: its process, what it says, and where its UI is."""

    home: Home
    process: "subprocess.Popen[str]"
    log: Path
    ui: str

    def wait_for(self, pattern: str, seconds: int) -> float:
        """Seconds until the hub says something."""
        started = time.monotonic()
        while not re.search(pattern, self.log.read_text()):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() - started < seconds, f"{pattern!r} was not said within {seconds} s:\n{self.log.read_text()}"
            time.sleep(0.3)
        return time.monotonic() - started


@contextmanager
def started(home: Home, name: str) -> Generator[Up]:
    """A hub started as `make up` starts it, and stopped again whatever happens."""
    log = home.path / name
    env = home.env | {"ENTREPOT_UI_PORT": "4310", "ENTREPOT_STREET_PORT": "8310"}
    with log.open("w") as out:
        process = subprocess.Popen(
            [ENTREPOT, "up"], env=env, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, start_new_session=True
        )
    up = Up(home, process, log, "")
    try:
        up.wait_for(r"Prefect's UI is at (\S+)", 60)
        found = re.search(r"Prefect's UI is at (\S+)", log.read_text())
        assert found is not None
        up.ui = found.group(1)
        yield up
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Generator[Up]:
    """A hub on a new home."""
    with started(home_in(tmp_path_factory.mktemp("up")), "first.log") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package `chromium` to run the browser tests")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def test_orders_flow_in_and_a_line_per_run_says_what_came(up: Up) -> None:
    up.wait_for(r"woo-shop orders: \d+ new", 120)
    up.wait_for(r"shopify-main orders: \d+ new", 120)
    up.wait_for(r"square-till orders: \d+ new", 120)

    assert up.home.said("orders", "list")["total"] > 100


def test_every_channel_has_its_schedule(up: Up) -> None:
    up.wait_for(r"orders: \d+ new", 120)

    schedules = pull_orders(up)["schedules"]

    assert {each["slug"]: each["parameters"] for each in schedules} == {
        f"channel-{name}": {"channel": name} for name in ("shopify-main", "woo-shop", "square-till")
    }


def test_an_admin_reads_an_old_window_again_from_a_form_in_the_ui(up: Up, browser: Browser) -> None:
    up.wait_for(r"woo-shop orders: \d+ new", 120)
    page = browser.new_page(viewport={"width": 1400, "height": 1400})
    page.goto(f"{up.ui}/v2/deployments/deployment/{pull_orders(up)['id']}/run")
    page.get_by_label("channel").fill("woo-shop", timeout=60_000)
    pick_day_of_last_month(page, 0, "10")
    pick_day_of_last_month(page, 1, "20")
    page.get_by_label("actor").fill(somebody(up))
    page.get_by_role("button", name="Submit").click()

    run_id = id_of_the_run_of_a_window(up, page)
    page.goto(f"{up.ui}/v2/runs/flow-run/{run_id}")

    expect(page.get_by_text("Completed").first).to_be_visible(timeout=240_000)
    run = asked(up, f"flow_runs/{run_id}")
    assert (run["parameters"]["channel"], run["parameters"]["since"][8:10], run["parameters"]["until"][8:10]) == ("woo-shop", "10", "20")
    assert run["state"]["message"].startswith("woo-shop orders: nothing")
    page.close()


def pick_day_of_last_month(page: Page, number: int, day: str) -> None:
    """Choose a day in one of the form's date pickers."""
    page.get_by_role("tab", name="date-time").nth(number).click()
    page.get_by_text("MM/DD/YYYY hh:mm aa").first.click()
    page.get_by_role("button", name=re.compile("previous month", re.IGNORECASE)).click()
    page.get_by_role("gridcell").filter(has_text=re.compile(f"^{day}$")).first.get_by_role("button").click()
    page.keyboard.press("Escape")


def asked(up: Up, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
    """What Prefect's API says."""
    request = Request(f"{up.ui}/api/{path}", json.dumps(body).encode() if body else None, {"content-type": "application/json"})  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310  loopback
        return json.load(answer)


def somebody(up: Up) -> str:
    """A person of the hub."""
    return str(tomllib.loads((up.home.path / "hub.toml").read_text())["people"][0]["id"])


def pull_orders(up: Up) -> dict[str, Any]:
    return asked(up, "deployments/name/pull_orders/pull-orders")


def id_of_the_run_of_a_window(up: Up, page: Page) -> str:
    """The run that was asked for with a window, whether a worker has taken it yet or not; the schedules' own have none."""
    due = {"expected_start_time": {"before_": (SystemClock().now() + timedelta(minutes=1)).isoformat()}}
    for _ in range(60):
        runs = asked(up, "flow_runs/filter", {"limit": 200, "sort": "EXPECTED_START_TIME_DESC", "flow_runs": due})
        found = [run["id"] for run in runs if run["parameters"].get("since")]
        if found:
            return found[0]
        time.sleep(0.5)
    raise AssertionError(f"no run with a window was created; the form says:\n{page.inner_text('body')}")


def test_ctrl_c_stops_it_cleanly_and_started_again_after_hours_it_goes_on(up: Up) -> None:
    up.wait_for(r"woo-shop orders: \d+ new", 120)
    stored = up.home.said("orders", "list")["total"]

    up.process.send_signal(signal.SIGINT)
    code = up.process.wait(60)

    assert code == 0, up.log.read_text()
    assert up.log.read_text().rstrip().endswith("stopped")
    assert let_pass(up.home, hours=3) > 100
    with started(up.home, "second.log") as again:
        again.wait_for(r"woo-shop orders: ", 120)
        assert asked(again, "flow_runs/count", {"flow_runs": {"state": {"name": {"any_": ["Late"]}}}}) == 0
    assert again.process.returncode == 0
    said = (up.home.path / "logs/prefect.log").read_text()
    assert not [statement for statement in WAITS_FOR_ITS_TURN if statement in said]
    assert said.count("sqlalchemy.exc.OperationalError") < STORM
    assert up.home.said("orders", "list")["total"] >= stored
    assert up.home.said("audit") == {"findings": []}


def let_pass(home: Home, hours: int) -> int:
    """Make the hub's runs that are scheduled look as after so many hours off, and count them."""
    earlier = "strftime('%Y-%m-%d %H:%M:%f000', next_scheduled_start_time, ?)"
    with closing(sqlite3.connect(home.path / "prefect/prefect.db")) as prefect, prefect:
        moved = prefect.execute(
            f"UPDATE flow_run SET next_scheduled_start_time = {earlier} WHERE state_type = 'SCHEDULED'",  # noqa: S608  no word from outside
            (f"-{hours} hours",),
        )
        return moved.rowcount
