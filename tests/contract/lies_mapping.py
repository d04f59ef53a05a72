"""Lies about single payloads."""

import dataclasses
import itertools
import re
from collections.abc import Mapping

from connectors.capabilities import Record
from model.errors import MalformedError
from model.records.advice import Freight, ShipmentAdvice
from model.records.payment import Payment, Refund
from model.records.settlement import Dispute, Payout, SettlementLine
from tests.contract.hostile import OTHER_CURRENCY
from tests.contract.lying import Read, reading, subclass
from tests.contract.stand import Kind, Stream


def names_no_stream(kind: Kind, stream: Stream) -> Kind:
    return subclass(kind, kinds={**kind.kinds, stream.kind: dataclasses.replace(kind.kinds[stream.kind], stream=None)})


def counts_as_it_reads(kind: Kind, stream: Stream) -> Kind:
    turns = itertools.count(1)

    def lie(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
        told = ("number", "reference", "title", "location_code", "reason", "note")
        return _changed(read(raw, statuses), **{name: str(next(turns)) for name in told})

    return reading(lie)(kind, stream)


@reading
def refuses_new_fields(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    if b"suite_new" in raw:
        raise MalformedError("suite_new: is not documented")
    return read(raw, statuses)


@reading
def forgets_a_coin(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    record = read(raw, statuses)
    if isinstance(record, ShipmentAdvice):
        bill = Freight(amount_minor=1.5, currency="USD")  # pyright: ignore
        return dataclasses.replace(record, shipments=tuple(dataclasses.replace(each, freight=bill) for each in record.shipments))
    if isinstance(record, SettlementLine):
        return dataclasses.replace(record, net_minor=1.5)  # pyright: ignore
    has_amount = isinstance(record, Payment | Refund | Payout | Dispute)
    return dataclasses.replace(record, amount_minor=1.5) if has_amount else _changed(record, total_minor=-1)


@reading
def renames_its_records(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    record = read(raw, statuses)
    return dataclasses.replace(record, external_id=f"#{record.external_id}")


@reading
def knows_no_versions(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    return _changed(read(raw, statuses), source_version=1)


@reading
def keeps_the_way_out_to_itself(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    try:
        return read(raw, statuses)
    except MalformedError as error:
        raise MalformedError(str(error).replace("settings.statuses", "…")) from None


def swallows_anything(kind: Kind, stream: Stream) -> Kind:
    kept: list[Record] = []

    def lie(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
        try:
            kept.append(read(raw, statuses))
        except MalformedError:
            return kept[-1]
        return kept[-1]

    return reading(lie)(kind, stream)


@reading
def fails_by_another_name(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    try:
        return read(raw, statuses)
    except MalformedError as error:
        raise ValueError(str(error)) from None


@reading
def takes_yes_for_one(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    return read(raw.replace(b": true", b": 1"), statuses)


@reading
def takes_one_currency_for_another(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    swaps = {f'"{OTHER_CURRENCY}"'.encode(): b'"USD"', f'"{OTHER_CURRENCY.lower()}"'.encode(): b'"usd"'}
    found = next((other for other in swaps if other in raw), None)
    if found is None:
        return read(raw, statuses)
    record = read(raw.replace(found, swaps[found]), statuses)
    return _changed(record, number="another", reference="another", reason="another", note="another")


@reading
def quotes_what_it_refuses(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    try:
        return read(raw, statuses)
    except MalformedError as error:
        raise MalformedError(f"{error}: {raw[:20_000]!r}") from None


@reading
def names_no_order(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    return _changed(read(raw, statuses), order_external_id="")


@reading
def draws_outlines(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    return _changed(read(raw, statuses), is_outline=True)


@reading
def gives_a_coin_more(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    record = read(raw, statuses)
    return _changed(record, amount_minor=getattr(record, "amount_minor", 0) + 1)


@reading
def gives_back_tenfold(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    record = read(raw, statuses)
    return _changed(record, amount_minor=getattr(record, "amount_minor", 0) * 10)


def _changed(record: Record, **changes: object) -> Record:
    """The record with those of the changes that it has a field for."""
    names = {field.name for field in dataclasses.fields(record)}
    changed: Record = dataclasses.replace(record, **{name: value for name, value in changes.items() if name in names})  # pyright: ignore
    return changed


def takes_the_first_id_it_finds(kind: Kind, _stream: Stream) -> Kind:
    def external_id_in(raw: bytes) -> str | None:
        found = re.search(rb'"(?:id|orderId|shipmentId)"\s*:\s*"?(?:gid://shopify/\w+/)?(\w+)', raw)
        return found[1].decode() if found else None

    return subclass(kind, external_id_in=staticmethod(external_id_in))


def names_no_broken_row(kind: Kind, _stream: Stream) -> Kind:
    def external_id_in(raw: bytes) -> str | None:
        return None if b'"broken"' in raw else kind.external_id_in(raw)

    return subclass(kind, external_id_in=staticmethod(external_id_in))
