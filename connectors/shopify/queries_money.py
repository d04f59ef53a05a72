"""The GraphQL documents about Shopify Payments: payouts, the lines of its balance, and disputes.

What a document costs is told in `queries`.
A payout costs 2 points (itself and its amount), a line 6 (itself, three amounts, its order and its payout), a dispute 14 (itself, its
amount, its reason, its order and ten transactions).
Scopes: read_shopify_payments_payouts and read_shopify_payments_disputes, or read_shopify_payments_accounts for all; the refund that a
line is of, and the order that a dispute is of, are told by read_orders.
"""

from typing import Final

PAYOUTS_PER_PAGE: Final = 100
"""203 points."""

LINES_PER_PAGE: Final = 150
"""903 points."""

DISPUTES_PER_PAGE: Final = 50
"""703 points."""

PAYOUTS: Final = """query Payouts($first: Int!, $after: String, $query: String!) {
  shopifyPaymentsAccount {
    payouts(first: $first, after: $after, query: $query, sortKey: ISSUED_AT) {
      pageInfo { hasNextPage endCursor }
      nodes { id status issuedAt transactionType externalTraceId net { amount currencyCode } }
    }
  }
}"""

LINES: Final = """query Lines($first: Int!, $after: String, $query: String!) {
  shopifyPaymentsAccount {
    balanceTransactions(first: $first, after: $after, query: $query, sortKey: PROCESSED_AT) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id type test transactionDate sourceType sourceId sourceOrderTransactionId adjustmentReason
        amount { amount currencyCode } fee { amount currencyCode } net { amount currencyCode }
        associatedOrder { id name }
        associatedPayout { id status }
      }
    }
  }
}"""

DISPUTES: Final = """query Disputes($first: Int!, $after: String, $query: String!) {
  shopifyPaymentsAccount {
    disputes(first: $first, after: $after, query: $query) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id status type initiatedAt evidenceDueBy evidenceSentOn finalizedOn
        amount { amount currencyCode }
        reasonDetails { reason }
        order { id transactions(first: 10) { id kind status gateway } }
      }
    }
  }
}"""

REFUNDED: Final = "query Refunded($ids: [ID!]!) { nodes(ids: $ids) { ... on OrderTransaction { id parentTransaction { id } } } }"
"""Which transaction each of these refund transactions gives back from: two points each."""
