"""`entrepot signoff`: sign for an account's day, and check what another person signed."""

import json
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer

from console.instants import Day
from console.output import AccountOption, As, Json, Limit, amount_text, money, say, say_json, say_table
from model.store import sign_offs
from operations.money import signing
from operations.money.awaiting import awaiting
from operations.money.money_verbs import money_accounts
from operations.money.signing import Day as Signed
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

signoff = typer.Typer(no_args_is_help=True, help="Signatures for the days of an account.")

AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account id of hub.toml.")]


@signoff.command("list")
def signoff_list(account: AccountOption = None, limit: Limit = None, as_json: Json = False, actor: As = None) -> None:
    """List signatures, the newest day first, and say which days wait for one."""
    with open_hub(Settings(), actor=actor) as hub:
        waits = [awaiting(hub, each) for each in money_accounts(hub, account)]
        with hub.database.read() as connection:
            rows = sign_offs.listed(connection, account, limit)
    if as_json:
        signatures = [{**row, "totals": json.loads(row["totals"])} for row in rows]
        say_json({"signatures": signatures, "waiting": [asdict(each) for each in waits]})
        return
    shown = [{**row, "account": row["account_id"], "day": row["business_on"], "state": _state(row)} for row in rows]
    say_table(shown, ["account", "day", "state", "maker_id", "made_at", "checker_id", "checked_at", "reason"], "nobody has signed yet")
    for each in waits:
        if each.says:
            say(f"{each.account}: {each.says}")


def _state(row: dict[str, Any]) -> str:
    if row["withdrawn_at"]:
        return "withdrawn"
    return "checked" if row["checked_at"] else "signed"


@signoff.command("show")
def signoff_show(account: AccountId, day: Day, as_json: Json = False, actor: As = None) -> None:
    """Show what a day comes to, what of it is not explained, and who signed for it."""
    with open_hub(Settings(), actor=actor) as hub:
        found = signing.look_at(hub, hub.file.account(account), day)
        with hub.database.read() as connection:
            row = sign_offs.standing(connection, account, day)
    signed = {"maker": row.maker_id, "made_at": row.made_at, "checker": row.checker_id, "checked_at": row.checked_at} if row else None
    if as_json:
        say_json({**_as_json(account, day, found), "signed": signed})
        return
    _say_day(account, day, found)
    if row is None:
        say("nobody has signed for it" + (f"; `entrepot signoff sign {account} {day}`" if found.is_explained else ""))
    else:
        say(f"signed by {row.maker_id}" + (f", checked by {row.checker_id}" if row.checker_id else "; another person has to check it"))


@signoff.command("sign")
def signoff_sign(account: AccountId, day: Day, as_json: Json = False, actor: As = None) -> None:
    """Sign for a day that is over. Refused while a break of it is open or a line has no counterpart."""
    with open_hub(Settings(), actor=actor) as hub:
        found = signing.sign(hub, hub.file.account(account), day)
    if as_json:
        say_json(_as_json(account, day, found))
        return
    _say_day(account, day, found)
    say(f"{account} {day}: signed; another person checks it with `entrepot signoff check {account} {day}`")


@signoff.command("check")
def signoff_check(account: AccountId, day: Day, as_json: Json = False, actor: As = None) -> None:
    """Check what another person signed. From then on the matches of that day stay as they are."""
    with open_hub(Settings(), actor=actor) as hub:
        signing.check(hub, hub.file.account(account), day)
    _tell(account, day, "checked", as_json)


@signoff.command("withdraw")
def signoff_withdraw(
    account: AccountId,
    day: Day,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Take a signature back, so that the day may be matched anew."""
    with open_hub(Settings(), actor=actor) as hub:
        signing.withdraw(hub, hub.file.account(account), day, reason)
    _tell(account, day, "withdrawn", as_json)


def _tell(account: str, day: date, done: str, as_json: bool) -> None:
    say_json({"account": account, "day": day, "state": done}) if as_json else say(f"{account} {day}: {done}")


def _say_day(account: str, day: date, found: Signed) -> None:
    say(f"{account} {day}: {found.lines} lines")
    for name, sums in found.totals.items():
        say(f"  {name}: {', '.join(amount_text(minor, currency) for currency, minor in sorted(sums.items()))}")
    if found.is_explained:
        say("everything is explained")
    else:
        say(f"not explained: {found.open_breaks} breaks are open, {found.unmatched} lines have no counterpart")


def _as_json(account: str, day: date, found: Signed) -> dict[str, Any]:
    totals = {name: [money(minor, currency) for currency, minor in sorted(sums.items())] for name, sums in found.totals.items()}
    return {
        "account": account, "day": day, "lines": found.lines, "totals": totals, "open_breaks": found.open_breaks,
        "unmatched": found.unmatched, "is_explained": found.is_explained,
    }  # fmt: skip
