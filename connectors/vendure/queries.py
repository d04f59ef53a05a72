"""The GraphQL documents we send. Every order list also asks for the money precision, on which the meaning of every amount hangs."""

_ORDER = """
fragment OrderDocument on Order {
  id code state type createdAt updatedAt orderPlacedAt currencyCode
  subTotal shipping total totalWithTax
  channels { code pricesIncludeTax }
  promotions { id couponCode }
  taxSummary { description taxRate taxTotal }
  surcharges { description price }
  shippingLines { shippingMethod { name } discountedPrice }
  customer { id firstName lastName emailAddress phoneNumber }
  shippingAddress { fullName company streetLine1 streetLine2 city province postalCode countryCode phoneNumber }
  billingAddress { fullName company streetLine1 streetLine2 city province postalCode countryCode phoneNumber }
  lines {
    id quantity unitPrice linePrice discountedLinePrice proratedLinePrice proratedLinePriceWithTax taxRate
    discounts { adjustmentSource type description amount }
    productVariant { id productId sku name }
  }
  payments {
    id createdAt updatedAt method amount state transactionId
    refunds { id createdAt updatedAt state total items shipping reason paymentId lines { orderLineId quantity } }
  }
  fulfillments { id createdAt updatedAt state method trackingCode lines { orderLineId quantity } }
}
"""

_LIST = """
query {name}($options: OrderListOptions!) {{
  globalSettings {{ serverConfig {{ moneyStrategyPrecision }} }}
  orders(options: $options) {{ totalItems items {{ {fields} }} }}
}}
"""

ORDERS = _LIST.format(name="Orders", fields="...OrderDocument") + _ORDER
"""Whole orders."""

STAMPS = _LIST.format(
    name="Stamps",
    fields="id payments { updatedAt refunds { updatedAt } } fulfillments { updatedAt }",
)
"""Only when the money and goods of orders last changed: what the sweep looks at."""

ORDER = "query Order($id: ID!) { order(id: $id) { id } }"
"""Whether one order exists."""

IDENTITY = "query Identity { activeChannel { code token } }"
"""Which channel of which shop answers."""

LOGIN = """
mutation Login($username: String!, $password: String!) {
  login(username: $username, password: $password) { __typename }
}
"""
"""A session; its token comes in a header of the answer."""

LISTINGS = """
query Listings($options: ProductVariantListOptions!) {
  globalSettings { trackInventory }
  productVariants(options: $options) { totalItems items { id productId sku name trackInventory } }
}
"""
"""The catalogue, and whether the shop counts what leaves it to the shop."""

_LEVELS = """
fragment Levels on ProductVariant {
  id trackInventory outOfStockThreshold useGlobalOutOfStockThreshold
  stockLevels { stockLocationId stockOnHand stockAllocated }
}
"""

LEVELS = (
    """
query Levels($options: ProductVariantListOptions!) {
  globalSettings { trackInventory outOfStockThreshold }
  stockLocations(options: { take: 100 }) { items { id name } }
  productVariants(options: $options) { totalItems items { ...Levels } }
}
"""
    + _LEVELS
)
"""The levels of some variants, and all that decides what of them may be sold."""

PUBLISH = (
    """
mutation Publish($input: [UpdateProductVariantInput!]!) {
  updateProductVariants(input: $input) { ...Levels }
}
"""
    + _LEVELS
)
"""Sets levels, and tells them as they are afterwards."""

NOTICE_ORDER = """
query NoticeOrder($id: ID!) {
  order(id: $id) {
    id state
    lines { id quantity }
    fulfillments { id state trackingCode lines { orderLineId quantity } }
  }
}
"""
"""What of an order is fulfilled already, and how that can be followed."""

_OUTCOME = "... on Fulfillment { id state } ... on ErrorResult { errorCode }"

ADD_FULFILMENT = f"""
mutation AddFulfilment($input: FulfillOrderInput!) {{
  outcome: addFulfillmentToOrder(input: $input) {{ {_OUTCOME} }}
}}
"""
"""Adds a fulfilment, which is then Pending."""

MOVE_FULFILMENT = f"""
mutation MoveFulfilment($id: ID!, $state: String!) {{
  outcome: transitionFulfillmentToState(id: $id, state: $state) {{ {_OUTCOME} }}
}}
"""
"""Moves a fulfilment on, and with it the order."""
