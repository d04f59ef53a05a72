"""What commands that read and write files have in common: their options, and how they tell what was done."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from console.output import complain, say, say_json
from operations.masters.files import Imported

Strict = Annotated[bool, typer.Option("--strict", help="Write nothing if one row is wrong.")]
SheetOut = Annotated[Path, typer.Argument(help="The .csv or .xlsx file to write; one that is there is replaced.")]


def tell_export(what: str, file: Path, rows: int, *, as_json: bool) -> None:
    """Say what was written where."""
    say_json({"file": str(file), "rows": rows}) if as_json else say(f"{what}: {rows} rows written to {file}")


def tell_import(imported: Imported, *, as_json: bool) -> None:
    """Name the wrong rows and say what the others did; exit 1 if any was wrong."""
    if as_json:
        say_json(asdict(imported))
    else:
        for complaint in imported.wrong:
            complain(complaint)
        left = f"; {len(imported.wrong)} wrong, named above" if imported.wrong else ""
        say(f"{imported.file} ({imported.form}, {imported.rows} rows): {imported.said}{left}")
    if imported.wrong:
        raise typer.Exit(1)
