"""Reports as pages: every identity holds, everything from outside is inert, and no word is missing in either language."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import get_args

import pytest

from model.records.breaks import BreakKind
from model.records.money_figures import AccountFigures, LineState
from model.records.settlement import DisputeStatus, FeeKind, LineKind, PayoutStatus
from reconciliation.passes import BANK as BANK_PASSES
from reconciliation.passes import PAYMENTS
from reconciliation.reports import sums, words_en, words_zh
from reconciliation.reports.page import html_page
from reconciliation.reports.sections import tables_of
from reconciliation.reports.tables import Money, Share, Table, money_text, plain_rows, share_text, shown
from reconciliation.reports.words import LANGUAGES, Language
from tests.unit.reconciliation.report_figures import ALL, BANK, CHANNEL, PROVIDER, QUIET, SINCE, TODAY, UNTIL, broken, line, matched

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202egnp.exe"
CHINESE = re.compile("[\u4e00-\u9fff]")


def page(figures: AccountFigures, language: Language = "en", url: str | None = None) -> str:
    words = LANGUAGES[language]
    return html_page(figures, tables_of(figures, words, lambda _one: url), words).decode()


def tables(figures: AccountFigures) -> Mapping[str, Table]:
    return {one.key: one for one in tables_of(figures, LANGUAGES["en"], lambda _one: None)}


class Seen(HTMLParser):
    """What a browser would make of a page: its tags and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_both_languages_have_the_same_words() -> None:
    assert set(words_zh.WORDS) == set(words_en.WORDS)


def test_no_chinese_word_is_left_in_english() -> None:
    assert [key for key, word in words_zh.WORDS.items() if not CHINESE.search(word)] == []
    assert [key for key, word in words_en.WORDS.items() if CHINESE.search(word)] == []


def test_both_languages_fill_the_same_gaps() -> None:
    gaps = re.compile(r"\{\w+\}")
    for key, word in words_en.WORDS.items():
        assert sorted(gaps.findall(word)) == sorted(gaps.findall(words_zh.WORDS[key])), key


@pytest.mark.parametrize(
    ("group", "kinds"),
    [
        ("line", get_args(LineKind)), ("fee", get_args(FeeKind)), ("payout", get_args(PayoutStatus)), ("dispute", get_args(DisputeStatus)),
        ("break", get_args(BreakKind)), ("mend", get_args(BreakKind)), ("state", get_args(LineState)),
        ("pass", tuple(each.name for each in (*PAYMENTS, *BANK_PASSES))),
    ],
)  # fmt: skip
def test_every_kind_the_hub_knows_has_a_word(group: str, kinds: tuple[str, ...]) -> None:
    assert [kind for kind in kinds if f"{group}.{kind}" not in words_en.WORDS] == []


def test_every_word_is_used_or_named_after_a_kind() -> None:
    used = "".join(page(figures, "en") for figures in ALL)
    whole = {key for key, word in words_en.WORDS.items() if "{" not in word and key.split(".")[0] in {"table", "about", "card", "role"}}
    assert sorted(key for key in whole if words_en.WORDS[key] not in unescaped(used)) == [
        "about.day_fees",
        "about.day_kinds",
        "table.day_fees",
        "table.day_kinds",
    ]


def unescaped(text: str) -> str:
    return text.replace("&#39;", "'").replace("&amp;", "&")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("figures", ALL, ids=lambda figures: f"{figures.role}-{len(figures.lines)}")
def test_a_page_is_well_formed_asks_nothing_of_a_network_and_runs_nothing(figures: AccountFigures, language: Language) -> None:
    text = page(figures, language)

    seen = Seen(text)
    assert seen.open == []
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(seen.tags)
    assert [
        name for name, value in seen.attributes if name.startswith("on") or name == "src" or (value or "").startswith("javascript")
    ] == []
    assert "url(" not in text
    assert "@import" not in text


@pytest.mark.parametrize("figures", ALL, ids=lambda figures: f"{figures.role}-{len(figures.lines)}")
def test_the_same_figures_give_the_same_page(figures: AccountFigures) -> None:
    assert page(figures) == page(replace(figures))


def test_no_english_word_of_ours_stands_on_a_chinese_page() -> None:
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page(PROVIDER, "zh"))
    ours = {word for word in words_en.WORDS.values() if " " in word and "{" not in word}
    assert [word for word in ours if word in unescaped(text)] == []


