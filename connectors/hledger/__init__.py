"""hledger: vouchers as a journal that it includes."""

from connectors.hledger.connector import Hledger

CONNECTOR = Hledger
