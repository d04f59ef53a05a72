"""A mail cut into slices, one for each order in it; a mail without one is a slice that says why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from connectors.mailbox.attachments import by_edifact, by_sheet, by_x12
from connectors.mailbox.markup import MOST_SEEN, orders_in, seen_in
from connectors.mailbox.parts import Leaf, leaves_of, text_in
from connectors.mailbox.settings import Sender
from connectors.mailbox.slices import Mail, Slice, order_id, refused, slice_in
from connectors.mailbox.text_order import found_by
from model.errors import MalformedError


def cut_mail(raw: bytes, mail: Mail, sender: Sender) -> list[Slice]:
    """Every order of a mail in the form that is declared for its sender. Never empty, and nothing is raised: what is wrong is a slice."""
    try:
        found = list(_CUTS[sender.form](leaves_of(raw), mail, sender))
    except MalformedError as error:
        return [refused(mail, str(error))]
    return _without_doubles(found) or [
        refused(mail, f"mail: holds no order in the form {sender.form}, which is declared for {mail.sender}; look at it")
    ]


def _without_doubles(found: Sequence[Slice]) -> list[Slice]:
    """Each order once; one that a mail tells twice and differently is refused, as nobody knows which is meant."""
    kept: dict[str, Slice] = {}
    for each in found:
        before = kept.setdefault(each.id, each)
        if before.form != "refused" and before.body != each.body:
            reason = (
                f"part {each.part.number if each.part else '1'}: tells an order that this mail tells otherwise elsewhere; ask the sender"
            )
            kept[each.id] = msgspec.structs.replace(refused(each.mail, reason, each.part), id=each.id)
    return list(kept.values())


def _by_markup(leaves: Sequence[Leaf], mail: Mail, sender: Sender) -> Iterator[Slice]:
    html = [(leaf, text_in(leaf)) for leaf in leaves if leaf.type == "text/html" and not leaf.is_attached]
    seen = _seen(leaves, [text for _, text in html]) if sender.confirms_by_text else None
    for leaf, text in html:
        part = msgspec.structs.replace(leaf.part, name="")
        for where, order in orders_in(text):
            number = order.get("orderNumber")
            named = order_id(mail.sender, number if isinstance(number, str) else "")
            body = msgspec.Raw(msgspec.json.encode(order))
            told = slice_in("schema_org", mail, msgspec.structs.replace(part, name=where), named, body, sender)
            yield msgspec.structs.replace(told, seen=seen)


def _seen(leaves: Sequence[Leaf], html: Sequence[str]) -> str:
    """What a reader sees in the plain text and in the HTML."""
    plain = [text_in(leaf) for leaf in leaves if leaf.type == "text/plain" and not leaf.is_attached]
    return " ".join([*(" ".join(text.split())[:MOST_SEEN] for text in plain), *(seen_in(text) for text in html)])[: 2 * MOST_SEEN]


def _by_template(leaves: Sequence[Leaf], mail: Mail, sender: Sender) -> Iterator[Slice]:
    template = sender.text
    if template is None:  # settings see to it that there is one
        return
    for leaf in (each for each in leaves if each.type == "text/plain" and not each.is_attached):
        found = found_by(template, text_in(leaf).replace("\r\n", "\n"))
        if any(found.fields.values()) or found.lines:
            numbers = found.fields.get("number", [])
            named = order_id(mail.sender, numbers[0] if numbers else "")
            yield slice_in("text", mail, leaf.part, named, msgspec.Raw(msgspec.json.encode(found)), sender)


_CUTS: Final[Mapping[str, Callable[[Sequence[Leaf], Mail, Sender], Iterator[Slice]]]] = {
    "schema_org": _by_markup, "text": _by_template, "sheet": by_sheet, "x12": by_x12, "edifact": by_edifact,
}  # fmt: skip
"""How each form is cut."""
