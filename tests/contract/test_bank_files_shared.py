"""Bank files that nobody here wrote: each adds up to the minor unit, or is refused for a reason that stands here."""

from pathlib import Path
from typing import Any

import pytest

from connectors._kit import Wiring
from connectors.bank_files import CONNECTOR
from connectors.bank_files.connector import BankFiles
from connectors.bank_files.settings import Settings
from model.errors import MalformedError, RejectedError
from model.rules.settlements import check_statement
from tests.contract.bank_forms import FORMS
from tests.contract.bank_samples import SAMPLES

ROOT = Path(__file__).parents[2].parent / "shared/samples"
MOST = 110
"""Signs of what is told, as many as a line of the table holds."""
FOLDERS = ("bank-bai2", "bank-camt", "bank-csv", "bank-mt940", "bank-ofx")

pytestmark = pytest.mark.skipif(not ROOT.exists(), reason="the vendors' samples are in ../shared, which is absent")


def told(sample: str, form: str) -> str:
    """What is made of a sample, in one line."""
    settings: dict[str, Any] = {"address": "/nowhere", **FORMS[form]}
    nowhere: Any = None
    connector: BankFiles = CONNECTOR(Settings.model_validate(settings), Wiring(nowhere))
    raw = (ROOT / sample).read_bytes()
    try:
        statements = connector.read_statements(sample, raw)
    except (MalformedError, RejectedError) as error:
        return f"{type(error).__name__.removesuffix('Error').lower()}: {error}"[:MOST]
    for each in statements:
        check_statement(each)
    balances = [f"{each.currency} {each.opening_minor}..{each.closing_minor} in {len(each.lines)}" for each in statements]
    return " | ".join(balances)[:MOST] or "no line"


@pytest.mark.parametrize(("sample", "form", "expected"), SAMPLES, ids=[f"{sample}-{form}" for sample, form, _told in SAMPLES])
def test_a_sample_adds_up_or_is_refused_for_this_reason(sample: str, form: str, expected: str) -> None:
    assert told(sample, form) == expected


def test_every_sample_is_tried() -> None:
    there = {path.relative_to(ROOT).as_posix() for name in FOLDERS for path in (ROOT / name).rglob("*") if path.is_file()}

    assert {sample for sample, _form, _told in SAMPLES} == there
