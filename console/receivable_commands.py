"""`entrepot receivables`: what customers with terms owe, how old it is, and who is to be reminded."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from console.output import As, Json, amount_text, money, say, say_json, say_table
from operations.papers.receivables import Account, customer_accounts, due_reminders, note_reminded, open_receivables
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

receivables = typer.Typer(no_args_is_help=True, help="What customers with terms owe, and who is to be reminded.")

EntityOption = Annotated[str | None, typer.Option("--entity", help="One entity id of hub.toml; default is all.")]
COLUMNS = ["reference", "customer", "order", "issued_on", "due_on", "age", "days_overdue", "total", "open", "matched", "reminded"]
_AMOUNTS = ("total", "open", "paid", "matched")


@receivables.command("list")
def receivables_list(
    entity: EntityOption = None,
    customer: Annotated[str | None, typer.Option("--customer", help="Only of this customer id.")] = None,
    by_customer: Annotated[bool, typer.Option("--by-customer", help="Sums by customer, currency and age, with the credit used.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Also what is paid.")] = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List open invoices of customers with terms, or what each customer owes by age."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = [] if by_customer else open_receivables(hub, entity, customer, every=every)
        accounts = [each for each in customer_accounts(hub, entity) if customer in (None, each.customer)] if by_customer else []
    if by_customer:
        _say_accounts(accounts, as_json=as_json)
    elif as_json:
        say_json({"receivables": [_as_json(row) for row in rows]})
    else:
        say_table([_as_text(row) for row in rows], COLUMNS, "no customer with terms owes anything that was invoiced")


@receivables.command("reminders")
def receivables_reminders(entity: EntityOption = None, as_json: Json = False, actor: As = None) -> None:
    """List whom to remind of what, each stage once. Nothing is sent: write to them, then say so with `receivables reminded`."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = due_reminders(hub, entity)
    if as_json:
        say_json({"reminders": [_as_json(row) for row in rows]})
    else:
        columns = ["customer", "reference", "stage", "days_overdue", "open"]
        say_table([_as_text(row) for row in rows], columns, "nobody is to be reminded")


@receivables.command("reminded")
def receivables_reminded(
    references: Annotated[list[str], typer.Argument(metavar="REFERENCE…", help="Invoices, like INV-2026-000001.")],
    entity: EntityOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Write down that customers were reminded of these invoices; the stage that is due is then done."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = note_reminded(hub, references, entity)
    told = [{"reference": row["reference"], "stage": row["stage"]} for row in rows]
    if as_json:
        say_json({"reminded": told})
    else:
        for row in told:
            say(f"{row['reference']}: reminded, stage {row['stage']}")


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    amounts = {name: money(row[f"{name}_minor"], row["currency"]) for name in _AMOUNTS}
    return {name: value for name, value in row.items() if not name.endswith("_minor") and name not in {"currency", "paper_id"}} | amounts


def _as_text(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: amount_text(row[f"{name}_minor"], row["currency"]) for name in _AMOUNTS}


def _say_accounts(accounts: Sequence[Account], *, as_json: bool) -> None:
    if as_json:
        told = [
            {
                "customer": each.customer, "open": money(each.open_minor, each.currency),
                "by_age": {age: money(minor, each.currency) for age, minor in each.buckets.items()},
                "credit_used": money(each.credit_used_minor, each.currency),
                "credit_limit": None if each.credit_limit_minor is None else money(each.credit_limit_minor, each.currency),
            }
            for each in accounts
        ]  # fmt: skip
        say_json({"customers": told})
        return
    rows = [
        {"customer": each.customer, "open": amount_text(each.open_minor, each.currency),
         **{age: amount_text(minor, each.currency) if minor else "-" for age, minor in each.buckets.items()},
         "credit_used": amount_text(each.credit_used_minor, each.currency),
         "credit_limit": None if each.credit_limit_minor is None else amount_text(each.credit_limit_minor, each.currency)}
        for each in accounts
    ]  # fmt: skip
    say_table(rows, list(rows[0]) if rows else [], "no customer with terms owes anything that was invoiced")
