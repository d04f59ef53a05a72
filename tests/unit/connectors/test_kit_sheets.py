"""The workshop's tools for bills in text: rows, local numbers and dates, and packed files."""

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connectors._kit import packed, sheets
from connectors._kit.local_forms import DateOrder, Mark, local_date, local_minor, local_moment, mark_of, order_of, zone_of
from connectors._kit.packed import MOST_MEMBERS, glimpse, names_in, unpacked
from connectors._kit.sheets import columns_of, digest, lines_of, numbered, row_of, text_of
from model.errors import MalformedError


@pytest.mark.parametrize(
    ("text", "mark", "minor"),
    [
        ("1.234,56", ",", 123456), ("-12,30", ",", -1230), ("1,234.56", ".", 123456),
        ("1 234,56", ",", 123456), ("1\u202f234,5", ",", 123450), ("0", ",", 0),
        ("1'234.56", ".", 123456), ("1,00,000.00", ".", 10000000), ("\u22127", ".", -700), (".5", ".", 50), ("+3.", ".", 300),
    ],
)  # fmt: skip
def test_a_number_is_read_in_the_form_of_its_country(text: str, mark: Mark, minor: int) -> None:
    assert local_minor(text, "EUR", mark) == minor


@pytest.mark.parametrize(
    "text", ["", " ", "-", ".", "1.2.3", "1.234", "1,23", "12,34.5", "1e5", "0x1", "NaN", "\u0663", "5 EUR", "(5)", "9" * 60, "1_0"]
)
def test_what_is_no_number_of_that_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedError, match=r"^amount: "):
        local_minor(text, "EUR", ".")


@pytest.mark.parametrize(
    ("texts", "currency", "mark"),
    [
        (["1.234,56", "1.000"], "EUR", ","),
        (["95,00"], "EUR", ","),
        (["1.000.000", "7"], "EUR", ","),
        (["1,000"], "JPY", "."),
        (["12", "-7"], "EUR", "."),
        ([], "EUR", "."),
    ],
)
def test_a_files_numbers_together_tell_its_decimal_mark(texts: list[str], currency: str, mark: Mark) -> None:
    assert mark_of(texts, currency) == mark


@pytest.mark.parametrize(
    ("texts", "currency", "reason"),
    [
        (["1,00", "1.00"], "EUR", "decimal point and with a decimal comma"),
        (["1.000"], "EUR", "settings.decimal_mark"),
        (["1,234"], "KWD", "settings."),
    ],
)
def test_numbers_that_leave_the_mark_open_are_refused_with_the_mend(texts: list[str], currency: str, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        mark_of(texts, currency)

    assert mark_of(texts, currency, ",") == ","


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["2026-02-01"], "ymd"),
        (["01.02.2026"], "dmy"),
        (["03/04/2026", "13/04/2026"], "dmy"),
        (["03/04/2026", "3/14/2026"], "mdy"),
        ([], "ymd"),
    ],
)
def test_a_files_dates_together_tell_their_order(texts: list[str], order: DateOrder) -> None:
    assert order_of(texts) == order


@pytest.mark.parametrize(("texts", "reason"), [(["03/04/2026"], "settings.date_order"), (["13/04/2026", "4/13/2026"], "two orders")])
def test_dates_that_leave_the_order_open_are_refused_with_the_mend(texts: list[str], reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        order_of(texts)

    assert order_of(texts, "mdy") == "mdy"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("2026-02-01T08:00:00+00:00", "ymd"), ("01.02.2026 08:00:00 UTC", "dmy"), ("2026/02/01 00:00:00 -0800", "ymd"),
        ("2/1/2026 00:00:00 America/Los_Angeles", "mdy"), ("2026-02-01 17:00:00 JST", "ymd"), ("2026-02-01 08:00", "ymd"),
        ("2026-02-01T08:00:00.123Z", "ymd"), ("2026-02-01 00:00:00 PST", "ymd"),
    ],
)  # fmt: skip
def test_a_moment_is_read_with_its_zone(text: str, order: DateOrder) -> None:
    assert local_moment(text, order) == datetime(2026, 2, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "2026-02-30", "2026-02-01 25:00:00", "2026-02-01 8", "01.02.26", "2026-02-01 08:00:00 CST", "2026-02-01 08:00:00 ../etc/passwd",
     "0001-01-01 00:00:00 +1400", "2026-02-01 08:00:00 +9900", "2" * 200],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        local_moment(text, "ymd")


