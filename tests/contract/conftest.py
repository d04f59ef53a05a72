"""The checks live beside the tests; they too shall say what they compared."""

import pytest

pytest.register_assert_rewrite(*(f"tests.contract.checks_{part}" for part in ("reading", "failing", "mapping", "orders")), "tests.contract.stand")
