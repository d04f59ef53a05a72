"""Amazon's marketplaces, for sellers, through the Selling Partner API."""

from connectors.amazon.connector import Amazon

CONNECTOR = Amazon
