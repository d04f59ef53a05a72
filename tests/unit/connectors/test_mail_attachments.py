"""Files that are attached to a mail are cut by the workshop and read under the mail's own names; what is none is refused by name."""

import io
from datetime import timedelta

import pytest

from connectors._kit.x12.purchase_slices import identity_850
from connectors.mailbox.cutting import cut_mail
from connectors.mailbox.mapping import external_id_in, read_order
from connectors.mailbox.settings import Sender
from connectors.mailbox.slices import Slice, mail_of, packed_slice
from model.errors import MalformedError, RejectedError
from model.records.order import Order
from tests.edifact import orders_message
from tests.mails import AT, letter, sent
from tests.purchases import change, purchase

MAIL = mail_of("<1@east.example>", AT, "east", "dmarc")
COLUMNS = {"number": "Order", "placed": "Date", "sku": "SKU", "quantity": "Qty", "unit_price": "Price"}
CSV = b"Order,Date,SKU,Qty,Price\nE-1,2030-05-01,MUG,2,4.50\nE-2,2030-05-01,CUP,1,3.00\nE-1,2030-05-01,CUP,1,3.00\n"


def sender(form: str, **terms: object) -> Sender:
    return Sender.model_validate({"addresses": ["@east.example"], "form": form, form: terms})


SHEET = sender("sheet", currency="EUR", columns=COLUMNS)


def attached(*files: tuple[str, bytes]) -> bytes:
    message = letter("desk@east.example")
    message.set_content("attached")
    for name, raw in files:
        message.add_attachment(raw, maintype="application", subtype="octet-stream", filename=name)
    return sent(message)


def read(told: Slice) -> Order:
    return read_order(packed_slice(told), {})


def test_each_order_of_an_attached_table_is_one_under_the_senders_name_and_says_where_it_stood() -> None:
    first, second = (read(each) for each in cut_mail(attached(("orders.csv", CSV)), MAIL, SHEET))

    assert (first.external_id, first.total_minor, second.external_id, second.total_minor) == ("east:E-1", 1200, "east:E-2", 300)
    assert [(each.path, each.place, each.confidence) for each in first.sources] == [("order", "part 2 orders.csv", 100)]
    assert (first.updated_at, first.source_name) == (AT, "e-mail")


def test_the_same_file_under_another_name_by_another_mail_says_nothing_new() -> None:
    later = mail_of("<2@east.example>", AT + timedelta(hours=1), "east", "dmarc")

    versions = [
        {read(each).source_version for each in cut_mail(attached((name, CSV)), mail, SHEET)}
        for name, mail in (("orders.csv", MAIL), ("copy.csv", later))
    ]

    assert versions[0] == versions[1]


def test_a_row_that_cannot_be_read_costs_its_own_order_alone() -> None:
    good, bad = cut_mail(attached(("orders.csv", CSV.replace(b"CUP,1,3.00\nE-1", b"CUP,one,3.00\nE-1"))), MAIL, SHEET)

    assert read(good).external_id == "east:E-1"
    assert external_id_in(packed_slice(bad)) == "east:E-2"
    with pytest.raises(MalformedError, match=r"row 3, column 'Qty'"):
        read(bad)


@pytest.mark.parametrize("name", ["picture.png", "notes.pdf", "orders.csv.exe"])
def test_files_that_are_no_tables_are_left_alone_and_a_mail_without_any_is_refused(name: str) -> None:
    (told,) = cut_mail(attached((name, CSV)), MAIL, SHEET)

    with pytest.raises(RejectedError, match="holds no order in the form sheet"):
        read(told)


def test_orders_by_edifact_are_read_with_the_senders_terms() -> None:
    (told,) = cut_mail(attached(("orders.edi", orders_message("PO-5"))), MAIL, sender("edifact"))

    order = read(told)

    assert order.external_id == f"east:{order.number}"
    assert order.source_version < 0
    assert order.sources[0].place == "part 2 orders.edi"


def test_purchase_orders_by_x12_are_read_with_the_senders_terms() -> None:
    terms = {"our_id": "ENTREPOT", "their_id": "NORTHDOCK", "currency": "USD"}
    (told,) = cut_mail(attached(("po.edi", purchase())), MAIL, sender("x12", **terms))
    (other,) = cut_mail(attached(("po.edi", purchase())), MAIL, sender("x12", **{**terms, "their_id": "SOMEBODY"}))

    assert read(told).external_id == f"east:{identity_850(bytes(told.body))}"
    with pytest.raises(RejectedError, match="another sender"):
        read(other)


def test_a_change_that_comes_beside_orders_is_refused_by_name_and_never_dropped() -> None:
    terms = {"our_id": "ENTREPOT", "their_id": "NORTHDOCK", "currency": "USD"}
    changed, ordered = cut_mail(attached(("po.edi", purchase() + change())), MAIL, sender("x12", **terms))

    assert read(ordered).external_id.startswith("east:")
    with pytest.raises(RejectedError, match=r"part 2: changes an order \(860\)"):
        read(changed)


def test_an_interchange_behind_a_byte_order_mark_is_an_interchange() -> None:
    terms = {"our_id": "ENTREPOT", "their_id": "NORTHDOCK", "currency": "USD"}
    plain, marked = (
        cut_mail(attached(("po.edi", mark + purchase() + b"\r\n")), MAIL, sender("x12", **terms)) for mark in (b"", b"\xef\xbb\xbf")
    )

    assert [read(each) for each in plain] == [read(each) for each in marked]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("=?utf-8?B?QmVzdGVsbHVuZyBNw6Ryei5jc3Y=?=", "Bestellung März.csv"),
        ("=?iso-8859-1?Q?M=E4rz.csv?=", "März.csv"),
        ("=?utf-8?B?Li4vLi4vYS5jc3Y=?=", "a.csv"),
    ],
)
def test_a_file_whose_name_is_written_in_encoded_words_is_a_table_too(name: str, shown: str) -> None:
    first, *_ = cut_mail(attached(("orders.csv", CSV)).replace(b'"orders.csv"', f'"{name}"'.encode()), MAIL, SHEET)

    assert read(first).sources[0].place == f"part 2 {shown}"


@pytest.mark.parametrize("name", ["=?utf-8?B?/w==?=", "=?no-such?Q?a.csv?=", "=?utf-8?B?YQ=A=?=.csv", "=?utf-8?Q?a=00.csv?="])
def test_a_file_whose_name_cannot_be_decoded_is_refused(name: str) -> None:
    (told,) = cut_mail(attached(("orders.csv", CSV)).replace(b'"orders.csv"', f'"{name}"'.encode()), MAIL, SHEET)

    with pytest.raises(RejectedError, match="its file name cannot be read"):
        read(told)


def test_an_interchange_that_breaks_off_is_refused_by_place() -> None:
    for raw in cut_mail(attached(("orders.edi", orders_message("PO-5")[:-30])), MAIL, sender("edifact")):
        with pytest.raises(MalformedError):
            read(raw)


def test_a_gzip_of_tables_is_no_table() -> None:
    raw = io.BytesIO(b"\x1f\x8b" + b"\x00" * 50).getvalue()
    (told,) = cut_mail(attached(("orders.csv", raw)), MAIL, SHEET)

    with pytest.raises(MalformedError):
        read(told)
