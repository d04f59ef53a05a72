"""The rules of the review: each is one small function from facts and settings to reasons against the order, and none means it passes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from model.records.order import Party
from model.rules.review.contacts import is_email, is_phone
from model.rules.review.facts import LineFacts, OrderFacts
from model.rules.review.findings import Reason, in_words
from model.rules.review.places import WHOLE_COUNTRY, country_of, has_house_number, missing_fields, place_in
from model.rules.review.settings import RegionSettings, ReviewRules
from model.values.money import exponent, rounded_minor_units
from model.values.quantity import decimal_quantity

_HOUR = timedelta(hours=1)
BY_HAND = ("sku:", "title:")
"""How the listings of lines begin that name none."""
_ROUNDING = 500
"""Thousandths of a minor unit that rounding the price of a broken quantity may take or give."""


def unmapped_line(facts: OrderFacts, _: ReviewRules) -> Iterator[Reason]:
    """Each line with a quantity that maps to no SKU; gift cards need none."""
    for line in facts.lines:
        if line.sku is None and line.quantity > 0 and not line.is_gift_card:
            by_hand = " was typed in by hand and" if line.listing.startswith(BY_HAND) else ""
            told = {"line": line.external_id, "listing": line.listing}
            yield Reason(f"line {line.external_id}: its listing {line.listing}{by_hand} maps to no SKU", told)


def incomplete_address(facts: OrderFacts, rules: ReviewRules) -> Iterator[Reason]:
    """A shipping address that lacks a field its country needs."""
    if not is_to_be_sent(facts, rules):
        return
    settings, party, country = rules.incomplete_address, facts.shipping or Party(role="shipping"), country_of(facts.shipping)
    missing = ", ".join(missing_fields(party, settings.fields_for(country)))
    if missing:
        yield Reason(f"the shipping address lacks {missing}", {"missing": missing, "country": country or ""})
    elif country in settings.house_number_in and not has_house_number(party):
        yield Reason("the street of the shipping address has no house number", {"missing": "house number", "country": country or ""})


def invalid_contact(facts: OrderFacts, rules: ReviewRules) -> Iterator[Reason]:
    """Neither the buyer nor the receiver can be reached the way settings want it."""
    if not is_to_be_sent(facts, rules):
        return
    settings, parties = rules.invalid_contact, [party for party in (facts.buyer, facts.shipping) if party]
    states = {
        "email": _soundness([is_email(party.email) for party in parties if party.email]),
        "phone": _soundness([is_phone(party.phone, settings.least_digits) for party in parties if party.phone]),
    }
    sound = {kind for kind, state in states.items() if state == "sound"}
    wanted = {"either": sound or {"email", "phone"}, "both": {"email", "phone"}}.get(settings.needs, {settings.needs})
    if not wanted <= sound:
        told = " and ".join(f"the {kind} is {state}" for kind, state in states.items() if kind in wanted - sound)
        yield Reason(told, states)


def _soundness(checked: list[bool]) -> str:
    return "missing" if not checked else "sound" if any(checked) else "malformed"


def amount_disagrees(facts: OrderFacts, _: ReviewRules) -> Iterator[Reason]:
    """The total as the buyer sees it and as the shop sees it cannot both be right."""
    buyers, shops = facts.total_minor, facts.shop_total_minor
    is_same_currency = facts.currency == facts.shop_currency
    if buyers != shops if is_same_currency else _sign(buyers) != _sign(shops):
        yield Reason(
            f"the buyer's total is {in_words(buyers, facts.currency)}, the shop's is {in_words(shops, facts.shop_currency)}",
            {"total_minor": buyers, "currency": facts.currency, "shop_total_minor": shops, "shop_currency": facts.shop_currency},
        )


def _sign(amount: int) -> int:
    return (amount > 0) - (amount < 0)


def price_disagrees(facts: OrderFacts, rules: ReviewRules) -> Iterator[Reason]:
    """Each line that costs more or less than the price list says, beyond the tolerance. Both are before tax."""
    settings = rules.price_disagrees
    for line in facts.lines:
        if line.list_price_minor is None or line.quantity == 0 or line.is_gift_card:
            continue
        charged = line.total_minor + (0 if settings.counts_discounts else line.discount_minor)
        exact = line.list_price_minor * line.sku_quantity  # thousandths of a minor unit
        allowed = max(settings.tolerance_minor * 1000, exact * settings.tolerance_permille // 1000, _ROUNDING)
        if abs(charged * 1000 - exact) > allowed:
            yield _off_the_list(line, charged, exact, facts.currency)


def _off_the_list(line: LineFacts, charged: int, exact: int, currency: str) -> Reason:
    listed = rounded_minor_units(Decimal(exact).scaleb(-3 - exponent(currency)), currency)
    return Reason(
        f"line {line.external_id}: {in_words(charged, currency)} was charged, the price list says {in_words(listed, currency)}",
        {"line": line.external_id, "sku": line.sku or "", "charged_minor": charged, "listed_minor": listed, "currency": currency},
    )


def amount_too_high(facts: OrderFacts, rules: ReviewRules) -> Iterator[Reason]:
    """A total above the limit of its currency, or above that of the shop's currency where its own has none."""
    for total, currency in ((facts.total_minor, facts.currency), (facts.shop_total_minor, facts.shop_currency)):
        limit = rules.amount_too_high.limit_minor(currency)
        if limit is None:
            continue
        if total > limit:
            yield Reason(
                f"{in_words(total, currency)} is more than {in_words(limit, currency)}",
                {"total_minor": total, "limit_minor": limit, "currency": currency},
            )
        return


