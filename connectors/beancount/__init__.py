"""Beancount: vouchers as a file of transactions that it includes."""

from connectors.beancount.connector import Beancount

CONNECTOR = Beancount
