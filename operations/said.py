"""What people type, checked in one way by all verbs: quantities, reasons, references and SKUs; errors name place, reason and mend."""

from collections.abc import Iterable

from sqlalchemy import Connection

from model.errors import ConfigError, MalformedError
from model.store import catalogue
from model.values.quantity import thousandths


def units(text: str, *, place: str = "quantity", least: int | None = 0, also: str = "") -> int:
    """Thousandths of a quantity in units, at least `least` (None: any); `also` names what may be written instead of a number."""
    try:
        count = thousandths(text)
    except MalformedError as error:
        reason = str(error).partition(": ")[2]
        raise ConfigError(f"{place} {text!r}: {reason}; write a number like 12 or 1.5{also}") from None
    if least is not None and count < least:
        reason = "is not above zero; write a number like 12 or 1.5" if least else "is negative; write zero or more"
        raise ConfigError(f"{place} {text!r}: {reason}{also}")
    return count


def reasoned(reason: str | None) -> None:
    """Make sure that a reason is given."""
    if not (reason or "").strip():
        raise ConfigError("--reason: is empty; say why")


def named(reference: str, what: str) -> None:
    """Make sure that a reference names something; `what` says what it is, with an example."""
    if not reference.strip():
        raise ConfigError(f"--reference: is empty; name the {what}")


def sku_problems(connection: Connection, skus: Iterable[str], *, may_be_kits: bool = False) -> dict[str, str]:
    """Which of these are no SKUs, or kits where stock of their own is meant; each with the mend."""
    wanted = set(skus)
    kits = set[str]() if may_be_kits else catalogue.kits_among(connection, wanted)
    unknown = wanted - catalogue.known_skus(connection, wanted)
    return dict.fromkeys(kits, "is a kit and has no stock of its own; name its parts") | dict.fromkeys(
        unknown, "is not known; `entrepot masters import skus FILE` or `entrepot listings adopt --create`"
    )


def check_sku(connection: Connection, sku: str, *, may_be_kit: bool = False) -> None:
    """Make sure that a SKU is known, and has stock of its own unless it may be a kit."""
    for problem in sku_problems(connection, [sku], may_be_kits=may_be_kit).values():
        raise ConfigError(f"SKU {sku!r}: {problem}")
