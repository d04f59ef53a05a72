"""How accounts describe the CSV of the banks whose samples are read, in the words of those banks; and other settings."""

from collections.abc import Mapping
from typing import Any

FORMS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "unbalanced": {"balances": "none"},
    "cp852": {"encoding": "cp852"},
    "aud": {"balances": "none", "currency": "AUD"},
    "usd": {"balances": "none", "currency": "USD"},
    "abc": {
        "account": "1",
        "balances": "running",
        "csv": {
            "columns": {
                "booked_on": "交易日期",
                "amount": "交易金额",
                "balance": "本次余额",
                "counterparty": "对手信息",
                "bank_reference": "日 志 号",
                "kind": "交易摘要",
                "text": "交易附言",
            },
            "date": "%Y%m%d",
        },
        "currency": "CNY",
    },
    "abc-whole": {
        "account": "1",
        "balances": "none",
        "csv": {"columns": {"booked_on": "交易日期", "amount": "交易金额", "text": "交易摘要"}, "date": "%Y%m%d"},
        "currency": "CNY",
    },
    "bmo-credit": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {"booked_on": "Posting Date", "amount": "Transaction Amount", "text": "Description"},
            "date": "%Y%m%d",
            "is_inverted": True,
        },
        "currency": "CAD",
    },
    "bmo-debit": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {"booked_on": "Date Posted", "amount": "Transaction Amount", "kind": "Transaction Type", "text": "Description"},
            "date": "%Y%m%d",
        },
        "currency": "CAD",
    },
    "boc-credit": {
        "account": "1",
        "balances": "none",
        "csv": {"columns": {"booked_on": "银行记账日", "credit": "存入", "debit": "支出", "currency": "币种", "text": "交易描述"}},
    },
    "boc-debit": {
        "account": "1",
        "balances": "running",
        "csv": {
            "columns": {
                "booked_on": "记账日期",
                "amount": "金额",
                "balance": "余额",
                "currency": "币别",
                "text": ["交易名称", "附言"],
                "counterparty": "对方账户名",
            },
            "grouping": ",",
            "currencies": {"人民币": "CNY"},
            "blank_words": ["----------", "-------------------"],
        },
    },
    "boc-debit-loose": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {"booked_on": "记账日期", "amount": "金额", "currency": "币别", "text": ["交易名称", "附言"]},
            "grouping": ",",
            "currencies": {"人民币": "CNY"},
        },
    },
    "bocom-credit": {
        "account": "1",
        "balances": "none",
        "csv": {"columns": {"booked_on": "记账日期", "amount": "入账币种/金额", "text": "交易说明"}},
        "currency": "CNY",
    },
    "bocom-debit": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {
                "booked_on": "交易日期",
                "amount": "交易金额",
                "sign": "借贷",
                "text": ["交易类型", "摘要"],
                "counterparty": "对方户名",
            },
            "credit_words": ["贷 Cr"],
            "debit_words": ["借 Dr"],
        },
        "currency": "CNY",
    },
    "bocom-debit-running": {
        "account": "1",
        "balances": "running",
        "csv": {
            "columns": {"booked_on": "交易日期", "amount": "交易金额", "sign": "借贷", "balance": "余额", "text": ["交易类型", "摘要"]},
            "credit_words": ["贷 Cr"],
            "debit_words": ["借 Dr"],
        },
        "currency": "CNY",
    },
    "cgb": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {"booked_on": "入账日期", "amount": "入账金额", "currency": "入账货币", "text": "交易摘要"},
            "date": "%Y/%m/%d",
            "currencies": {"人民币": "CNY"},
            "is_inverted": True,
        },
    },
    "cmb-credit": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {"booked_on": "记账日", "amount": "人民币金额", "text": "交易摘要"},
            "date": "%m/%d",
            "grouping": ",",
            "is_inverted": True,
        },
        "currency": "CNY",
    },
    "cmb-debit": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {
                "booked_on": "记账日期",
                "amount": "交易金额",
                "currency": "货币",
                "text": ["交易摘要", "客户摘要"],
                "counterparty": "对手信息",
            },
            "grouping": ",",
        },
    },
    "hsbc-credit": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {"booked_on": "Post date", "amount": "Billing amount", "currency": "Billing currency", "text": "Description"},
            "date": "%d/%m/%Y",
            "grouping": ",",
        },
    },
    "hsbc-debit": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {"booked_on": "Date", "amount": "Billing amount", "currency": "Billing currency", "text": "Description"},
            "date": "%d/%m/%Y",
            "grouping": ",",
        },
    },
    "hsbc-debit-running": {
        "account": "1",
        "balances": "running",
        "csv": {
            "columns": {
                "booked_on": "Date",
                "amount": "Billing amount",
                "currency": "Billing currency",
                "balance": "Balance",
                "text": "Description",
            },
            "date": "%d/%m/%Y",
            "grouping": ",",
        },
    },
    "icbc-credit": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {
                "booked_on": "记账日期",
                "credit": "记账金额(收入)",
                "debit": "记账金额(支出)",
                "currency": "记账币种",
                "text": "摘要",
            },
            "grouping": ",",
            "currencies": {"人民币": "CNY"},
            "no_lines": "合计",
        },
    },
    "icbc-debit": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {
                "booked_on": "交易日期",
                "credit": "记账金额(收入)",
                "debit": "记账金额(支出)",
                "currency": "记账币种",
                "text": "摘要",
                "counterparty": "对方户名",
            },
            "grouping": ",",
            "currencies": {"人民币": "CNY"},
            "no_lines": ["合计", "人民币合计"],
        },
    },
    "td": {
        "account": "1",
        "balances": "running",
        "csv": {
            "columns": {"booked_on": "1", "text": "2", "debit": "3", "credit": "4", "balance": "5"},
            "date": "%m/%d/%Y",
            "header": False,
        },
        "currency": "CAD",
    },
    "oca": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {"booked_on": "Date", "amount": "Amount", "currency": "Currency", "text": "Label", "counterparty": "Partner Name"},
            "date": "%m/%d/%Y",
            "grouping": ",",
        },
    },
    "oca-usd": {
        "account": "1",
        "balances": "none",
        "csv": {"columns": {"booked_on": "Date", "amount": "Amount", "text": "Label"}, "date": "%m/%d/%Y", "grouping": ","},
        "currency": "USD",
    },
    "oca-card": {
        "account": "1",
        "balances": "none",
        "csv": {
            "columns": {"booked_on": "Date", "amount": "Amount", "currency": "Currency", "text": "Label"},
            "date": "%m/%d/%Y",
            "grouping": ",",
            "is_inverted": True,
        },
    },
    "oca-signs": {
        "account": "1",
        "balances": "running",
        "csv": {
            "columns": {"booked_on": "Date", "amount": "Amount", "sign": "D/C", "balance": "Balance", "text": "Label"},
            "date": "%m/%d/%Y",
            "grouping": ",",
            "credit_words": "C",
            "debit_words": "D",
        },
        "currency": "USD",
    },
}
"""Settings by name; Chinese exports are in the words of their banks."""
