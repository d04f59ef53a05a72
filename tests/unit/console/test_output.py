"""How the command line shows records: values, words and tables, in units where people read them."""

import json
from datetime import UTC, datetime

import pytest

from console.output import in_units, say_one

ORDER = {
    "number": "7",
    "placed_at": datetime(2026, 3, 2, tzinfo=UTC),
    "tags": ["gift", "vip"],
    "lines": [{"order_id": "x", "title": "Cup"}],
    "refunds": list[object](),
}


def test_one_record_is_shown_as_values_words_and_tables_without_hidden_columns(capsys: pytest.CaptureFixture[str]) -> None:
    say_one(ORDER, as_json=False, hidden={"order_id"})

    assert capsys.readouterr().out == (
        "number: 7\nplaced_at: 2026-03-02T00:00:00.000000Z\ntags: gift, vip\n\nlines:\ntitle\nCup\n\nrefunds:\nnone\n"
    )


def test_one_record_as_json_hides_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    say_one(ORDER, as_json=True, hidden={"order_id"})

    assert json.loads(capsys.readouterr().out)["lines"] == [{"order_id": "x", "title": "Cup"}]


def test_thousandths_become_units_also_in_the_rows_of_lists() -> None:
    row = {"free": 1500, "low_at": None, "version": 2, "levels": [{"on_hand": -250, "version": 3}]}

    assert in_units(row, {"free", "low_at", "on_hand"}) == {
        "free": "1.5", "low_at": None, "version": 2, "levels": [{"on_hand": "-0.25", "version": 3}],
    }  # fmt: skip
