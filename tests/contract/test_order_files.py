"""Every connector that reads files of orders keeps every promise about them, and who breaks one is caught."""

import pytest

from connectors import registry
from tests.contract import order_files
from tests.contract.checks_order_files import ORDER_FILES, Check
from tests.contract.lies_order_files import LIES
from tests.contract.lying import Lie
from tests.contract.order_files import OrderFile, OrderFileStand
from tests.contract.stand import STREAMS

FILES = [pytest.param(name, file, id=f"{name}-{file.name}") for name in order_files.names() for file in order_files.dialect_of(name).files]
STREAM = next(stream for stream in STREAMS if stream.name == "orders")


@pytest.mark.parametrize("check", ORDER_FILES, ids=lambda check: check.__name__)
@pytest.mark.parametrize(("name", "file"), FILES)
def test_promise(name: str, file: OrderFile, check: Check) -> None:
    check(OrderFileStand(name, file, registry.find(name)))


@pytest.mark.parametrize(("lie", "check"), LIES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("name", order_files.names())
def test_the_liar_is_caught(name: str, lie: Lie, check: Check) -> None:
    """By one recording at least."""
    kind = lie(registry.find(name), STREAM)
    caught = [file.name for file in order_files.dialect_of(name).files if _fails(check, OrderFileStand(name, file, kind))]

    assert caught


def test_every_check_has_a_liar() -> None:
    assert {check for _lie, check in LIES} == set(ORDER_FILES)


def _fails(check: Check, stand: OrderFileStand) -> bool:
    try:
        check(stand)
    except pytest.skip.Exception:
        return False
    except (Exception, pytest.fail.Exception):  # noqa: BLE001  however a lie comes out
        return True
    return False
