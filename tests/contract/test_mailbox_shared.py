"""Mails and pages of others under ../shared are read, or refused with a reason; none of them makes anything fall over."""

from pathlib import Path

import pytest

from connectors.mailbox.cutting import cut_mail
from connectors.mailbox.mapping import read_order
from connectors.mailbox.settings import Sender
from connectors.mailbox.slices import mail_of, packed_slice
from model.errors import MalformedError, RejectedError
from tests.mails import AT, letter, sent

SHARED = Path(__file__).parents[3] / "shared" / "samples" / "email"
MAILS = sorted(SHARED.glob("*/*.eml"))
PAGES = sorted(SHARED.glob("schema-org/*.html"))
NORTH = Sender(addresses=("buying@north.example",), zone="UTC")
MAIL = mail_of("<1@north.example>", AT, "north", "dkim")

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/samples/email")


def reasons(raw: bytes) -> list[str]:
    told: list[str] = []
    for each in cut_mail(raw, MAIL, NORTH):
        try:
            told.append(f"read {read_order(packed_slice(each), {}).external_id}")
        except (MalformedError, RejectedError) as error:
            told.append(str(error))
    return told


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_that_is_no_order_is_refused_by_name(path: Path) -> None:
    told = reasons(path.read_bytes())

    assert told
    assert all(told)
    assert not [each for each in told if each.startswith("read ")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_of_schema_org_is_read_or_refused_by_name(path: Path) -> None:
    message = letter()
    message.set_content(path.read_text("utf-8"), subtype="html")

    told = reasons(sent(message))

    assert told
    assert all(told)
