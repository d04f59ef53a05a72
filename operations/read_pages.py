"""From raw pages to pages ready to be saved: scrub, recognise what is stored already, translate the rest, set the unreadable aside."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors._kit.base import ChannelSettings, Connector
from connectors.capabilities import PayloadKind, RawPage
from model.errors import HubError, MalformedError, RejectedError
from model.rules.card_numbers import scrub_card_numbers
from model.store import landing
from model.store.database import Database
from model.store.landing import SetAside
from model.store.pages import PageToSave, ReadPayload
from model.store.sealing import Sealer
from operations.merge_payloads import Merged, Merger

LONGEST_ID = 200
LONGEST_WORDS = 200
"""Characters of status words that stand beside each payload as they are."""
BATCH = 1000
"""Payloads saved in one transaction at most, unless one page holds more."""


def in_batches(pages: Iterable[RawPage]) -> Iterator[RawPage]:
    """Neighbouring small pages of one kind as one: fewer commits, the same promises, as the token is the last page's.

    When the source fails, what it gave before is handed on first, so that the next run goes on behind it.
    """
    waiting: RawPage | None = None
    try:
        for page in pages:
            if waiting is not None and waiting.kind == page.kind and len(waiting.slices) + len(page.slices) <= BATCH:
                waiting = RawPage(page.kind, waiting.slices + page.slices, page.resume)
                continue
            if waiting is not None:
                yield waiting
            waiting = page
    except HubError:
        if waiting is not None:
            yield waiting
        raise
    if waiting is not None:
        yield waiting


def mapping_version(connector: Connector[ChannelSettings]) -> str:
    """Names the translation in force: the connector's own version and the account's status words, many of them by a digest."""
    words = ",".join(f"{key}={value}" for key, value in sorted(connector.settings.statuses.items()))
    if len(words) > LONGEST_WORDS:
        words = hashlib.sha256(words.encode()).hexdigest()[:24]
    return f"{connector.mapping_version}+{words}" if words else str(connector.mapping_version)


def _storable(external_id: str | None) -> str | None:
    """The id of a broken payload, unless it is itself broken: PostgreSQL keeps no NUL and nobody a lone surrogate."""
    return external_id if external_id and external_id.isprintable() and len(external_id) <= LONGEST_ID else None


@dataclass(slots=True)
class PageReader:
    """Reads the pages of one run; numbers payloads in the order they were read."""

    database: Database
    sealer: Sealer
    account_id: str
    stream: str
    key_id: str
    kinds: Mapping[str, PayloadKind]
    external_id_in: Callable[[bytes], str | None]
    statuses: Mapping[str, str]
    mapping_version: str
    seq: int
    merger: Merger | None = None

    def read(self, page: RawPage) -> PageToSave:
        """The page with its payloads sorted: records, set aside, known."""
        raw_ids = [self.sealer.payload_name(self.account_id, page.kind, raw) for raw in page.slices]
        with self.database.read() as connection:
            known = landing.known(connection, raw_ids)
        result = PageToSave(kind=page.kind)
        for raw_id, raw in zip(raw_ids, page.slices, strict=True):
            self.seq += 1
            disposition, version, external_id = known.get(raw_id, ("", "", None))
            if disposition == "current" and version == self.mapping_version:
                result.unchanged += 1
                result.unchanged_ids += [external_id] if external_id else []
            elif disposition == "superseded" and self.kinds[page.kind].merging is not None:
                if version == self.mapping_version:
                    result.unchanged += 1
                    continue
                self.translate(page.kind, raw_id, *scrub_card_numbers(raw), result, is_taken=True)
            elif disposition == "quarantined" and version == self.mapping_version and self.kinds[page.kind].merging is None:
                result.still_aside.append(raw_id)
            else:
                self.translate(page.kind, raw_id, *scrub_card_numbers(raw), result)
        return result

    def translate(self, kind: str, raw_id: str, raw: bytes, cards: int, result: PageToSave, *, is_taken: bool = False) -> None:
        """Read one payload into a record, or set it aside with the reason. `is_taken`: it was merged into its order before."""
        merging = self.kinds[kind].merging
        own = Merged(raw_id, kind, raw, is_own=True)
        try:
            merged = self._merger.merged(merging, own, is_taken=is_taken) if merging else own
            record = self.kinds[merged.kind].read(merged.body, self.statuses) if merged else None
        except (MalformedError, RejectedError) as error:
            contradicts = merging is not None and merging.kind == kind and isinstance(error, RejectedError)
            # without an id, or what it contradicts would close its entry by coming by again
            external_id = None if contradicts else _storable(self.external_id_in(raw))
            landed = landing.seal(self.sealer, self.key_id, raw_id, kind, raw, external_id, cards)
            result.set_aside.append((landed, SetAside(raw_id, self.stream, kind, external_id, str(error)[:500])))
            return
        if merged is None or not merged.is_own:
            result.besides.append(landing.seal(self.sealer, self.key_id, raw_id, kind, raw, self.external_id_in(raw), cards))
        if merged is None or record is None:
            result.unchanged += 1
            return
        if merging:
            self._merger.remember(record.external_id, merged)
        landed = landing.seal(self.sealer, self.key_id, merged.raw_id, merged.kind, merged.body, record.external_id, cards)
        result.read.append(ReadPayload(landed, record, self.seq))

    @property
    def _merger(self) -> Merger:
        """Made when it is needed first: few sources tell an order in several payloads."""
        if self.merger is None:
            self.merger = Merger(self.database, self.sealer, self.account_id, self.mapping_version)
        return self.merger