def test_hostile_text_stays_text_wherever_it_stands() -> None:
    attacked = replace(
        PROVIDER,
        name=HOSTILE,
        payouts=tuple(replace(one, external_id=HOSTILE, reference=HOSTILE, banked_by=HOSTILE, status=HOSTILE) for one in PROVIDER.payouts),
        breaks=tuple(
            replace(one, subject_name=HOSTILE, evidence=HOSTILE, owner=HOSTILE, resolution=HOSTILE, maker=HOSTILE)
            for one in PROVIDER.breaks
        ),
        disputes=tuple(replace(one, reason=HOSTILE, external_id=HOSTILE, payment_reference=HOSTILE) for one in PROVIDER.disputes),
        sign_offs=tuple(replace(one, maker=HOSTILE, checker=HOSTILE, withdrawn=HOSTILE) for one in PROVIDER.sign_offs),
        runs=tuple(replace(one, message=HOSTILE) for one in PROVIDER.runs),
        matches=tuple(replace(one, by=HOSTILE, level=HOSTILE) for one in PROVIDER.matches),
        lines=tuple(replace(one, kind=HOSTILE) for one in PROVIDER.lines),
    )

    text = page(attacked, url="https://hub.example/run?a=1&b=\"'><script>alert(1)</script>")

    seen = Seen(text)
    assert not {"script", "img"} & set(seen.tags)
    assert [name for name, _value in seen.attributes if name.startswith("on")] == []
    assert "\u202e" not in text
    assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "", None])
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert "rel=" not in page(PROVIDER, url=url)
    assert 'href="https://hub.example/1"' in page(PROVIDER, url="https://hub.example/1")


def test_the_steps_from_sales_sum_to_the_net_of_the_lines() -> None:
    for currency, bars in sums.waterfalls(PROVIDER)["steps"].items():
        steps = {bar.key: bar.minor for bar in bars}
        fees_of_payouts = 0
        net = sum(one.net_minor for one in PROVIDER.lines if one.currency == currency and one.kind != "payout") - fees_of_payouts
        assert steps["net"] == net
        assert sum(steps[key] for key in sums.EARNED if key in steps) == net


@pytest.mark.parametrize("figures", ALL, ids=lambda figures: f"{figures.role}-{len(figures.lines)}")
def test_every_level_of_a_waterfall_is_the_sum_of_the_bars_before_it(figures: AccountFigures) -> None:
    for by_currency in sums.waterfalls(figures).values():
        for bars in by_currency.values():
            level = 0
            for number, bar in enumerate(bars):
                if bar.is_level:
                    assert number == 0 or bar.minor == level
                    level = bar.minor
                else:
                    level += bar.minor


def test_tax_withheld_as_a_fee_is_told_with_the_tax_and_fees_alone_with_the_fees() -> None:
    lines = [line(SINCE, "charge", 1000, 130), line(SINCE, "fee", 0, 20), line(SINCE, "tax_withheld", -50), line(SINCE, "payout", -700, 5)]

    columns = sums.earned(lines, 100)

    assert (columns["sales"], columns["fees"], columns["tax_withheld"]) == (1000, -55, -150)
    assert columns.total() == sum(one.net_minor for one in lines) + 700


def test_the_days_sum_to_the_steps() -> None:
    days, [bars, *_] = tables(PROVIDER)["days"], sums.waterfalls(PROVIDER)["steps"].values()
    net = next(bar.minor for bar in bars if bar.key == "net")
    assert [row[-1] for row in days.totals if row[1] == "EUR"] == [Money(net, "EUR")]


def test_orders_divide_into_how_far_their_money_has_come() -> None:
    row = tables(CHANNEL)["orders"].rows[0]
    worth, paid, refunded, nobody, still_open, settled, banked = (cell.minor for cell in row[3:] if isinstance(cell, Money))
    assert (worth, paid, refunded) == (100_000, 96_000, -4_000)
    assert nobody + still_open + settled + banked == paid + refunded


def test_what_cancels_out_is_not_explained() -> None:
    figures = replace(QUIET, breaks=(broken("amount_differs", 500, 1, "a"), broken("amount_differs", -500, 1, "b")))

    left = sums.unexplained(figures)["EUR"]

    assert (left.total_minor, left.at_risk_minor, left.is_nothing) == (0, 1000, False)


def test_a_dispute_is_at_risk_but_explained_and_a_resolved_break_is_neither() -> None:
    figures = replace(QUIET, breaks=(broken("dispute_open", -900, 1), broken("amount_differs", 500, 1, state="resolved")))

    left = sums.unexplained(figures)["EUR"]

    assert (left.breaks, left.balance_minor, left.at_risk_minor) == (1, 0, 900)


