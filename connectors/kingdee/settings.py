"""Settings of an account book (账簿) in Kingdee."""

from typing import Annotated

from pydantic import AfterValidator, Field

from connectors._kit.voucher_files import VoucherFileSettings
from connectors.kingdee.rows import COLUMNS


def _known(columns: dict[str, str]) -> dict[str, str]:
    if unknown := sorted(columns.keys() - set(COLUMNS)):
        raise ValueError(f"{unknown[0]!r:.40} is no column of ours; use {'、'.join(COLUMNS)}")
    kept = [columns.get(column, column) for column in COLUMNS if columns.get(column, column)]
    if len(set(kept)) < len(kept):
        raise ValueError("two columns are called alike")
    return columns


class Settings(VoucherFileSettings):
    """One account book: where the workbooks are put, and the importer's words for columns, currencies, accounts and tax codes."""

    account_book: str = Field(min_length=1)
    """The number of the account book, 账簿."""
    voucher_word: str = Field(default="记", min_length=1)
    """The kind of voucher, 凭证字."""
    currencies: dict[str, str] = Field(default_factory=dict[str, str])
    """What the book calls currencies: `{CNY = "PRE001"}`; a code that is not listed is written as it stands."""
    columns: Annotated[dict[str, str], AfterValidator(_known)] = Field(default_factory=dict[str, str])
    """What the importer's template calls our columns, our name first: `{"摘要" = "凭证摘要"}`; an empty name leaves the column out."""
