"""The kit keeps its own promises: no value in a reason, no secret in an address, one rule for words, one for ids and for waiting."""

import httpx
import msgspec
import pytest

from connectors._kit import Payload, Wiring, member, own_id, read_payload
from connectors._kit.tokens import place_of, token_of
from connectors._kit.words import standard
from connectors.registry import connect
from model.errors import ConfigError, ContractError, MalformedError


class Note(Payload):
    """One field."""

    text: str


class Place(msgspec.Struct, frozen=True):
    """Where reading stands."""

    offset: int


@pytest.mark.parametrize(
    "raw",
    [
        b'{"lena@example.com": 1, "lena@example.com": 2}',
        b'{"Lena \\" Vogt": 1, "Lena \\" Vogt": 2}',
        b'{"+49 30 123": 1, "+49 30 123": 2}',
        b'{"text": Lena}',
        b'{"text": ["Lena"]}',
        b'"Lena"',
    ],
)
def test_a_reason_never_quotes_what_stands_in_a_payload(raw: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        read_payload(Note, raw)

    assert not [word for word in ("ena", "Vogt", "123") if word in str(caught.value)]


def test_a_reason_names_the_field_that_is_told_twice() -> None:
    with pytest.raises(MalformedError, match='duplicate key "text" at line 1'):
        read_payload(Note, b'{"text": "Lena", "text": "Vogt"}')


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("woocommerce", {"consumer_key": "ck", "consumer_secret": "cs"}),
        ("square", {"access_token": "token"}),
        ("vendure", {"api_key": "key"}),
        ("medusa", {"secret_key": "key"}),
        ("shopify", {"access_token": "token"}),
    ],
)
@pytest.mark.parametrize("user", ["user:hunter2@", "user@", ":hunter2@"])
def test_an_address_with_credentials_is_refused_and_not_repeated(name: str, settings: dict[str, object], user: str) -> None:
    wiring = Wiring(httpx.MockTransport(lambda _: httpx.Response(200)))

    with pytest.raises(ConfigError, match="url") as caught:
        connect(name, {**settings, "url": f"https://{user}shop.example.com/api"}, wiring)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("word", "statuses", "found"),
    [
        ("open", {"open": "closed"}, "open"),
        ("parked", {"parked": "closed"}, "closed"),
        ("parked", {"parked": "HELD"}, "HELD"),
        ("parked", {"parked": "held"}, "HELD"),
        ("PARKED", {"parked": "OPEN"}, "open"),
    ],
)
def test_the_vendors_own_words_win_and_translations_stand_in_for_the_rest(word: str, statuses: dict[str, str], found: str) -> None:
    assert standard("status", word, {"open": 1, "closed": 2, "HELD": 3}, statuses) == found


def test_an_unknown_word_is_refused_with_its_mend() -> None:
    with pytest.raises(MalformedError, match=r"^status: 'parked' is unknown; translate it under settings\.statuses"):
        standard("status", "parked", {"open": 1}, {"parked": "elsewhere"})


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b'{"id":7}', "7"),
        (b' { "x" : [ {"id":1}, "}" ], "id" : "a-7" , "y":', "a-7"),
        (b'{"note":"\\"id\\":9","id":7,"x":NaN}', "7"),
        (b'{"id":7,"id":7}', "7"),
        (b'{"id":7,"id":8}', None),
        (b'{"customer":{"id":9}}', None),
        (b'{"note":"cut, "customer":{"id":9},"id":7}', None),
        (b'{"id":null}', None),
        (b'{"id":"two words"}', None),
        (b'[{"id":7}]', None),
        (b"", None),
    ],
)
def test_an_id_is_the_records_own_or_none(raw: bytes, found: str | None) -> None:
    assert own_id(raw) == found


def test_a_place_comes_back_from_its_token_and_from_no_other() -> None:
    assert place_of(token_of(Place(7)), Place) == Place(7)
    with pytest.raises(ContractError, match=r"^resume: is no token"):
        place_of('{"page": 2}', Place)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"a": {"b": [1, {"c": 2}]}, "d": 1}', b'{"b": [1, {"c": 2}]}'),
        (b'{"d": 1, "a": "x\\"}", "e": NaN}', b'"x\\"}"'),
        (b'{"a": {"broken": NaN}, "d"', b'{"broken": NaN}'),
        (b'{"x": {"a": 1}}', None),
        (b'{"a": 1, "a": 2}', None),
        (b"[]", None),
        (b"", None),
    ],
)
def test_a_member_is_cut_out_of_what_may_not_be_readable(raw: bytes, expected: bytes | None) -> None:
    assert member(raw, "a") == expected
