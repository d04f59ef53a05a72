"""Each guard of the readers of settlement files, seen by breaking what it guards."""

import gzip
import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pytest

from model.errors import ConfigError, MalformedError, RejectedError
from tests.unit.connectors.test_settlement_files import READERS, SETTINGS, reader, recorded

ENCODINGS = {"alipay": "gb18030", "wechatpay": "utf-8-sig"}
TSV, DE, OLDER = "settlement-us.txt", "settlement-de.txt", "settlement-older.txt"
DAY, FLOW, STL, CSV = "trade-day.csv", "fund-flow-day.csv", "settlement.csv", "activity.csv"


def changed(name: str, file: str, *changes: tuple[str, str]) -> bytes:
    """A recording with some text replaced, each once."""
    encoding = ENCODINGS.get(name, "utf-8")
    text = recorded(name, file).decode(encoding)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode(encoding)


def read(name: str, file: str, raw: bytes, **settings: object) -> Any:  # noqa: ANN401  a tuple of settlements
    """What a connector makes of bytes."""
    return reader(name, **{**SETTINGS.get(file, {}), **settings}).read_settlements(file, raw)


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "reason"),
    [
        ("amazon_settlement", TSV, "\n21004400101\t\t", "\n21004400102\t\t", "line 3: is of another settlement"),
        ("amazon_settlement", TSV, "\t98.32\tUSD", "\t\tUSD", "line 2: states no total-amount"),
        ("amazon_settlement", TSV, "\t98.32\tUSD", "\t98.33\tUSD", "line 2: settlement 21004400101: states a total of 9833"),
        ("amazon_settlement", TSV, "\tUSD", "\tXTS", "line 2: currency"),
        ("amazon_settlement", TSV, "\t49.90\t", "\t\t", "line 3: has no amount"),
        ("amazon_settlement", TSV, "\t49.90\t", "\t49,90\t", "line 2: amounts: are written with a decimal point and"),
        ("amazon_settlement", TSV, "\tamount-type\t", "\tamount-kind\t", "line 1: has neither a column"),
        ("amazon_settlement", TSV, "\t2026-02-10 09:15:00 UTC", "\t2026-02-31 09:15:00 UTC", "line 3: date: there is no such day"),
        ("amazon_settlement", TSV, "21004400101\t2026", "\t2026", "is of another settlement"),
        ("alipay", DAY, "交易合计：3笔", "交易合计：4笔", "line 12: states a count of 4, its rows give 3"),
        ("alipay", DAY, "共1559.50元", "共1559.51元", "line 12: states a total received of 155951, its rows give 155950"),
        ("alipay", DAY, "优惠共8.00元", "优惠共8.01元", "line 12: states a total of the shop's discounts of 801"),
        ("alipay", DAY, "#退款合计", "#退货合计", "line 11: the sum of its 退款 is missing"),
        ("alipay", DAY, "#导出时间", "#导入时间", "line 14: the bill breaks off"),
        ("alipay", DAY, "#账号", "#帐号", "line 1: names no account"),
        ("alipay", DAY, "终止日期：[2026年03月04日", "终止日期：[2026年03月02日", "line 1: the period ends before"),
        ("alipay", DAY, "起始日期：[2026年", "起始日期：[26年", "line 1: a date of the period"),
        ("alipay", DAY, "-0.48,", "0.48,", "line .*: its fee has the sign of a fee given back"),
        ("alipay", DAY, "199.00,199.00,", "199.00,199.001,", "line 6: amount: has more decimal places"),
        ("alipay", DAY, "2026030322001400000000000101\t,", "\t,", "line 6: has no number of Alipay's"),
        ("alipay", DAY, "#支付宝业务明细查询", "#支付宝账务明细查询", "line 1: is a bill of the account's movements"),
        ("wechatpay", DAY, "`5,`1559.50", "`6,`1559.50", "line 8: states a count of rows of 6, its rows give 5"),
        ("wechatpay", DAY, "`8.27000", "`8.28000", "line 8: states 手续费总金额 of 828, its rows give 827"),
        ("wechatpay", DAY, "`1.19000", "`1.19400", "line 2: amount: has more decimal places than CNY knows"),
        ("wechatpay", DAY, "`CNY", "`HKD", "line .*: the bill names 2 currencies"),
        ("wechatpay", DAY, "`1900000001", "`1900000002", "line .*: the bill names 2 merchants"),
        ("wechatpay", DAY, "`4200000000202603030000000001", "`", "line 2: has no number of WeChat's"),
        ("wechatpay", DAY, "退款金额", "退款成功时间", "line 1: tells sales or refunds alone"),
        ("wechatpay", FLOW, "`1492.82", "`1492.83", "line 3: its balance is not the one before and its amount"),
        ("wechatpay", FLOW, "`1280.58", "`1280.59", "line 8: states 收入金额 of 128059, its rows give 128058"),
        ("wechatpay", FLOW, "`收入", "`进", "line 2: is neither money that came"),
        ("wechatpay", FLOW, "`1900000001202603030000000001", "`", "line 2: has no number of its movement"),
        ("wechatpay", FLOW, "`3,`1106.58", "`x,`1106.58", "line 8: is no count of rows"),
        ("paypal_reports", STL, '"SC",10', '"SC",11', "line 17: states a count of rows of 11, its rows give 10"),
        ("paypal_reports", STL, '"RC",10', '"RC",9', "line 20: states a count of rows of 9, its rows give 10"),
        ("paypal_reports", STL, '"RC",10\n', "", "line 20: is one of several files of a report"),
        ("paypal_reports", STL, '"FF",10\n', "", "line 20: the report breaks off"),
        ("paypal_reports", STL, '"SF","USD",23441,', '"SF","USD",23442,', "line 16: states a total of gross credits of 23442"),
        ("paypal_reports", STL, '59500,105,689,"CR",81234', '59500,105,688,"CR",81234', "line 16: states a total of fee debits"),
        ("paypal_reports", STL, '"SF","JPY"', '"SF","EUR"', "line 11: is in JPY, of which the section states no sums"),
        ("paypal_reports", STL, '"SF","JPY"', '"SF","USD"', "line 16: is a second footer"),
        ("paypal_reports", STL, '"CR",12990,"USD"', '"XX",12990,"USD"', "line 5: Transaction Debit or Credit is neither"),
        ("paypal_reports", STL, ",12990,", ",129.90,", "line 5: an amount or count is not a number of digits alone"),
        ("paypal_reports", STL, ',502,"USD"', ',502,"EUR"', "line 5: its fee is in another currency"),
        ("paypal_reports", STL, '"FH"', '"XH"', "line 2: begins with no tag"),
        ("paypal_reports", STL, '"CH"', '"SB"', "line 4: stands before the names of its columns"),
        ("paypal_reports", STL, '"SH"', '"SF"', "line 3: a row SF stands where none may"),
        ("paypal_reports", STL, '"EXAMPLEMERCH1",""', '"",""', "line 3: names no account"),
        ("paypal_reports", CSV, '"1,013.04"', '"1,013.05"', "line .*: its balance is not the one before and its net"),
        ("paypal_reports", CSV, '"1,253.37"', '"1,253.38"', "line 2: gross 129900 and fee -4563 do not give its net 125338"),
        ("paypal_reports", CSV, '"1EX00000000000001"', '""', "line 2: has no transaction id"),
        ("paypal_reports", CSV, "America/Los_Angeles", "IST", "line 2: zone: is not an offset"),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_refused_with_its_line(name: str, file: str, old: str, new: str, reason: str) -> None:
    with pytest.raises((MalformedError, RejectedError), match=reason):
        read(name, file, changed(name, file, (old, new)))


@pytest.mark.parametrize(("name", "file"), [("amazon_settlement", TSV), ("wechatpay", DAY), ("paypal_reports", STL)])
def test_a_file_that_comes_packed_is_read_the_same(name: str, file: str) -> None:
    packed = gzip.compress(recorded(name, file))

    assert reader(name).identify_settlement("file.gz", packed)
    assert read(name, file, packed) == read(name, file, recorded(name, file))


def archive(summary: str | None, bills: int = 1) -> bytes:
    """Alipay's ZIP: the bill, and beside it its summary."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(bills):
            made.writestr(f"{number}_20260303_业务明细.csv", recorded("alipay", DAY))
        if summary is not None:
            made.writestr("0_20260303_业务明细(汇总).csv", summary.encode("gb18030"))
    return file.getvalue()


SUMMARY = """#支付宝业务汇总查询
门店编号,门店名称,服务费（元）,实收净额（元）
main_shop,main_shop,-8.16,{net}
合计,,-8.16,{net}
#导出时间：[]
"""


@pytest.mark.parametrize("summary", [SUMMARY.format(net="1339.54"), None, "#\n门店编号,门店名称\nmain_shop,main_shop\n", ""])
def test_alipays_zip_is_read_with_or_without_a_summary(summary: str | None) -> None:
    raw = archive(summary)

    assert reader("alipay").identify_settlement("bill.zip", raw)
    assert read("alipay", DAY, raw) == read("alipay", DAY, recorded("alipay", DAY))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (archive(SUMMARY.format(net="1339.55")), "states a total of 133955, its lines sum to 133954"),
        (archive(None, bills=2), "file: holds 2 trade bills"),
        (archive(SUMMARY.format(net="1339.54"), bills=0), "file: holds 0 trade bills"),
    ],
    ids=["another net", "two bills", "no bill"],
)
def test_alipays_zip_that_does_not_agree_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises((MalformedError, RejectedError), match=reason):
        read("alipay", DAY, raw)


def test_alipays_fees_may_be_written_as_positive_or_negative() -> None:
    signs = [(",-1.19,", ",1.19,"), (",-0.48,", ",0.48,"), (",-7.68,-12.80,", ",7.68,12.80,"), (",0.60,", ",-0.60,"), (",0.59,", ",-0.59,")]

    assert read("alipay", DAY, changed("alipay", DAY, *signs)) == read("alipay", DAY, recorded("alipay", DAY))


def test_a_kind_that_alipay_never_used_is_unknown_and_counts() -> None:
    sums = ("交易合计：3笔，商家实收共1559.50元，商家优惠共8.00元", "交易合计：2笔，商家实收共1479.50元，商家优惠共0.00元")
    raw = changed("alipay", DAY, ("ENT-30002\t,交易", "ENT-30002\t,分期"), sums)

    [told] = read("alipay", DAY, raw)

    assert [(line.kind, line.raw_kind) for line in told.lines][1] == ("unknown", "分期")
    assert told.total_minor == 133954


def test_a_settlement_of_nothing_pays_nothing() -> None:
    raw = changed("amazon_settlement", OLDER, ("\t-17.20\t", "\t0.00\t"), ("\t-39.99", "\t-22.79"))

    [told] = read("amazon_settlement", OLDER, raw)

    assert told.payouts == ()
    assert {line.payout_external_id for line in told.lines} == {None}


def test_a_settlement_without_a_deposit_is_only_scheduled() -> None:
    raw = changed("amazon_settlement", TSV, ("\t2026-02-25 23:00:00 UTC\t", "\t\t"))

    [told] = read("amazon_settlement", TSV, raw)

    assert (told.payouts[0].status, told.payouts[0].arrival_on, told.payouts[0].amount_minor) == ("scheduled", None, 9832)


def test_a_deposit_tells_when_it_should_arrive() -> None:
    [told] = read("amazon_settlement", DE, recorded("amazon_settlement", DE))

    assert (told.payouts[0].status, told.payouts[0].arrival_on, told.payouts[0].amount_minor) == ("in_transit", date(2026, 2, 25), -16695)
    assert told.lines[1].occurred_at == datetime(2026, 2, 20, 11, 5, 9, tzinfo=UTC)


def test_a_row_that_tells_no_time_is_of_the_settlements_end() -> None:
    raw = changed("amazon_settlement", OLDER, ("2025-11-09T20:02:53+00:00", ""))

    [told] = read("amazon_settlement", OLDER, raw)

    assert told.lines[1].occurred_at == told.closed_at


def test_two_settlements_in_one_file_are_told_apart() -> None:
    other = recorded("amazon_settlement", TSV).partition(b"\n")[2].replace(b"21004400101", b"21004400111")

    told = read("amazon_settlement", TSV, recorded("amazon_settlement", TSV) + other)

    assert [each.external_id for each in told] == ["21004400101", "21004400111"]


def test_an_encoding_that_is_none_of_text_is_refused() -> None:
    assert reader("amazon_settlement", encoding="cp932").settings.encoding == "cp932"
    for name in ("zip", "no_such_encoding"):
        with pytest.raises(ConfigError, match="is not an encoding of text"):
            reader("amazon_settlement", encoding=name)


def test_a_refund_that_failed_is_for_somebody_to_look_at() -> None:
    [told] = read("wechatpay", DAY, changed("wechatpay", DAY, ("PROCESSING", "CHANGE")))

    assert (told.lines[4].kind, told.lines[4].raw_kind, told.lines[4].net_minor) == ("unknown", "REFUND/CHANGE", -8002)


@pytest.mark.parametrize("file", [DAY, FLOW])
def test_a_day_without_movement_is_no_settlement(file: str) -> None:
    lines = recorded("wechatpay", file).splitlines(keepends=True)
    nothing = b",".join(b"`0" for _each in lines[-2].split(b","))

    assert read("wechatpay", file, lines[0] + lines[-2] + nothing) == ()


@pytest.mark.parametrize(("name", "file"), [("wechatpay", FLOW), ("paypal_reports", CSV)])
def test_a_bill_that_is_written_downwards_is_the_same(name: str, file: str) -> None:
    head, *rows = recorded(name, file).splitlines(keepends=True)
    feet = 2 if file == FLOW else 0
    body, end = rows[: len(rows) - feet], rows[len(rows) - feet :]

    [told] = read(name, file, b"".join([head, *reversed(body), *end]))

    assert told == read(name, file, recorded(name, file))[0]


@pytest.mark.parametrize(
    ("name", "file", "setting"),
    [("wechatpay", DAY, {"bill": "fund_flow"}), ("wechatpay", FLOW, {"bill": "trade"}), ("paypal_reports", STL, {"report": "activity"}),
     ("paypal_reports", CSV, {"report": "settlement"})],
)  # fmt: skip
def test_the_other_report_of_the_same_money_is_claimed_and_refused(name: str, file: str, setting: dict[str, str]) -> None:
    assert reader(name, **setting).identify_settlement(file, recorded(name, file))
    with pytest.raises(RejectedError, match=r"line 1: .* this account is kept by"):
        read(name, file, recorded(name, file), **setting)


def test_holds_lower_the_available_balance_alone() -> None:
    available = ('"CR",81234,"CR",44591,"CR",81234,"CR",44591', '"CR",90000,"CR",90000,"CR",81234,"CR",44591')

    told = read("paypal_reports", STL, changed("paypal_reports", STL, available))

    assert (told[1].opening_minor, told[1].closing_minor) == (81234, 44591)
    with pytest.raises(RejectedError, match=r"line 16: its rows sum to -36643 .USD., which leads neither from 1 to 2 nor 81234 to 44590"):
        read("paypal_reports", STL, changed("paypal_reports", STL, (available[0], '"CR",1,"CR",2,"CR",81234,"CR",44590')))


def test_a_row_that_is_only_told_moves_nothing() -> None:
    raw = recorded("paypal_reports", CSV)
    head, *rows = raw.splitlines()
    memo = rows[0].replace(b"1EX00000000000001", b"1EX00000000000009")
    impacts = [head + b',"Balance Impact"', memo + b',"Memo"', *(row + b',"Credit"' for row in rows)]

    assert read("paypal_reports", CSV, b"\n".join(impacts)) == read("paypal_reports", CSV, raw)


def test_a_german_download_is_the_same() -> None:
    columns = b'"Datum","Uhrzeit","Zeitzone","Beschreibung","W\xc3\xa4hrung","Brutto","Entgelt","Netto","Guthaben","Transaktionscode"'
    rows = [
        b'"14.03.2026","10:10:05","CET","PayPal Express-Zahlung","EUR","1.299,00","-45,63","1.253,37","1.303,37","2EX1"',
        b'"15.03.2026","22:00:00","CET","Allgemeine Abbuchung","EUR","-1.000,00","0,00","-1.000,00","303,37","2EX2"',
    ]

    [told] = read("paypal_reports", CSV, b"\n".join([columns, *rows]))

    assert [(line.kind, line.net_minor) for line in told.lines] == [("charge", 125337), ("payout", -100000)]
    assert told.opened_at == datetime(2026, 3, 14, 9, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize("name", READERS)
def test_what_is_no_bill_is_refused_by_name(name: str) -> None:
    for raw in (b"", b"\n", b"a,b,c\n1,2,3\n", b"%PDF-1.7"):
        assert not reader(name).identify_settlement("bill.csv", raw)
        with pytest.raises(MalformedError, match=r"^line 1: "):
            read(name, "", raw)
