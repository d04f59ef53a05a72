"""WeChat Pay's bills by file: what a merchant sold and paid back, or every movement of its balance."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from connectors._kit import Manifest
from connectors._kit.exchanging import FileSettings
from connectors._kit.packed import glimpse, unpacked
from connectors._kit.telling import TellingConnector
from connectors.capabilities import PayloadKind, SettlementFile
from connectors.wechatpay import words
from connectors.wechatpay.flow import is_flow, read_flow
from connectors.wechatpay.tables import first_cells, text_of_bill
from connectors.wechatpay.trade import is_trade, read_trade
from model.errors import MalformedError, RejectedError
from model.records.settlement import Settlement


class Settings(FileSettings):
    """One merchant number of WeChat Pay."""

    bill: Literal["trade", "fund_flow"] = "trade"
    """Which bill this account is kept by: `trade` (交易账单) tells orders with their fees, `fund_flow` (资金账单) every movement, with
    balances and withdrawals. Both tell the same money, so the other one is refused."""


class WeChatPay(TellingConnector[Settings], SettlementFile):
    """One merchant's account with WeChat Pay."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {}
    mapping_version = 1

    def identify_settlement(self, name: str, raw: bytes) -> bool:  # noqa: ARG002  names are as people save them
        """Both bills, and a person's own, are claimed, so that what is not read is refused with the reason."""
        head = glimpse(raw)
        texts = [head.decode("utf-8-sig", errors="ignore"), head.decode("gb18030", errors="replace")]
        if any(mark in text for text in texts for mark in words.PERSONAL):
            return True
        return any(is_trade(names) or is_flow(names) for names in map(first_cells, texts))

    def read_settlements(self, name: str, raw: bytes) -> tuple[Settlement, ...]:  # noqa: ARG002  same
        if raw.startswith(b"PK"):
            raise RejectedError("file: is a workbook or ZIP, as people are sent of their own payments; take the merchant's bill as CSV")
        [member] = unpacked(raw)
        text = text_of_bill(member.raw)
        names = first_cells(text)
        found = "trade" if is_trade(names) else "fund_flow" if is_flow(names) else None
        if any(mark in text[:4096] for mark in words.PERSONAL):
            raise RejectedError("line 1: is a person's own bill, which tells no fees and no shop; take the merchant's bill")
        if found is None:
            raise MalformedError("line 1: has the columns of neither bill of WeChat Pay's (交易账单, 资金账单)")
        if found != self.settings.bill:
            raise RejectedError(f"line 1: is a bill of kind {found}; by settings.bill this account is kept by {self.settings.bill}")
        return read_flow(text) if found == "fund_flow" else read_trade(text, names)
