"""`entrepot invoices`: issue what is due, look at it, print it, and mend a mistake."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from console.orders_found import find_order
from console.output import As, ChannelOption, Json, Limit, amount_text, money, say, say_json, say_table
from model.errors import ConfigError
from model.records.invoice import Paper
from model.values.quantity import decimal_quantity
from operations.papers.correcting import correct_invoice, settle_refund
from operations.papers.einvoice import TYPES, export_einvoices
from operations.papers.issue import issue_papers
from operations.papers.rendering import LANGUAGES, paper_html, paper_pdf
from operations.papers.showing import listed_papers, shown_paper
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

invoices = typer.Typer(no_args_is_help=True, help="Invoices for what left, and credit notes for what was given back.")

EntityOption = Annotated[str | None, typer.Option("--entity", help="One entity id of hub.toml; default is all.")]
Reference = Annotated[str, typer.Argument(metavar="REFERENCE", help="The paper, like INV-2026-000001.")]
COLUMNS = ["reference", "kind", "entity_id", "account_id", "order_number", "issued_on", "due_on", "total", "source"]


def _html(paper: Paper, language: str | None) -> bytes:
    return paper_html(paper, language).encode()


WRITERS = {".html": _html, ".pdf": paper_pdf}


@invoices.command("issue")
def invoices_issue(entity: EntityOption = None, as_json: Json = False, actor: As = None) -> None:
    """Issue all invoices and credit notes that are due. Issued twice, each is one document. Exit 1: some orders stand in their own way."""
    with open_hub(Settings(), actor=actor) as hub:
        reports = issue_papers(hub, entity)
    if as_json:
        say_json({"entities": [{"entity": each.about, **each.counts, "problems": each.problems} for each in reports]})
    else:
        for each in reports:
            say(each.line)
    if any(each.problems for each in reports):
        raise typer.Exit(1)


@invoices.command("list")
def invoices_list(
    entity: EntityOption = None,
    order: Annotated[str | None, typer.Option("--order", metavar="ORDER", help="Only of this order.")] = None,
    channel: ChannelOption = None,
    limit: Limit = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List what was issued, the newest first; nobody is named."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = listed_papers(hub, entity=entity, order_id=find_order(hub, channel, order) if order else None, limit=limit)
    if as_json:
        say_json({"papers": [{**row, "total": money(row.pop("total_minor"), row.pop("currency"))} for row in rows]})
        return
    shown = [row | {"total": amount_text(row["total_minor"], row["currency"])} for row in rows]
    say_table(shown, COLUMNS, "nothing was issued; `entrepot invoices issue` issues what is due")


@invoices.command("show")
def invoices_show(
    reference: Reference,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Write it as FILE.pdf or FILE.html.")] = None,
    language: Annotated[str | None, typer.Option("--language", help=f"{' or '.join(LANGUAGES)}; default is the entity's.")] = None,
    entity: EntityOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Show one paper, with the buyer; or write it as a file that prints on A4."""
    if to is not None and to.suffix not in WRITERS:
        raise ConfigError(f"--to {to}: ends neither in .pdf nor in .html; name the file so")
    with open_hub(Settings(), actor=actor) as hub:
        paper = shown_paper(hub, reference, entity)
        written = WRITERS[to.suffix](paper, language) if to is not None else b""
        hub.note("invoices show", reference, entity=paper.entity_id)
    if to is not None:
        to.touch(0o600)  # it names a person
        to.write_bytes(written)
        say_json({"file": str(to)}) if as_json else say(f"{reference}: written to {to}")
    elif as_json:
        say_json(asdict(paper))
    else:
        _say_paper(paper)


@invoices.command("correct")
def invoices_correct(
    reference: Reference,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands on the credit note.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Take an invoice back by a credit note, and issue it anew as its order says now. What was issued never changes."""
    with open_hub(Settings(), actor=actor) as hub:
        references = correct_invoice(hub, reference, reason)
    say_json({"issued": references}) if as_json else say(f"{reference}: taken back; issued {', '.join(references)}")


@invoices.command("settle")
def invoices_settle(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="External id or order number.")],
    refund: Annotated[str, typer.Argument(metavar="REFUND", help="The refund's id in its channel.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    channel: ChannelOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Say that a refund needs no credit note, as when it was for goods that no invoice has."""
    with open_hub(Settings(), actor=actor) as hub:
        settle_refund(hub, find_order(hub, channel, order), refund, reason)
    say_json({"refund": refund}) if as_json else say(f"{refund}: needs no credit note")


def _say_paper(paper: Paper) -> None:
    buyer = paper.buyer
    named = (buyer.company or buyer.name or "nobody named") if buyer is not None else "erased"
    say(f"{paper.kind.replace('_', ' ')} {paper.reference} of {paper.seller.name}, order {paper.order_number}, to {named}")
    event = "given back on" if paper.source == "refund" else "supplied on"
    say(f"issued on {paper.issued_on}, {event} {paper.supplied_on}" + (f", payable by {paper.due_on}" if paper.due_on else ""))
    if paper.credits:
        say(f"takes back from {', '.join(paper.credits)}" + (f": {paper.reason}" if paper.reason else ""))
    rows = [
        {"title": line.title or line.kind, "quantity": decimal_quantity(line.quantity), "net": amount_text(line.net_minor, paper.currency),
         "tax": amount_text(line.tax_minor, paper.currency)}
        for line in paper.lines
    ]  # fmt: skip
    say_table(rows, ["title", "quantity", "net", "tax"], "no lines")
    say(f"total: {amount_text(paper.total_minor, paper.currency)}, of which tax {amount_text(paper.tax_minor, paper.currency)}")


@invoices.command("export")
def invoices_export(
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="FILE.xlsx or FILE.csv.")],
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="First day of issue.")],
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="Last day of issue.")],
    kind: Annotated[str, typer.Option("--type", help=f"{' or '.join(TYPES)}.")] = "ordinary",
    entity: EntityOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Write papers as rows that a licensed issuer of Chinese e-invoices imports. Exit 1: some lack something and were left out."""
    with open_hub(Settings(), actor=actor) as hub:
        done = export_einvoices(hub, to, kind, _day(since, "--since"), _day(until, "--until"), entity)
    if as_json:
        say_json({"file": str(to), "papers": done.papers, "rows": len(done.rows), "problems": done.problems})
    else:
        say("\n".join([f"{to}: {done.papers} papers in {len(done.rows)} rows, {len(done.problems)} left out", *done.problems]))
    if done.problems:
        raise typer.Exit(1)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option} {text!r}: is no day; write one like 2026-01-31") from None
