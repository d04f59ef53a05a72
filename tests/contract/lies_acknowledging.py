"""Lies of those who acknowledge: which groups there are, what is in them, and what is said of them."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors._kit import Connector
from connectors.capabilities import DocumentGroup, WarehouseAdvice, Window
from tests.contract.lying import Lie, named, subclass
from tests.contract.stand import Kind, Stream

Groups = Callable[[Window], Iterator[DocumentGroup]]


def _telling(lie: Callable[[Groups, Window], Iterator[DocumentGroup]]) -> Lie:
    """`lie` gets the honest way to fetch groups, and the window."""

    def make(kind: Kind, _stream: Stream) -> Kind:
        honest: Callable[..., Iterator[DocumentGroup]] = getattr(kind, "fetch_groups")  # noqa: B009  not every connector has it

        def fetch(self: Connector[Any], window: Window) -> Iterator[DocumentGroup]:
            return lie(partial(honest, self), window)

        return subclass(kind, fetch_groups=fetch)

    return named(make, lie)


@_telling
def leaves_a_document_out(groups: Groups, window: Window) -> Iterator[DocumentGroup]:
    return (replace(group, documents=group.documents[:-1] or group.documents) for group in groups(window))


@_telling
def tells_of_last_year(groups: Groups, window: Window) -> Iterator[DocumentGroup]:
    return groups(Window(window.start - timedelta(days=365), window.end))


def numbers_its_groups(kind: Kind, stream: Stream) -> Kind:
    turns = itertools.count()

    def lie(groups: Groups, window: Window) -> Iterator[DocumentGroup]:
        return (replace(group, external_id=f"{group.external_id}-{next(turns)}") for group in groups(window))

    return _telling(lie)(kind, stream)


def answers_answers(kind: Kind, _stream: Stream) -> Kind:
    def fetch(self: Any, window: Window) -> Iterator[DocumentGroup]:  # noqa: ANN401  any connector
        for page in (self.fetch_advices if isinstance(self, WarehouseAdvice) else self.fetch_orders)(window, None):
            for raw in page.slices:
                yield DocumentGroup(external_id=str(kind.external_id_in(raw)), reference="1", documents=((page.kind, raw),))

    return subclass(kind, fetch_groups=fetch)


def says_yes_to_everything(kind: Kind, _stream: Stream) -> Kind:
    honest: Callable[..., bytes] = getattr(kind, "write_acknowledgement")  # noqa: B009  not every connector has it

    def write(self: Connector[Any], group: DocumentGroup, taken: Sequence[bool], at: datetime, key: str) -> bytes:
        return honest(self, group, [True for _ in taken], at, key)

    return subclass(kind, write_acknowledgement=write)
