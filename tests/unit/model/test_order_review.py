"""Each rule of the review lets a sound order pass and holds an unsound one, at the boundary too, and none tells anything personal."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.records.order import FieldSource, Party, PaymentState
from model.rules.review import (
    RULES,
    CustomerFacts,
    CustomerType,
    Finding,
    LineFacts,
    OrderFacts,
    PossibleDuplicate,
    ReviewRules,
    is_urgent,
    review,
)
from model.rules.review.contacts import is_email, is_phone
from model.rules.review.places import NEEDED
from model.tables import catalogue

BUILT_IN = ReviewRules()
HOME = Party(
    role="shipping", name="Ada Example", street=("Long Lane 1",), city="Berlin", postcode="10115", country="DE", email="ada@example.com"
)
LINE = LineFacts(external_id="l1", sku="CUP", quantity=2000, sku_quantity=2000, total_minor=2000, list_price_minor=1000)
SOUND = OrderFacts(
    channel_id="web",
    external_id="1001",
    placed_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
    currency="EUR",
    total_minor=2500,
    shop_currency="EUR",
    shop_total_minor=2500,
    payment_state="paid",
    lines=(LINE,),
    buyer=replace(HOME, role="buyer"),
    shipping=HOME,
    captured_minor=2500,
)
ON_TERMS = CustomerFacts(type="dealer", terms_days=30, credit_limit_minor=10_000, currency="EUR", open_balance_minor=7_500)


def rules(**tables: dict[str, Any]) -> ReviewRules:
    return ReviewRules.model_validate(tables)


def held_by(facts: OrderFacts, settings: ReviewRules = BUILT_IN) -> list[str]:
    return [finding.rule for finding in review(facts, settings)]


def only(facts: OrderFacts, settings: ReviewRules = BUILT_IN) -> Finding:
    (finding,) = review(facts, settings)
    return finding


def with_line(**changes: Any) -> OrderFacts:  # noqa: ANN401  whichever fields of a line
    return replace(SOUND, lines=(replace(LINE, **changes),))


def sent_to(**changes: Any) -> OrderFacts:  # noqa: ANN401  whichever fields of an address
    return replace(SOUND, shipping=replace(HOME, **changes))


def unpaid_by(customer: CustomerFacts | None, total_minor: int = 2500) -> OrderFacts:
    return replace(
        SOUND, customer=customer, payment_state="unpaid", captured_minor=0, total_minor=total_minor, shop_total_minor=total_minor
    )


def test_a_sound_order_is_approved() -> None:
    assert review(SOUND, BUILT_IN) == ()


def test_settings_and_rules_name_each_other() -> None:
    assert [name for name, _ in BUILT_IN.of_rules()] == list(RULES)


def test_the_words_for_customers_are_those_of_the_table() -> None:
    assert get_args(CustomerType) == get_args(catalogue.CustomerType)


@pytest.mark.parametrize("line", [{"sku": None, "is_gift_card": True}, {"sku": None, "quantity": 0}], ids=["gift card", "removed"])
def test_a_line_that_needs_no_sku_passes(line: dict[str, Any]) -> None:
    assert held_by(with_line(**line)) == []


def test_each_unmapped_line_is_told_with_its_listing() -> None:
    unmapped = replace(LINE, sku=None, list_price_minor=None)
    facts = replace(
        SOUND,
        lines=(LINE, replace(unmapped, external_id="l2", listing="v2"), replace(unmapped, external_id="l3", listing="title:Gift wrap")),
    )

    findings = review(facts, BUILT_IN)

    assert [(finding.rule, finding.operands) for finding in findings] == [
        ("unmapped_line", {"line": "l2", "listing": "v2"}),
        ("unmapped_line", {"line": "l3", "listing": "title:Gift wrap"}),
    ]
    assert [finding.says for finding in findings] == [
        "line l2: its listing v2 maps to no SKU",
        "line l3: its listing title:Gift wrap was typed in by hand and maps to no SKU",
    ]


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        ({"name": None}, "name"),
        ({"name": " ", "company": "Example GmbH"}, None),
        ({"street": ()}, "street"),
        ({"street": ("-",)}, "street"),
        ({"city": ""}, "city"),
        ({"postcode": None, "city": None}, "city, postcode"),
        ({"street": ("Long Lane",)}, "house number"),
        ({"street": ("Long Lane", "7")}, None),
        ({"street": ("Long Lane",), "country": "FR"}, None),
        ({"country": None, "postcode": None}, "country"),
        ({"country": "Germany"}, "country"),
        ({"country": "US"}, "region"),
        ({"country": "US", "region": "NY"}, None),
        ({"country": "IE", "postcode": None}, None),
        ({"country": "SG", "city": None}, None),
        ({"country": "SG", "city": None, "postcode": None}, "postcode"),
        ({"country": "HK", "city": None, "postcode": None}, None),
        ({"country": "JP", "city": None, "region": None}, "region"),
    ],
)
def test_an_address_has_what_its_country_needs(address: dict[str, Any], missing: str | None) -> None:
    findings = review(sent_to(**address), BUILT_IN)

    assert [(finding.rule, finding.operands["missing"]) for finding in findings] == ([("incomplete_address", missing)] if missing else [])


def test_an_order_without_any_address_is_held() -> None:
    assert only(replace(SOUND, shipping=None)).operands == {"missing": "name, street, city, country", "country": ""}


@pytest.mark.parametrize(
    "change",
    [
        {"fulfilment_state": "fulfilled"},
        {"shipping_titles": ("LOCAL PICKUP (Main street)",)},
        {"lines": (replace(LINE, requires_shipping=False),)},
        {"lines": (replace(LINE, is_gift_card=True),)},
        {"lines": (replace(LINE, quantity=0),)},
    ],
    ids=["handed over", "collected", "service", "gift card", "removed"],
)
def test_what_is_not_sent_needs_neither_address_nor_contact(change: dict[str, Any]) -> None:
    assert held_by(replace(SOUND, shipping=None, buyer=None, **change)) == []


def test_the_fields_of_a_country_can_be_told() -> None:
    settings = rules(incomplete_address={"fields": ["name", "phone"], "countries": {"DE": ["city"]}, "house_number_in": []})

    assert held_by(sent_to(street=(), postcode=None), settings) == []
    assert held_by(sent_to(country="IE", phone="+353 1 555 0100"), settings) == []
    assert only(sent_to(country="IE"), settings).operands["missing"] == "phone"


def test_every_country_with_a_list_of_its_own_needs_a_name_and_a_street() -> None:
    assert [country for country, fields in NEEDED.items() if not {"name", "street", "country"} <= set(fields)] == []


@pytest.mark.parametrize(
    ("needs", "email", "phone", "says"),
    [
        ("either", "ada@example.com", None, None),
        ("either", None, "+49 30 5550100", None),
        ("either", "ada@", "+49 30 5550100", None),
        ("either", None, None, "the email is missing and the phone is missing"),
        ("either", "ada@", "12", "the email is malformed and the phone is malformed"),
        ("email", "ada@example.com", None, None),
        ("email", None, "+49 30 5550100", "the email is missing"),
        ("phone", "ada@example.com", "12345", "the phone is malformed"),
        ("phone", None, "+49 30 5550100", None),
        ("both", "ada@example.com", "+49 30 5550100", None),
        ("both", "ada@example.com", None, "the phone is missing"),
    ],
)
def test_a_contact_is_there_and_well_formed(needs: str, email: str | None, phone: str | None, says: str | None) -> None:
    facts = replace(SOUND, buyer=replace(HOME, role="buyer", email=email, phone=phone), shipping=replace(HOME, email=None))

    assert [finding.says for finding in review(facts, rules(invalid_contact={"needs": needs}))] == ([says] if says else [])


def test_the_receiver_can_be_asked_where_the_buyer_cannot() -> None:
    assert held_by(replace(SOUND, buyer=None)) == []


@pytest.mark.parametrize(
    "text",
    [
        "a@b.co",
        "ada.lovelace+shop@mail.example.com",
        "用户@例子.公司",
        "ada@bücher.example",
        "o'brien@example.ie",
        " ada@example.com ",
        "1@2.de",
    ],
)
def test_a_sound_mail_address_is_seen(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "ada", "@example.com", "ada@", "ada@localhost", "ada@example", "a da@example.com", "ada@exa mple.com", "ada..b@example.com"),
        *(".ada@example.com", "ada.@example.com", "ada@-example.com", "ada@example-.com", "ada@example..com", "ada@example.123"),
        *("ada@b@example.com", "none@shop.invalid", "ada@example.com,bob@example.com", "ada@example.com\nbcc:x@y.de", "a" * 65 + "@b.de"),
        *("ada@" + "b" * 64 + ".de", "ada@" + "b." * 130 + "de", "ada@my_shop.de"),
    ],
)
def test_a_malformed_mail_address_is_seen(text: str) -> None:
    assert not is_email(text)


@pytest.mark.parametrize("text", ["+49 30 555 0100", "(030) 555-0100", "0305550100 ext. 12", "1.800.555.0100", "5550100", "٠٣٠٥٥٥٠١٠٠"])
def test_a_sound_telephone_number_is_seen(text: str) -> None:
    assert is_phone(text, 7)


@pytest.mark.parametrize("text", ["", "555010", "0000000", "n/a", "call me at 5550100", "1234567890123456", "+", "5550100" + " " * 40])
def test_a_malformed_telephone_number_is_seen(text: str) -> None:
    assert not is_phone(text, 7)


@pytest.mark.parametrize(
    ("shop_currency", "shop_total_minor", "is_held"),
    [("EUR", 2500, False), ("EUR", 2501, True), ("USD", 2900, False), ("USD", 0, True), ("USD", -1, True)],
)
def test_both_totals_of_an_order_fit(shop_currency: str, shop_total_minor: int, *, is_held: bool) -> None:
    facts = replace(SOUND, shop_currency=shop_currency, shop_total_minor=shop_total_minor)

    assert held_by(facts) == (["amount_disagrees"] if is_held else [])


@pytest.mark.parametrize(
    ("total_minor", "discount_minor", "is_held"),
    [(2000, 0, False), (2010, 0, False), (1990, 0, False), (2011, 0, True), (1989, 0, True), (1500, 500, False), (1500, 0, True)],
)
def test_a_line_costs_what_the_price_list_says_within_the_tolerance(total_minor: int, discount_minor: int, *, is_held: bool) -> None:
    facts = with_line(total_minor=total_minor, discount_minor=discount_minor)

    assert held_by(facts) == (["price_disagrees"] if is_held else [])


def test_a_price_finding_tells_both_amounts() -> None:
    finding = only(with_line(total_minor=1500, sku_quantity=1555))

    assert finding.says == "line l1: 15.00 EUR was charged, the price list says 15.55 EUR"
    assert finding.operands == {"line": "l1", "sku": "CUP", "charged_minor": 1500, "listed_minor": 1555, "currency": "EUR"}


@pytest.mark.parametrize(("charged", "is_held"), [(1497, True), (1498, False), (1499, False), (1500, True)])
def test_rounding_a_broken_quantity_needs_no_tolerance(charged: int, *, is_held: bool) -> None:
    facts = with_line(total_minor=charged, sku_quantity=1500, list_price_minor=999)

    assert held_by(facts, rules(price_disagrees={"tolerance_minor": 0, "tolerance_permille": 0})) == (
        ["price_disagrees"] if is_held else []
    )


def test_discounts_count_where_settings_say_so() -> None:
    assert held_by(with_line(total_minor=1500, discount_minor=500), rules(price_disagrees={"counts_discounts": True})) == [
        "price_disagrees"
    ]


@pytest.mark.parametrize(
    "line", [{"list_price_minor": None}, {"quantity": 0}, {"is_gift_card": True}], ids=["no list price", "removed", "gift card"]
)
def test_a_line_without_a_price_to_compare_passes(line: dict[str, Any]) -> None:
    assert held_by(with_line(total_minor=1, **line)) == []


@pytest.mark.parametrize(
    ("currency", "total", "shop_currency", "shop_total", "is_held"),
    [
        ("EUR", 5000_00, "EUR", 5000_00, False),
        ("EUR", 5000_01, "EUR", 5000_01, True),
        ("JPY", 100_000, "EUR", 700_00, False),
        ("JPY", 100_001, "EUR", 700_00, True),
        ("USD", 9000_00, "EUR", 5000_00, False),
        ("USD", 9000_00, "EUR", 5000_01, True),
        ("USD", 9000_00, "CHF", 9000_00, False),
    ],
)
def test_an_amount_above_its_limit_is_held(currency: str, total: int, shop_currency: str, shop_total: int, *, is_held: bool) -> None:
    facts = replace(SOUND, currency=currency, total_minor=total, shop_currency=shop_currency, shop_total_minor=shop_total)
    settings = rules(amount_too_high={"limits": {"EUR": 5000, "JPY": Decimal("100000.0")}})

    assert held_by(facts, settings) == (["amount_too_high"] if is_held else [])


@pytest.mark.parametrize("rule", ["remote_region", "refused_region"])
@pytest.mark.parametrize(
    ("country", "postcode", "prefix"),
    [
        ("DE", "18565", "18565"),
        ("DE", "18566", None),
        ("GB", "iv1 1aa", "IV"),
        ("GB", "I1 1AA", None),
        ("IS", None, "*"),
        ("FR", "18565", None),
        (None, "18565", None),
    ],
)
def test_a_named_region_is_held(rule: str, country: str | None, postcode: str | None, prefix: str | None) -> None:
    settings = rules(**{rule: {"places": {"DE": ["25849", "18 565"], "GB": ["IV"], "IS": ["*"]}}}, incomplete_address={"is_active": False})

    found = [
        (finding.rule, str(finding.operands["postcode_prefix"]).replace(" ", ""))
        for finding in review(sent_to(country=country, postcode=postcode), settings)
    ]

    assert found == ([(rule, prefix)] if prefix else [])


@pytest.mark.parametrize("state", get_args(PaymentState))
def test_only_money_that_came_or_is_promised_passes(state: PaymentState) -> None:
    is_fine = state in {"authorized", "paid", "part_refunded"}

    assert held_by(replace(SOUND, payment_state=state)) == ([] if is_fine else ["payment_unverified"])


def test_who_has_terms_and_what_costs_nothing_need_not_be_paid_before() -> None:
    assert held_by(unpaid_by(replace(ON_TERMS, terms_days=0))) == []
    assert held_by(unpaid_by(None, total_minor=0)) == []
    assert held_by(unpaid_by(CustomerFacts(type="retail"))) == ["payment_unverified"]


def test_a_disputed_payment_holds_whoever_pays() -> None:
    assert held_by(replace(unpaid_by(ON_TERMS), is_disputed=True)) == ["payment_unverified"]


@pytest.mark.parametrize(("captured", "authorized", "is_held"), [(2500, 0, False), (1000, 1500, False), (1000, 1499, True), (0, 0, True)])
def test_payments_cover_the_total_where_settings_want_them(captured: int, authorized: int, *, is_held: bool) -> None:
    facts = replace(SOUND, captured_minor=captured, authorized_minor=authorized)

    assert held_by(facts, rules(payment_unverified={"needs_payments": True})) == (["payment_unverified"] if is_held else [])
    assert held_by(facts) == []


def test_missing_stock_holds_or_waits_as_settings_say() -> None:
    facts = replace(SOUND, short={"CUP": 1500, "BOWL": 1, "PLATE": 0})

    findings = review(facts, rules(stock_short={"then": "hold"}))

    assert [finding.says for finding in findings] == ["0.001 of BOWL are missing", "1.5 of CUP are missing"]
    assert findings[1].operands == {"sku": "CUP", "missing": 1500}
    assert held_by(facts) == []


@pytest.mark.parametrize(("total", "is_held"), [(2500, False), (2501, True)])
def test_the_open_balance_and_the_order_stay_within_the_limit(total: int, *, is_held: bool) -> None:
    assert held_by(unpaid_by(ON_TERMS, total)) == (["credit_exceeded"] if is_held else [])


def test_a_credit_finding_tells_what_was_added_up() -> None:
    finding = only(unpaid_by(ON_TERMS, 2600))

    assert finding.says == "75.00 EUR are open and 26.00 EUR would be added; the credit limit is 100.00 EUR"
    assert finding.operands == {"limit_minor": 10_000, "open_minor": 7_500, "added_minor": 2_600, "currency": "EUR"}


def test_a_paid_part_does_not_count_against_the_limit() -> None:
    assert held_by(replace(unpaid_by(ON_TERMS, 3000), payment_state="part_paid", captured_minor=500)) == []
    assert held_by(replace(SOUND, customer=replace(ON_TERMS, open_balance_minor=20_000))) == []


def test_a_limit_in_another_currency_is_weighed_by_the_shops_total_or_not_at_all() -> None:
    facts = replace(unpaid_by(ON_TERMS, 2600), currency="USD")

    assert only(facts).operands["added_minor"] == 2600
    assert held_by(replace(facts, shop_total_minor=2500)) == []
    assert "cannot be weighed" in only(replace(facts, shop_currency="CHF")).says


def test_a_customer_without_a_limit_has_no_limit() -> None:
    assert held_by(unpaid_by(replace(ON_TERMS, credit_limit_minor=None), 10**9)) == []


@pytest.mark.parametrize(
    ("channel", "apart", "is_held"),
    [
        ("till", timedelta(hours=24), True),
        ("till", timedelta(hours=-24), True),
        ("till", timedelta(hours=24, seconds=1), False),
        ("web", timedelta(0), False),
    ],
)
def test_the_same_order_on_another_channel_is_held(channel: str, apart: timedelta, *, is_held: bool) -> None:
    facts = replace(SOUND, duplicates=(PossibleDuplicate(channel_id=channel, external_id="77", apart=apart),))

    assert held_by(facts) == (["possible_duplicate"] if is_held else [])


def test_hours_apart_are_rounded_up_and_one_channel_counts_where_settings_say_so() -> None:
    facts = replace(SOUND, duplicates=(PossibleDuplicate(channel_id="web", external_id="77", apart=timedelta(minutes=-61)),))

    finding = only(facts, rules(possible_duplicate={"same_channel": True}))

    assert finding.operands == {"other_channel": "web", "other_order": "77", "hours_apart": 2}


def test_a_customer_on_hold_is_held_without_telling_why() -> None:
    customer = CustomerFacts(type="dealer", is_on_hold=True, hold_reason="Ada Example never pays")

    finding = only(replace(SOUND, customer=customer))

    assert finding.rule == "customer_on_hold"
    assert "Ada" not in told_by([finding])
    assert held_by(replace(SOUND, customer=replace(customer, is_on_hold=False))) == []


def test_an_order_is_held_for_every_reason_at_once() -> None:
    facts = replace(unpaid_by(replace(ON_TERMS, terms_days=None)), lines=(replace(LINE, sku=None),), shipping=None, shop_total_minor=1)

    assert held_by(facts) == ["unmapped_line", "incomplete_address", "amount_disagrees", "payment_unverified"]


@pytest.mark.parametrize(
    "setting", [{"is_active": False}, {"except_channels": ["web"]}, {"except_customers": ["dealer"]}], ids=["off", "channel", "customer"]
)
@pytest.mark.parametrize("name", RULES)
def test_each_rule_can_be_told_to_leave_an_order_alone(name: str, setting: dict[str, Any]) -> None:
    before, after = held_by(AWFUL, STRICT), held_by(AWFUL, strict({name: setting}))

    assert name in before
    assert after == [rule for rule in before if rule != name]


@pytest.mark.parametrize(("confidence", "held"), [(89, ["doubtful_field"]), (90, []), (100, [])])
def test_a_field_that_is_less_sure_than_wanted_holds_the_order_and_is_named(confidence: int, held: list[str]) -> None:
    facts = replace(SOUND, sources=(FieldSource(path="total", place="part 1.2 price", confidence=confidence),))

    assert held_by(facts) == held
    assert held_by(facts, rules(doubtful_field={"least_percent": 0})) == []
    assert [each.says for each in review(facts, BUILT_IN)] == [f"total is only {confidence} % sure (part 1.2 price)"] * len(held)


@pytest.mark.parametrize(
    ("change", "urgent"),
    [
        ({}, False),
        ({"tags": ("gift", "URGENT ")}, True),
        ({"tags": ("urgently",)}, False),
        ({"shipping_titles": ("DHL Express 12:00",)}, True),
        ({"shipping_titles": ("Standard",)}, False),
        ({"source_name": "Phone"}, True),
        ({"source_name": "web"}, False),
    ],
)
def test_an_order_is_urgent_by_tag_by_shipping_or_by_source(change: dict[str, Any], *, urgent: bool) -> None:
    assert is_urgent(replace(SOUND, **change), rules(urgent={"source_names": ["phone"]})) == urgent


def strict(more: dict[str, Any]) -> ReviewRules:
    tables: dict[str, dict[str, Any]] = {
        "incomplete_address": {"fields": ["name", "street", "city", "region", "postcode", "country", "phone"]},
        "invalid_contact": {"needs": "both"},
        "amount_too_high": {"limits": {"EUR": 1}},
        "remote_region": {"places": {"DE": ["*"], "SE": ["*"]}},
        "refused_region": {"places": {"DE": ["1"], "SE": ["*"]}},
        "stock_short": {"then": "hold"},
    }
    return rules(**{name: {**tables.get(name, {}), **more.get(name, {})} for name in RULES})


STRICT = strict({})
AWFUL = replace(
    SOUND,
    lines=(replace(LINE, sku=None, total_minor=1),),
    shipping=replace(HOME, city=None),
    buyer=None,
    shop_total_minor=1,
    payment_state="unpaid",
    captured_minor=0,
    short={"CUP": 1},
    customer=replace(ON_TERMS, terms_days=None, is_on_hold=True, open_balance_minor=10_000, hold_reason="Ada Example, Long Lane 1"),
    duplicates=(PossibleDuplicate(channel_id="till", external_id="77", apart=timedelta(0)),),
    sources=(FieldSource(path="total", place="part 1", confidence=60),),
)
"""Against it speaks every rule there is."""


def told_by(findings: Iterable[Finding]) -> str:
    return json.dumps([[finding.rule, finding.version, finding.says, dict(finding.operands)] for finding in findings], ensure_ascii=False)


SIGN = "Ж"
"""Stands in every personal text and in nothing that a rule says; a letter, so that names and mail addresses with it are sound."""


def personal(words: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.none() | words.map(lambda text: SIGN + text)


TEXTS = personal(st.text(max_size=12))
PARTIES = st.none() | st.builds(
    Party,
    role=st.sampled_from(("buyer", "shipping", "billing")),
    external_id=TEXTS,
    name=TEXTS,
    company=TEXTS,
    email=TEXTS | personal(st.from_regex(r"[a-z]{1,5}@[a-z]{1,5}\.de", fullmatch=True)),
    phone=TEXTS | st.from_regex(r"\+?[0-9]{7,17}", fullmatch=True),
    street=st.lists(TEXTS.filter(bool), max_size=3).map(tuple),
    city=TEXTS,
    region=TEXTS,
    postcode=TEXTS | st.from_regex(rf"1[0-9]{{4}} {SIGN}", fullmatch=True),
    country=TEXTS | st.sampled_from(("DE", "SE", "US")),
)


def personal_in(told: str, *parties: Party | None) -> list[str]:
    """What a text gives away: the sign, or a whole telephone number."""
    return [each for each in (SIGN, *(party.phone or SIGN for party in parties if party)) if each in told]


@given(PARTIES, PARTIES)
def test_no_finding_tells_anything_personal(buyer: Party | None, shipping: Party | None) -> None:
    facts = replace(AWFUL, buyer=buyer, shipping=shipping, customer=replace(ON_TERMS, is_on_hold=True, hold_reason=SIGN))

    told = told_by((*review(facts, STRICT), *review(facts, BUILT_IN)))

    assert personal_in(told, buyer, shipping) == []
    assert "customer_on_hold" in told


@pytest.mark.parametrize("says", [f"send it to {SIGN}da", "ask +49305550100"])
def test_a_finding_that_told_something_personal_would_be_seen(says: str) -> None:
    told = told_by([Finding(rule="r", version="1", says=says, operands={})])

    assert personal_in(told, replace(HOME, phone="+49305550100"))
