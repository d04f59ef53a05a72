"""The review itself: every rule that is in force for an order, and whether the order is urgent."""

from model.rules.review.facts import OrderFacts
from model.rules.review.findings import Finding
from model.rules.review.rules import RULES
from model.rules.review.settings import ReviewRules, RuleSettings


def review(facts: OrderFacts, rules: ReviewRules) -> tuple[Finding, ...]:
    """Everything that speaks against sending this order, by the rules' own order; nothing means it is approved. Pure."""
    return tuple(
        Finding(rule=name, version=RULES[name].version, says=reason.says, operands=reason.operands)
        for name, settings in rules.of_rules()
        if _is_in_force(settings, facts)
        for reason in RULES[name].judge(facts, rules)
    )


def _is_in_force(settings: RuleSettings, facts: OrderFacts) -> bool:
    is_excepted = facts.channel_id in settings.except_channels or (facts.customer and facts.customer.type in settings.except_customers)
    return settings.is_active and not is_excepted


def is_urgent(facts: OrderFacts, rules: ReviewRules) -> bool:
    """Whether the order goes before normal ones: by a tag, a word in the title of its way of shipping, or where it arose."""
    urgent, titles = rules.urgent, [title.casefold() for title in facts.shipping_titles]
    return (
        not _folded(urgent.tags).isdisjoint(_folded(facts.tags))
        or any(word in title for word in _folded(urgent.shipping_titles) for title in titles)
        or (facts.source_name or "").casefold() in _folded(urgent.source_names)
    )


def _folded(words: tuple[str, ...]) -> set[str]:
    return {word.strip().casefold() for word in words}
