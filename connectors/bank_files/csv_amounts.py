"""Amounts of a CSV, in the bank's own way of writing them."""

import re

from connectors.bank_files.settings import CsvForm
from connectors.bank_files.texts import signed
from model.errors import MalformedError


def written(text: str, form: CsvForm, currency: str) -> int:
    """Minor units of an amount as the account's CSV writes it; signs between thousands must stand where they belong."""
    mark, grouping = re.escape(form.decimal), re.escape(form.grouping)
    groups = rf"\d{{1,3}}(?:{grouping}\d{{3}}){{1,6}}|" if grouping else ""
    parts = re.fullmatch(rf"([+-]?)({groups}\d{{1,18}})(?:{mark}(\d{{0,18}}))?", text, re.ASCII)
    if parts is None:
        raise MalformedError("amount: is not as settings.csv says")
    whole = parts[2].replace(form.grouping, "") if form.grouping else parts[2]
    return signed(f"{parts[1]}{whole}.{parts[3] or ''}", currency)
