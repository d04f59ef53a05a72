"""What commands did to the make-believe remote: its account of everything that was made, and what it answers of that."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from tests.contract.dialects import Dialect, Document, Door, Json, Kept, Makes
from tests.contract.documents import at, entry_of, found, merged


@dataclass(frozen=True, slots=True)
class Effect:
    """What one command did: made a thing, or did something to one that is there (then it bears that thing's names)."""

    command: str
    reference: str
    external_id: str
    beside: str = ""
    """The vendor's own thing that it was made beside."""
    kept: Mapping[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    """What the vendor shows of the request, by placeholder."""


@dataclass(slots=True)
class Account:
    """Everything that commands did, in order."""

    dialect: Dialect
    effects: list[Effect] = field(default_factory=list[Effect])
    documents: dict[str, Json] = field(default_factory=dict[str, Json])
    """The vendor's own things that commands changed, by id."""
    keys: set[str] = field(default_factory=set[str])
    """Every idempotency key that was taken."""
    is_unwilling: bool = False
    """Whether whatever is commanded is refused."""
    refuses: str = ""
    """For which reason of the dialect's `refusals` whatever is commanded is refused; empty for none."""

    def obey(self, door: Door, makes: Makes, asked: Json) -> tuple[int, bytes]:
        """Does what is commanded, once more or not, as the vendor's class says; gives status and body of the answer."""
        named = found(asked, makes.reference, makes.reference_in)
        beside = found(asked, makes.beside, makes.beside_in) if makes.beside else ""
        thing = next((effect for effect in self.effects if (effect.command, effect.external_id) == (makes.upon, named)), None)
        if makes.upon and thing is None:
            assert door.absent, "nothing says how the vendor answers for what it does not have"
            return door.absent.status, door.absent.body.encode()
        if self.is_unwilling:
            return makes.refusal.status, makes.refusal.body.encode()
        if self.refuses:
            return makes.refusals[self.refuses].status, makes.refusals[self.refuses].body.encode()
        if makes.document:
            return self._change(door, makes, makes.document, asked)
        reference = thing.reference if thing else named
        effect = self._remembered(makes, reference)
        if effect and makes.repeat:
            return makes.repeat.status, makes.repeat.body.encode()
        if effect is None:
            made = found(asked, makes.names, "(.+)") if makes.names else makes.numbered(1001 + len(self.effects))
            external_id = thing.external_id if thing else made
            kept = {f'"@{name}"'.encode(): _kept(asked, each) for name, each in makes.keeps.items()}
            effect = Effect(makes.step or makes.command, reference, external_id, beside, kept)
            self.effects.append(effect)
        return makes.status, self._shown(door, door.answer, effect)

    def show(self, door: Door, wanted: Sequence[str] | None) -> tuple[int, bytes]:
        """The effects of one command: those of certain references or ids, or beside certain things, or all; gives status and body."""
        makes = self.dialect.makes(door.made)
        assert makes is not None
        thing = wanted[0] if wanted else ""
        fits = [effect for effect in self.effects if effect.command == door.made and _fits(effect, wanted)]
        if door.absent and wanted and not fits:
            return door.absent.status, door.absent.body.encode()
        shown = [self.row(door, effect) for effect in fits]
        document = json.dumps(self._document(makes.document, thing)).encode() if makes.document else b"null"
        rows = {b'"@rows"': b"[" + b",".join(shown) + b"]", b'"@row"': next(iter(shown), b"null")}
        return 200, filled(door.answer, {**rows, b'"@document"': document, b"@thing": thing.encode()})

    def row(self, door: Door, effect: Effect) -> bytes:
        """How a door shows one effect."""
        return self._shown(door, door.row_after.get(self._last(effect), door.row), effect)

    def _document(self, document: Document, thing: str) -> Json:
        begun: Json = json.loads(document.begins.replace("@thing", thing))
        return self.documents.get(thing, begun)

    def _change(self, door: Door, makes: Makes, document: Document, asked: Json) -> tuple[int, bytes]:
        """Merges a change into the thing's document, once for a key and a version where the vendor knows those."""
        thing, change = found(asked, makes.beside, makes.beside_in), at(asked, document.change)
        kept, key = self._document(document, thing), found(asked, document.key, "(.+)") if document.key else ""
        if key not in self.keys:
            if document.version and at(change, document.version) != at(kept, document.version):
                assert document.stale, "nothing says how the vendor answers a change of another version"
                return document.stale.status, document.stale.body.encode()
            self.keys |= {key} if key else set()
            kept = self.documents[thing] = _raised(merged(kept, change, document, 1001 + 10 * len(self.effects)), document)
            entry = entry_of(kept, at(change, f"{document.entries}.0.{document.name}"), document)
            assert entry is not None
            self._note(Effect(makes.command, found(asked, makes.reference, makes.reference_in), str(entry[document.id]), thing))
        return makes.status, filled(door.answer, {b'"@document"': json.dumps(kept).encode()})

    def _note(self, effect: Effect) -> None:
        """Writes down what a document shows, unless it showed it before."""
        if effect not in self.effects:
            self.effects.append(effect)

    def _remembered(self, makes: Makes, reference: str) -> Effect | None:
        """What the same command did before, for a vendor who would know."""
        known = self.effects if makes.provider_class == "A" else ()
        return next((effect for effect in known if (effect.command, effect.reference) == (makes.command, reference)), None)

    def _making(self, effect: Effect) -> Makes:
        """How what the effect is of was commanded."""
        return next(door.makes for door in self.dialect.doors if door.makes and effect.command in {door.makes.command, door.makes.step})

    def _last(self, effect: Effect) -> str:
        """The last command that was done upon what the effect made; empty for none."""
        done = [each.command for each in self.effects if each.external_id == effect.external_id and each.command != effect.command]
        return done[-1] if done else ""

    def _shown(self, door: Door, template: str, effect: Effect) -> bytes:
        makes = self._making(effect)
        parts = {
            b'"@id"': json.dumps(makes.wired(effect.external_id)).encode(),
            b'"@reference"': json.dumps(effect.reference).encode(),
            b'"@state"': json.dumps(door.states.get(self._last(effect))).encode(),
            b"@thing": effect.beside.encode(),
        }
        return filled(template, {**parts, **effect.kept})


def _fits(effect: Effect, wanted: Sequence[str] | None) -> bool:
    return wanted is None or not {effect.reference, effect.external_id, effect.beside or None}.isdisjoint(wanted)


def _raised(kept: Json, document: Document) -> Json:
    """The document under its next version."""
    version = at(kept, document.version) if document.version else None
    return {**kept, document.version: version + 1} if isinstance(kept, dict) and isinstance(version, int) else kept


def _kept(asked: Json, kept: Kept) -> bytes:
    told = at(asked, kept.path)
    if kept.as_ms:
        moment = datetime.combine(date.fromisoformat(str(told)), time(), UTC)
        return json.dumps(f"/Date({int(moment.timestamp()) * 1000}+0000)/").encode()
    if not kept.each:
        return json.dumps(told).encode()
    assert isinstance(told, list), f"{kept.path} is no list"
    if kept.parts:
        return b"[" + b",".join(_in_parts(each, kept) for each in told) + b"]"
    parts = [re.search(kept.it_in, str(at(each, kept.it))) for each in told]
    return b"[" + b",".join(kept.each.replace("@it", part[1]).encode() for part in parts if part) + b"]"


def _in_parts(told: Json, kept: Kept) -> bytes:
    parts = {name: json.dumps(at(told, path)) for name, path in kept.parts.items()}
    return filled(kept.each, {f'"@{name}"'.encode(): kept.words.get(part, part).encode() for name, part in parts.items()})


def filled(template: str, parts: Mapping[bytes, bytes]) -> bytes:
    """A template with its placeholders replaced."""
    body = template.encode()
    for placeholder, part in parts.items():
        body = body.replace(placeholder, part)
    return body
