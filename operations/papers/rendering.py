"""A paper as a page that prints well on A4, and as a PDF of that page; in English or Simplified Chinese.

One template serves both: WeasyPrint (BSD-3-Clause) lays out HTML and CSS as a browser prints them. It draws with Pango, a library of the
operating system, and with the fonts that are installed there; Chinese needs a font that has it (docs/guide/invoices.md).
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from model.errors import ConfigError
from model.records.invoice import Paper, PaperBuyer, PaperLine
from model.values.money import decimal_amount
from model.values.quantity import PIECE, decimal_quantity

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "invoice": "Invoice", "credit_note": "Credit note", "issued_on": "Date of issue", "supplied_on": "Date of supply",
        "refunded_on": "Given back on", "due_on": "Payable by", "order": "Order", "credits": "Takes back from", "reason": "Reason",
        "buyer_tax_number": "Tax number of the buyer", "tax_number": "Tax number", "title": "Description", "quantity": "Quantity",
        "amount": "Amount", "discount": "Discount", "net": "Net", "rate": "Rate", "tax": "Tax", "base": "Taxable", "total": "Total",
        "pay_to": "Please pay to:", "erased": "Buyer: erased on request", "adjustment": "Other amount given back, without tax of its own",
    },
    "zh": {
        "invoice": "账单", "credit_note": "贷记通知单", "issued_on": "开具日期", "supplied_on": "供货日期", "refunded_on": "退款日期",
        "due_on": "付款期限", "order": "订单号", "credits": "冲减", "reason": "原因", "buyer_tax_number": "购方税号", "tax_number": "税号",
        "title": "名称", "quantity": "数量", "amount": "金额", "discount": "折扣", "net": "不含税金额", "rate": "税率", "tax": "税额",
        "base": "计税金额", "total": "价税合计", "pay_to": "收款账户：",
        "erased": "购方信息已应要求删除", "adjustment": "其他退款（渠道未列税额）",
    },
}  # fmt: skip
LANGUAGES = tuple(WORDS)
_LANG = {"en": "en", "zh": "zh-Hans"}


def paper_html(paper: Paper, language: str | None = None) -> str:
    """The page of a paper, in its own language or another."""
    chosen = _chosen(paper, language)
    words, currency = WORDS[chosen], paper.currency

    def shown(minor: int) -> str:
        return str(decimal_amount(minor, currency))

    return _template().render(
        paper=paper, lang=_LANG[chosen], words=words, buyer=_address(paper.buyer) if paper.buyer else [words["erased"]],
        facts=_facts(paper),
        lines=[_line(line, words, shown) for line in paper.lines], has_discount=any(line.discount_minor for line in paper.lines),
        sums=[("net", shown(paper.net_minor)), ("tax", shown(paper.tax_minor)), ("total", shown(paper.total_minor))],
        taxes=_taxes(paper, shown),
    )  # fmt: skip


def paper_pdf(paper: Paper, language: str | None = None) -> bytes:
    """The page as a PDF; a ConfigError names what the machine lacks for it."""
    try:
        weasyprint: Any = import_module("weasyprint")  # late: it takes half a second and needs libraries of the system
    except OSError:
        raise ConfigError(
            "pdf: Pango is not installed; `apt-get install libpango-1.0-0 libpangoft2-1.0-0`, or write HTML and print that"
        ) from None
    return bytes(weasyprint.HTML(string=paper_html(paper, language), url_fetcher=_no_fetching).write_pdf())


def _no_fetching(url: str, *_: object, **__: object) -> Any:  # noqa: ANN401  as WeasyPrint calls it
    """The page needs nothing from anywhere; whoever smuggles an address into it gets nothing fetched."""
    raise ValueError(f"{url[:40]}: pages of papers load nothing")


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.get_template("paper.html")


def _chosen(paper: Paper, language: str | None) -> str:
    wanted = language or paper.language
    if wanted not in WORDS:
        raise ConfigError(f"language {wanted!r}: is not there; use one of {', '.join(LANGUAGES)}")
    return wanted


def _address(buyer: PaperBuyer) -> list[str]:
    place = " ".join(each for each in (buyer.postcode, buyer.city) if each)
    told = (buyer.company, buyer.name, *buyer.street, place, buyer.region, buyer.country)
    return [each for each in told if each]


def _facts(paper: Paper) -> list[tuple[str, str]]:
    supplied = "refunded_on" if paper.source == "refund" else "supplied_on"
    told = [
        ("issued_on", paper.issued_on.isoformat()), (supplied, paper.supplied_on.isoformat()),
        ("due_on", paper.due_on.isoformat() if paper.due_on else ""), ("order", paper.order_number),
        ("credits", ", ".join(paper.credits)), ("reason", paper.reason or ""),
        ("buyer_tax_number", (paper.buyer.tax_number if paper.buyer else None) or ""),
    ]  # fmt: skip
    return [(name, value) for name, value in told if value]


def _line(line: PaperLine, words: Mapping[str, str], shown: Any) -> dict[str, Any]:  # noqa: ANN401  the currency's own way of writing
    unit = "" if line.unit == PIECE else f" {line.unit}"
    return {
        "title": line.title or words["adjustment"], "sku": line.sku or "",
        "quantity": f"{decimal_quantity(line.quantity)}{unit}" if line.kind == "line" else "", "amount": shown(line.amount_minor),
        "discount": shown(-line.discount_minor) if line.discount_minor else "", "net": shown(line.net_minor),
        "rates": sorted({rate_text(tax.rate) for tax in line.taxes if tax.rate}), "tax": shown(line.tax_minor),
    }  # fmt: skip


def _taxes(paper: Paper, shown: Any) -> list[dict[str, str]]:  # noqa: ANN401  same
    """Tax by name and rate, with the net amount of the lines that bear it."""
    sums: dict[tuple[str, str | None], tuple[int, int]] = {}
    for line in paper.lines:
        for key in dict.fromkeys((tax.title, tax.rate) for tax in line.taxes):
            base, amount = sums.get(key, (0, 0))
            own = sum(tax.amount_minor for tax in line.taxes if (tax.title, tax.rate) == key)
            sums[key] = (base + line.net_minor, amount + own)
    return [
        {"title": title, "rate": rate_text(rate), "base": shown(base), "amount": shown(amount)}
        for (title, rate), (base, amount) in sums.items()
    ]


def rate_text(rate: str | None) -> str:
    """`0.19` as `19%`; as it is where it is no number."""
    if rate is None:
        return ""
    try:
        return f"{(Decimal(rate) * 100).normalize():f}%"
    except InvalidOperation:
        return rate