def remote_region(facts: OrderFacts, rules: ReviewRules) -> Iterator[Reason]:
    """An address that is dear or slow to reach."""
    return _region(facts, rules, rules.remote_region, "is remote")


def refused_region(facts: OrderFacts, rules: ReviewRules) -> Iterator[Reason]:
    """An address that nothing is sent to."""
    return _region(facts, rules, rules.refused_region, "is a place that nothing is sent to")


def _region(facts: OrderFacts, rules: ReviewRules, settings: RegionSettings, says: str) -> Iterator[Reason]:
    found = place_in(facts.shipping, settings.places) if is_to_be_sent(facts, rules) else None
    if found:
        country, prefix = found
        where = country if prefix == WHOLE_COUNTRY else f"{country} {prefix}…"
        yield Reason(f"{where} {says}", {"country": country, "postcode_prefix": prefix})


def payment_unverified(facts: OrderFacts, rules: ReviewRules) -> Iterator[Reason]:
    """Money that is disputed, or not there yet and not on terms."""
    settings, has_terms = rules.payment_unverified, facts.customer is not None and facts.customer.terms_days is not None
    verified = facts.captured_minor + facts.authorized_minor
    operands = {
        "payment_state": facts.payment_state,
        "verified_minor": verified,
        "total_minor": facts.total_minor,
        "currency": facts.currency,
    }
    if facts.is_disputed:
        yield Reason("the buyer disputes a payment", operands)
    if has_terms or facts.total_minor <= 0:
        return
    if facts.payment_state not in settings.accepts:
        yield Reason(f"its payment is {facts.payment_state.replace('_', ' ')}", operands)
    elif settings.needs_payments and verified < facts.total_minor:
        told = f"payments of {in_words(verified, facts.currency)} are known, its total is {in_words(facts.total_minor, facts.currency)}"
        yield Reason(told, operands)


def stock_short(facts: OrderFacts, rules: ReviewRules) -> Iterator[Reason]:
    """Each SKU that stock does not suffice for, unless what is missing may wait as a backorder."""
    if rules.stock_short.then == "hold":
        for sku, missing in sorted(facts.short.items()):
            if missing > 0:
                yield Reason(f"{decimal_quantity(missing)} of {sku} are missing", {"sku": sku, "missing": missing})


