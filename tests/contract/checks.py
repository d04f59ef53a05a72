"""Every promise of every capability, as plain functions so that the suite itself can be tested."""

from collections.abc import Callable, Mapping

from connectors.capabilities import OrderSource, PaymentSource
from tests.contract.checks_days import DAY
from tests.contract.checks_failing import FAILING
from tests.contract.checks_mapping import MAPPING
from tests.contract.checks_orders import ORDERS
from tests.contract.checks_reading import READING
from tests.contract.stand import Stand

Check = Callable[[Stand], None]

_STREAM: tuple[Check, ...] = (*READING, *DAY, *FAILING, *MAPPING)
CHECKS: Mapping[type, tuple[Check, ...]] = {OrderSource: (*_STREAM, *ORDERS), PaymentSource: _STREAM}
