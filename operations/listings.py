"""Which SKU a listing sells: mapped by hand, or by accepting that the channel's own code for it is ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from model.errors import ConfigError
from model.store.catalogue import LISTINGS, listing_id, suggestions
from operations.masters.cells import Unread
from operations.masters.columns import CODE, LONGEST, Value
from operations.masters.files import change_rows
from operations.masters.kinds import find_kind
from operations.runtime.hub import Hub
from operations.said import units


@dataclass(frozen=True, slots=True)
class Adopted:
    """What accepting suggestions did: (channel, listing, SKU) mapped, SKUs made, and (channel, listing, reason) left for a person."""

    mapped: tuple[tuple[str, str, str], ...]
    created: tuple[str, ...]
    left: tuple[tuple[str, str, str], ...]


def map_listing(hub: Hub, channel: str, listing: str, sku: str, factor: str = "1") -> bool:
    """Map one listing; true when it was read already, false when it is mapped ahead. A wrong one is a ConfigError."""
    hub.file.channel(channel)
    row: Mapping[str, Value] = {
        "channel": channel, "listing": listing, "sku": sku, "factor": units(factor, place="--factor", least=1),
    }  # fmt: skip
    plan = change_rows(hub, find_kind("map"), [row], "map listing", f"{channel} {listing}")
    for wrong in plan.wrong:
        raise ConfigError(f"{wrong.column} {row[wrong.column]!r}: {wrong.reason}")
    with hub.database.read() as connection:
        return connection.execute(select(LISTINGS.c.id).where(LISTINGS.c.id == listing_id(channel, listing))).first() is not None


def adopt(hub: Hub, channel: str | None, *, creates: bool) -> Adopted:
    """Accept every suggestion of an equal code; missing SKUs are made of the listing's title only when asked to."""
    if channel:
        hub.file.channel(channel)
    with hub.database.read() as connection:
        found = suggestions(connection, channel)
    reasons = {(each["channel"], each["listing"]): _why_not(each, creates=creates) for each in found}
    chosen = [each for each in found if reasons[(each["channel"], each["listing"])] is None]
    created = _create(hub, [each for each in chosen if not each["is_known"]])
    rows: list[Mapping[str, Value]] = [{name: each[name] for name in ("channel", "listing", "sku")} for each in chosen]
    plan = change_rows(hub, find_kind("map"), rows, "adopt listings", channel or "all channels") if rows else None
    refused = {wrong.row: wrong.reason for wrong in plan.wrong} if plan else {}
    mapped = [(each["channel"], each["listing"], each["sku"]) for number, each in enumerate(chosen, 1) if number not in refused]
    left = [(each["channel"], each["listing"], refused[number]) for number, each in enumerate(chosen, 1) if number in refused]
    left += [(*place, reason) for place, reason in reasons.items() if reason]
    return Adopted(tuple(mapped), tuple(created), tuple(left))


def _why_not(suggested: Mapping[str, Any], *, creates: bool) -> str | None:
    if suggested["is_shared"]:
        return "another listing of the channel has the same code; map each by hand"
    if suggested["kind"] == "bundle":
        return "the channel puts it together from other listings; map it by hand if you sell it as a kit"
    if suggested["is_known"]:
        return None
    if not creates:
        return "there is no SKU of that code; import it, or add --create"
    code = suggested["sku"]
    is_sound = code == code.strip() and code.isprintable() and not isinstance(CODE.read([code])[0], Unread)
    return None if is_sound else "its code is not fit for a SKU; mend it on the channel or map it by hand"


def _create(hub: Hub, missing: Sequence[Mapping[str, Any]]) -> list[str]:
    """One SKU per code; what the channel does not count, or is no goods, is not tracked."""
    by_code = {each["sku"]: each for each in reversed(missing)}
    rows: list[Mapping[str, Value]] = [
        {"code": code, "title": _title(each["title"]) or code, "is_tracked": each["is_tracked"] and each["kind"] == "goods"}
        for code, each in sorted(by_code.items())
    ]
    if rows:
        change_rows(hub, find_kind("skus"), rows, "create skus", "from listings")
    return [str(row["code"]) for row in rows]


def _title(text: str) -> str:
    """A channel's title in one line, without what files cannot hold."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:LONGEST]