def test_a_year_that_stands_elsewhere_than_told_is_refused() -> None:
    with pytest.raises(MalformedError, match="its year"):
        local_date("01.02.2026", "ymd")


def test_an_abbreviation_of_several_zones_is_refused() -> None:
    with pytest.raises(MalformedError, match="one zone only"):
        zone_of("IST")


@pytest.mark.parametrize(
    "raw", [b"a,b\r\n1,2\r\n", b"\xef\xbb\xbfa,b\n1,2", "a,b\n1,2".encode("utf-16"), b"a,b\r1,2", b"\n\na,b\n\n1,2\n\n"]
)
def test_a_table_is_the_same_in_any_encoding_and_with_any_line_ends(raw: bytes) -> None:
    header, line = lines_of(text_of(raw))

    assert row_of(columns_of(header, ["a"]), line).fields == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"a\xff", "file: is not text"), (b"a\nb\0", "line 2: holds a NUL"), (b'a,"b\n', "line"), (b"x," * 300, "line 1: is longer"),
        (b"y" * 9000, "line 1: is longer"), (b"z" * 200_000, "line"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_table_is_refused_with_its_line(raw: bytes, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        list(lines_of(text_of(raw)))


def test_files_and_tables_beyond_measure_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_BYTES", 10)
    monkeypatch.setattr(sheets, "MOST_LINES", 3)

    with pytest.raises(MalformedError, match="11 bytes"):
        text_of(b"x" * 11)
    with pytest.raises(MalformedError, match="line 4: the file has more than 3 lines"):
        list(lines_of("a\nb\nc\nd\n"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,a\n1,2", "two columns 'a'"),
        ("b,c\n1,2", "no column 'a'"),
        ("a,c\n1", "line 2: has 1 cells"),
        ("a,c\n1,2,3", "line 2: has 3 cells"),
    ],
)
def test_a_table_whose_columns_are_not_as_they_must_be_is_refused(text: str, reason: str) -> None:
    header, line = lines_of(text)

    with pytest.raises(MalformedError, match=reason):
        row_of(columns_of(header, ["a"]), line)


def test_equal_ids_are_told_apart_and_stay_the_same() -> None:
    assert numbered(["a", "b", "a", "a"]) == ["a", "b", "a:2", "a:3"]
    assert digest(["a", "bc"]) == digest(["a", "bc"]) != digest(["ab", "c"])


def zipped(**files: bytes) -> bytes:
    """A ZIP of some files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return file.getvalue()


def test_a_packed_file_is_unpacked() -> None:
    assert [member.raw for member in unpacked(gzip.compress(b"a") + gzip.compress(b"b"))] == [b"ab"]
    assert unpacked(b"plain")[0].raw == b"plain"
    assert [tuple(member) for member in unpacked(zipped(one=b"1", two=b"2"))] == [("one", b"1"), ("two", b"2")]
    assert glimpse(gzip.compress(b"x" * 9000)) == b"x" * 4096
    assert names_in(zipped(one=b"1")) == ("one",)


@pytest.mark.parametrize(
    "made",
    [
        lambda: gzip.compress(b"x" * 5000), lambda: zipped(a=b"x" * 900, b=b"x" * 900), lambda: gzip.compress(b"x" * 500)[:-9],
        lambda: gzip.compress(b"") * (MOST_MEMBERS + 1), lambda: zipped(a=b"x")[:-5], lambda: b"PK\x03\x04" + bytes(90),
        lambda: zipped(**{f"n{n}": b"" for n in range(MOST_MEMBERS + 1)}), lambda: b"\x1f\x8b" + bytes(40),
    ],
    ids=["GZIP bomb", "ZIP bomb", "cut GZIP", "GZIPs in a row", "cut ZIP", "no ZIP", "many files", "no GZIP"],
)  # fmt: skip
def test_a_packed_file_that_is_broken_or_too_much_is_refused(made: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MOST_BYTES", 1000)

    with pytest.raises(MalformedError, match=r"^file: "):
        unpacked(made())
