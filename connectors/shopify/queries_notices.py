"""The GraphQL documents of a shipment notice. What a document costs is told in `queries`.

The order with its fulfilments costs 504 points and its fulfilment orders 154, the lines of a fulfilment order 504, the notice 10.
Scopes: those of orders; read_ and write_merchant_managed_fulfillment_orders, and the two of third_party where a fulfilment service
holds the goods (of assigned, where the app is that service).
"""

from typing import Final

FULFILMENT_ORDERS_PER_PAGE: Final = 50
LINES_PER_PAGE: Final = 250
"""The vendor's most."""

ORDER: Final = """query NoticeOrder($id: ID!, $after: String) {
  order(id: $id) {
    id cancelledAt
    fulfillments {
      id status
      trackingInfo { number }
      fulfillmentLineItems(first: 250) { nodes { lineItem { id } } }
    }
    fulfillmentOrders(first: 50, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id status assignedLocation { location { id } } }
    }
  }
}"""

LINES: Final = """query NoticeLines($id: ID!, $after: String) {
  fulfillmentOrder(id: $id) {
    lineItems(first: 250, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id remainingQuantity lineItem { id } }
    }
  }
}"""

TELL: Final = """mutation TellShipment($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id }
    userErrors { field }
  }
}"""
