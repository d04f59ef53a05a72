"""`entrepot map`: recorded payloads and files in, canonical records out."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from console.output import As, Json, complain, say_json
from model.errors import ConfigError
from operations.map_payloads import Mapped, map_file
from operations.runtime.hub_file import read_hub_file
from operations.runtime.settings import Settings


def map_command(
    connector: Annotated[str, typer.Argument(help="A connector's name, `shopify`.")],
    kind: Annotated[
        str,
        typer.Argument(help="What it is: order, order-webhook, refund, payment, payout, …; settlement or statement for a file of money."),
    ],
    file: Annotated[
        Path, typer.Argument(help="One document, an array, JSON lines, the vendor's envelope, or a processor's or bank's file.")
    ],
    account: Annotated[
        str | None,
        typer.Option("--account", help="Read a file of money by this account's settings in hub.toml."),
    ] = None,
    as_json: Json = False,  # noqa: ARG001  it prints JSON lines either way
    actor: As = None,  # noqa: ARG001  it changes nothing, so nobody has to answer for it
) -> None:
    """Translate recorded payloads: one canonical JSON line per record on stdout, unreadable ones named on stderr, exit 1 if any."""
    unread = 0
    for mapped in _mapped(connector, kind, file, account):
        if mapped.record is None:
            unread += 1
            complain(f"{mapped.place}: {mapped.reason}")
        else:
            say_json(mapped.record)
    if unread:
        raise typer.Exit(1)


def _mapped(connector: str, kind: str, file: Path, account: str | None) -> Iterator[Mapped]:
    from operations.money.map_files import file_kind, map_money_file  # noqa: PLC0415  it takes long to import, and payloads need none of it

    if file_kind(connector) is not None:
        return map_money_file(connector, kind, file, _settings_of(connector, account))
    if account is not None:
        raise ConfigError(f"--account {account}: is for files of money; {connector} reads none")
    return map_file(connector, kind, file)


def _settings_of(connector: str, account: str | None) -> Mapping[str, Any]:
    if account is None:
        return {}
    found = read_hub_file(Settings().hub_file).account(account)
    if found.connector != connector:
        raise ConfigError(f"--account {account}: is of {found.connector}, not of {connector}")
    return found.settings
