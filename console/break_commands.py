"""`entrepot breaks`: what of our money is not explained, and what people decide about it."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from console.output import AccountOption, As, Json, Limit, amount_text, say, say_json, say_one, say_table
from console.unmatch_commands import ABOUT_MATCHES
from operations.money import break_list, by_hand, resolving
from operations.money.resolving import Resolved
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

breaks = typer.Typer(no_args_is_help=True, help="Money that is not explained, and decisions about it.")
for _name, _command in ABOUT_MATCHES.items():
    breaks.command(_name)(_command)

Id = Annotated[str, typer.Argument(metavar="BREAK", help="Its id, or the beginning of it.")]
Reason = Annotated[str, typer.Option("--reason", help="What happened; it is kept with the break. At least 10 characters.")]


@breaks.command("list")
def breaks_list(
    account: AccountOption = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only those of one kind, as `payout_not_banked`.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Only those of one person, an id under [[people]].")] = None,
    with_resolved: Annotated[bool, typer.Option("--all", help="Resolved ones, too.")] = False,
    limit: Limit = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List breaks that are open or wait for a second person, the oldest first, with the amount at risk and what to do."""
    with open_hub(Settings(), actor=actor) as hub:
        if account is not None:
            hub.file.account(account)
        rows = break_list.listed_breaks(hub, account=account, kind=kind, owner=owner, with_resolved=with_resolved, limit=limit)
    if as_json:
        say_json({"breaks": rows})
        return
    columns = ["id", "age_days", "account", "kind", "about", "day", "at_risk", "state", "owner", "mend"]
    say_table([_in_words(row) for row in rows], columns, "no break is open")


@breaks.command("show")
def breaks_show(named: Id, as_json: Json = False, actor: As = None) -> None:
    """Show one break: the evidence, what to do, and the commands that read and match again."""
    with open_hub(Settings(), actor=actor) as hub:
        found = break_list.shown_break(hub, named)
    if as_json:
        say_json(found)
        return
    commands, evidence = found.pop("run"), found.pop("evidence")
    say_one({name: value for name, value in _in_words(found).items() if value is not None}, as_json=False)
    say("evidence:")
    for name, value in evidence.items():
        say(f"  {name}: {value}")
    say("to look again:")
    for command in commands:
        say(f"  {command}")


@breaks.command("resolve")
def breaks_resolve(named: Id, reason: Reason, as_json: Json = False, actor: As = None) -> None:
    """Resolve a break with a reason. Above the limit of rules/reconciliation.toml, another person has to approve it."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell(resolving.resolve(hub, named, reason), as_json)


@breaks.command("approve")
def breaks_approve(named: Id, as_json: Json = False, actor: As = None) -> None:
    """Agree to what another person proposed."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell(resolving.approve(hub, named), as_json)


@breaks.command("reject")
def breaks_reject(named: Id, reason: Reason, as_json: Json = False, actor: As = None) -> None:
    """Do not agree to what was proposed: the break is open again."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell(resolving.reject(hub, named, reason), as_json)


@breaks.command("assign")
def breaks_assign(
    named: Id,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="An id under [[people]] of hub.toml.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Give a break to somebody."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell(resolving.assign(hub, named, person), as_json)


@breaks.command("match")
def breaks_match(
    ours: Annotated[list[str], typer.Option("--ours", metavar="[KIND:]ID", help="A payment, refund or payout; again for more.")],
    theirs: Annotated[list[str], typer.Option("--theirs", metavar="[KIND:]ID", help="A settlement line or bank line; again for more.")],
    reason: Reason,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Match by hand what no pass could: payments with settlement lines, or payouts with bank lines. Their sums must agree."""
    with open_hub(Settings(), actor=actor) as hub:
        match_id = by_hand.match_by_hand(hub, ours, theirs, reason)
    say_json({"match": match_id}) if as_json else say(f"match {match_id[:12]}: kept; their breaks go with the next matching")


def _tell(done: Resolved, as_json: bool) -> None:
    say_json(asdict(done)) if as_json else say(f"break {done.break_id[:12]} ({done.kind}): {done.says}")


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "at_risk": amount_text(row["at_risk"]["minor"], row["at_risk"]["currency"])}
