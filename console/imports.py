"""How the command line tells what an import did."""

from dataclasses import asdict

import typer

from console.output import complain, say, say_json
from operations.masters.files import Imported


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
