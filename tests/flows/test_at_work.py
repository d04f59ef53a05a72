"""How a run ends, by what became of its parts."""

from typing import Any

import pytest

from flows.at_work import ended
from flows.expire_reservations import expire_reservations


@pytest.mark.parametrize(
    ("failed", "outcomes", "name", "message"),
    [
        ([], ["done", "skipped"], "Completed", "what each did"),
        ([], ["skipped", "skipped"], "Skipped", "what each did"),
        ([], [], "Completed", "what each did"),
        (["web: is down", "till: is down"], ["failed", "failed", "skipped"], "Failed", "web: is down; till: is down"),
    ],
)
def test_a_run_fails_with_a_part_of_it_and_is_skipped_with_all_of_them(
    failed: list[str], outcomes: list[str], name: str, message: str
) -> None:
    state = ended(failed, outcomes, "what each did")

    assert (state.name, state.message) == (name, message)
    assert state.is_completed() == (name != "Failed")


def test_what_is_given_back_for_all_channels_asks_for_none() -> None:
    flow: Any = expire_reservations

    assert list(flow.parameters.properties) == ["actor"]
