"""Files of vouchers: any text and any amounts come back from the ledger as they went, and what cannot be said is refused by name."""

import io
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import registry
from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors._kit.voucher_files import CUT, MOST_IN_CELL, cut, one_line
from model.errors import ConfigError, HubError, RejectedError
from model.records.voucher import AccountKind, LedgerAccount, Voucher, VoucherLine
from tests.contract.file_vouchers import CHART, USUAL, line, voucher
from tests.contract.remote import NOW
from tests.contract.voucher_readers import READERS, Read

LEDGERS = {"beancount": "beancount", "hledger": "hledger", "voucher_csv": "csv", "kingdee": "workbook"}
"""Each connector and who reads it back."""
IN_AMOUNTS = ("beancount", "hledger")
"""Whose lines have one amount each."""
SOME = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
every_ledger = pytest.mark.parametrize("name", LEDGERS)

texts = st.text(st.characters(), max_size=40) | st.text(
    st.sampled_from(" \t\r\n\"'\\;:,%[](){}|=@*!#^-+~<>&_x0A1a\u0085\u2028\u3000；，"), max_size=40
)
currencies = st.sampled_from(["EUR", "USD", "JPY", "KWD"])
minors = st.integers(-(10**12), 10**12)


def ledger(name: str, **told: object) -> Any:  # noqa: ANN401  a connector of unknown abilities and settings
    needed = {"account_book": "001"} if name == "kingdee" else {}
    wiring: Any = Wiring(None, Pause(), now=lambda: NOW)  # pyright: ignore
    return registry.connect(name, {"address": "/nowhere", **needed, **told}, wiring)


def file(name: str, *vouchers: Voucher, chart: tuple[LedgerAccount, ...] = CHART, **told: object) -> bytes:
    return b"".join(ledger(name, **told).write_vouchers(vouchers, chart))


def understood(name: str, *vouchers: Voucher, chart: tuple[LedgerAccount, ...] = CHART) -> Read:
    return READERS[LEDGERS[name]](file(name, *vouchers, chart=chart))


@st.composite
def balanced_vouchers(draw: st.DrawFn) -> Voucher:
    """Lines in several currencies with free rates, and for each what balances it, each in as many lines as signs ask for."""
    base = draw(st.sampled_from(["EUR", "JPY", "KWD"]))
    drawn = draw(st.lists(st.tuples(currencies, minors, st.integers(0, 10**12)), min_size=1, max_size=6))
    lines = [line("1201", currency, amount, _signed(amount, weight, currency == base)) for currency, amount, weight in drawn]
    lines += [each for currency in sorted({each.currency for each in lines}) for each in _rest(lines, currency)]
    return voucher(1, *lines, base=base, entity="jp" if base == "JPY" else "eu")


def _signed(amount: int, weight: int, is_base: bool) -> int:  # noqa: FBT001  of the draw
    return amount if is_base else weight * ((amount > 0) - (amount < 0))


def _rest(lines: list[VoucherLine], currency: str) -> list[VoucherLine]:
    """Every line of a currency, the other way round, debits and credits apart."""
    own = [each for each in lines if each.currency == currency]
    sides = [[each for each in own if (each.amount_minor > 0) is is_debit] for is_debit in (True, False)]
    return [
        line("2203", currency, -sum(each.amount_minor for each in side), -sum(each.base_minor for each in side)) for side in sides if side
    ]


@every_ledger
@SOME
@given(entity=texts, memo=texts, event=texts, value=texts, dimension=texts, reverses=texts)
def test_any_text_comes_back_as_it_went(name: str, entity: str, memo: str, event: str, value: str, dimension: str, reverses: str) -> None:
    lines = line("1201", "EUR", 1, memo=memo, dimensions=((dimension, value),), tax_code=event), line("2203", "EUR", -1)
    (read,) = understood(name, voucher(1, *lines, memo=memo, event=event, reverses=reverses, entity=entity))

    blank = {"", *(text for text in (memo, event, value, reverses) if name == "kingdee" and not one_line(text).strip())}
    assert {one_line(memo), one_line(event), one_line(reverses)} - read.told - blank == set()
    assert {one_line(memo), one_line(value), one_line(event)} - read.lines[0].told - blank == set()
    assert read.reference == one_line(f"{entity}/2026-01/000001")
    assert [each.amount_minor for each in read.lines] == [1, -1]


