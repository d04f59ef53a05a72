"""The generated quarter's books as files: ledgers' own checkers accept each month, and the same month is the same bytes."""

import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import distinct, func, select

from model.errors import ConfigError
from model.store.bank_closings import closings, unbooked
from model.store.database import Database
from model.store.money_rows import STATEMENTS
from model.store.vouchers import LINES, VOUCHERS
from operations.books.bank_balances import bank_differences
from operations.books.export import export_period
from operations.books.post import post_vouchers
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Ledger
from tests.conftest import StillClock
from tests.simulation.quarter_store import SINCE, UNTIL, Desk
from tests.simulation.quarter_truth import BANK
from tests.simulation.quarter_world import build
from tests.simulation.test_quarter import LARGE, Quarter
from tests.simulation.test_quarter_books import with_rules

KINDS = {"hledger": {}, "beancount": {}, "voucher_csv": {}, "kingdee": {"account_book": "001"}}
HLEDGER, BEAN_CHECK = shutil.which("hledger"), Path(sys.executable).parent / "bean-check"


@pytest.fixture(scope="module")
def hub(sqlite_template: bytes, tmp_path_factory: pytest.TempPathFactory) -> Generator[Hub]:
    """The quarter of two thousand orders, posted, with a ledger of each kind of file."""
    with posted_quarter(2_000, sqlite_template, tmp_path_factory.mktemp("quarter")) as made:
        yield made


@contextmanager
def posted_quarter(count: int, sqlite_template: bytes, home: Path) -> Generator[Hub]:
    """A quarter of so many orders in the books, each fact a voucher, with a ledger of each kind of file."""
    (home / "entrepot.db").write_bytes(sqlite_template)
    database = Database(f"sqlite:///{home / 'entrepot.db'}")
    desk = Desk(database, home, StillClock())
    Quarter(desk).told(build(count).arrivals).run()
    made = with_rules(desk.hub)
    post_vouchers(made)
    yield replace(made, file=replace(made.file, ledgers=tuple(ledger(kind, home) for kind in KINDS)))
    database.close()


def ledger(kind: str, home: Path) -> Ledger:
    told = {"id": kind.replace("_", "-"), "name": kind, "entity": "main", "connector": kind, "zone": "UTC", "vouchers_from": SINCE}
    return Ledger.model_validate({**told, "settings": {"address": str(home), **KINDS[kind]}})


def periods(hub: Hub) -> list[str]:
    with hub.database.read() as connection:
        return sorted(connection.execute(select(distinct(VOUCHERS.c.period))).scalars())


def exported(hub: Hub, kind: str, folder: Path) -> list[Path]:
    """Each month as a file."""
    found: list[Path] = []
    for period in periods(hub):
        found.append(folder / f"{period}.{kind}")
        assert export_period(hub, hub.file.ledger(kind), period, found[-1]) > 0
    return found


@pytest.mark.skipif(HLEDGER is None, reason="hledger is not installed; apt-get install hledger")
def test_hledger_accepts_every_month_and_has_every_account_as_the_books_have_it(hub: Hub, tmp_path: Path) -> None:
    files = exported(hub, "hledger", tmp_path)

    hledger_accepts(files)
    asked = [word for path in files for word in ("-f", str(path))]
    total = subprocess.run(
        [str(HLEDGER), *asked, "balance", "-B", "--empty", "-N", "-O", "csv"], check=True, capture_output=True, text=True
    )
    codes = {row.split('"')[1].partition(":")[2].split(" ")[0] for row in total.stdout.splitlines()[1:]}
    with hub.database.read() as connection:
        booked = set(connection.execute(select(distinct(LINES.c.account))).scalars())
    assert codes == booked


def test_bean_check_accepts_every_month(hub: Hub, tmp_path: Path) -> None:
    bean_check_accepts(exported(hub, "beancount", tmp_path))


def hledger_accepts(files: Sequence[Path]) -> None:
    for path in files:
        done = subprocess.run([str(HLEDGER), "-f", path, "check", "--strict"], check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def bean_check_accepts(files: Sequence[Path]) -> None:
    for path in files:
        done = subprocess.run([BEAN_CHECK, path], check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.prove
@pytest.mark.skipif(HLEDGER is None, reason="hledger is not installed; apt-get install hledger")
def test_both_accept_every_month_of_a_large_quarter(sqlite_template: bytes, tmp_path: Path) -> None:
    with posted_quarter(LARGE, sqlite_template, tmp_path) as large:
        hledger_accepts(exported(large, "hledger", tmp_path))
        bean_check_accepts(exported(large, "beancount", tmp_path))


@pytest.mark.parametrize("kind", [kind.replace("_", "-") for kind in KINDS])
def test_the_same_month_is_the_same_bytes_and_has_every_voucher(hub: Hub, kind: str, tmp_path: Path) -> None:
    first, again, period = tmp_path / "first", tmp_path / "again", periods(hub)[0]

    count = export_period(hub, hub.file.ledger(kind), period, first)
    export_period(hub, hub.file.ledger(kind), period, again)

    with hub.database.read() as connection:
        posted = connection.execute(select(func.count()).select_from(VOUCHERS).where(VOUCHERS.c.period == period)).scalar_one()
    assert count == posted
    assert first.read_bytes() == again.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "first"]


def test_a_file_that_cannot_be_written_whole_is_not_written(hub: Hub, tmp_path: Path) -> None:
    honest = hub.file.ledger("beancount")
    clashing = honest.model_copy(update={"settings": {"address": str(tmp_path), "accounts": {"6600": "Expenses:6610-Commission"}}})
    (tmp_path / "kept").write_text("before")

    with pytest.raises(ConfigError, match="called alike"):
        export_period(hub, clashing, periods(hub)[0], tmp_path / "kept")
    with pytest.raises(ConfigError, match="is no month"):
        export_period(hub, honest, "2026-13", tmp_path / "kept")

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"kept": "before"}


def test_the_bank_differs_from_the_books_by_the_lines_that_no_voucher_tells_of_and_by_nothing_else(hub: Hub) -> None:
    found = list(bank_differences(hub, "main", SINCE, UNTIL))

    with hub.database.read() as connection:
        told = closings(connection, [BANK], SINCE, UNTIL)
        statements = connection.execute(select(STATEMENTS).order_by(STATEMENTS.c.opened_on)).all()
        rest = unbooked(connection, BANK, "EUR", None, told[-1].day)
    missing = {b.closed_on: b.opening_minor - a.closing_minor for a, b in pairwise(statements) if a.closing_minor != b.opening_minor}
    assert len(missing) == 1  # the planted statement that never came
    assert len(told) > 100
    assert rest.lines > 20
    assert found[-1].amount_minor == -(statements[0].opening_minor + rest.minor + sum(missing.values()))
    assert any(each.day in missing and "a statement that is missing" in each.told for each in found)
    assert "opening" in found[0].told
    assert {each.kind for each in found} == {"bank_balance"}
    assert len({each.day for each in found}) == len(found) < len(told)
