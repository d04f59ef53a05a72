"""The pages say what is: generated ones are fresh, links lead somewhere, commands and paths exist, decisions name what enforces them."""

import re
import shlex
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel

from model.records.breaks import MENDS
from model.rules.review import ReviewRules
from model.rules.routing import LocationRules, RoutingRules
from operations.books.differences import MEANINGS
from operations.runtime.hub_accounts import StockSettings
from operations.runtime.hub_file import (
    Bank,
    Channel,
    Entity,
    Invoices,
    Ledger,
    Location,
    Mail,
    Partner,
    Person,
    Processor,
    Replenishment,
    read_hub_file,
)
from operations.runtime.hub_matching import Matching
from operations.runtime.reconciliation_file import Ignore, ReconciliationRules, read_reconciliation_file
from operations.runtime.review_file import read_review_file
from operations.runtime.routing_file import read_routing_file
from operations.runtime.settings import Settings
from sandbox.dial import LATE_ROWS, PROFILES
from sandbox.faults import FAULTS

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.architecture.generate_docs import PAGES, ROOT, commands_of  # the path comes first

TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))}
DECISIONS = sorted(name for name in TEXTS if re.match(r"docs/decisions/\d{4}-", name))
LONGEST_DECISION = 60
"""Lines of one screen."""
LARGEST_PICTURE = 300_000
"""Bytes."""

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(
    r"`((?:benchmarks|connectors|console|docs|flows|model|operations|sandbox|tests)/[\w./-]*|Makefile|pyproject\.toml|prefect\.yaml)`"
)


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks in one language."""
    return [block for _, found, block in _FENCE.findall(text) if found == language]


def prose(text: str) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """Where a link into a page may lead."""
    titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def dead_links(name: str, text: str) -> list[str]:
    """Relative links of a page that lead nowhere."""
    links = [link for link in _LINK.findall(prose(text)) if not re.match(r"[a-z]+:", link)]
    return [link for link in links if not _leads_somewhere(ROOT / name, link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    place, _, anchor = link.partition("#")
    target = page.parent / place if place else page
    return target.exists() and (not anchor or anchor in anchors(target.read_text("utf-8")))


def absent_paths(text: str) -> list[str]:
    """Paths of the project that a page names and that do not exist."""
    return [path for path in _PATH.findall(prose(text)) if not (ROOT / path).exists()]


def wrong_commands(text: str) -> list[str]:
    """Lines of shell blocks that call `entrepot` with a command or an option that it does not have."""
    return [line for block in blocks(text, "sh") for line in _calls(block) if not _is_command(shlex.split(line)[1:])]


def _calls(block: str) -> Iterator[str]:
    return (line.strip() for line in block.splitlines() if line.strip().startswith("entrepot "))


def _is_command(words: list[str]) -> bool:
    known = {called[1:]: {option for param in command.params for option in param.opts} for called, command in commands_of()}
    called = next((found for found in known if tuple(words[: len(found)]) == found), None)
    options = {word.partition("=")[0] for word in words if word.startswith("--")}
    return words == ["--help"] or (called is not None and options <= known[called] | {"--help"})


@pytest.mark.parametrize("place", PAGES)
def test_a_generated_page_is_what_the_code_says_now(place: str) -> None:
    assert TEXTS[place] == PAGES[place](), "run: python tests/architecture/generate_docs.py"


@pytest.mark.parametrize("name", TEXTS)
def test_every_link_leads_somewhere(name: str) -> None:
    assert dead_links(name, TEXTS[name]) == []


@pytest.mark.parametrize("name", TEXTS)
def test_every_path_named_exists(name: str) -> None:
    assert absent_paths(TEXTS[name]) == []


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_shown_exists(name: str) -> None:
    assert wrong_commands(TEXTS[name]) == []


def test_commands_are_shown_at_all() -> None:
    assert sum(len(list(_calls(block))) for text in TEXTS.values() for block in blocks(text, "sh")) > len(list(commands_of()))


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_is_one_screen_and_ends_with_what_enforces_it(name: str) -> None:
    last = TEXTS[name].rstrip().rpartition("\n\n")[2]

    assert last.startswith("*enforced by: ")
    assert last.endswith("*")
    assert len(TEXTS[name].splitlines()) <= LONGEST_DECISION


def test_the_index_names_every_decision_by_its_title() -> None:
    titles = [(Path(name).name, TEXTS[name].partition("\n")[0].partition(": ")[2]) for name in DECISIONS]
    index = TEXTS["docs/decisions/README.md"]

    assert [title for name, title in titles if f"({name}) | {title} |" not in index] == []
    assert [name[:4] for name, _ in titles] == [f"{number:04}" for number in range(1, len(titles) + 1)]


def test_the_changelog_points_to_every_fragment() -> None:
    fragments = [name for name in TEXTS if name.startswith("docs/changes/")]

    assert fragments
    assert [name for name in fragments if f"({name})" not in TEXTS["CHANGELOG.md"]] == []


def test_every_variable_of_the_hub_is_explained_and_no_other() -> None:
    ours = {f"ENTREPOT_{name.upper()}" for name in Settings.model_fields}
    named = {name for text in TEXTS.values() for name in re.findall(r"ENTREPOT_[A-Z_]*[A-Z]", text)}

    assert named == ours
    assert [name for name in ours if f"| `{name}` |" not in TEXTS["docs/guide/install.md"]] == []


@pytest.mark.parametrize(
    "table", [Entity, Person, Location, StockSettings, Replenishment, Channel, Partner, Processor, Bank, Ledger, Mail, Matching, Invoices]
)
def test_every_key_of_hub_toml_is_explained(table: type[BaseModel]) -> None:
    assert [key for key in table.model_fields if f"| `{key}` |" not in TEXTS["docs/guide/configure.md"]] == []


def test_the_example_of_hub_toml_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(blocks(TEXTS["docs/guide/configure.md"], "toml")[0], "utf-8")

    found = read_hub_file(tmp_path / "hub.toml")

    assert [channel.id for channel in found.channels] == ["web"]


def test_the_example_of_a_partner_is_accepted_behind_the_whole_file(tmp_path: Path) -> None:
    examples = blocks(TEXTS["docs/guide/configure.md"], "toml")
    (tmp_path / "hub.toml").write_text("\n".join([examples[0], *(each for each in examples if "[[partners]]" in each)]), "utf-8")

    found = read_hub_file(tmp_path / "hub.toml")

    assert [(partner.id, partner.connector) for partner in found.partners] == [("shipbob", "shipbob")]
    assert [location.ships_by for location in found.locations] == ["shipbob"]


def test_the_examples_of_processors_banks_and_mail_are_accepted_behind_the_whole_file(tmp_path: Path) -> None:
    examples = blocks(TEXTS["docs/guide/configure.md"], "toml")
    (tmp_path / "hub.toml").write_text("\n".join([examples[0], *(each for each in examples if "[[banks]]" in each or "[mail]" in each)]))

    found = read_hub_file(tmp_path / "hub.toml")

    assert [account.id for account in (*found.processors, *found.banks)] == ["stripe", "hausbank"]
    assert found.mail is not None


def test_the_example_of_ledgers_is_accepted_behind_the_whole_file_and_each_difference_is_explained(tmp_path: Path) -> None:
    examples = blocks(TEXTS["docs/guide/configure.md"], "toml")
    (tmp_path / "hub.toml").write_text("\n".join([examples[0], *(each for each in examples if "[[ledgers]]" in each)]))

    found = read_hub_file(tmp_path / "hub.toml")

    assert [ledger.id for ledger in found.ledgers] == ["erp", "text"]
    assert [kind for kind, meaning in MEANINGS.items() if f"| `{kind}` | {meaning}" not in TEXTS["docs/guide/ledgers.md"]] == []


def test_the_example_of_reconciliation_toml_is_accepted_and_every_key_is_explained(tmp_path: Path) -> None:
    page = TEXTS["docs/guide/money.md"]
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "reconciliation.toml").write_text(blocks(page, "toml")[0], "utf-8")
    (tmp_path / "hub.toml").write_text(blocks(TEXTS["docs/guide/configure.md"], "toml")[0], "utf-8")

    found = read_reconciliation_file(read_hub_file(tmp_path / "hub.toml")).rules

    assert [rule.name for rule in found.ignore] == ["rent"]
    assert [key for table in (ReconciliationRules, Ignore) for key in table.model_fields if f"| `{key}` |" not in page] == []


def test_every_kind_of_break_is_shown_with_its_mend() -> None:
    assert [kind for kind, mend in MENDS.items() if f"| `{kind}` | {mend} |" not in TEXTS["docs/guide/money.md"]] == []


def test_the_example_of_routing_toml_is_accepted_and_every_key_is_explained(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "routing.toml").write_text(blocks(TEXTS["docs/guide/shipping.md"], "toml")[0], "utf-8")
    (tmp_path / "hub.toml").write_text(blocks(TEXTS["docs/guide/configure.md"], "toml")[0], "utf-8")

    found = read_routing_file(read_hub_file(tmp_path / "hub.toml")).rules

    keys = [*RoutingRules.model_fields, *LocationRules.model_fields]
    assert found.of("main").cost == Decimal("4.90")
    assert [key for key in keys if f"`{key}`" not in TEXTS["docs/guide/shipping.md"]] == []


def test_the_example_of_review_toml_is_accepted_and_names_every_rule(tmp_path: Path) -> None:
    (tmp_path / "review.toml").write_text(blocks(TEXTS["docs/guide/review.md"], "toml")[0], "utf-8")

    found = read_review_file(tmp_path / "review.toml", ())

    assert set(found.rules.model_fields_set) == set(ReviewRules.model_fields)


@pytest.mark.parametrize(("name", "settings"), [*ReviewRules().of_rules(), ("urgent", ReviewRules().urgent)])
def test_every_rule_of_the_review_and_every_setting_is_explained(name: str, settings: BaseModel) -> None:
    section = TEXTS["docs/guide/review.md"].partition("## A whole file")[2]

    assert re.search(rf"^###? .*`{name}`", section, re.MULTILINE)
    assert [key for key in type(settings).model_fields if f"| `{key}` |" not in section] == []


def test_every_fault_and_profile_of_the_street_is_named() -> None:
    page = TEXTS["docs/guide/street.md"]
    assert [name for name in (*FAULTS, LATE_ROWS, *PROFILES) if f"`{name}`" not in page] == []


def test_pictures_stay_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()}

    assert sizes
    assert [name for name, size in sizes.items() if size > LARGEST_PICTURE] == []


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        (dead_links("README.md", "[there](docs/nowhere.md)"), ["docs/nowhere.md"]),
        (dead_links("README.md", "[there](docs/glossary.md#nowhere)"), ["docs/glossary.md#nowhere"]),
        (absent_paths("see `connectors/nowhere.py`"), ["connectors/nowhere.py"]),
        (wrong_commands("```sh\nentrepot frobnicate\n```"), ["entrepot frobnicate"]),
        (wrong_commands("```sh\nentrepot audit --loudly\n```"), ["entrepot audit --loudly"]),
        (wrong_commands("   ```sh\n   entrepot orders lost\n   ```"), ["entrepot orders lost"]),
    ],
    ids=["link", "anchor", "path", "command", "option", "indented"],
)
def test_the_rule_bites(found: list[str], wrong: list[str]) -> None:
    assert found == wrong
