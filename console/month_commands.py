"""`entrepot books` about months: a checklist, closing by one person, reopening by two."""

from dataclasses import asdict
from typing import Annotated

import typer

from console.output import As, Json, say, say_json, say_table
from operations.books import closing, views
from operations.books.closing import Closing
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

EntityId = Annotated[str, typer.Argument(metavar="ENTITY", help="An id under [[entities]] of hub.toml.")]
Month = Annotated[str, typer.Argument(metavar="MONTH", help="As `2026-01`.")]


def books_close(
    entity: EntityId,
    month: Month,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the checklist, write nothing.")] = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Close a month whose checklist is met, and value foreign accounts at its last day. Exit 1 while a line is not met."""
    with open_hub(Settings(), actor=actor) as hub:
        found = closing.look_at_month(hub, entity, month)
        if not dry_run and found.is_ready:
            found = closing.close_month(hub, entity, month)
    if as_json:
        say_json({**asdict(found), "is_ready": found.is_ready})
    else:
        _say(found)
    if not found.is_ready:
        raise typer.Exit(1)


def _say(found: Closing) -> None:
    say(f"{found.entity} {found.period}: {found.state}")
    rows = [
        {"": "ok" if each.is_met else "OPEN", "line": each.name, "figure": each.figure, "way out": each.way_out} for each in found.checks
    ]
    say_table(rows, ["", "line", "figure", "way out"], "no lines")
    if found.revaluation:
        say(f"foreign accounts were valued by voucher {found.revaluation}")


def books_reopen(
    entity: EntityId,
    month: Month,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept. At least 10 characters.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Ask for a closed month to be opened; another person approves it."""
    with open_hub(Settings(), actor=actor) as hub:
        closing.ask_to_reopen(hub, entity, month, reason)
    told = f"stays closed until another person says `entrepot books approve-reopen {entity} {month}`"
    _tell(entity, month, "closed", told, as_json)


def books_approve_reopen(entity: EntityId, month: Month, as_json: Json = False, actor: As = None) -> None:
    """Agree to reopen a month, as another person than the one who asked."""
    with open_hub(Settings(), actor=actor) as hub:
        closing.approve_reopening(hub, entity, month)
    _tell(entity, month, "open", "open again", as_json)


def books_reject_reopen(entity: EntityId, month: Month, as_json: Json = False, actor: As = None) -> None:
    """Do not agree to reopen a month: it stays closed."""
    with open_hub(Settings(), actor=actor) as hub:
        closing.reject_reopening(hub, entity, month)
    _tell(entity, month, "closed", "stays closed", as_json)


def _tell(entity: str, month: str, state: str, told: str, as_json: bool) -> None:
    say_json({"entity": entity, "month": month, "state": state}) if as_json else say(f"{entity} {month}: {told}")


def books_months(
    entity: Annotated[str | None, typer.Option("--entity", help="One id under [[entities]] of hub.toml; default is all.")] = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List months: open or closed, how many vouchers they have, and who decided about them."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = views.listed_months(hub, None if entity is None else hub.file.entity(entity).id)
    columns = ["entity", "month", "state", "vouchers", "wish", "maker", "checker", "reason", "changed_at"]
    say_json({"months": rows}) if as_json else say_table(rows, columns, "nothing is posted yet")


ABOUT_MONTHS = {
    "months": books_months,
    "close": books_close,
    "reopen": books_reopen,
    "approve-reopen": books_approve_reopen,
    "reject-reopen": books_reject_reopen,
}
