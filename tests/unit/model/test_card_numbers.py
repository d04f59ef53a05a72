"""Card numbers are blotted out of raw payloads, and nothing else is."""

import pytest

from model.rules.card_numbers import scrub_card_numbers

CARDS = [
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "5555555555554444",
    "378282246310005",
    "3782 822463 10005",
    "6011111111111117",
    "2223003122003222",
    "30569309025904",
]
INNOCENT = ["4111111111111112", "1234567890123456", "5010585911485", "408-1234567-1234567", "2026-01-31 10:05:00", "00000000000000"]


@pytest.mark.parametrize("number", CARDS)
def test_a_card_number_in_a_note_is_blotted_out_but_its_last_four(number: str) -> None:
    scrubbed, count = scrub_card_numbers(f'{{"note": "my card is {number}, thanks"}}'.encode())

    assert count == 1
    assert number.encode() not in scrubbed
    assert number[-4:].encode() in scrubbed
    assert len(scrubbed) == len(f'{{"note": "my card is {number}, thanks"}}')


@pytest.mark.parametrize("number", INNOCENT)
def test_other_numbers_are_left_alone(number: str) -> None:
    raw = f'{{"note": "{number}"}}'.encode()

    assert scrub_card_numbers(raw) == (raw, 0)


@pytest.mark.parametrize("key", ["id", "order_id", "orderId", "tid"])
def test_the_value_of_an_identifier_is_no_card(key: str) -> None:
    raw = f'{{"{key}": 4111111111111111}}'.encode()

    assert scrub_card_numbers(raw) == (raw, 0)


def test_several_cards_in_one_payload_are_all_found() -> None:
    assert scrub_card_numbers(b'{"a": "4111111111111111", "b": "5555555555554444"}')[1] == 2
