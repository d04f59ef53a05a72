"""Settings of a set of books in Beancount."""

from typing import Annotated

from pydantic import AfterValidator, Field

from connectors._kit.voucher_files import VoucherFileSettings
from connectors.beancount.words import is_account


def _names(accounts: dict[str, str]) -> dict[str, str]:
    for name in accounts.values():
        if not is_account(name):
            raise ValueError(f"{name!r:.60} is no account of Beancount; write one like Assets:Bank-EUR")
    return accounts


class Settings(VoucherFileSettings):
    """Books kept in Beancount: where its files are put, and what it calls our accounts."""

    accounts: Annotated[dict[str, str], AfterValidator(_names)] = Field(default_factory=dict[str, str])
    """Names for accounts whose own shall not be derived: `{"1201" = "Assets:Stripe"}`, our code first."""
    declares: bool = True
    """Whether the file opens its accounts and tells its currencies; not so where the main file, or another of ours, does."""
