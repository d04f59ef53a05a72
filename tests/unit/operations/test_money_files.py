"""Files of banks: read once, whole or not at all, in a process of their own; the refused by name, and read again once they are mended."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from model.store.money_files import save_file
from model.store.money_rows import MONEY_FILES, STATEMENT_LINES, STATEMENTS
from model.tables.landing import QuarantineRow
from operations.money.import_files import import_files
from operations.money.money_verbs import Days, pull_payouts
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Bank
from tests.company import ENTITY

HEAD = "day;amount;balance;text\n"
FIRST = HEAD + "2026-03-01;10.00;110.00;STRIPE A\n2026-03-02;-4.50;105.50;RENT\n"


def bank(home: Path, **settings: object) -> Bank:
    csv = {
        "delimiter": ";",
        "date": "%Y-%m-%d",
        "decimal": ".",
        "columns": {"booked_on": "day", "amount": "amount", "balance": "balance", "text": ["text"]},
    }
    values = {
        "id": "bank", "name": "Bank", "entity": ENTITY.id, "connector": "bank_files", "zone": "UTC",
        "statements_from": datetime(2026, 1, 1, tzinfo=UTC),
        "settings": {"address": str(home / "bank"), "account": "DE02", "currency": "EUR", "balances": "running", "csv": csv, **settings},
    }  # fmt: skip
    return Bank.model_validate(values)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "bank" / "out"
    made.mkdir(parents=True)
    return made


def run(hub: Hub, home: Path, **settings: object) -> Report:
    account = bank(home, **settings)
    return import_files(replace(hub, file=replace(hub.file, banks=(account,))), account)


def stored(hub: Hub) -> tuple[int, list[tuple[str, int]]]:
    with hub.database.read() as connection:
        statements = len(connection.execute(select(STATEMENTS.c.id)).all())
        lines = connection.execute(
            select(STATEMENT_LINES.c.booked_on, STATEMENT_LINES.c.amount_minor).order_by(STATEMENT_LINES.c.booked_on)
        )
        return statements, [(str(row.booked_on), row.amount_minor) for row in lines]


def test_a_statement_is_read_once_under_whatever_name(hub: Hub, tmp_path: Path, folder: Path) -> None:
    (folder / "one.csv").write_text(FIRST)
    first = run(hub, tmp_path)
    (folder / "copy.csv").write_text(FIRST)

    again = run(hub, tmp_path)

    assert (first.message, dict(first.counts)) == ("", {"files": 1, "lines": 2, "known": 0, "refused": 0})
    assert dict(again.counts) == {"files": 0, "lines": 0, "known": 0, "refused": 0}
    assert stored(hub) == (1, [("2026-03-01", 1000), ("2026-03-02", -450)])


def test_lines_of_overlapping_statements_are_the_same_lines(hub: Hub, tmp_path: Path, folder: Path) -> None:
    (folder / "one.csv").write_text(FIRST)
    run(hub, tmp_path)
    (folder / "two.csv").write_text(HEAD + "2026-03-02;-4.50;105.50;RENT\n2026-03-03;1.00;106.50;STRIPE B\n")

    report = run(hub, tmp_path)

    assert dict(report.counts) == {"files": 1, "lines": 2, "known": 1, "refused": 0}
    assert stored(hub)[1] == [("2026-03-01", 1000), ("2026-03-02", -450), ("2026-03-03", 100)]


def test_a_file_that_does_not_add_up_is_refused_whole_and_its_neighbour_is_read(hub: Hub, tmp_path: Path, folder: Path) -> None:
    (folder / "bad.csv").write_text(HEAD + "2026-03-05;10.00;110.00;A\n2026-03-06;1.00;999.00;B\n")
    (folder / "good.csv").write_text(FIRST)

    report = run(hub, tmp_path)

    assert (report.counts["files"], report.counts["refused"]) == (2, 1)
    assert report.message == "bad.csv: line 3: the balance before it and its amount do not give its balance"
    assert len(stored(hub)[1]) == 2
    with hub.database.read() as connection:
        assert connection.execute(select(QuarantineRow.stream, QuarantineRow.state)).tuples().all() == [("files", "open")]


def test_a_refused_file_is_read_once_its_description_is_mended(hub: Hub, tmp_path: Path, folder: Path) -> None:
    (folder / "one.csv").write_text(FIRST)
    assert run(hub, tmp_path, currency="JPY").counts["refused"] == 1
    assert run(hub, tmp_path, currency="JPY").counts["refused"] == 0

    assert run(hub, tmp_path).counts["lines"] == 2

    with hub.database.read() as connection:
        assert connection.execute(select(MONEY_FILES.c.state)).scalars().all() == ["read"]
        assert connection.execute(select(QuarantineRow.state)).scalars().all() == ["resolved"]


def test_a_booked_line_that_changed_is_a_forged_file(hub: Hub, tmp_path: Path, folder: Path) -> None:
    (folder / "one.csv").write_text(FIRST)
    run(hub, tmp_path)
    with hub.database.write() as connection:
        connection.execute(STATEMENT_LINES.update().where(STATEMENT_LINES.c.amount_minor == 1000).values(amount_minor=1001))
    (folder / "two.csv").write_text(FIRST + "2026-03-03;1.00;106.50;STRIPE B\n")

    report = run(hub, tmp_path)

    assert report.counts["refused"] == 1
    assert "was told before with another day, amount or currency" in report.message


def test_hostile_bytes_end_their_own_process_only(hub: Hub, tmp_path: Path, folder: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "xx"><!ENTITY c "&b;&b;">]><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&c;'
    (folder / "bomb.xml").write_text(bomb)
    (folder / "good.csv").write_text(FIRST)

    report = run(hub, tmp_path)

    assert (report.counts["refused"], report.counts["lines"]) == (1, 2)


def test_a_crash_before_the_commit_leaves_nothing_and_the_next_run_reads_it(
    hub: Hub, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CrashError(BaseException):
        """The process dies."""

    def dying(*given: object) -> object:
        save_file(*given)  # pyright: ignore[reportArgumentType]
        raise CrashError

    (folder / "one.csv").write_text(FIRST)
    with monkeypatch.context() as patched:
        patched.setattr("model.store.money_files.save_file", dying)
        with pytest.raises(CrashError):
            run(hub, tmp_path)
    assert stored(hub) == (0, [])

    assert run(hub, tmp_path).counts["lines"] == 2


def test_who_tells_of_no_payouts_says_so(hub: Hub, tmp_path: Path) -> None:
    reports = pull_payouts(replace(hub, file=replace(hub.file, banks=(bank(tmp_path),))), None, Days())

    assert [report.line for report in reports] == ["all: skipped: no account tells of payouts; add one under [[processors]]"]
