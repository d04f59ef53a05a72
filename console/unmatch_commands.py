"""`entrepot breaks`, as far as it is about matches: likely ones for breaks, and wrong ones that are taken back."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from console.instants import typed_day
from console.output import AccountOption, As, Json, Limit, amount_text, say, say_json, say_table
from operations.money import unmatching
from operations.money.money_verbs import money_accounts
from operations.money.proposals import MOST_LINES, chosen_accounts, proposals
from operations.money.unmatching import Unmatched
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

MatchId = Annotated[str, typer.Argument(metavar="MATCH", help="Its id, or the beginning of it; or one of its lines as KIND:ID.")]
Wrong = Annotated[str, typer.Option("--reason", help="Why it is wrong; it is kept. At least 10 characters.")]
Kept = Annotated[str, typer.Option("--reason", help="Why it is right; it is kept. At least 10 characters.")]
DayOption = Annotated[Any, typer.Option("--day", parser=typed_day, metavar="DAY", help="Breaks of one business day; default is all.")]
_SAYS = {
    "proposed": "another person approves it with `entrepot breaks approve-unmatch {id}`",
    "refused": "taken back; no matching makes it again. Its lines are open, and their breaks come with `{run}`",
    "rejected": "stays",
}


def breaks_proposals(
    account: AccountOption = None, day: DayOption = None, limit: Limit = None, as_json: Json = False, actor: As = None
) -> None:
    """List likely pairs for open breaks, the likeliest first, each with the command that accepts it. Nothing is matched by this."""
    with open_hub(Settings(), actor=actor) as hub:
        found = [proposals(hub, each, day) for each in chosen_accounts(hub, account, money_accounts(hub, None))]
    rows = sorted((row for each in found for row in each.rows), key=lambda row: -row["score"])[:limit]
    unseen, older = sum(each.unseen for each in found), sum(each.older for each in found)
    if as_json:
        say_json({"proposals": rows, "unseen": unseen, "older": older})
        return
    columns = ["score", "break", "account", "ours", "theirs", "agrees", "differs"]
    say_table([_in_words(row) for row in rows], columns, "nothing is likely enough to be proposed")
    if rows:
        say("to accept one, look at both lines (`entrepot trace`), write why instead of TEXT, and run its command:")
    for row in rows:
        say(f"  {row['breaks'][0]}: {row['accept']}")
    if unseen:
        say(f"{unseen} lines were not looked at: of each side only {MOST_LINES}, those with a break and the newest; choose a --day")
    if older:
        say(f"{older} breaks are too old to be looked at together with the newest; choose a --day")


def breaks_unmatch(named: MatchId, reason: Wrong, as_json: Json = False, actor: As = None) -> None:
    """Take a wrong match back. Above the limit of rules/reconciliation.toml, another person has to approve it."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell(unmatching.unmatch(hub, named, reason), as_json)


def breaks_approve_unmatch(named: MatchId, as_json: Json = False, actor: As = None) -> None:
    """Agree that a match is wrong, which another person proposed to take back."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell(unmatching.approve_unmatch(hub, named), as_json)


def breaks_reject_unmatch(named: MatchId, reason: Kept, as_json: Json = False, actor: As = None) -> None:
    """Do not agree that a match is wrong, or drop one's own proposal: the match stays."""
    with open_hub(Settings(), actor=actor) as hub:
        _tell(unmatching.reject_unmatch(hub, named, reason), as_json)


def breaks_unmatched(
    account: AccountOption = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what waits for a second person.")] = False,
    limit: Limit = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List matches that were taken back or are proposed to be, who said so and why, the newest first."""
    with open_hub(Settings(), actor=actor) as hub:
        if account is not None:
            hub.file.account(account)
        rows = unmatching.listed(hub, account, limit, waiting=waiting)
    if as_json:
        say_json({"unmatched": rows})
        return
    shown = [{**row, "match": row["match"][:12], "amount": amount_text(row["amount"]["minor"], row["amount"]["currency"])} for row in rows]
    say_table(shown, ["match", "account", "day", "amount", "pass", "step", "reason", "maker", "checker"], "no match was taken back")


def _tell(done: Unmatched, as_json: bool) -> None:
    if as_json:
        say_json(asdict(done))
        return
    short = done.match_id[:12]
    say(f"match {short}: {_SAYS[done.step].format(id=short, run=done.run)}")


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    off = amount_text(row["difference"]["minor"], row["difference"]["currency"])
    by = {"amount": f"amount by {off}", "day": f"day by {row['days']}"}
    differs: list[str] = [by[name] if name in by else str(name) for name in row["differs"]]
    return {
        **row, "break": " ".join(row["breaks"]), "ours": _line(row["ours"]), "theirs": _line(row["theirs"]),
        "agrees": ", ".join(row["agrees"]), "differs": ", ".join(differs) or "nothing",
    }  # fmt: skip


def _line(line: dict[str, Any]) -> str:
    known = f" ({', '.join(line['references'])})" if line["references"] else ""
    return f"{line['kind']} {line['name']}{known} of {line['day']}, {amount_text(line['amount']['minor'], line['amount']['currency'])}"


ABOUT_MATCHES = {
    "proposals": breaks_proposals,
    "unmatch": breaks_unmatch,
    "approve-unmatch": breaks_approve_unmatch,
    "reject-unmatch": breaks_reject_unmatch,
    "unmatched": breaks_unmatched,
}
"""By name, for `entrepot breaks`."""