def test_lines_that_nothing_explains_count_beside_breaks() -> None:
    figures = replace(QUIET, breaks=(broken("amount_differs", 500, 1),), matches=(matched("payment", SINCE, "unmatched", None, 2, 700),))
    assert sums.unexplained(figures)["EUR"].total_minor == 1200


@pytest.mark.parametrize(("days", "age"), [(0, 0), (2, 0), (3, 1), (7, 1), (8, 2), (30, 2), (31, 3), (400, 3)])
def test_ages_have_the_bounds_they_are_named_by(days: int, age: int) -> None:
    assert sums.age_class(days) == age


def test_nothing_of_nothing_is_no_share_and_almost_all_is_not_all() -> None:
    assert share_text(Share(0, 0)) == "–"
    assert share_text(Share(9999, 10_000)) == "99.9\u00a0%"
    assert share_text(Share(3, 3)) == "100.0\u00a0%"


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(123456, "EUR", "1,234.56"), (-5, "EUR", "−0.05"), (0, "EUR", "0.00"), (123456, "JPY", "123,456"), (-1234567, "KWD", "−1,234.567")],
)
def test_amounts_have_the_decimal_places_of_their_currency(minor: int, currency: str, text: str) -> None:
    assert money_text(minor, currency) == text


def test_what_prints_nothing_is_shown_as_such_and_texts_end_somewhere() -> None:
    assert shown("a\0b\u202ec\ud800") == "a\ufffdb\ufffdc\ufffd"
    assert len(shown("x" * 100_000)) < 3000


def test_a_page_shows_the_most_at_risk_and_says_what_it_leaves_out() -> None:
    text = page(replace(QUIET, breaks=tuple(broken("ambiguous", 10_000 - number, 1, f"line-{number}") for number in range(1000))))
    assert "line-399<" in text
    assert "line-400<" not in text
    assert "600 more are in the workbook and the CSV file." in text


def test_a_long_period_still_draws_a_chart() -> None:
    first = TODAY - timedelta(days=500)
    days = tuple(matched("payment", first + timedelta(days=number), "matched", "reference", 3, 1) for number in range(0, 500, 2))
    assert page(replace(QUIET, since=first, until=TODAY, matches=days)).count("<rect") == 250


def test_amounts_of_any_size_stay_inside_the_chart() -> None:
    figures = replace(QUIET, lines=(line(SINCE, "charge", 10**14), line(SINCE, "refund", -(3 * 10**14)), line(SINCE, "adjustment", 1)))
    spans = [(int(x), int(width)) for x, width in re.findall(r'<rect class="\w+" x="(-?\d+)" y="\d+" width="(-?\d+)"', page(figures))]
    assert spans
    assert all(x >= 168 and width >= 0 and x + width <= 501 for x, width in spans)


def test_each_day_of_the_period_is_signed_or_said_to_be_open() -> None:
    rows = tables(PROVIDER)["sign_offs"].rows
    assert {row[0] for row in rows} == {SINCE + timedelta(days=number) for number in range((UNTIL - SINCE).days + 1)}
    assert [row[1] for row in rows[:5]] == ["signed and checked", "waits for the second person", "withdrawn", "not signed", "not signed"]


def test_a_bank_is_shown_by_what_explains_its_lines() -> None:
    steps = {bar.key: bar.minor for bar in sums.waterfalls(BANK)["steps_bank"]["EUR"]}
    assert steps == {"matched": 2_000_000, "set_apart": -420_000, "accepted": -70_000, "unexplained": 800_000, "moved": 2_310_000}


def test_a_channel_that_keeps_our_money_has_both_ways_to_the_bank() -> None:
    both = replace(CHANNEL, lines=PROVIDER.lines, payouts=PROVIDER.payouts)
    assert list(sums.waterfalls(both)) == ["steps_orders", "steps"]
    assert {"orders", "days", "payouts"} <= set(tables(both))


def test_artifacts_have_the_same_rows_as_text_by_heading() -> None:
    rows = plain_rows(tables(PROVIDER)["payouts"], LANGUAGES["en"])
    assert rows[0] == {
        "Day": "2026-03-02", "Payout": "po_1Nx1", "State": "paid", "Currency": "EUR", "Amount": "4,000.00", "Fee": "0.00",
        "Expected": "2026-03-04", "Reference": "STRIPE P0001", "Found at the bank": "reference",
    }  # fmt: skip


def test_the_day_of_a_report_decides_how_old_breaks_are() -> None:
    older = replace(PROVIDER, made_on=date(2026, 6, 1))
    assert [sums.age_days(older, one) - sums.age_days(PROVIDER, one) for one in sums.open_breaks(older)] == [77] * 6
