"""`entrepot map`: recorded payloads in, canonical records out."""

from pathlib import Path
from typing import Annotated

import typer

from console.output import As, Json, complain, say_json
from operations.map_payloads import map_file


def map_command(
    connector: Annotated[str, typer.Argument(help="A connector's name, `shopify`.")],
    kind: Annotated[str, typer.Argument(help="What the payloads are: order, order-webhook, refund or payment.")],
    file: Annotated[Path, typer.Argument(help="One document, an array, JSON lines, or the vendor's envelope.")],
    as_json: Json = False,  # noqa: ARG001  it prints JSON lines either way
    actor: As = None,  # noqa: ARG001  it changes nothing, so nobody has to answer for it
) -> None:
    """Translate recorded payloads: one canonical JSON line per record on stdout, unreadable ones named on stderr, exit 1 if any."""
    unread = 0
    for mapped in map_file(connector, kind, file):
        if mapped.record is None:
            unread += 1
            complain(f"{mapped.place}: {mapped.reason}")
        else:
            say_json(mapped.record)
    if unread:
        raise typer.Exit(1)
