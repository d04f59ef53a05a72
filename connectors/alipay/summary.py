"""The summary that lies beside a trade bill in Alipay's ZIP: one row for each shop and one for all, the only place that sums fees."""

from connectors._kit.sheets import Row, at_line, columns_of, lines_of, row_of
from connectors.alipay import words
from connectors.alipay.reading import CURRENCY, text_of_bill
from model.errors import MalformedError
from model.values.money import minor_units

_ALL = "合计"


def net_of_summary(raw: bytes) -> int | None:
    """What is left after fees, by the row for all shops; None where the summary has no such row or column, as older ones."""
    lines = [line for line in lines_of(text_of_bill(raw)) if not line.cells[0].startswith("#")]
    if not lines or words.NET not in (names := columns_of(lines[0], ())):
        return None
    rows: list[Row] = [row_of(names, line) for line in lines[1:]]
    whole = [row for row in rows if any(_ALL in cell for cell in row.fields.values())]
    if len(whole) > 1:
        raise MalformedError(f"line {whole[1].number}: is a second sum of all shops")
    if not whole:
        return None
    with at_line(whole[0].number):
        return minor_units(whole[0].fields[words.NET], CURRENCY)
