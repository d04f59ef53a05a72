"""Resume tokens: where reading stands, as text that only the connector that wrote it understands."""

from typing import TypeVar

import msgspec

from model.errors import ContractError

P = TypeVar("P", bound=msgspec.Struct)


def token_of(place: msgspec.Struct) -> str:
    """The place as text."""
    return msgspec.json.encode(place).decode()


def place_of(token: str, kind: type[P]) -> P:
    """The place a token names; text that this connector never wrote is a ContractError."""
    try:
        return msgspec.json.decode(token, type=kind)
    except msgspec.DecodeError:
        raise ContractError("resume: is no token of this connector") from None
