"""Laws of posting: whatever happened, its voucher balances in every currency and in base, or it is refused by name; files, too."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import RejectedError
from model.records.voucher import VoucherLine, imbalances
from operations.books.rule_sets import template
from reconciliation.vouchers.posting import LARGEST, BookEvent, lines_of, valued
from reconciliation.vouchers.rules import PostingRules, read_posting_rules

DAY = date(2026, 3, 1)
RULES = read_posting_rules(template("international"), "the template")
AMOUNTS = (
    "gross",
    "net",
    "presented",
    "settled",
    "prepaid",
    "sent",
    "received",
    "fee.bank",
    "fee.payout",
    "fee.processing",
    "fee.commission",
)
MINOR = st.one_of(st.integers(-1000, 1000), st.integers(-(10**12), 10**12), st.sampled_from([LARGEST, -LARGEST, 10**30]))
CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD"])
TOLD = st.dictionaries(st.sampled_from(AMOUNTS), st.tuples(CURRENCIES, MINOR), min_size=1)
RATES = st.dictionaries(CURRENCIES, st.decimals("0.000001", "9999", places=6), max_size=4)


def event(amounts: dict[str, tuple[str, int]], name: str = "capture") -> BookEvent:
    """Something that happened to a payment of the shop."""
    places = {"account": "stripe", "channel": "shop", "bank": "bank"}
    return BookEvent(name, "payment", "1", 1, DAY, amounts, "shop", places, "payment 1")


def rates(known: dict[str, Decimal]):  # noqa: ANN201  a function of rates
    """Those that somebody told."""

    def rate(currency: str, day: date) -> Decimal:
        if currency not in known:
            raise RejectedError(f"no rate of {currency} for {day}")
        return known[currency]

    return rate


def told(amounts: dict[str, tuple[str, int]], name: str, base: str, known: dict[str, Decimal]) -> tuple[VoucherLine, ...] | str:
    """The lines, or why there are none."""
    try:
        return lines_of(event(amounts, name), RULES, base, rates(known))
    except RejectedError as problem:
        return str(problem)


@given(amounts=TOLD, name=st.sampled_from([*RULES.rules, "nobody knows it"]), base=CURRENCIES, known=RATES)
def test_every_voucher_balances_or_is_refused_by_name(
    amounts: dict[str, tuple[str, int]], name: str, base: str, known: dict[str, Decimal]
) -> None:
    lines = told(amounts, name, base, known)

    if isinstance(lines, str):
        assert "\n" not in lines
        assert lines.startswith(("payment 1: ", "no rate of "))
        return
    assert imbalances(lines, base) == {}
    assert all(max(abs(line.amount_minor), abs(line.base_minor)) <= LARGEST for line in lines)
    assert all(line.base_minor == line.amount_minor for line in lines if line.currency == base)


@given(amounts=TOLD, name=st.sampled_from([*RULES.rules]), base=CURRENCIES, known=RATES, seed=st.randoms(use_true_random=False))
def test_the_order_of_amounts_changes_nothing(
    amounts: dict[str, tuple[str, int]], name: str, base: str, known: dict[str, Decimal], seed: Random
) -> None:
    names = list(amounts)
    seed.shuffle(names)

    assert told({each: amounts[each] for each in names}, name, base, known) == told(amounts, name, base, known)


@given(amounts=TOLD, name=st.sampled_from([*RULES.rules]))
def test_nothing_is_plugged(amounts: dict[str, tuple[str, int]], name: str) -> None:
    lines = told(amounts, name, "EUR", dict.fromkeys(("USD", "JPY", "KWD"), Decimal(1)))
    known = {abs(minor) for _, minor in amounts.values()}
    one_currency = len({currency for currency, _ in amounts.values()}) == 1

    if one_currency and not isinstance(lines, str):
        assert all(line.account != RULES.roles["exchange"] for line in lines)
        assert len(amounts) > 1 or {abs(line.amount_minor) for line in lines} <= known


@given(minors=st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=8), rate=st.decimals("0.000001", "9999", places=6),
       base=CURRENCIES)  # fmt: skip
def test_base_amounts_are_what_the_rate_says_to_half_a_unit_a_line(minors: list[int], rate: Decimal, base: str) -> None:
    currency = "USD" if base != "USD" else "KWD"
    scale = Decimal(10) ** ({"JPY": 0, "KWD": 3}.get(base, 2) - {"KWD": 3}.get(currency, 2))
    lines = [VoucherLine(account=str(at), currency=currency, amount_minor=minor, base_minor=0) for at, minor in enumerate([*minors])]
    lines.append(VoucherLine(account="last", currency=currency, amount_minor=-sum(minors), base_minor=0))

    found = valued(lines, base, DAY, rates({currency: rate}))

    assert sum(line.base_minor for line in found) == 0
    for line in found:
        assert abs(line.base_minor - line.amount_minor * rate * scale) <= Decimal(len(lines) + 1) / 2


def test_a_fee_is_found_in_whatever_order_fees_are_told() -> None:
    first = {"gross": ("EUR", 1000), "presented": ("EUR", 1000), "fee.tax": ("EUR", 3), "fee.processing": ("EUR", 30)}

    assert told(first, "line_charge", "EUR", {}) == told(dict(reversed(first.items())), "line_charge", "EUR", {})


@pytest.mark.parametrize(
    ("base", "minor", "rate", "worth"),
    [
        ("JPY", 101, "150.505", 152),
        ("KWD", 101, "0.3085", 312),
        ("EUR", 5, "0.5", 2),
        ("EUR", 15, "0.5", 8),
        ("EUR", 10**15, "1.1", 11 * 10**14),
    ],
)
def test_zero_two_and_three_decimals_round_half_to_even(base: str, minor: int, rate: str, worth: int) -> None:
    lines = lines_of(event({"prepaid": ("USD", minor), "settled": ("USD", minor)}), RULES, base, rates({"USD": Decimal(rate)}))

    assert sorted(line.base_minor for line in lines) == [-worth, worth]


def test_two_currencies_meet_on_the_exchange_account_and_three_do_not() -> None:
    known = {"USD": Decimal("0.9"), "GBP": Decimal("1.2")}
    two = told({"gross": ("EUR", 900), "presented": ("USD", 1010)}, "line_charge", "EUR", known)
    three = told({"settled": ("EUR", 900), "prepaid": ("USD", 1010), "on_terms": ("GBP", 1)}, "capture", "EUR", known)

    assert not isinstance(two, str)
    assert {(line.account, line.amount_minor, line.base_minor) for line in two if line.account == "7900"} == {
        ("7900", -900, -900),
        ("7900", 1010, 909),
    }
    assert "does not balance" in str(three)


def test_rounding_is_taken_up_to_the_limit_and_held_above() -> None:
    rules = RULES.model_copy(update={"rounding_limit_minor": 1})
    places = event({"sent": ("EUR", 1001), "received": ("EUR", 1000)}, "bank_receipt")
    more = event({"sent": ("EUR", 1002), "received": ("EUR", 1000)}, "bank_receipt")

    assert {line.account: line.amount_minor for line in lines_of(places, rules, "EUR", rates({}))}["7990"] == 1
    with pytest.raises(RejectedError, match="does not balance"):
        lines_of(more, rules, "EUR", rates({}))


def test_an_event_whose_amounts_no_entry_names_is_held() -> None:
    assert "no entry" in str(told({"grosss": ("EUR", 5)}, "capture", "EUR", {}))


GOOD = template("international")
HOSTILE = {
    "nesting without end": "a = " + "[" * 50_000,
    "a number of thousands of digits": "books_from = " + "9" * 10_000,
    "too long": GOOD + "#" * 300_000,
    "not TOML": "books_from 2026",
    "a NUL": "books_from = 2026-01-01\x00",
    "another key": "a = 1\n" + GOOD,
    "no rules": "books_from = 2026-01-01",
    "a day that is none": GOOD.replace("2026-01-01\n", "2026-02-30\n"),
    "an entry of three sides": GOOD.replace('"debit bank received"', '"both bank received"'),
    "a role nobody names": GOOD.replace('"debit bank received"', '"debit vault received"'),
    "an account that is not in the chart": GOOD.replace('bank = "1010', 'bank = "1011'),
    "a place that is none": GOOD.replace("{bank}", "{buyer}"),
    "a brace left open": GOOD.replace("{bank}", "{bank"),
    "a code with a line in it": GOOD.replace('deposits = "2100"', 'deposits = "2100.a\\nb"'),
    "a role with a line in it": GOOD.replace("deposits =", '"deposits\\nx" ='),
    "an event with a line in it": GOOD.replace("capture =", '"capture\\nx" ='),
    "a role for every kind": GOOD.replace("fees = ", '"fees.*" = '),
    "each kind of one amount": GOOD.replace('"debit fees fee.payout"', '"debit fees.* gross"'),
    "rounding of a fortune": GOOD.replace("rounding_limit_minor = 0", "rounding_limit_minor = 101"),
    "rounding below nothing": GOOD.replace("rounding_limit_minor = 0", "rounding_limit_minor = -1"),
    "no account for exchange": GOOD.replace('exchange = "7900"', ""),
    "an account twice": GOOD.replace('code = "7990"', 'code = "7900"'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_careless_rules_file_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(RejectedError) as refused:
        read_posting_rules(HOSTILE[name], "rules/posting.toml")

    assert str(refused.value).startswith("rules/posting.toml: ")
    assert len(str(refused.value).splitlines()) == 1
    assert len(str(refused.value)) < 700


@given(body=st.text())
def test_any_text_is_rules_or_refused(body: str) -> None:
    with pytest.raises(RejectedError, match="rules: "):
        read_posting_rules(body, "rules")


def test_the_templates_are_rules() -> None:
    assert isinstance(RULES, PostingRules)
