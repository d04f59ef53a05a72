"""Mails are judged by their headers, cut within bounds, and read strictly; each guard stands where it says."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import cast

import pytest
from pydantic import ValidationError

from connectors.mailbox.cutting import cut_mail
from connectors.mailbox.evidence import Evidence, amounts_written
from connectors.mailbox.heads import Verdict, judged
from connectors.mailbox.mapping import read_order
from connectors.mailbox.markup import MOST_HTML, orders_in, seen_in
from connectors.mailbox.parts import MOST_DEPTH, MOST_PARTS, leaves_of, text_in
from connectors.mailbox.session import HEAD_BYTES, Head
from connectors.mailbox.settings import Sender, Settings
from connectors.mailbox.slices import Slice, mail_of, packed_slice
from connectors.mailbox.templates import TextTemplate
from model.errors import MalformedError, RejectedError
from model.records.order import Order
from tests.mails import AT, LINE, OURS, PASSED, SETTINGS, TEMPLATE, letter, markup, order_mail, sent, shown, text_mail

OURSELVES = Settings.model_validate({**SETTINGS, "port": 993})
MAIL = mail_of("<1@north.example>", AT, "north", "dkim")
NORTH = Sender(addresses=("buying@north.example",), later_mails="newest")
WEST = OURSELVES.senders["west"]
FIELDS = cast("dict[str, str]", TEMPLATE["fields"])
ONE = (("MUG", 2, "4.50"),)


def verdict(*lines: str, size: int = 1000, settings: Settings = OURSELVES) -> Verdict:
    raw = "\r\n".join((*lines, "", "")).encode("latin-1")
    return judged(Head(1, AT, size, raw), settings)


def headed(sender: str = "Buying <buying@north.example>", results: str = PASSED, to: str = "orders@example.com") -> Verdict:
    return verdict(f"Authentication-Results: {results}", f"From: {sender}", f"To: {to}", "Message-ID: <7@north.example>")


def page(order: object, visible: str = "") -> bytes:
    message = letter()
    message.set_content(f'<script type="application/ld+json">{json.dumps(order)}</script>{visible}', subtype="html")
    return sent(message)


def only(raw: bytes, sender: Sender = NORTH) -> Slice:
    (told,) = cut_mail(raw, MAIL, sender)
    return told


def read(told: Slice) -> Order:
    return read_order(packed_slice(told), {})


def of_markup(order: object, visible: str = "") -> Order:
    return read(only(page(order, visible)))


def confidence(order: Order) -> dict[str, int]:
    return {each.path: each.confidence for each in order.sources}


def test_a_proven_mail_of_a_declared_sender_is_welcome() -> None:
    assert headed() == Verdict("welcome", "north", "north.example", "", "dkim", "<7@north.example>")
    assert headed("buying@north.example").standing == "welcome"
    assert headed('"Buying, North" <BUYING@North.Example>').standing == "welcome"
    assert headed("anybody@west.example", f"{OURS}; dmarc=pass header.from=west.example").sender == "west"
    assert headed(results=f'{OURS}; dkim=pass (a "good" (key)) header.i="a b"@north.example header.s=x').standing == "welcome"
    assert headed(results=f'"{OURS}" 1; dmarc=pass (p=none) reason="all; is well" header.from="north.example"').standing == "welcome"


@pytest.mark.parametrize(
    "sender",
    ["eve@evil.example", "buying@north.example.evil.example", "nobuying@north.example", "eve@sub.west.example", "", "buying"],
)
def test_whoever_is_not_declared_is_a_stranger(sender: str) -> None:
    assert headed(sender).standing == "stranger"


@pytest.mark.parametrize(
    "sender",
    [
        "buying@north.example, eve@evil.example",
        '"buying@north.example" <eve@evil.example>',
        "eve@evil.example <buying@north.example>",
        "<eve@evil.example> <buying@north.example>",
        "buying@north.example)eve@evil.example",
    ],
)
def test_a_sender_who_may_be_another_is_refused(sender: str) -> None:
    found = headed(sender)

    assert (found.standing, found.reason[:5]) == ("refused", "From:")


@pytest.mark.parametrize(
    "results",
    [
        f"{OURS}; dmarc=fail header.from=north.example",
        f"{OURS}; dmarc=pass header.from=evil.example",
        f"{OURS}; dkim=pass header.d=example",
        f"{OURS}; dkim=pass header.d=evil.example header.b=north.example",
        f"{OURS}; dkim=pass",
        f"{OURS}; spf=pass (dmarc=pass header.from=north.example)",
        f"x{OURS}; {PASSED}",
        f'{OURS}; spf=pass smtp.mailfrom="; dmarc=pass header.from=north.example ;"@evil.example; dmarc=fail header.from=north.example',
        f'{OURS}; dkim=pass header.i="header.d=north.example"@evil.example',
        f'{OURS}; dkim=pass header.i="a b header.d=north.example"@evil.example',
        f'{OURS}; dkim=pass header.i="north.example"@evil.example',
        f'{OURS}; dkim=pass reason="header.d=north.example" header.d=evil.example',
        f'{OURS}; dkim=fail reason="\\"; dkim=pass header.d=north.example"',
        f"{OURS}; dkim=pass header.i=a+header.d=north.example",
        f"{OURS}; dkim=pass x-header.d=north.example header.d=evil.example",
        f"{OURS}; dkim=pass header.d=north.example_evil.example",
        f"{OURS}; spf=fail (a \\) ; dmarc=pass header.from=north.example; \\( b); dmarc=fail",
        f"{OURS}; spf=fail ((((((; dmarc=pass header.from=north.example;))))))",
        f'{OURS}; spf=fail (" ); dmarc=fail; dkim=none reason="; dmarc=pass header.from=north.example',
        f"({OURS}) evil.example; dmarc=pass header.from=north.example",
        "none",
        "",
    ],
)
def test_what_our_own_server_did_not_prove_is_refused(results: str) -> None:
    assert headed(results=results).reason.startswith("Authentication-Results")


def test_a_signature_of_another_domain_counts_where_it_is_declared() -> None:
    results = f"{OURS}; dkim=pass header.d=mailer.example"
    senders = {"north": {"addresses": ["buying@north.example"], "signing_domains": ["mailer.example"]}}
    lines = (f"Authentication-Results: {results}", "From: buying@north.example", "To: orders@example.com")

    assert verdict(*lines).standing == "refused"
    assert verdict(*lines, settings=OURSELVES.model_validate({**SETTINGS, "senders": senders})).standing == "welcome"


def test_only_as_many_topmost_verdicts_count_as_our_server_writes() -> None:
    lines = (f"Authentication-Results: {OURS}; spf=pass", f"Authentication-Results: {PASSED}", "From: buying@north.example",
             "To: orders@example.com")  # fmt: skip

    assert verdict(*lines).standing == "refused"
    assert verdict(*lines, settings=OURSELVES.model_copy(update={"authserv_headers": 2})).standing == "welcome"


def test_a_mail_for_others_too_long_or_with_headers_without_end_is_refused_by_name() -> None:
    lines = (f"Authentication-Results: {PASSED}", "From: buying@north.example")

    assert headed(to="bob@example.com").reason.startswith("To:")
    assert verdict(*lines, "To: orders@example.com", size=11 * 2**20).reason.startswith("mail: has")
    assert verdict(*lines, f"X: {'y' * HEAD_BYTES}").reason.startswith("headers:")


def test_a_second_sender_is_seen_behind_however_many_headers() -> None:
    own = (f"Authentication-Results: {PASSED}", "From: buying@north.example", "To: orders@example.com")

    assert verdict(*own, *["X-Filler: 1"] * 600).standing == "welcome"
    assert verdict(*own, *["X-Filler: 1"] * 600, "From: eve@evil.example").standing == "refused"
    assert verdict(*["X-Filler: 1"] * 600, *own).standing == "welcome"


def test_folded_headers_are_one_and_other_line_ends_are_line_ends() -> None:
    results = f"Authentication-Results: {OURS};\n\tdmarc=pass\n header.from=north.example\n"
    raw = f"{results}From:\n Buying\n <buying@north.example>\nTo: orders@example.com\n\n"

    assert judged(Head(1, AT, 10, raw.encode()), OURSELVES).standing == "welcome"


@pytest.mark.parametrize(("depth", "reason"), [(MOST_DEPTH, None), (MOST_DEPTH + 1, "nested more than")])
def test_parts_are_nested_so_deep_and_no_deeper(depth: int, reason: str | None) -> None:
    body = b"Content-Type: text/plain\r\n\r\ntext\r\n"
    for level in range(depth):
        mark = f"b{level}".encode()
        body = b'Content-Type: multipart/mixed; boundary="' + mark + b'"\r\n\r\n--' + mark + b"\r\n" + body + b"\r\n--" + mark + b"--\r\n"

    if reason is None:
        assert [leaf.raw.strip() for leaf in leaves_of(body)] == [b"text"]
    else:
        with pytest.raises(MalformedError, match=reason):
            leaves_of(body)


@pytest.mark.parametrize(("count", "is_read"), [(MOST_PARTS, True), (MOST_PARTS + 1, False)])
def test_a_mail_has_so_many_parts_and_no_more(count: int, *, is_read: bool) -> None:
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * count
    raw = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + parts + b"--b--\r\n"

    if is_read:
        assert len(leaves_of(raw)) == count
    else:
        with pytest.raises(MalformedError, match="more than"):
            leaves_of(raw)


def test_a_mail_within_a_mail_is_somebody_elses() -> None:
    inner = order_mail("INNER")
    message = letter()
    message.set_content("see below")
    raw = sent(message).replace(b"Content-Type: text/plain", b"Content-Type: message/rfc822").split(b"\r\n\r\n")[0] + b"\r\n\r\n" + inner

    assert only(raw).form == "refused"


def test_text_is_in_the_character_set_that_it_names_or_refused() -> None:
    for charset in ("utf-8", "iso-8859-1", "gb18030", "windows-1252"):
        message = letter()
        message.set_content("Größe", charset=charset)
        assert text_in(leaves_of(sent(message))[0]).strip() == "Größe"


def test_orders_are_found_alone_in_lists_and_in_graphs_and_nowhere_deeper() -> None:
    one = markup("A", ONE)
    bare = {key: value for key, value in one.items() if key != "@context"}
    found: dict[str, tuple[object, int]] = {
        "alone": (one, 1),
        "list": ([one, {**one, "orderNumber": "B"}], 2),
        "graph": ({"@context": "https://schema.org/", "@graph": [bare, {"@type": "Person"}]}, 1),
        "typed by address": ({**one, "@type": "http://schema.org/Order"}, 1),
        "within an invoice": ({"@context": "https://schema.org", "@type": "Invoice", "referencesOrder": one}, 0),
        "an action": ({**one, "@type": "OrderAction"}, 0),
    }

    counts = {
        name: len(list(orders_in(f'<script type="application/ld+json">{json.dumps(each)}</script>'))) for name, (each, _) in found.items()
    }

    assert counts == {name: count for name, (_, count) in found.items()}


def test_microdata_tells_the_same_order_as_json() -> None:
    html = """
    <div itemscope itemtype="https://schema.org/Order"><meta itemprop="orderNumber" content="PO-9"><b itemprop="priceCurrency">EUR</b>
    <time itemprop="orderDate" datetime="2030-04-30T10:00:00+02:00">yesterday</time> Total <span itemprop="price" content="9.00">9</span>
    <div itemprop="acceptedOffer" itemscope itemtype="https://schema.org/Offer"><span itemprop="price">4.50</span>
      <div itemprop="eligibleQuantity" itemscope itemtype="https://schema.org/QuantitativeValue"><i itemprop="value">2</i></div>
      <div itemprop="itemOffered" itemscope itemtype="https://schema.org/Product"><i itemprop="sku">MUG</i><i itemprop="name">Mug</i></div>
    </div><link itemprop="orderStatus" href="http://schema.org/OrderProcessing"></div>
    """
    message = letter()
    message.set_content(html, subtype="html")

    order = read(only(sent(message)))

    assert (order.external_id, order.total_minor, order.lines[0].sku, order.lines[0].quantity) == ("north:PO-9", 900, "MUG", 2000)
    assert order.source_status == (("status", "OrderProcessing"),)


def test_microdata_that_refers_elsewhere_and_pages_without_end_are_refused() -> None:
    with pytest.raises(MalformedError, match="itemref"):
        list(orders_in('<div itemscope itemtype="https://schema.org/Order" itemref="x"></div>'))
    with pytest.raises(MalformedError, match="characters"):
        list(orders_in("x" * (MOST_HTML + 1)))
    assert list(orders_in("<div>" * 90_000)) == []


def test_what_is_hidden_is_not_seen() -> None:
    html = '<style>a</style><p hidden>b</p><p style="display:none">c</p><script>d</script><template>e</template><p>f</p>'

    assert seen_in(html) == "f"


def test_a_field_that_the_reader_does_not_see_is_doubtful_and_one_that_nobody_tells_is_supposed() -> None:
    order = markup("PO-1", ONE)
    bare = {key: value for key, value in order.items() if key not in {"orderDate", "price"}}

    sure = confidence(of_markup(order, shown("PO-1", ONE)))
    blind = confidence(of_markup(order))
    supposed = confidence(of_markup(bare, shown("PO-1", ONE)))

    assert set(sure.values()) == {100}
    assert set(blind.values()) == {60}
    assert {path: supposed[path] for path in ("placed_at", "total")} == {"placed_at": 50, "total": 50}
    unasked = only(page(order), NORTH.model_copy(update={"confirms_by_text": False}))
    assert set(confidence(read(unasked)).values()) == {100}


@pytest.mark.parametrize(
    ("visible", "is_sure"),
    [
        ("2 x MUG", True),
        ("MUG: 2", True),
        ("12 x MUG", False),
        ("2.5 x MUG", False),
        ("MUG on 2030-05-02", False),
        (f"2 {'.' * 60} MUG", False),
    ],
)
def test_a_quantity_has_to_stand_beside_its_product(visible: str, *, is_sure: bool) -> None:
    evidence = Evidence("part 1", visible.lower())

    evidence.told("quantity", "x", ["2"], ["MUG"])

    assert (evidence.sources[0].confidence == 100) == is_sure


def test_amounts_are_known_however_people_write_them() -> None:
    forms = amounts_written(123450, "EUR")

    assert {"1,234.50", "1.234,50", "1234.50", "1234,50", "1 234,50", "1'234.50"} <= set(forms)
    assert "9" in amounts_written(900, "EUR")
    assert "9" not in amounts_written(950, "EUR")
    assert amounts_written(500, "JPY") == ["500"]


GONE = object()
"""In place of a value: the field is left out."""
OFFER = "acceptedOffer.0"


def changed(order: object, path: str, value: object) -> object:
    """A copy with another value there."""
    step, _, rest = path.partition(".")
    if isinstance(order, list):
        listed = cast("list[object]", order)
        return [changed(each, rest, value) if str(place) == step else each for place, each in enumerate(listed)]
    told = cast("dict[str, object]", order)
    new = changed(told[step], rest, value) if rest else value
    return {**{name: each for name, each in told.items() if name != step}, **({} if new is GONE else {step: new})}


@pytest.mark.parametrize(
    ("path", "value", "kind", "reason"),
    [
        ("acceptedOffer", GONE, MalformedError, "acceptedOffer: is missing"),
        (f"{OFFER}.priceCurrency", "USD", MalformedError, "several are told"),
        ("price", "8.99", MalformedError, "parts sum to 900"),
        (f"{OFFER}.price", "4.505", MalformedError, "more decimal places"),
        (f"{OFFER}.price", "-4.50", MalformedError, "is negative"),
        (f"{OFFER}.price", GONE, MalformedError, r"price: is missing"),
        (f"{OFFER}.itemOffered", GONE, MalformedError, "itemOffered: is missing"),
        (f"{OFFER}.itemOffered", {"@type": "Product"}, MalformedError, "neither sku nor name"),
        (f"{OFFER}.eligibleQuantity.value", 0, MalformedError, "not above zero"),
        ("orderDate", "2030-04-30", MalformedError, "tells no offset"),
        ("orderDate", "30/04/2030", MalformedError, "ISO 8601"),
        ("orderStatus", "http://schema.org/OrderDelivered", RejectedError, "tells how an order goes on"),
        ("priceSpecification", {"@type": "UnitPriceSpecification", "price": "1"}, MalformedError, "is not read"),
        ("orderDelivery", [{"deliveryAddress": {"name": "A"}}] * 2, MalformedError, "several addresses"),
    ],
)
def test_an_order_that_is_not_wholly_told_is_refused_by_place(path: str, value: object, kind: type[Exception], reason: str) -> None:
    with pytest.raises(kind, match=reason):
        of_markup(changed(markup("PO-1", ONE), path, value))


def test_an_order_without_any_currency_is_refused() -> None:
    order = changed(changed(markup("PO-1", ONE), "priceCurrency", GONE), f"{OFFER}.priceCurrency", GONE)

    with pytest.raises(MalformedError, match="none is told"):
        of_markup(order)


def test_a_cancelled_order_is_cancelled_and_nobody_is_believed_to_have_paid() -> None:
    order = of_markup(markup("PO-1", ONE, orderStatus="OrderCancelled", paymentStatus="PaymentComplete"))

    assert (order.cancelled_at, order.payment_state) == (AT, "unpaid")


def test_the_same_order_by_another_mail_has_the_same_version_unless_it_says_otherwise() -> None:
    def version(raw: bytes, minutes: int) -> int:
        (told,) = cut_mail(raw, mail_of("<other>", AT + timedelta(minutes=minutes), "west", "dmarc"), WEST)
        return read(told).source_version

    first = version(text_mail(), 0)

    assert version(text_mail(), 5) == first < 0
    assert version(text_mail(lines=(("CUP", 4, "2.00"),)), 5) != first


def test_a_template_reads_what_people_write_and_refuses_what_is_missing_twice_or_wrong() -> None:
    def told(raw: bytes) -> Slice:
        (one,) = cut_mail(raw, mail_of("<w>", AT, "west", "dmarc"), WEST)
        return one

    assert read(told(text_mail())).total_minor == 600
    for raw, reason in (
        (text_mail(total="6.50"), "parts sum to 600"),
        (text_mail().replace(b"3 x CUP at", b"three CUP at"), "lines: 0 were found"),
        (text_mail().replace(b"Placed:", b"Sent:"), "placed: is not where the template says"),
        (text_mail(number="W" * 101), "number: is longer than 100"),
        (text_mail().replace(b"Hello,", b"Order no: W-8"), "number: stands in the text 2 times"),
        (
            text_mail().replace(b"Order no:", b"Re:").replace(b"Total:", b"Sum:").replace(b"Placed:", b"P:").replace(b" at ", b" @ "),
            "holds no order",
        ),
    ):
        with pytest.raises((MalformedError, RejectedError), match=reason):
            read(told(raw))


@pytest.mark.parametrize(
    ("written", "mark", "quantity"),
    [("3", ",", 3000), ("1,5", ",", 1500), ("1.5", ".", 1500), ("1.000", ",", None), ("1,000", ".", None), ("1e3", ",", None)],
)
def test_a_quantity_in_which_thousands_could_be_parted_is_refused(written: str, mark: str, quantity: int | None) -> None:
    line = r"^(?P<quantity>\S+) x (?P<sku>\S+) for (?P<line_total>\d+)$"
    fields = {**FIELDS, "total": r"^Total: (\d+) EUR$"}
    west = WEST.model_copy(update={"text": TextTemplate.model_validate({**TEMPLATE, "fields": fields, "line": line, "decimal": mark})})
    raw = text_mail(total="6").replace(b"3 x CUP at 2.00", f"{written} x CUP for 6".encode())
    (told,) = cut_mail(raw, mail_of("<w>", AT, "west", "dmarc"), west)

    if quantity is None:
        with pytest.raises(MalformedError, match=r"lines\[1\].quantity: is not written in digits"):
            read(told)
    else:
        assert read(told).lines[0].quantity == quantity


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"line": LINE.removeprefix("^")}, "is not anchored"),
        ({"line": r"^(?P<sku>\S+)$"}, "needs the named groups"),
        ({"line": r"^(?P<quantity>\d+) (?P<sku>\S+) (?P<unit_price>.+) (?P<x>.+)$"}, "names the group 'x'"),
        ({"fields": {**FIELDS, "number": r"^(a)(b)$"}}, "exactly one group"),
        ({"fields": {**FIELDS, "number": r"^(?=a)(b)$"}}, "RE2"),
        ({"fields": {"number": r"^(a)$"}}, "fields.placed: is needed"),
        ({"currency": None}, "currency: name the one"),
        ({"currency": "EUX"}, "not a current ISO 4217"),
    ],
)
def test_a_template_that_could_not_work_is_refused_when_it_is_declared(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        TextTemplate.model_validate({**TEMPLATE, **change})


def test_a_pattern_never_takes_long_whatever_the_text_is() -> None:
    evil = TextTemplate.model_validate({**TEMPLATE, "fields": {**FIELDS, "note": r"^((?:a+)+)$"}})
    sender = Sender(addresses=("@west.example",), form="text", zone="UTC", text=evil)
    message = letter("shop@west.example")
    message.set_content(f"Order no: X\n{'a' * 50_000}!\n")

    assert cut_mail(sent(message), MAIL, sender)[0].form == "text"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"senders": {}}, "at least 1 item"),
        ({"senders": {"a": {"addresses": ["a@x.example"]}, "b": {"addresses": ["a@x.example"]}}}, "is declared twice"),
        ({"senders": {"a": {"addresses": ["Upper@x.example"]}}}, "pattern"),
        ({"senders": {"a": {"addresses": ["a@x.example"], "form": "sheet"}}}, "sheet: is needed"),
        ({"senders": {"a": {"addresses": ["a@x.example"], "form": "text", "text": TEMPLATE}}}, "zone: is needed"),
        ({"senders": {"a": {"addresses": ["a@x.example"], "zone": "Nowhere"}}}, "IANA"),
        ({"authserv_id": ""}, "at least 1 character"),
    ],
)
def test_settings_that_could_not_work_are_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Settings.model_validate({**SETTINGS, "port": 993, **change})


def test_amounts_in_markup_are_decimals_and_never_floats() -> None:
    order = markup("PO-1", (("MUG", 3, "0.10"),))
    order["price"] = 0.3

    assert of_markup(order).total_minor == 30
    assert of_markup({**order, "price": "0.30"}).lines[0].unit_price == str(Decimal("0.10"))
