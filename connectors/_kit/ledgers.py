"""What every connector to a ledger needs: its words for our accounts and tax codes, and that vouchers balance before they leave."""

from collections.abc import Mapping

from pydantic import Field

from connectors._kit.base import ChannelSettings
from model.errors import RejectedError
from model.records.voucher import Voucher, imbalances


class LedgerSettings(ChannelSettings):
    """Settings of a ledger; a code that is not listed is sent as it stands."""

    accounts: dict[str, str] = Field(default_factory=dict[str, str])
    """What the ledger calls our accounts: `{"1201" = "201"}`, our code first."""
    tax_codes: dict[str, str] = Field(default_factory=dict[str, str])
    """What the ledger calls our tax codes."""


def called(ours: str, words: Mapping[str, str]) -> str:
    """The ledger's word for our code."""
    return words.get(ours, ours)


def balanced(voucher: Voucher) -> Voucher:
    """The same voucher; RejectedError if a currency of it, or the functional amounts, do not sum to nothing, or it has no lines."""
    if not voucher.lines:
        raise RejectedError(f"voucher {voucher.reference}: has no lines")
    lacking = imbalances(voucher.lines, voucher.base_currency)
    if lacking:
        told = ", ".join(f"{currency} {total}" for currency, total in sorted(lacking.items()))
        raise RejectedError(f"voucher {voucher.reference}: debit and credit differ ({told} minor units); reverse it and post it anew")
    return voucher
