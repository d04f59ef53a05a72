"""WeChat Pay's own words: the columns of its two bills, and its kinds of movement."""

from collections.abc import Mapping
from typing import Final

from model.records.settlement import FeeKind, LineKind

TIME, MERCHANT, PAYMENT, ORDER, STATE = "交易时间", "商户号", "微信订单号", "商户订单号", "交易状态"
CURRENCY, SETTLED, REFUND, REFUNDED, REFUND_STATE = "货币种类", "应结订单金额", "微信退款单号", "退款金额", "退款状态"
FEE, PAID, ASKED, VOUCHERS = "手续费", "订单金额", "申请退款金额", "充值券退款金额"
OF_TRADE: Final = (TIME, MERCHANT, PAYMENT, ORDER, STATE, CURRENCY, SETTLED, REFUND, REFUNDED, REFUND_STATE, FEE, PAID, ASKED, VOUCHERS)
REFUNDS_ONLY: Final = "退款成功时间"
"""A column of the bill that tells refunds alone."""
SUMS_OF_TRADE: Final[Mapping[str, str]] = {
    "应结订单总金额": SETTLED,
    "退款总金额": REFUNDED,
    "充值券退款总金额": VOUCHERS,
    "手续费总金额": FEE,
    "订单总金额": PAID,
    "申请退款总金额": ASKED,
}
"""The columns of the sums, and the columns that they sum."""
COUNT_OF_TRADE: Final = "总交易单数"
SALE: Final = "SUCCESS"
STATES: Final[Mapping[str, LineKind]] = {SALE: "charge", "REFUND": "refund", "REVOKED": "refund"}
FAILED: Final = frozenset({"FAIL", "CHANGE", "CLOSED"})
"""States of a refund that did not reach the buyer, whose money stays to be cleared."""

BOOKED, BUSINESS, FLOW, NAME = "记账时间", "微信支付业务单号", "资金流水单号", "业务名称"
TYPE, WAY, AMOUNT, BALANCE, VOUCHER = "业务类型", "收支类型", "收支金额（元）", "账户结余（元）", "业务凭证号"
OF_FLOW: Final = (BOOKED, BUSINESS, FLOW, NAME, TYPE, WAY, AMOUNT, BALANCE, VOUCHER)
IN, OUT = "收入", "支出"
SUMS_OF_FLOW: Final = ("资金流水总笔数", "收入笔数", "收入金额", "支出笔数", "支出金额")

MOVEMENTS: Final[Mapping[tuple[str, str], LineKind]] = {
    ("交易", IN): "charge",
    ("退款", OUT): "refund",
    ("退款", IN): "refund_failed",
    ("提现", OUT): "payout",
    ("提现", IN): "payout_failed",
    ("充值", IN): "top_up",
    ("充值退款", OUT): "top_up",
    ("分账", OUT): "transfer",
    ("分账", IN): "transfer",
    ("分账回退", IN): "transfer",
    ("企业付款", OUT): "transfer",
    ("商家转账", OUT): "transfer",
    ("企业红包", OUT): "transfer",
    ("现金红包", OUT): "transfer",
    ("冻结", OUT): "reserve_held",
    ("解冻", IN): "reserve_released",
    ("拒付", OUT): "dispute",
}
"""By type or name of the business, and by whether money came or went."""
FEES: Final[Mapping[str, FeeKind]] = {
    "扣除交易手续费": "processing", "交易手续费": "processing", "手续费": "processing", "扣除手续费": "processing",
    "退还交易手续费": "processing", "退款手续费": "refund", "提现手续费": "payout", "企业付款手续费": "other", "技术服务费": "commission",
}  # fmt: skip

PERSONAL: Final = ("微信支付账单明细", "微信昵称：")
"""What stands only in the export that a person makes of his own payments."""
