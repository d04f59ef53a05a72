"""Vouchers as CSV, for ledgers that import tables and for people."""

from connectors.voucher_csv.connector import VoucherCsv

CONNECTOR = VoucherCsv
