"""Messages of EDIFACT made for tests."""

from collections.abc import Sequence

HEAD = "UNA:+.? '\nUNB+UNOC:3+BUYER:14+SELLER:14+260801:0930+REF1'\n"
TAIL = "UNZ+1+REF1'\n"


def message(segments: Sequence[str], reference: str = "1", kind: str = "ORDERS:D:96A:UN:EAN008") -> str:
    """Segments between UNH and UNT, counted."""
    body = "".join(f"{segment}'\n" for segment in segments)
    return f"UNH+{reference}+{kind}'\n{body}UNT+{len(segments) + 2}+{reference}'\n"


def segments_of_order(number: str, *, function: str = "9", price: str = "5.00") -> list[str]:
    """The segments of an order of two lines with freight and tax; 92.23 EUR at the usual price."""
    cents = round(12 * int(price.replace(".", "")))
    lines = cents + 1000
    total = lines + 750 + 1473
    return [
        f"BGM+220+{number}+{function}",
        "DTM+137:20260801:102",
        "FTX+AAI+++Leave at the gate?, please",
        "NAD+BY+4000000000001::9++Harbour Café+1 Quay+Bergen++5003+NO",
        "COM+orders@example.com:EM",
        "NAD+DP+4000000000002::9++Harbour Depot+2 Quay?'s End+Bergen++5003+NO",
        "CUX+2:EUR:9",
        "LIN+1++4000000000013:EN",
        "PIA+1+MUG-RED:SA",
        "IMD+F++:::Mug, red",
        "QTY+21:12:PCE",
        f"MOA+203:{cents // 100}.{cents % 100:02}",
        f"PRI+AAA:{price}",
        "LIN+2++4000000000020:EN",
        "QTY+21:2.5:KGM",
        "PRI+AAA:4,00",
        "UNS+S",
        "ALC+C++++FC:::Freight",
        "MOA+8:7.50",
        f"MOA+79:{lines // 100}.{lines % 100:02}",
        "MOA+124:14.73",
        f"MOA+86:{total // 100}.{total % 100:02}",
        "CNT+2:2",
    ]


def orders_message(number: str, *, function: str = "9", price: str = "5.00") -> bytes:
    """An interchange with one order."""
    return (HEAD + message(segments_of_order(number, function=function, price=price)) + TAIL).encode("latin-1")
