"""People are told of what waits for them, once a day, by mail that names nobody else; what cannot be told is told of."""

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from model.store import leases
from operations.money.awaiting import LOOKED_AT, awaiting
from operations.money.reminding import remind
from operations.money.signing import sign
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Mail, Person
from tests.conftest import StillClock
from tests.mail_server import HERE, Postman, mail_server
from tests.shelf import by
from tests.unit.operations.money_desk import BANK, DAY, STRIPE, Desk, charge, open_desk

AT = datetime(2026, 3, 8, 9, tzinfo=UTC)
ACCOUNTS = (STRIPE, BANK)
PEOPLE = (
    Person(id="mia", name="Mia Maker", email="mia@example.com"),
    Person(id="ben", name="Ben Checker", email="ben@example.com"),
    Person(id="tom", name="Tom"),
)


@pytest.fixture
def postman() -> Generator[Postman]:
    with mail_server() as running:
        yield running


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock, postman: Postman) -> Desk:
    """One day of the provider that is over and explained; Mia signs."""
    clock.at = AT
    opened = open_desk(hub, tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "reconciliation.toml").write_text('signer = "mia"\n')
    mail = Mail(server=f"{HERE}:{postman.port}", sender="hub@example.com", is_plain=True)
    opened.hub = replace(opened.hub, file=replace(opened.hub.file, people=PEOPLE, mail=mail))
    opened.lines(charge("fee_1", 0, 0, kind="fee"))
    return opened


def test_the_signer_is_told_of_a_day_that_waits_once_that_day_and_again_the_next(desk: Desk, postman: Postman, clock: StillClock) -> None:
    told = [remind(desk.hub, ACCOUNTS), remind(desk.hub, ACCOUNTS)]
    clock.move(days=1)
    again = remind(desk.hub, ACCOUNTS)

    assert [[report.line for report in reports] for reports in (*told, again)] == [["mail: done, 1 told"], [], ["mail: done, 1 told"]]
    assert [(to, letter["Subject"]) for to, letter in postman.letters] == [(["mia@example.com"], "Entrepot: 1 thing waits for you")] * 2
    assert f"entrepot signoff sign stripe {DAY}" in postman.texts[0]


def test_a_signed_day_waits_for_another_person_than_its_signer(desk: Desk, postman: Postman) -> None:
    desk.ran("payment", desk.hub.clock.now())
    sign(by(desk.hub, "ben"), STRIPE, DAY)
    remind(desk.hub, ACCOUNTS)

    assert f"entrepot signoff check stripe {DAY}" in postman.texts[0]
    assert "signoff sign" not in postman.texts[0]


def test_owners_are_told_of_breaks_that_are_new_and_not_of_old_ones(desk: Desk, postman: Postman, clock: StillClock) -> None:
    desk.broken("ambiguous", "1" * 32, 500)
    remind(desk.hub, ACCOUNTS)
    clock.move(days=1)
    remind(desk.hub, ACCOUNTS)

    assert "new breaks that belong to you: 1, of 1 in all" in postman.texts[0]
    assert "entrepot breaks list --account stripe --owner mia" in postman.texts[0]
    assert [text for text in postman.texts[1:] if "belong to you" in text] == []


def test_a_letter_holds_nothing_about_a_buyer_or_an_amount(desk: Desk, postman: Postman) -> None:
    desk.broken("ambiguous", "1" * 32, 987654)

    remind(desk.hub, ACCOUNTS)

    [text] = postman.texts
    assert "987" not in text
    assert "9876.54" not in text
    assert "about ambiguous" not in text


def test_without_mail_nobody_is_told_and_nothing_is_kept(desk: Desk, postman: Postman) -> None:
    hub = replace(desk.hub, file=replace(desk.hub.file, mail=None))

    assert remind(hub, ACCOUNTS) == []
    assert postman.letters == []


def test_a_person_without_an_address_is_named_and_the_others_are_told(desk: Desk, postman: Postman) -> None:
    desk.broken("ambiguous", "1" * 32, 500)
    people = (replace_person(PEOPLE[0]), *PEOPLE[1:])
    hub = replace(desk.hub, file=replace(desk.hub.file, people=people))

    [report] = remind(hub, ACCOUNTS)

    assert report.message == "mia: has no email under [[people]], so is not told"
    assert postman.letters == []


def replace_person(person: Person) -> Person:
    return Person(id=person.id, name=person.name)


def test_what_could_not_be_told_is_told_when_it_can_be(desk: Desk, postman: Postman) -> None:
    postman.refused["mia@example.com"] = "451 4.3.0 busy"

    [failed] = remind(desk.hub, ACCOUNTS)
    postman.refused.clear()
    [told] = remind(desk.hub, ACCOUNTS)

    assert (failed.outcome, told.line) == ("failed", "mail: done, 1 told")
    assert "asks to come back later (451)" in failed.message
    assert "mia@example.com" not in failed.message


def test_while_another_process_tells_nobody_is_told_twice(desk: Desk, postman: Postman) -> None:
    lease = leases.take(desk.hub.database, "remind", "another-host:1:1")

    assert remind(desk.hub, ACCOUNTS) == []
    leases.give_back(desk.hub.database, lease)
    assert postman.letters == []


def test_days_further_back_are_counted_not_named(desk: Desk, postman: Postman) -> None:
    days = [AT - timedelta(days=number) for number in range(1, LOOKED_AT + 3)]
    desk.lines(*(charge(f"fee {day:%m%d}", 0, 0, kind="fee", occurred_at=day) for day in days))

    found = awaiting(desk.hub, STRIPE)

    assert (len(found.to_sign), found.older) == (LOOKED_AT, len({day.date() for day in days} | {DAY}) - LOOKED_AT)
    assert found.says.startswith(f"waiting for a signature: {found.to_sign[0]}, ")
    assert f"older days not signed: {found.older}" in found.says
    assert postman.letters == []
