"""hub.toml: each mistake is refused with its line, its reason and its mend, before anything of it is used or kept."""

from pathlib import Path

import pytest

from model.errors import ConfigError
from operations.runtime.hub_file import read_hub_file

GOOD = """
[[entities]]
id = "main"
name = "Main"
currency = "EUR"
country = "DE"
zone = "Europe/Berlin"

[[channels]]
id = "woo-shop"
name = "Woo"
entity = "main"
connector = "woocommerce"
zone = "Europe/Berlin"
orders_from = 2026-01-01T00:00:00Z
live_from = 2026-02-01T00:00:00Z

[channels.settings]
url = "https://shop.example.com"
consumer_key = "ck_shop"
consumer_secret = "env:WOO_SECRET"
"""


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(GOOD)

    found = read_hub_file(tmp_path / "hub.toml")

    assert [channel.id for channel in found.channels] == ["woo-shop"]


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ('name = "Woo"', 'name = "Woo"\nnmae = "Woo"', r"hub.toml:12: .*nmae: is not a key"),
        ('connector = "woocommerce"', 'connector = "woo"', r"hub.toml:13: .*connector: is not a connector; use one of"),
        ('entity = "main"', 'entity = "other"', r"hub.toml:12: entity 'other': is not under|hub.toml:12: entity 'other' is not under"),
        ('"env:WOO_SECRET"', '"cs_0123456789"', r"hub.toml:21: settings.consumer_secret: holds a secret itself; write `env:NAME`"),
        ('consumer_key = "ck_shop"', 'consumer_kee = "ck_shop"', r"hub.toml:20: settings.consumer_kee: is no setting of woocommerce"),
        ('currency = "EUR"', 'currency = "EUU"', r"hub.toml:5: .*is not an ISO 4217 currency"),
        ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00", r"hub.toml:16: .*has no offset"),
        (
            "[[channels]]",
            '[[locations]]\nid = "m"\nname = "M"\nowner = "channel"\n\n[[channels]]',
            r"stock.locations: are not named, and no",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_mend(tmp_path: Path, good: str, bad: str, told: str) -> None:
    (tmp_path / "hub.toml").write_text(GOOD.replace(good, bad, 1))

    with pytest.raises(ConfigError, match=told) as refused:
        read_hub_file(tmp_path / "hub.toml")

    assert "cs_0123456789" not in str(refused.value)


LEDGER = """
[[ledgers]]
id = "{id}"
name = "Books"
entity = "main"
connector = "{connector}"
zone = "UTC"
vouchers_from = 2026-01-01
{more}
[ledgers.settings]
address = "https://erp.example.com/"
"""


def ledgers(*told: tuple[str, str, str]) -> str:
    return GOOD + "".join(LEDGER.format(id=name, connector=connector, more=more) for name, connector, more in told)


def test_an_entity_has_one_ledger_that_is_posted_to_and_files_beside_it(tmp_path: Path) -> None:
    told = ledgers(("erp", "tryton", ""), ("old", "tryton", "is_active = false"), ("text", "hledger", ""), ("sheet", "voucher_csv", ""))
    (tmp_path / "hub.toml").write_text(told)

    found = read_hub_file(tmp_path / "hub.toml")

    assert [each.id for each in found.ledgers] == ["erp", "old", "text", "sheet"]
    assert found.ledger("erp").read_from.isoformat() == "2026-01-01T00:00:00+00:00"
    assert [each.id for each in found.accounts] == ["woo-shop"]


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ([("erp", "stripe", "")], r"hub.toml:2\d: connector: 'stripe' takes no vouchers"),
        ([("erp", "tryton", ""), ("two", "tryton", "")], r"hub.toml:3\d: connector: 'erp' is the ledger of 'main' already"),
        ([("woo-shop", "tryton", "")], r"ledgers.0.id: 'woo-shop' is there twice"),
        ([("erp", "tryton", "vouchers = 1")], r"vouchers: is not a key"),
    ],
)
def test_a_ledger_that_cannot_be_one_is_refused(tmp_path: Path, told: list[tuple[str, str, str]], problem: str) -> None:
    body = ledgers(*told)
    (tmp_path / "hub.toml").write_text(body.replace('address = "https://erp.example.com/"', "") if "stripe" in body else body)

    with pytest.raises(ConfigError, match=problem):
        read_hub_file(tmp_path / "hub.toml")
