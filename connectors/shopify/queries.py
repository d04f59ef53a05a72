"""The GraphQL documents we send, and what they cost.

Cost by the vendor's published rules (shopify.dev, "GraphQL Admin API rate limits"): scalar and enum 0, object 1, interface and
union the dearest selection, a connection 2 plus its `first` times one node; one query may request 1,000 points. Lists without
`first` count as one node. By these rules one order of `ORDERS` costs

    order and its totals 14 + fees 4 + people and places 5 + 2 shipping lines 22 + 5 lines 92 + transactions 6
    + refunds 54 + fulfilments 15 = 212

so `OPENING` orders (850 points) are asked for first. The vendor charges far less than these rules say, more so for long
pages, and states the cost in every answer: the next page is sized by that (`paging.next_size`), up to `page_size`.
`tests/contract/test_shopify_shared.py` recomputes the sums from the documents and the official schema.

Scopes: read_orders, read_all_orders (else the vendor shows 60 days and calls older orders gone), read_customers, read_products,
read_locations, and read_returns unless `settings.returns` is off; for stock those told in `queries_stock`,
for shipment notices those in `queries_notices`.
"""

from typing import Final, NamedTuple

OPENING: Final = 4
"""Orders that fit into one query by the published rules."""

MOST_POINTS: Final = 1000
"""What one query may request."""

_MONEY = "fragment Presented on MoneyBag { presentmentMoney { amount currencyCode } }"
_TAX = "fragment Tax on TaxLine { title rate priceSet { ...Presented } }"
_SHARE = """fragment Share on DiscountAllocation {
  allocatedAmountSet { ...Presented }
  discountApplication {
    index allocationMethod targetSelection
    ... on DiscountCodeApplication { code }
    ... on AutomaticDiscountApplication { title }
    ... on ManualDiscountApplication { title }
    ... on ScriptDiscountApplication { title }
  }
}"""
_LINE = """fragment Line on LineItem {
  id name sku quantity currentQuantity requiresShipping isGiftCard
  product { id } variant { id }
  originalUnitPriceSet { ...Presented }
  discountAllocations { ...Share }
  taxLines { ...Tax }
  duties { price { ...Presented } taxLines { ...Tax } }
}"""
_SHIPPING = """fragment Shipping on ShippingLine {
  title code isRemoved
  originalPriceSet { ...Presented }
  discountAllocations { ...Share }
  taxLines { ...Tax }
}"""
_TRANSACTION = """fragment Transaction on OrderTransaction {
  id kind status gateway paymentId test createdAt processedAt
  amountSet { shopMoney { amount currencyCode } ...Presented }
  parentTransaction { id }
  paymentDetails { __typename }
}"""
_REFUND_LINE = """fragment RefundLine on RefundLineItem {
  quantity restockType
  lineItem { id }
  subtotalSet { ...Presented }
  totalTaxSet { ...Presented }
}"""
_REFUND_SHIPPING = """fragment RefundShipping on RefundShippingLine {
  subtotalAmountSet { ...Presented }
  taxAmountSet { ...Presented }
}"""
_FULFILMENT_LINE = "fragment FulfilmentLine on FulfillmentLineItem { quantity lineItem { id } }"
_RETURN_LINE = """fragment ReturnLine on ReturnLineItemType {
  quantity returnReasonNote
  ... on ReturnLineItem { fulfillmentLineItem { lineItem { id } } withCodeDiscountedTotalPriceSet { ...Presented } }
}"""
_RETURN = """fragment ReturnParts on Return {
  id status createdAt
  returnLineItems(first: 10) { pageInfo { hasNextPage endCursor } nodes { ...ReturnLine } }
}"""
_ADDRESS = "fragment Address on MailingAddress { name company address1 address2 city province provinceCode zip countryCodeV2 phone }"
_ORDER = """fragment OrderParts on Order {
  id name createdAt processedAt updatedAt cancelledAt closedAt
  currencyCode presentmentCurrencyCode taxesIncluded dutiesIncluded test
  displayFinancialStatus displayFulfillmentStatus returnStatus
  sourceName note tags email phone
  totalPriceSet { shopMoney { amount currencyCode } ...Presented }
  totalTaxSet { ...Presented }
  totalShippingPriceSet { ...Presented }
  totalTipReceivedSet { ...Presented }
  originalTotalDutiesSet { ...Presented }
  originalTotalAdditionalFeesSet { ...Presented }
  additionalFees { taxLines { ...Tax } }
  customer { id firstName lastName }
  shippingAddress { ...Address }
  billingAddress { ...Address }
  retailLocation { id }
  disputes { status }
  lineItems(first: 5) { pageInfo { hasNextPage endCursor } nodes { ...Line } }
  shippingLines(first: 2, includeRemovals: true) { pageInfo { hasNextPage endCursor } nodes { ...Shipping } }
  transactions { ...Transaction }
  refunds {
    id createdAt processedAt note
    refundLineItems(first: 5) { pageInfo { hasNextPage endCursor } nodes { ...RefundLine } }
    refundShippingLines(first: 1) { pageInfo { hasNextPage endCursor } nodes { ...RefundShipping } }
    transactions(first: 2) { pageInfo { hasNextPage endCursor } nodes { ...Transaction } }
  }
  fulfillments {
    id status displayStatus createdAt
    location { id }
    trackingInfo { company number url }
    fulfillmentLineItems(first: 5) { pageInfo { hasNextPage endCursor } nodes { ...FulfilmentLine } }
  }
}"""
_FRAGMENTS = (
    _MONEY, _TAX, _SHARE, _LINE, _SHIPPING, _TRANSACTION, _REFUND_LINE, _REFUND_SHIPPING, _FULFILMENT_LINE, _RETURN_LINE,
    _RETURN, _ADDRESS, _ORDER,
)  # fmt: skip


