"""Settings of a set of books in hledger."""

from typing import Annotated

from pydantic import AfterValidator, Field

from connectors._kit.voucher_files import VoucherFileSettings
from connectors.hledger.words import is_account


def _names(accounts: dict[str, str]) -> dict[str, str]:
    for name in accounts.values():
        if not is_account(name):
            raise ValueError(f"{name!r:.60} is no account of hledger that is safe to write; write one like Assets:Bank EUR")
    return accounts


class Settings(VoucherFileSettings):
    """Books kept in hledger: where its journals are put, and what it calls our accounts."""

    accounts: Annotated[dict[str, str], AfterValidator(_names)] = Field(default_factory=dict[str, str])
    """Names for accounts whose own shall not be derived: `{"1201" = "Assets:Stripe"}`, our code first."""
    declares: bool = True
    """Whether the journal declares its accounts and currencies; not so where the main journal does."""
