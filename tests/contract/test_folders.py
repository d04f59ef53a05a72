"""Promises a connector's folder keeps by itself: truthful, scrubbed, golden, and of a size that is told."""

import json
import re
from ipaddress import IPv4Address, ip_network
from pathlib import Path

import pytest

from connectors import registry
from connectors._kit import Manifest
from connectors.capabilities import capabilities_of
from model.errors import MalformedError
from tests.contract.golden import golden, kinds_recorded
from tests.contract.remote import CONNECTORS, recordings
from tests.contract.stand import Stand, Stream
from tests.contract.stands import by_request, stands

LEAST = 6
"""Recorded payloads of a stream that still tell something."""

BUDGET_FIRST, BUDGET_FURTHER = 150, 60
"""Lines of a connector for its first capability and for each further one: an aim, told and not enforced."""

PERSONAL = {
    "mail": re.compile(r"[\w.+-]+@(?!(?:[\w-]+\.)*example\.(?:com|org|net)(?!\.?[\w-]))[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"),
    "phone": re.compile(r"(?<![\w.-])\+(?!1[ -]?\(?555\)?[ -]?01\d\d\b|\d{1,3} ?[0 ]{5,})\d[\d ()/-]{6,}\d"),
    "bank account": re.compile(r"\b[A-Z]{2}(?!00)\d{2} ?(?:[A-Z0-9]{4} ?){3,7}[A-Z0-9]{1,4}\b"),
    "token": re.compile(
        r"\b(?:sk(?!us?[_-])|pk|rk|whsec|shpat|shpca|shpss|ghp|EAAA|xox[bp]|eyJ)[_A-Za-z0-9-]{16,}|\b(?:ck|cs)_[0-9a-f]{40}\b"
    ),
    "card": re.compile(r"\b(?:4\d{3}|5[1-5]\d{2}|3[47]\d{2})[ -]?\d{4}[ -]?\d{4}[ -]?\d{3,4}\b"),
}
"""Text that belongs to somebody: not of the reserved mail domains (RFC 2606), phone numbers (555-01xx, zeros) and so on."""

ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
RESERVED = [ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "10.0.0.0/8", "192.168.0.0/16", "127.0.0.0/8")]

every_connector = pytest.mark.parametrize("folder", [CONNECTORS / name for name in registry.names()], ids=registry.names())
WINDOWED = [stand for stand in stands() if stand.stream.facts and stand.name in by_request()]
CATALOGUES = [stand for stand in stands() if stand.stream.name == "listings"]
READERS = [name for name in by_request() if {"order", "payout"} & registry.find(name).kinds.keys()]
"""Who reads streams of records, and does not only sell or follow."""
MONEY = {"payout", "balance", "dispute"}
every_reader = pytest.mark.parametrize("folder", [CONNECTORS / name for name in READERS], ids=READERS)
every_stream = pytest.mark.parametrize("stand", WINDOWED, ids=[f"{stand.name}-{stand.stream.label}" for stand in WINDOWED])
every_catalogue = pytest.mark.parametrize("stand", CATALOGUES, ids=[stand.name for stand in CATALOGUES])


def strays(text: str) -> list[str]:
    """The kinds of personal or secret text found, with what was found."""
    found = [f"{kind}: {match[0]}" for kind, pattern in PERSONAL.items() for match in pattern.finditer(text)]
    return found + [f"address: {each[0]}" for each in ADDRESS.finditer(text) if not _is_reserved(each[0])]


def _is_reserved(text: str) -> bool:
    if any(int(part) > 255 for part in text.split(".")):
        return True  # a version number and no address
    return any(IPv4Address(text) in net for net in RESERVED)


def sizes() -> list[tuple[str, int, int]]:
    """Lines of each connector and its aim, for the table of the documents."""
    return [
        (name, _lines(CONNECTORS / name), BUDGET_FIRST + BUDGET_FURTHER * (len(capabilities_of(registry.find(name))) - 1))
        for name in registry.names()
    ]


def _lines(folder: Path) -> int:
    return sum(len(part.read_text("utf-8").splitlines()) for part in [*folder.glob("*.py"), folder / "manifest.toml"])


@every_connector
def test_the_manifest_tells_the_truth(folder: Path) -> None:
    manifest = Manifest.beside(str(folder / "connector.py"))

    assert manifest.name == folder.name
    assert registry.find(folder.name).manifest == manifest
    assert {manifest.homepage.scheme, manifest.api_docs.scheme} == {"https"}


@every_reader
def test_a_connector_reads_orders_or_payouts_and_names_its_webhooks(folder: Path) -> None:
    kinds = registry.find(folder.name).kinds

    assert "order" not in kinds or kinds["order"].stream in {"orders", "advices"}
    assert {kinds[name].stream for name in MONEY & kinds.keys()} <= {"payouts", "disputes"}
    assert {name for name, kind in kinds.items() if kind.stream not in {None, "advices"}} - MONEY <= {"order", "payment", "order-refund"}
    assert registry.find(folder.name).mapping_version >= 1


