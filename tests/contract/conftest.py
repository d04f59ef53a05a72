"""The checks live beside the tests; they too shall say what they compared."""

import pytest

CHECKS = (
    "checks_reading",
    "checks_failing",
    "checks_mapping",
    "checks_orders",
    "checks_payouts",
    "checks_days",
    "checks_listings",
    "checks_stock",
    "checks_commands",
    "checks_labels",
    "checks_tracking",
    "checks_files",
    "checks_mail",
    "checks_file_commands",
    "checks_money_files",
    "checks_voucher_files",
)

pytest.register_assert_rewrite("tests.contract.stand", *(f"tests.contract.{module}" for module in CHECKS))
