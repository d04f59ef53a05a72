"""`entrepot books`: rules, posting, the trial balance, and what is not booked."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from console.deposit_command import ABOUT_DEPOSITS
from console.instants import typed_day
from console.month_commands import ABOUT_MONTHS
from console.output import As, Json, amount_text, say, say_json, say_table
from console.voucher_commands import ABOUT_VOUCHERS, vouchers
from model.values.money import decimal_amount
from operations.books import rule_sets, views
from operations.books.dry_run import DryRun, dry_run
from operations.books.files import read_text
from operations.books.post import post_vouchers
from operations.books.unbooked import unbooked
from operations.runtime.hub import Hub, open_hub
from operations.runtime.settings import Settings

books = typer.Typer(no_args_is_help=True, help="Double entry: rules, vouchers and months.")
for _name, _command in {**ABOUT_VOUCHERS, **ABOUT_MONTHS, **ABOUT_DEPOSITS}.items():
    books.command(_name)(_command)
books.add_typer(vouchers, name="vouchers")

EntityArgument = Annotated[str, typer.Argument(metavar="ENTITY", help="An id under [[entities]] of hub.toml.")]
EntityOption = Annotated[str | None, typer.Option("--entity", help="One id under [[entities]] of hub.toml; default is all.")]
RulesId = Annotated[str, typer.Argument(metavar="RULES", help="The id of proposed rules, or the beginning of it.")]
DayOption = Annotated[date | None, typer.Option("--until", parser=typed_day, metavar="DAY", help="Up to this day, itself included.")]


@books.command("template")
def books_template(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"One of {', '.join(rule_sets.TEMPLATES)}.")],
    as_json: Json = False,
    actor: As = None,  # noqa: ARG001  every command takes it
) -> None:
    """Print a built-in chart with its posting rules, to be changed and proposed."""
    text = rule_sets.template(name)
    say_json({"template": name, "text": text}) if as_json else say(text.rstrip("\n"))


@books.command("propose")
def books_propose(
    entity: EntityArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Rules as TOML; begin with a template.")],
    since: Annotated[date, typer.Option("--from", parser=typed_day, metavar="DAY", help="They hold for what happens from this day on.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept. At least 10 characters.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Propose rules for an entity; another person approves them. `entrepot books dry-run` shows what they would change."""
    with open_hub(Settings(), actor=actor) as hub:
        found = rule_sets.propose(hub, entity, read_text(file), since, reason)
    told = f"rules {found[:12]}: proposed; another person approves them with `entrepot books approve {found[:12]}`"
    say_json({"rules": found, "state": "proposed"}) if as_json else say(told)


@books.command("approve")
def books_approve(named: RulesId, as_json: Json = False, actor: As = None) -> None:
    """Agree to rules that another person proposed. From then on they are in force."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell_rules(rule_sets.conclude(hub, named, is_approved=True), "approved", as_json)


@books.command("reject")
def books_reject(named: RulesId, as_json: Json = False, actor: As = None) -> None:
    """Do not agree to proposed rules."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell_rules(rule_sets.conclude(hub, named, is_approved=False), "rejected", as_json)


def _tell_rules(found: str, state: str, as_json: bool) -> None:
    say_json({"rules": found, "state": state}) if as_json else say(f"rules {found[:12]}: {state}")


@books.command("rules")
def books_rules(entity: EntityOption = None, as_json: Json = False, actor: As = None) -> None:
    """List versions of rules: proposed, in force and rejected."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = views.listed_rules(hub, None if entity is None else hub.file.entity(entity).id)
    columns = ["id", "entity", "from", "state", "maker", "checker", "reason"]
    say_json({"rules": rows}) if as_json else say_table(rows, columns, "no rules are proposed yet; see `entrepot books template`")


@books.command("post")
def books_post(entity: EntityOption = None, as_json: Json = False, actor: As = None) -> None:
    """Post all that happened and is not in the books yet. Run again, it posts nothing."""
    with open_hub(Settings(), actor=actor) as hub:
        hub.note("run", "post_vouchers", entity=None if entity is None else hub.file.entity(entity).id)
        reports = post_vouchers(hub, entity)
    if as_json:
        say_json({"reports": [report.row for report in reports]})
    for report in () if as_json else reports:
        say(report.line)
    if any(report.outcome == "failed" for report in reports):
        raise typer.Exit(1)


@books.command("trial-balance")
def books_trial_balance(entity: EntityOption = None, until: DayOption = None, as_json: Json = False, actor: As = None) -> None:
    """Show what every account stands at, in its own currency and in the functional one. A debit is positive."""
    with open_hub(Settings(), actor=actor) as hub:
        found = [views.trial_balance(hub, each, until) for each in _entities(hub, entity)]
    if as_json:
        say_json({"balances": found})
        return
    for each in found:
        base = each["base_currency"]
        rows = [
            {
                **row, "amount": amount_text(row["debit_minor"], row["currency"]),
                f"in {base}": decimal_amount(row["base_minor"], base),
            }
            for row in each["accounts"]
        ]  # fmt: skip
        say(f"{each['entity']}" + (f", up to {until}" if until else ""))
        say_table(rows, ["account", "name", "name_zh", "amount", f"in {base}"], "nothing is posted yet")
        say(f"sum: {amount_text(each['base_total_minor'], base)}")


@books.command("unbooked")
def books_unbooked(entity: EntityOption = None, as_json: Json = False, actor: As = None) -> None:
    """List what is not in the books and why, the oldest first: judged now, as the posting would."""
    with open_hub(Settings(), actor=actor) as hub:
        found = [asdict(row) for each in _entities(hub, entity) for row in unbooked(hub, each)]
    if as_json:
        say_json({"unbooked": found})
        return
    rows = [{**row, "reason": row["reason"] or "waits for `entrepot books post`"} for row in found]
    say_table(rows, ["age_days", "day", "account", "event", "about", "reason"], "everything is booked")


@books.command("dry-run")
def books_dry_run(
    rules: Annotated[str, typer.Argument(metavar="RULES", help="A file of rules, or the id of proposed ones.")],
    month: Annotated[str, typer.Option("--month", help="As `2026-01`.")],
    entity: Annotated[str | None, typer.Option("--entity", help="Whose books, with a file; may be left out where there is one.")] = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Show what a month would have been by other rules, account by account. Nothing is written."""
    with open_hub(Settings(), actor=actor) as hub:
        found = dry_run(hub, rules, month, entity)
        base = hub.file.entity(found.entity).currency
    if as_json:
        say_json(asdict(found))
        return
    _say_dry_run(found, base)


def _say_dry_run(found: DryRun, base: str) -> None:
    say(f"{found.entity} {found.period}: {found.facts} facts" + (", no rules are in force yet" if found.is_first else ""))
    rows: list[dict[str, Any]] = [
        {
            "account": each.account,
            "now": amount_text(each.now_minor, each.currency),
            "then": amount_text(each.then_minor, each.currency),
            "difference": amount_text(each.then_minor - each.now_minor, each.currency),
            f"in {base}": decimal_amount(each.then_base_minor - each.now_base_minor, base),
        }
        for each in found.differences
    ]
    say_table(rows, ["account", "now", "then", "difference", f"in {base}"], "no account would differ")
    say(f"held now: {len(found.held_now)}; held by these rules: {len(found.held_then)}")
    for reason in sorted(set(found.held_then)):
        say(f"  {reason}")


def _entities(hub: Hub, entity: str | None) -> list[str]:
    return [each.id for each in hub.file.entities] if entity is None else [hub.file.entity(entity).id]
