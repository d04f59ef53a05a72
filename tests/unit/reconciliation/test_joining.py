"""Pairs by DuckDB's join are the pairs by sorted codes, and where the join gives up nothing changes."""

from typing import Any

import pyarrow as pa
import pytest

from reconciliation import joining, pairing
from reconciliation.engine import match
from reconciliation.frames import side
from reconciliation.halves import Half
from reconciliation.passes import PAYMENTS, Pass
from tests.unit.reconciliation.lines import content, line

Rows = list[tuple[Any, ...]]
arrow: Any = pa


def street(mark: str) -> Rows:
    """Pairs, crowds, sums and strangers in two accounts, two currencies and two kinds."""
    rows: Rows = []
    for at in range(60):
        more = {"account": "AB"[at % 2], "currency": ("EUR", "USD")[at % 3 == 0], "kind": ("payment", "refund")[at % 5 == 0]}
        rows += [
            line(f"{mark}{at}", 100 + at, at % 9, provider_id=f"ch_{at // 2 * 2 if mark == 'r' and at % 7 == 0 else at}", **more),
            line(f"{mark}t{at}", 500, at % 3, provider_id=f"twin_{at // 6}", **more),
            line(f"{mark}n{at}", 900 + at % 4, 1, reference="N/A", **more),
        ]
    return rows


def never(*_: object) -> None:
    """A join that gives up."""


def by_code(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    """What a run says that never joins."""
    with monkeypatch.context() as changed:
        changed.setattr(pairing, "joined", never)
        return content(match(side(street("l")), side(street("r")), PAYMENTS))


def test_the_join_finds_what_sorting_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    found = content(match(side(street("l")), side(street("r")), PAYMENTS))

    assert found == by_code(monkeypatch)
    assert found[0]


@pytest.mark.parametrize("bounds", [{"MOST_TIMES": 0, "FREE_PAIRS": 3}, {"MOST_WORDS": 1}], ids=["pairs", "words"])
def test_a_join_that_grows_beyond_its_bound_is_given_up(bounds: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    whole, answers = joining.joined, list[bool]()

    def watched(rule: Pass, left: Half, right: Half) -> Any:  # noqa: ANN401
        found = whole(rule, left, right)
        answers.append(found is None)
        return found

    for bound, value in bounds.items():
        monkeypatch.setattr(joining, bound, value)
    monkeypatch.setattr(pairing, "joined", watched)
    found = content(match(side(street("l")), side(street("r")), PAYMENTS))

    assert answers[0]
    assert found == by_code(monkeypatch)


def test_words_kept_by_number_are_the_same_words_whatever_their_numbers() -> None:
    tables = [side(street("l")), side(street("r"))]
    for at, table in enumerate(tables):
        for name in ("account", "currency", "kind"):
            plain = [str(word) for word in table[name].to_pylist()]
            words = sorted(set(plain), reverse=at == 1) * 2  # each word twice, and in another order on the other side
            codes = [words.index(word) + (len(words) // 2 if row % 2 else 0) for row, word in enumerate(plain)]
            column = arrow.DictionaryArray.from_arrays(arrow.array(codes, arrow.int32()), arrow.array(words))
            tables[at] = tables[at].set_column(table.column_names.index(name), name, column)
    found = content(match(tables[0], tables[1], (PAYMENTS[0],)))

    assert found == content(match(side(street("l")), side(street("r")), (PAYMENTS[0],)))
