"""What commands did to the make-believe remote: its account of everything that was made, and what it answers of that."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.contract.dialects import Dialect, Door, Makes


@dataclass(frozen=True, slots=True)
class Effect:
    """What one command did: made a thing, or did something to one that is there (then it bears that thing's names)."""

    command: str
    reference: str
    external_id: str


@dataclass(slots=True)
class Account:
    """Everything that commands did, in order."""

    dialect: Dialect
    effects: list[Effect] = field(default_factory=list[Effect])
    is_unwilling: bool = False
    """Whether whatever is commanded is refused."""

    def obey(self, door: Door, makes: Makes, named: str) -> tuple[int, bytes]:
        """Does what is commanded, once more or not, as the vendor's class says; gives status and body of the answer."""
        thing = next((effect for effect in self.effects if (effect.command, effect.external_id) == (makes.upon, named)), None)
        if makes.upon and thing is None:
            assert door.absent, "nothing says how the vendor answers for what it does not have"
            return door.absent.status, door.absent.body.encode()
        if self.is_unwilling:
            return makes.refusal.status, makes.refusal.body.encode()
        reference = thing.reference if thing else named
        effect = self._remembered(makes, reference)
        if effect and makes.repeat:
            return makes.repeat.status, makes.repeat.body.encode()
        if effect is None:
            effect = Effect(makes.command, reference, thing.external_id if thing else makes.numbered(1001 + len(self.effects)))
            self.effects.append(effect)
        return makes.status, self._shown(door, door.answer, effect)

    def show(self, door: Door, wanted: Sequence[str] | None) -> bytes:
        """The effects of one command, those of certain references or all."""
        fits = [effect for effect in self.effects if effect.command == door.made and (wanted is None or effect.reference in wanted)]
        rows = b",".join(self._shown(door, door.row, effect) for effect in fits)
        return filled(door.answer, {b'"@rows"': b"[" + rows + b"]"})

    def _remembered(self, makes: Makes, reference: str) -> Effect | None:
        """What the same command did before, for a vendor who would know."""
        known = self.effects if makes.provider_class == "A" else ()
        return next((effect for effect in known if (effect.command, effect.reference) == (makes.command, reference)), None)

    def _shown(self, door: Door, template: str, effect: Effect) -> bytes:
        makes = self.dialect.makes(effect.command)
        assert makes is not None
        done = [each.command for each in self.effects if each.external_id == effect.external_id and each.command != effect.command]
        parts = {
            b'"@id"': json.dumps(makes.wired(effect.external_id)).encode(),
            b'"@reference"': json.dumps(effect.reference).encode(),
            b'"@state"': json.dumps(door.states.get(done[-1] if done else "")).encode(),
        }
        return filled(template, parts)


def filled(template: str, parts: Mapping[bytes, bytes]) -> bytes:
    """A template with its placeholders replaced."""
    body = template.encode()
    for placeholder, part in parts.items():
        body = body.replace(placeholder, part)
    return body
