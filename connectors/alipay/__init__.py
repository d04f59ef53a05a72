"""Alipay's bills of a merchant's trade, as files that somebody or something downloads."""

from connectors.alipay.connector import Alipay

CONNECTOR = Alipay