def _document(operation: str) -> str:
    """The operation with every fragment it needs, each once: unused fragments are an error in GraphQL."""
    wanted, found = operation, [""]
    while found:
        found = [text for text in _FRAGMENTS if text not in wanted and f"...{text.split()[1]} " in wanted]
        wanted += "".join(f"\n{text}" for text in found)
    return wanted


SHOP: Final = "query Shop { shop { id name } }"

ORDERS: Final = _document(
    """query Orders($first: Int!, $after: String, $query: String!) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { ...OrderParts }
  }
}"""
)

ORDERS_BY_ID: Final = _document("query OrdersById($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { ...OrderParts } } }")

COUNT: Final = "query Count($query: String!) { ordersCount(query: $query, limit: null) { count precision } }"


class _Rest(NamedTuple):
    owner: str
    """GraphQL type that has the connection."""
    first: int
    node: str
    options: str = ""

    def document(self, connection: str) -> str:
        return _document(
            f"query Rest($id: ID!, $after: String) {{ nodes(ids: [$id]) {{ ... on {self.owner} {{ "
            f"rest: {connection}(first: {self.first}, after: $after{self.options}) "
            f"{{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...{self.node} }} }} }} }} }}"
        )


RESTS: Final = {
    connection: rest.document(connection)
    for connection, rest in {
        "lineItems": _Rest("Order", 50, "Line"),
        "shippingLines": _Rest("Order", 50, "Shipping", ", includeRemovals: true"),
        "returns": _Rest("Order", 10, "ReturnParts"),
        "returnLineItems": _Rest("Return", 100, "ReturnLine"),
        "fulfillmentLineItems": _Rest("Fulfillment", 250, "FulfilmentLine"),
        "refundLineItems": _Rest("Refund", 100, "RefundLine"),
        "refundShippingLines": _Rest("Refund", 100, "RefundShipping"),
        "transactions": _Rest("Refund", 100, "Transaction"),
    }.items()
}
"""The document that reads on in a nested connection, by the connection's name."""