@every_stream
def test_recordings_are_there_and_differ(stand: Stand) -> None:
    recorded = stand.recorded()

    assert len(recorded) >= LEAST
    assert len({json.dumps(payload[stand.ids.id]) for payload in recorded}) == len(recorded)
    words = {json.dumps(payload.get((stand.shape.status or stand.shape.text).partition(".")[0])) for payload in recorded}
    assert len(words) >= (3 if stand.shape.status else 1)


@every_catalogue
def test_recorded_listings_are_there_and_differ(stand: Stand) -> None:
    recorded = stand.recorded()

    assert len(recorded) >= LEAST
    assert len({json.dumps(payload[stand.ids.id]) for payload in recorded}) == len(recorded)


@every_connector
def test_each_recording_is_told_where_it_is_from(folder: Path) -> None:
    told = (folder / "recordings" / "README.md").read_text("utf-8")

    assert [name for name, _kind in kinds_recorded(folder) if f"{name}.json" not in told] == []


@every_connector
def test_the_folder_is_scrubbed(folder: Path) -> None:
    paths = (path for path in folder.rglob("*.*") if path.suffix in {".json", ".jsonl", ".edi", ".md", ".toml", ".py"})

    assert {path.name: found for path in paths if (found := strays(path.read_text("utf-8")))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "ada@lovelace.org",
        "ada@example.com.evil.de",
        "call +49 170 1234567",
        "+15552340199",
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "shpat_0123456789abcdef0123",
        "ck_0123456789abcdef0123456789abcdef01234567",
        "EAAAEOuLQObrVwJvCvoio3H13b8Ssqz1ighmTBKZvIENW9qxirHGHkqsGcPBC1uN",
        "4111 1111 1111 1111",
        "from 93.184.216.34",
    ],
)
def test_what_belongs_to_somebody_is_found(text: str) -> None:
    assert strays(text) != []


@pytest.mark.parametrize(
    "text",
    ["ada@example.com.", "ida@shop.example.org", "+1-555-0142", "+1 555 0101", "+49 000 000000", "192.0.2.10", "v. 9.3.1.400", "ck_street"],
)
def test_what_is_reserved_for_examples_is_let_pass(text: str) -> None:
    assert strays(text) == []


@every_connector
def test_records_equal_the_golden_ones(folder: Path) -> None:
    for name, kind in kinds_recorded(folder):
        kept = (folder / "recordings" / "expected" / f"{name}.jsonl").read_text("utf-8").splitlines()

        assert golden(kind, recordings(folder.name, name)) == [json.loads(line) for line in kept], name


@every_reader
def test_a_golden_record_that_differs_is_noticed(folder: Path) -> None:
    kinds = registry.find(folder.name).kinds
    name = "order" if "order" in kinds else "payout"
    kind, recorded = kinds[name], recordings(folder.name, f"{name}s")

    kept = (folder / "recordings" / "expected" / f"{name}s.jsonl").read_text("utf-8").splitlines()

    assert golden(kind, recorded[1:] + recorded[:1]) != [json.loads(line) for line in kept]


@every_stream
def test_an_envelope_leads_to_documents(stand: Stand) -> None:
    kind = stand.payloads

    assert kind.envelopes or stand.stream.name in {"advices", "refunds", "payouts", "disputes"}
    assert all(re.fullmatch(r"\w+(\.\w+)*", envelope) for envelope in kind.envelopes)


@every_connector
def test_every_kind_refuses_what_is_no_document_of_its_own(folder: Path) -> None:
    for kind in registry.find(folder.name).kinds.values():
        for raw in (b"", b"{}", b"[]", b"null", b'{"id":NaN}', b"\xff", b"[" * 50_000):
            with pytest.raises(MalformedError):
                kind.read(raw, {})


@every_connector
def test_unknown_settings_and_missing_secrets_are_refused(folder: Path) -> None:
    settings = registry.find(folder.name).settings_type

    with pytest.raises(ValueError, match="validation error"):
        settings.model_validate({})
    with pytest.raises(ValueError, match="Extra inputs"):
        settings.model_validate({"nobody_knows": 1})


def test_the_sizes_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\n" + "\n".join(f"{name}: {lines} lines (aim {aim})" for name, lines, aim in sizes()))  # noqa: T201  the table itself

    assert {name for name, _lines, _aim in sizes()} == set(registry.names())
    assert all(lines > 0 for _name, lines, _aim in sizes())


def test_every_recorded_stream_has_a_dialect_to_be_asked_in() -> None:
    told: set[tuple[str, Stream]] = {(stand.name, stand.stream) for stand in WINDOWED + CATALOGUES}

    assert {(name, stream) for name, stream in told if not (CONNECTORS / name / "recordings" / f"{stream.rows}.json").is_file()} == set()
