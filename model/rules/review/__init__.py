"""The review of an order: facts and rules in, findings out. No finding means approved. Nothing here looks anything up.

`rules` are versioned functions, `settings` what a person may change about them, `facts` what they weigh.
"""

from model.rules.review.evaluation import is_urgent, review
from model.rules.review.facts import CustomerFacts, CustomerType, LineFacts, OrderFacts, PossibleDuplicate
from model.rules.review.findings import Finding
from model.rules.review.rules import RULES
from model.rules.review.settings import ReviewRules

__all__ = [
    "RULES",
    "CustomerFacts",
    "CustomerType",
    "Finding",
    "LineFacts",
    "OrderFacts",
    "PossibleDuplicate",
    "ReviewRules",
    "is_urgent",
    "review",
]
