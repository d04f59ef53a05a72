"""Alipay's own words: columns, kinds of business, and the sentences around the rows."""

import re
from collections.abc import Mapping
from typing import Final

from model.records.settlement import LineKind

TRADE, TRADE_NO, ORDER, REFUND_NO = "业务类型", "支付宝交易号", "商户订单号", "退款批次号/请求号"
CREATED, FINISHED = "创建时间", "完成时间"
RECEIVED, FEE, SHARED = "商家实收（元）", "服务费（元）", "分润（元）"
NET = "实收净额（元）"
COUPONS = "商家优惠（元）"
NEEDED: Final = (TRADE_NO, ORDER, TRADE, CREATED, FINISHED, RECEIVED, COUPONS, REFUND_NO, FEE, SHARED)

KINDS: Final[Mapping[str, LineKind]] = {"交易": "charge", "退款": "refund"}
SALE, REFUND = "交易", "退款"

TITLE: Final = "#支付宝业务明细查询"
ACCOUNT_BILLS: Final = ("#支付宝账务明细查询", "#支付宝账务汇总查询")
PERSONAL: Final = ("电子客户回单", "支付宝账户：", "支付宝交易记录明细查询")
"""What stands only in the export that a person makes of his own payments."""

ACCOUNT = re.compile(r"#账号：\[([0-9]{8,32})\]")
PERIOD = re.compile(r"#起始日期：\[([^\]]{1,40})\]\s*终止日期：\[([^\]]{1,40})\]")
MOMENT = re.compile(r"(\d{4})年(\d{2})月(\d{2})日 (\d{2}:\d{2}:\d{2})")
END_OF_ROWS: Final = "列表结束"
_SUM = r"([0-9]{1,12})笔，商家实收(?:退款)?共(-?[0-9.]{1,24})元，商家优惠(?:退款)?共(-?[0-9.]{1,24})元"
SUMS: Final[Mapping[str, re.Pattern[str]]] = {SALE: re.compile(f"#交易合计：{_SUM}"), REFUND: re.compile(f"#退款合计：{_SUM}")}
"""How many there were of each kind, and what they come to; a refund is negative."""
EXPORTED: Final = "#导出时间："