def test_what_no_ledger_can_hold_shows_as_a_sign() -> None:
    assert one_line("a\r\nb\tc\x00d\ud83d\u202e") == "a b c\ufffdd\ufffd\ufffd"


@every_ledger
@SOME
@given(code=texts, called=texts, kind=st.sampled_from(["asset", "liability", "equity", "income", "expense"]))
def test_any_account_can_be_booked_on(name: str, code: str, called: str, kind: AccountKind) -> None:
    strange = LedgerAccount(code=f"A{code}", name=called, kind=kind)
    read = understood(name, voucher(1, line(strange.code, "EUR", 1), line("2203", "EUR", -1)), chart=(*CHART, strange))

    assert [[each.amount_minor for each in one.lines] for one in read] == [[1, -1]]
    assert read[0].lines[0].account == one_line(strange.code)


@every_ledger
@SOME
@given(balanced_vouchers())
def test_any_amounts_come_back_exactly_and_nothing_is_added(name: str, one: Voucher) -> None:
    (read,) = understood(name, one)

    assert [(each.currency, each.amount_minor) for each in read.lines] == [(each.currency, each.amount_minor) for each in one.lines]
    assert [each.base_minor for each in read.lines] == [each.base_minor for each in one.lines]


@pytest.mark.parametrize("name", IN_AMOUNTS)
def test_functional_money_without_an_original_amount_is_refused_where_a_line_has_one_amount(name: str) -> None:
    revalued = voucher(3, line("1201", "USD", 0, 5), line("1201", "USD", 0, -5))

    with pytest.raises(RejectedError, match=r"eu/2026-01/000003, line 1: moves EUR but no USD"):
        file(name, revalued)


@pytest.mark.parametrize("name", ["voucher_csv", "kingdee"])
def test_functional_money_without_an_original_amount_is_told_where_a_line_has_two(name: str) -> None:
    (read,) = understood(name, voucher(3, line("1201", "USD", 0, 5), line("1201", "USD", 0, -5)))

    assert [(each.amount_minor, each.base_minor) for each in read.lines] == [(0, 5), (0, -5)]