def credit_exceeded(facts: OrderFacts, _: ReviewRules) -> Iterator[Reason]:
    """What the customer owes already and what this order adds, above the credit limit. A paid order adds nothing and passes."""
    customer = facts.customer
    if customer is None or customer.credit_limit_minor is None or customer.currency is None or facts.owed_minor == 0:
        return
    limit, currency = customer.credit_limit_minor, customer.currency
    added = {facts.shop_currency: facts.shop_total_minor, facts.currency: facts.owed_minor}.get(currency)
    operands = {"limit_minor": limit, "open_minor": customer.open_balance_minor, "currency": currency}
    if added is None:
        told = f"its credit limit is in {currency}, so an order in {facts.currency} cannot be weighed against it"
        yield Reason(told, {**operands, "order_currency": facts.currency})
    elif customer.open_balance_minor + added > limit:
        told = f"{in_words(customer.open_balance_minor, currency)} are open and {in_words(added, currency)} would be added"
        yield Reason(f"{told}; the credit limit is {in_words(limit, currency)}", {**operands, "added_minor": added})


def possible_duplicate(facts: OrderFacts, rules: ReviewRules) -> Iterator[Reason]:
    """Each other order that looks like this one given twice. Both of a pair are held: either may be the one that is meant."""
    settings = rules.possible_duplicate
    for other in facts.duplicates:
        is_elsewhere, apart = other.channel_id != facts.channel_id, abs(other.apart)
        by_buyer = other.by_buyer and (is_elsewhere or settings.same_channel) and apart <= settings.within_hours * _HOUR
        by_number = other.by_number and apart <= settings.number_within_days * 24 * _HOUR
        if not by_buyer and not by_number:
            continue
        hours = -(-apart // _HOUR)  # rounded up
        same = " and ".join(word for word, is_same in (("amount", other.same_total), ("goods", other.same_goods)) if is_same)
        told = "is of the same buyer, amount and goods" if by_buyer else f"bears the same number, and is of the same {same}"
        yield Reason(
            f"order {other.external_id} of {other.channel_id} {told}, within {hours} h",
            {"other_channel": other.channel_id, "other_order": other.external_id, "hours_apart": hours}
            | ({"same_number": True} if by_number else {}),
        )


def customer_on_hold(facts: OrderFacts, _: ReviewRules) -> Iterator[Reason]:
    """A customer for whom nothing is to leave. Why is written with the customer: it may name people."""
    if facts.customer and facts.customer.is_on_hold:
        yield Reason("the customer is on hold; the customer's own entry says why", {"customer_type": facts.customer.type})


def doubtful_field(facts: OrderFacts, rules: ReviewRules) -> Iterator[Reason]:
    """Each field that was read with less certainty than the settings want."""
    for source in facts.sources:
        if source.confidence < rules.doubtful_field.least_percent:
            told = {"field": source.path, "percent": source.confidence}
            yield Reason(f"{source.path} is only {source.confidence} % sure ({source.place})", told)


def is_to_be_sent(facts: OrderFacts, rules: ReviewRules) -> bool:
    """Whether goods are still to be sent to an address: not handed over at a till, and not to be collected by the buyer."""
    titles = [title.casefold() for title in facts.shipping_titles]
    is_collected = any(word.casefold() in title for word in rules.collected for title in titles)
    return facts.fulfilment_state != "fulfilled" and not is_collected and any(line.is_goods for line in facts.lines)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and the version of its logic, which is raised whenever it would judge an order otherwise than before."""

    version: str
    judge: Callable[[OrderFacts, ReviewRules], Iterator[Reason]]


RULES: Mapping[str, Rule] = {
    "unmapped_line": Rule("1", unmapped_line),
    "incomplete_address": Rule("1", incomplete_address),
    "invalid_contact": Rule("1", invalid_contact),
    "amount_disagrees": Rule("1", amount_disagrees),
    "price_disagrees": Rule("1", price_disagrees),
    "amount_too_high": Rule("1", amount_too_high),
    "remote_region": Rule("1", remote_region),
    "refused_region": Rule("1", refused_region),
    "payment_unverified": Rule("1", payment_unverified),
    "stock_short": Rule("1", stock_short),
    "credit_exceeded": Rule("1", credit_exceeded),
    "possible_duplicate": Rule("2", possible_duplicate),
    "customer_on_hold": Rule("1", customer_on_hold),
    "doubtful_field": Rule("1", doubtful_field),
}
