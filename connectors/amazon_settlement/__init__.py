"""Amazon's settlement reports, as files that somebody or something downloads."""

from connectors.amazon_settlement.connector import AmazonSettlement

CONNECTOR = AmazonSettlement
