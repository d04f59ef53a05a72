"""`entrepot orders preview` and `entrepot orders take`: a file of orders looked at, and given to its channel."""

from pathlib import Path
from typing import Annotated, Any

import typer

from console.output import As, Json, amount_text, money, say, say_json
from operations.order_files import Previewed, counted, preview_file, take_file
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="A channel of hub.toml that reads files of orders.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV or XLSX table, or EDIFACT ORDERS.")]


def preview(channel: Channel, file: File, as_json: Json = False, actor: As = None) -> None:
    """Tell what each order of a file would be, and what is wrong with it by row and column. Nothing is stored; exit 1 if any is wrong."""
    with open_hub(Settings(), actor=actor) as hub:
        found = preview_file(hub, hub.file.channel(channel), file)
    if as_json:
        say_json({"orders": [_row(each) for each in found], "counts": counted(found)})
    else:
        for each in found:
            _tell(each)
        say(", ".join(f"{count} {outcome}" for outcome, count in counted(found).items()))
    if not all(each.is_good for each in found):
        raise typer.Exit(1)


def take(channel: Channel, file: File, as_json: Json = False, actor: As = None) -> None:
    """Put a file into its channel's own folder and read it at once; the same file twice is once. Exit 1 if any order is set aside."""
    with open_hub(Settings(), actor=actor) as hub:
        report = take_file(hub, hub.file.channel(channel), file)
    if report.error is not None:
        raise report.error
    if as_json:
        say_json(report.row | {"problems": report.problems})
    else:
        say(report.line)
    if report.outcome != "done" or report.problems:
        raise typer.Exit(1)


def _row(each: Previewed) -> dict[str, Any]:
    total = money(each.total_minor, each.currency) if each.currency else None
    return {
        "place": each.place, "number": each.number, "outcome": each.outcome, "lines": each.lines, "total": total, "problems": each.problems
    }  # fmt: skip


def _tell(each: Previewed) -> None:
    name = each.number or f"#{each.place}"
    amount = (
        f", {each.lines} {'line' if each.lines == 1 else 'lines'}, {amount_text(each.total_minor, each.currency)}" if each.currency else ""
    )
    say(f"{name}: {each.outcome}{amount}")
    for problem in each.problems:
        row, column = problem.get("row"), problem.get("column")
        place = ", ".join([*([f"row {row}"] if row else []), *([f"column {column!r}"] if column else [])])
        mend = f"; {problem['mend']}" if "mend" in problem else ""
        say(f"  {place}{': ' if place else ''}{problem['reason']}{mend}")