@every_ledger
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (replace(USUAL[0], posted_on=date(2100, 1, 1)), "bears a day outside 1970 to 2099"),
        (replace(USUAL[0], happened_on=date(1969, 12, 31)), "bears a day outside 1970 to 2099"),
        (voucher(1, line("1201", "EUR", 1, dimensions=(("a", "1"), ("a", "2"))), line("1201", "EUR", -1)), "names a dimension twice"),
    ],
)
def test_what_no_ledger_keeps_is_refused(name: str, wrong: Voucher, reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        file(name, wrong)


@pytest.mark.parametrize(("name", "other"), [("beancount", "12-01"), ("hledger", "12 01")])
def test_two_accounts_that_would_be_called_alike_are_told_apart_by_the_settings(name: str, other: str) -> None:
    chart = LedgerAccount(code=other, name="Bank", kind="asset"), LedgerAccount(code="12:01", name="Bank", kind="asset")

    with pytest.raises(ConfigError, match=r"called alike; call one otherwise under settings\.accounts"):
        file(name, chart=chart)
    assert b"Assets:Other" in file(name, chart=chart, accounts={other: "Assets:Other"})
    assert file(name, chart=chart, accounts={other: "Assets:Other", "12:01": "Assets:Other"}).count(b"Assets:Other") == 1


@pytest.mark.parametrize("name", IN_AMOUNTS)
@pytest.mark.parametrize("called", ["", "Assets:", "Assets:a\nb", "Assets:A  5 EUR", "Assets:A;b", "(Assets:A)", "Assets::A"])
def test_a_name_that_could_break_the_file_is_no_setting(name: str, called: str) -> None:
    with pytest.raises(ConfigError, match="is no account of"):
        ledger(name, accounts={"1201": called})


@pytest.mark.parametrize("name", IN_AMOUNTS)
def test_a_file_that_declares_nothing_holds_vouchers_only(name: str) -> None:
    told = file(name, *USUAL, declares=False).decode()

    assert [word for word in ("open ", "account ", "commodity ") if f" {word}" in told or f"\n{word}" in told] == []


def test_dimensions_that_keys_of_beancount_cannot_tell_apart_are_refused() -> None:
    alike = (("a b", "1"), ("a_u20_b", "2"))

    with pytest.raises(RejectedError, match="two dimensions would be called alike"):
        file("beancount", voucher(1, line("1201", "EUR", 1, dimensions=alike), line("1201", "EUR", -1)))


@pytest.mark.parametrize("name", ["voucher_csv", "kingdee"])
def test_more_dimensions_than_a_cell_holds_are_refused(name: str) -> None:
    many = tuple((f"{number}", "x" * 5_000) for number in range(20))

    with pytest.raises(RejectedError, match="more dimensions than a cell holds"):
        file(name, voucher(1, line("1201", "EUR", 1, dimensions=many), line("1201", "EUR", -1)))


def test_a_text_too_long_for_a_cell_shows_that_it_is_cut() -> None:
    assert cut("x" * MOST_IN_CELL) == "x" * MOST_IN_CELL
    assert cut("x" * (MOST_IN_CELL + 1)) == "x" * (MOST_IN_CELL - 1) + CUT


def test_a_workbook_has_the_importers_columns_under_its_own_names() -> None:
    (page,) = openpyxl.load_workbook(
        io.BytesIO(
            file("kingdee", USUAL[1], columns={"摘要": "凭证摘要", "汇率": ""}, currencies={"USD": "PRE007"}, accounts={"2203": "2203.01"})
        )
    ).worksheets
    header, *rows = page.iter_rows(values_only=True)

    told: Mapping[Any, Any] = dict(zip(header, rows[1], strict=True))
    assert "凭证摘要" in header
    assert not {"摘要", "汇率"} & set(header)
    assert (told["会计年度"], told["期间"], told["凭证字"], told["凭证号"], told["币别"], told["科目编码"]) == (
        2026,
        1,
        "记",
        2,
        "PRE007",
        "2203.01",
    )
    assert (told["原币金额"], told["借方金额"], told["贷方金额"]) == (33.33, None, 30.67)


@pytest.mark.parametrize("columns", [{"nobody": "x"}, {"摘要": "汇率"}])
def test_columns_that_make_no_table_are_no_setting(columns: Mapping[str, str]) -> None:
    with pytest.raises(ConfigError, match="columns:"):
        ledger("kingdee", columns=columns)


def test_a_period_that_is_no_month_has_no_place_in_a_workbook() -> None:
    with pytest.raises(RejectedError, match="its period is no month"):
        file("kingdee", replace(USUAL[0], period="2026-13"))


def test_a_workbook_that_would_be_too_long_is_refused_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    long = voucher(7, *(line("1201", "EUR", 1), line("2203", "EUR", -1)) * (2**19))

    with pytest.raises(RejectedError, match="export a shorter period"):
        file("kingdee", USUAL[0], long)
    assert list(tmp_path.iterdir()) == []


@every_ledger
def test_the_folder_for_the_files_is_looked_into(name: str, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="in"):
        ledger(name, address=str(tmp_path)).identify()
    (tmp_path / "in").mkdir()
    assert ledger(name, address=str(tmp_path)).identify().title == registry.find(name).manifest.title


@every_ledger
def test_a_reference_ends_where_it_ends(name: str) -> None:
    (read,) = understood(name, replace(USUAL[0], entity='a) b ; "c'))

    assert (read.reference, "Voucher 1" in read.told) == ('a) b ; "c/2026-01/000001', True)
