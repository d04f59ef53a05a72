"""What to do about each kind of break, in Simplified Chinese."""

from collections.abc import Mapping
from typing import Final

from model.records.breaks import BreakKind

MENDS: Final[Mapping[BreakKind, str]] = {
    "payment_unsettled": "重新读取前后几天的服务商数据；若仍没有，请询问服务商，也可能从未请款。",
    "refund_unsettled": "查看退款是否真的从服务商付出；手工登记的退款不会动用资金。",
    "line_without_payment": "重新读取该渠道当天的订单；若不是您的销售，请询问服务商。",
    "amount_differs": "比较付款与服务商明细；可能有一部分在别处请款或退款。",
    "currency_differs": "明细币种与付款不同，且没有注明原金额。请按汇率手工接受。",
    "ambiguous": "有多条明细同样符合，请手工选择。",
    "settled_twice": "服务商对同一付款结算了两次，请要求收回第二笔。",
    "unknown_line": "服务商使用了系统不认识的类型。请说明其含义和原因，并告知我们。",
    "payout_sum_differs": "重新读取该打款的明细；若差额仍在，请向服务商索取账单。",
    "payout_unknown": "明细所指的打款从未读取，请重新读取服务商那几天的打款。",
    "payout_not_banked": "在银行查找合并到账，或询问服务商款项去向。",
    "payout_failed": "银行拒收该打款。请在服务商处更正银行资料，之后会重新支付。",
    "bank_line_unexplained": "手工与打款匹配，或在 rules/reconciliation.toml 中加规则排除同类明细。",
    "bank_amount_differs": "银行金额与打款不符。若银行扣了手续费，请以此原因接受。",
    "balance_differs": "期初与上期期末不一致，中间缺少文件。",
    "statement_gap": "两份对账单之间缺少日期或编号，请导入缺少的文件。",
    "dispute_open": "请在期限前答复争议，或接受它。",
    "refunded_and_disputed": "买家已获退款又发起争议，请向服务商提交退款凭证。",
    "order_underpaid": "发出或承诺的多于已付款。请追收余款，或说明原因后核销。",
    "order_overpaid": "付款多于订单金额，请退还多余部分。",
    "nobody_settles": "该支付方式没有指定账户，请在 rules/reconciliation.toml 的 [settles] 中指定。",
    "reserve_outstanding": "服务商逾期仍扣留保证金，请要求释放。",
}
"""Suggested mend for each kind, in plain words."""
