"""The GraphQL documents about the catalogue and its stock. What a document costs is told in `queries`.

One listing costs 3 points (variant, product, inventory item), one level too (item, level, quantities); a change of stock costs 10
whatever it holds. Scopes: read_products for the catalogue; read_inventory, write_inventory and read_locations for stock.
"""

from typing import Final

LISTINGS_PER_PAGE: Final = 250
"""The vendor's most: 752 points."""

LEVELS_PER_READING: Final = 250
LEVELS_PER_CHANGE: Final = 250
"""The vendor's most, as of any list in an input."""

LISTINGS: Final = """query Listings($first: Int!, $after: String, $query: String) {
  productVariants(first: $first, after: $after, query: $query, sortKey: ID) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id sku title requiresComponents
      product { id title isGiftCard }
      inventoryItem { id tracked }
    }
  }
}"""

LOCATIONS: Final = "query Locations { locations(first: 250) { nodes { id name isActive } } }"

LEVELS: Final = """query Levels($ids: [ID!]!, $location: ID!) {
  nodes(ids: $ids) {
    ... on InventoryItem {
      id tracked
      inventoryLevel(locationId: $location) { quantities(names: ["available", "committed"]) { name quantity } }
    }
  }
}"""

SET_LEVELS: Final = """mutation SetLevels($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    userErrors { code field }
  }
}"""
