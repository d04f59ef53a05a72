"""rules/review.toml: each mistake is refused with its line, its reason and its mend; without the file the built-in rules hold."""

from pathlib import Path

import pytest

from model.errors import ConfigError
from model.rules.review import RULES, ReviewRules
from operations.runtime.review_file import ReviewFile, read_review_file

GOOD = """
version = "spring"

[unmapped_line]
except_channels = ["web"]

[incomplete_address]
fields = [
  "name",
  "street",
]
[incomplete_address.countries]
DE = ["name", "street", "postcode"]

[invalid_contact]
needs = "email"
least_digits = 9

[amount_too_high.limits]
EUR = 5000.50
JPY = 100000

[remote_region.places]
DE = ["18565", "25849"]
IS = ["*"]

[stock_short]
then = "hold"
"""


def read(folder: Path, text: str) -> ReviewFile:
    (folder / "review.toml").write_text(text, "utf-8")
    return read_review_file(folder / "review.toml", ("web", "till"))


def test_a_good_file_is_read(tmp_path: Path) -> None:
    rules = read(tmp_path, GOOD).rules

    assert rules.unmapped_line.except_channels == ("web",)
    assert rules.incomplete_address.fields_for("DE") == ("name", "street", "postcode")
    assert rules.amount_too_high.limit_minor("EUR") == 500_050
    assert rules.amount_too_high.limit_minor("JPY") == 100_000
    assert rules.remote_region.places["IS"] == ("*",)


def test_without_a_file_the_built_in_rules_are_in_force(tmp_path: Path) -> None:
    found = read_review_file(tmp_path / "rules" / "review.toml", ())

    assert found.rules == ReviewRules()
    assert "does not exist" in found.body


def test_an_empty_file_is_the_built_in_rules_under_another_hash(tmp_path: Path) -> None:
    empty, absent = read(tmp_path, ""), read_review_file(tmp_path / "elsewhere.toml", ())

    assert empty.rules == absent.rules
    assert empty.hash != absent.hash


def test_another_setting_is_another_version(tmp_path: Path) -> None:
    found, same, other = read(tmp_path, GOOD), read(tmp_path, GOOD), read(tmp_path, GOOD.replace("5000.50", "5000.51"))

    assert found.hash == same.hash
    assert found.hash != other.hash


def test_what_is_kept_holds_the_file_and_every_setting_in_force(tmp_path: Path) -> None:
    body = read(tmp_path, GOOD).body

    assert GOOD.rstrip() in body
    assert '"within_hours":24' in body
    assert [name for name, rule in RULES.items() if f'"{name}": "{rule.version}"' not in body] == []


@pytest.mark.parametrize(("text", "version"), [(GOOD, "spring"), ("", None)])
def test_a_version_is_called_by_its_name_or_by_its_hash(tmp_path: Path, text: str, version: str | None) -> None:
    found = read(tmp_path, text)

    assert found.version == (version or found.hash[:8])


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ('"web"]', '"web", "wbe"]', r"review.toml:5: unmapped_line.except_channels: 'wbe' is no channel of hub.toml; use one of web, till"),
        ("[unmapped_line]", "[unmaped_line]", r"review.toml:4: unmaped_line: is not a key of this table; remove it or mend its spelling"),
        ('needs = "email"', 'neds = "email"', r"review.toml:16: invalid_contact.neds: is not a key of this table"),
        ('needs = "email"', 'needs = "mail"', r"review.toml:16: invalid_contact.needs: must be 'either', 'email', 'phone' or 'both'"),
        ("least_digits = 9", "least_digits = 9.5", r"review.toml:17: invalid_contact.least_digits: must be a whole number"),
        ("least_digits = 9", "least_digits = 16", r"review.toml:17: invalid_contact.least_digits: must be less than or equal to 15"),
        ("least_digits = 9", 'is_active = "perhaps"', r"review.toml:17: invalid_contact.is_active: must be true or false"),
        ('  "street",', '  "strete",', r"review.toml:8: incomplete_address.fields.1: must be 'name', 'street'"),
        ('DE = ["name"', 'Germany = ["name"', r"review.toml:13: incomplete_address.countries.Germany: is not a country; write its two"),
        ("EUR = 5000.50", "EUX = 5000.50", r"review.toml:20: amount_too_high.limits.EUX: is not an ISO 4217 currency; write one like EUR"),
        ("EUR = 5000.50", "EUR = -1", r"review.toml:20: amount_too_high.limits.EUR: must be greater than or equal to 0"),
        ("EUR = 5000.50", "EUR = nan", r"review.toml:20: amount_too_high.limits.EUR: must be an amount; write one like 5000"),
        ('"25849"]', "25849]", r"review.toml:24: remote_region.places.DE.1: must be text; put it between quotes"),
        ('"25849"]', '"-"]', r'review.toml:24: remote_region.places.DE.1: is not the beginning of a postcode; write one like "185"'),
        ('IS = ["*"]', "IS = []", r"review.toml:25: remote_region.places.IS: is empty; name at least one"),
        ('IS = ["*"]', 'IS = "*"', r"review.toml:25: remote_region.places.IS: must be a list"),
        ("[stock_short]", "[[stock_short]]", r"review.toml:27: stock_short: must be a table; give it one header"),
        ('then = "hold"', 'then = "hold', r"review.toml:28: is not valid TOML"),
        ('then = "hold"', 'then = "hold"\nthen = "hold"', r"review.toml:\d+: is not valid TOML: Cannot overwrite a value$"),
        ('version = "spring"', 'version = ""', r"review.toml:2: version: is empty; write a word"),
        ('version = "spring"', "version = 7", r"review.toml:2: version: must be text"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_mend(tmp_path: Path, good: str, bad: str, told: str) -> None:
    assert good in GOOD

    with pytest.raises(ConfigError, match=told):
        read(tmp_path, GOOD.replace(good, bad, 1))


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, '[stock_short]\nthen = "wait"\n\n[invalid_contact]\nleast_digits = 1\n')

    assert [line.partition(": ")[0] for line in str(refused.value).splitlines()] == ["review.toml:2", "review.toml:5"]


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "review.toml").write_bytes(b'version = "a"\n# Gr\xfc\xdfe\n')

    with pytest.raises(ConfigError, match=r"review.toml:2: is not UTF-8; save the file in that encoding"):
        read_review_file(tmp_path / "review.toml", ())
