"""Purchase orders that tests share, put together by hand."""

from collections.abc import Sequence

from tests.edi import interchange

LINES = ("PO1*1*10*EA*2.50*PE*VN*MUG-STONE-BLU", "PID*F****Mug, blue", "PO1*2*4*EA*7*PE*VN*PLATE-20*UP*012345678905", "PID*F****Plate")
HEAD = ("BEG*00*SA*PO-77**20260303", "CUR*BY*USD")
SHIP_TO = ("N1*ST*Dock Stores*92*0042", "N3*12 Harbour Road*Gate 3", "N4*Norfolk*VA*23510*US")
TAIL = ("CTT*2*14", "AMT*TT*53")
WORDS = {"sku_qualifier": "VN"}


def purchase(
    head: Sequence[str] = HEAD, lines: Sequence[str] = LINES, tail: Sequence[str] = TAIL, *, number: int = 700, sender: str = "NORTHDOCK"
) -> bytes:
    """An 850 in an interchange of its own."""
    return interchange([("850", (*head, *SHIP_TO, *lines, *tail))], function="PO", number=number, sender=sender)


def change(*body: str, head: Sequence[str] = ("BCH*04*SA*PO-77***20260303",), number: int = 800) -> bytes:
    """An 860 in an interchange of its own, told later than the order of `purchase`."""
    raw = interchange([("860", (*head, *body))], function="PC", number=number)
    return raw.replace(b"*20260303*1015*", b"*20260304*0900*")
