"""Kingdee (金蝶): vouchers as a workbook that its ledger imports."""

from connectors.kingdee.connector import Kingdee

CONNECTOR = Kingdee
