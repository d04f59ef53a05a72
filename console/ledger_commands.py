"""`entrepot ledgers`: bring vouchers to ledgers, see what those made of them, and compare."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.instants import typed_day
from console.output import As, Json, amount_text, complain, money, say, say_json, say_table
from console.run_commands import told_reports
from operations.reports import Report
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

if TYPE_CHECKING:
    from operations.books.check_ledger import Checked

ledgers = typer.Typer(no_args_is_help=True, help="The books that vouchers are brought to.")

LedgerOption = Annotated[str | None, typer.Option("--ledger", metavar="ID", help="One id under [[ledgers]]; default is all active ones.")]
LedgerId = Annotated[str, typer.Argument(metavar="LEDGER", help="An id under [[ledgers]] of hub.toml.")]
SinceDay = Annotated[date | None, typer.Option("--since", parser=typed_day, metavar="DAY", help="The first day, `2026-01-31`.")]
UntilDay = Annotated[date | None, typer.Option("--until", parser=typed_day, metavar="DAY", help="The last day, itself included.")]


@ledgers.command("list")
def ledgers_list(as_json: Json = False, actor: As = None) -> None:
    """List ledgers, and how many vouchers they have, wait, or were refused."""
    from operations.books.ledger_verbs import listed_ledgers  # noqa: PLC0415  matching and posting rules take long to import

    with open_hub(Settings(), actor=actor) as hub:
        rows = listed_ledgers(hub)
    columns = ["id", "entity", "connector", "takes", "vouchers_from", "done", "waiting", "unsent", "parked"]
    say_json({"ledgers": rows}) if as_json else say_table(rows, columns, "no ledger; add one under [[ledgers]] in hub.toml")


@ledgers.command("push")
def ledgers_push(ledger: LedgerOption = None, as_json: Json = False, actor: As = None) -> None:
    """Bring posted vouchers to ledgers, each once. Run it again at any time: nothing doubles."""
    from operations.books.ledger_verbs import push_vouchers  # noqa: PLC0415  matching and posting rules take long to import
    from operations.money.money_verbs import Days  # noqa: PLC0415  same

    with open_hub(Settings(), actor=actor) as hub:
        hub.note("run", "push_vouchers", ledger=ledger)
        ends_well = told_reports(push_vouchers(hub, ledger, Days()), as_json)
    if not ends_well:
        raise typer.Exit(1)


@ledgers.command("renew")
def ledgers_renew(
    ledger: LedgerId,
    reference: Annotated[str, typer.Argument(metavar="VOUCHER", help="A voucher that was refused, as `eu/2026-01/000042`.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Have a refused voucher written anew by today's settings with the next push. To send it as it was: `entrepot outbox settle`."""
    from operations.books.push import renew  # noqa: PLC0415  matching and posting rules take long to import

    with open_hub(Settings(), actor=actor) as hub:
        renew(hub, ledger, reference, reason)
    say_json({"renewed": reference}) if as_json else say(f"{reference}: is written anew with the next `entrepot ledgers push`")


@ledgers.command("entries")
def ledgers_entries(
    ledger: LedgerId, since: SinceDay = None, until: UntilDay = None, as_json: Json = False, actor: As = None
) -> None:  # fmt: skip
    """Read what a ledger has on accounts of ours, line by line; without days, of today."""
    from operations.books.ledger_verbs import fetched_entries  # noqa: PLC0415  matching and posting rules take long to import
    from operations.money.money_verbs import Days  # noqa: PLC0415  same

    with open_hub(Settings(), actor=actor) as hub:
        base = hub.file.entity(hub.file.ledger(ledger).entity).currency
        rows = [_entry(row, base, as_json=as_json) for row in fetched_entries(hub, ledger, Days(since, until))]
    columns = ["id", "reference", "day", "is_posted", "account", "amount", "base_amount", "memo"]
    say_json({"entries": rows}) if as_json else say_table(rows, columns, "no entry on these days")


def _entry(row: dict[str, Any], base: str, *, as_json: bool) -> dict[str, Any]:
    amount, functional = row.pop("amount_minor"), row.pop("base_minor")
    shown = money if as_json else amount_text
    return {**row, "amount": shown(amount, row["currency"]), "base_amount": shown(functional, base)}


@ledgers.command("check")
def ledgers_check(
    ledger: LedgerOption = None, since: SinceDay = None, until: UntilDay = None, as_json: Json = False, actor: As = None
) -> None:  # fmt: skip
    """Compare vouchers with what ledgers have, and banks with the books. Exit 1 and each difference by name where there is one.

    Without days, from the first of last month until today.
    """
    from operations.books.ledger_verbs import checked_ledgers  # noqa: PLC0415  matching and posting rules take long to import
    from operations.money.money_verbs import Days  # noqa: PLC0415  same

    with open_hub(Settings(), actor=actor) as hub:
        found = checked_ledgers(hub, ledger, Days(since, until))
    if as_json:
        say_json({"ledgers": [_as_json(report, checked) for report, checked in found]})
    else:
        for report, checked in found:
            _say_checked(report, checked)
        if not found:
            say("no ledger can be read; add one under [[ledgers]]")
    if any(report.outcome != "done" for report, _ in found):
        raise typer.Exit(1)


def _as_json(report: Report, checked: "Checked | None") -> dict[str, Any]:
    if checked is None:
        return {"ledger": report.about, "outcome": report.outcome, "message": report.message, "differences": []}
    told = {name: getattr(checked, name) for name in ("ledger", "since", "until", "vouchers", "entries")}
    return {**told, "outcome": report.outcome, "differences": [asdict(each) for each in checked.differences]}


def _say_checked(report: Report, checked: "Checked | None") -> None:
    if checked is None:
        complain(report.line)
        return
    days = f"{checked.since} to {checked.until}"
    say(f"{checked.ledger}: {days}: {checked.vouchers} vouchers, {checked.entries} entries, {len(checked.wrong)} differences")
    say_table([asdict(each) for each in checked.differences], ["kind", "about", "day", "told"], "everything agrees")


@ledgers.command("export")
def ledgers_export(
    ledger: LedgerId,
    period: Annotated[str, typer.Option("--period", metavar="MONTH", help="A month, `2026-01`.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to; a file that is there is replaced.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Write a month's vouchers as the file that a ledger imports; the same vouchers give the same bytes."""
    from operations.books.export import export_period  # noqa: PLC0415  no other command needs it

    with open_hub(Settings(), actor=actor) as hub:
        vouchers = export_period(hub, hub.file.ledger(ledger), period, output)
    say_json({"vouchers": vouchers, "file": str(output)}) if as_json else say(f"{output}: {vouchers} vouchers of {period}")
