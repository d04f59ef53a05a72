"""The company that an account is about, in a Tryton database that may hold several."""

from typing import Final

import msgspec

from connectors._kit.tryton_rpc import Rpc
from model.errors import ConfigError

_SEARCH: Final = "model.company.company.search_read"


class Coded(msgspec.Struct, frozen=True):
    """Something that Tryton shows by its id and its code."""

    id: int
    code: str | None = None


class Company(msgspec.Struct, frozen=True):
    """One legal entity."""

    id: int
    rec_name: str
    currency: Coded = msgspec.field(name="currency.")


def company_of(rpc: Rpc, name: str) -> Company:
    """The company of this name; ConfigError where the user sees none, or several."""
    asked = ((("rec_name", "=", name),), 0, 2, None, ("rec_name", "currency.code"))
    found = rpc.ask(_SEARCH, *asked, shape=list[Company])
    if len(found) != 1:
        seen = "several companies" if found else "no company"
        raise ConfigError(f"settings.company: the user sees {seen} of this name; name one of its companies as Tryton shows it")
    return found[0]
