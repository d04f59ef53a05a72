"""`entrepot books` about vouchers: made by one person, approved by another, posted, taken back, and looked at."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from console.instants import typed_day
from console.output import As, Json, Limit, amount_text, say, say_json, say_one, say_table
from model.errors import ConfigError
from model.store.voucher_queries import Wanted
from model.values.money import decimal_amount
from operations.books import manual, views
from operations.books.files import read_text
from operations.books.manual import Kept
from operations.books.manual_lines import lines_from_csv, lines_from_words
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

vouchers = typer.Typer(no_args_is_help=True, help="Vouchers, posted or waiting.")

Id = Annotated[str, typer.Argument(metavar="VOUCHER", help="Its reference, as `main/2026-01/000042`, or the beginning of its id.")]


def books_draft(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="An id under [[entities]] of hub.toml.")],
    day: Annotated[date, typer.Option("--day", parser=typed_day, metavar="DAY", help="The day it bears.")],
    memo: Annotated[str, typer.Option("--memo", help="What it is for; it is kept in the books.")],
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="CSV: account,currency,debit,credit and perhaps base,memo.")] = None,
    line: Annotated[
        list[str] | None, typer.Option("--line", metavar="LINE", help="`debit 1010 12.50 EUR some text`; again for more.")
    ] = None,
    opening: Annotated[bool, typer.Option("--opening", help="It brings in what was there before the books began.")] = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Draft a voucher by hand, from a file or from lines; another person approves it."""
    if (file is None) == (not line):
        raise ConfigError("draft: wants a FILE or some --line, and not both")
    with open_hub(Settings(), actor=actor) as hub:
        base = hub.file.entity(entity).currency
        told = lines_from_words(line or (), base) if file is None else lines_from_csv(file.name, read_text(file), base)
        _tell(manual.draft(hub, entity, day, memo, told, is_opening=opening), as_json)


def books_approve_voucher(named: Id, as_json: Json = False, actor: As = None) -> None:
    """Agree to a voucher that another person drafted."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell(manual.approve_voucher(hub, named), as_json)


def books_reject_voucher(
    named: Id, reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")], as_json: Json = False, actor: As = None
) -> None:
    """Give up a voucher that is not posted, one's own or another's."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell(manual.reject_voucher(hub, named, reason), as_json)


def books_post_voucher(named: Id, as_json: Json = False, actor: As = None) -> None:
    """Post an approved voucher. From then on it never changes."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell(manual.post_voucher(hub, named), as_json)


def books_reverse(
    named: Id,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the books. At least 10 characters.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Draft the voucher that takes a posted one back; another person approves it."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell(manual.draft_reversal(hub, named, reason), as_json)


def _tell(done: Kept, as_json: bool) -> None:
    say_json(asdict(done)) if as_json else say(f"voucher {done.id[:12]}: {done.says}")


@vouchers.command("list")
def vouchers_list(
    entity: Annotated[str | None, typer.Option("--entity", help="Of one entity of hub.toml; default is all.")] = None,
    period: Annotated[str | None, typer.Option("--period", help="Of one month, as `2026-01`.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="On one account of the chart, with its sub-accounts.")] = None,
    event: Annotated[str | None, typer.Option("--event", help="Of one event, as `line_charge` or `manual`.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="draft, approved or posted.")] = None,
    limit: Limit = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List vouchers: those that wait for somebody first, then by month and number."""
    if state not in {None, "draft", "approved", "posted"}:
        raise ConfigError(f"--state {state!r}: is unknown; use draft, approved or posted")
    with open_hub(Settings(), actor=actor) as hub:
        rows = views.listed_vouchers(hub, Wanted(entity, period, account, event, state, limit))
    if as_json:
        say_json({"vouchers": rows})
        return
    shown = [{**row, "amount": ", ".join(amount_text(each["minor"], each["currency"]) for each in row["amounts"])} for row in rows]
    say_table(shown, ["voucher", "state", "posted_on", "happened_on", "event", "amount", "memo"], "no voucher is like that")


@vouchers.command("show")
def vouchers_show(named: Id, as_json: Json = False, actor: As = None) -> None:
    """Show one voucher: its lines, what it tells of, who made and checked it, and what takes it back."""
    with open_hub(Settings(), actor=actor) as hub:
        found = views.shown_voucher(hub, named)
    if as_json:
        say_json(found)
        return
    lines, base = found.pop("lines"), found["base_currency"]
    say_one({name: value for name, value in found.items() if value is not None}, as_json=False)
    say_table(
        [_in_words(line, base) for line in lines], ["account", "name", "name_zh", "debit", "credit", f"in {base}", "memo"], "no lines"
    )


def _in_words(line: dict[str, Any], base: str) -> dict[str, Any]:
    side = "debit" if line["debit_minor"] >= 0 else "credit"
    return {
        **line, side: amount_text(abs(line["debit_minor"]), line["currency"]), f"in {base}": decimal_amount(line["base_minor"], base),
        "memo": line["memo"] or None,
    }  # fmt: skip


ABOUT_VOUCHERS = {
    "draft": books_draft,
    "approve-voucher": books_approve_voucher,
    "reject-voucher": books_reject_voucher,
    "post-voucher": books_post_voucher,
    "reverse": books_reverse,
}
