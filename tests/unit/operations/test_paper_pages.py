"""A paper as people read it: as HTML and as PDF, in both languages, whatever its titles hold."""

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from model.errors import ConfigError
from model.records.invoice import Paper, PaperBuyer, PaperLine, Seller, TaxShare
from operations.papers.rendering import paper_html, paper_pdf

VAT = TaxShare(title="VAT", rate="0.190", amount_minor=171)
LINE = PaperLine(part="line:a", kind="line", title="Pot", quantity=1500, unit="kg", amount_minor=1000, discount_minor=100, taxes=(VAT,))
PAPER = Paper(
    reference="INV-2026-000001", kind="invoice", source="shipment", entity_id="main", order_number="#1", issued_on=date(2026, 3, 2),
    supplied_on=date(2026, 3, 1), due_on=date(2026, 4, 1), currency="EUR", net_minor=900, tax_minor=171, total_minor=1071, language="en",
    reason=None, issued_at=datetime(2026, 3, 2, tzinfo=UTC),
    seller=Seller(name="Main", tax_number="DE1", country="DE", address=("1 Quay",), pay_to=("IBAN X",)),
    buyer=PaperBuyer(name="Ada Example", street=("1 Long Road",), country="DE"), lines=(LINE,), credits=(),
)  # fmt: skip
HOSTILE = "<img src='http://127.0.0.1:9/x'><script>alert(1)</script>"


def test_a_page_tells_everything_that_the_paper_holds() -> None:
    page = paper_html(PAPER)

    for told in (
        "Invoice INV-2026-000001",
        "Ada Example\n1 Long Road\nDE",
        "1.5 kg",
        "10.00",
        "-1.00",
        "19%",
        "1.71",
        "10.71 EUR",
        "IBAN X",
    ):
        assert told in page
    assert "2026-04-01" in page


def test_a_page_in_chinese_is_no_tax_invoice_by_name() -> None:
    page = paper_html(PAPER, "zh")

    assert '<html lang="zh-Hans">' in page
    assert "账单 INV-2026-000001" in page
    assert "发票" not in page


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "1071 JPY"), ("KWD", "1.071 KWD")])
def test_amounts_have_the_places_of_their_currency(currency: str, shown: str) -> None:
    assert shown in paper_html(replace(PAPER, currency=currency))


def test_hostile_titles_stay_text_and_nothing_is_fetched() -> None:
    hostile = replace(PAPER, lines=(replace(LINE, title=HOSTILE),), buyer=PaperBuyer(name=HOSTILE))

    page = paper_html(hostile)

    assert "<script>" not in page
    assert "<img" not in page
    assert paper_pdf(hostile).startswith(b"%PDF-")


def test_an_erased_buyer_is_said_to_be_erased() -> None:
    assert "Buyer: erased on request" in paper_html(replace(PAPER, buyer=None))


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(ConfigError, match="language 'xx': is not there; use one of en, zh"):
        paper_html(PAPER, "xx")


def test_a_pdf_holds_the_text_in_chinese_on_one_a4_page(tmp_path: Path) -> None:
    reader, fonts = shutil.which("pdftotext"), shutil.which("fc-list")
    if reader is None or fonts is None or not subprocess.check_output([fonts, ":lang=zh"]):
        pytest.skip("no pdftotext, or no font that has Chinese")
    (tmp_path / "paper.pdf").write_bytes(paper_pdf(PAPER, "zh"))

    text = subprocess.check_output([reader, "-layout", tmp_path / "paper.pdf", "-"], text=True)

    assert "账单 INV-2026-000001" in text
    assert "价税合计" in text
    assert "1/1" in text.replace(" ", "")
