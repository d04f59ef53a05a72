"""Reports of an account's money: gathered from the store, rendered, and written beside each other under `reports/`."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from model.errors import ConfigError
from model.records.money_figures import AccountFigures, BreakFigure, Role, TakenFigure
from model.store import money_figures, money_taken
from model.values.instant import business_date
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Bank, Channel, Processor
from operations.runtime.reconciliation_file import NOBODY, read_reconciliation_file, settled_by
from reconciliation.reports.files import csv_file, workbook
from reconciliation.reports.page import html_page
from reconciliation.reports.sections import RerunUrl, tables_of
from reconciliation.reports.tables import plain_rows
from reconciliation.reports.words import LANGUAGES, Language

FOLDER = "reports"
"""Where reports lie in `ENTREPOT_HOME`."""
_ROLES: dict[type[Account], Role] = {Processor: "processor", Bank: "bank", Channel: "channel"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """One report in one language."""

    html: bytes
    xlsx: bytes
    csvs: dict[str, bytes]
    """By the name of the table."""
    tables: dict[str, list[dict[str, str]]]
    """Rows of text by heading, by the table's title: for Prefect's artifacts."""


def no_link(_one: BreakFigure) -> str | None:
    """Where nobody says how to run a matching again."""
    return None


def report_account(hub: Hub, account: Account, since: date, until: date, language: Language, rerun_url: RerunUrl = no_link) -> Rendered:
    """The report of an account over business days, both included.

    ConfigError for a partner, who keeps no money, and for a period that ends before it begins.
    """
    return _rendered(figures_of(hub, account, since, until), language, rerun_url)


def write_report(
    hub: Hub, account: Account, since: date, until: date, languages: Sequence[Language], folder: Path, rerun_url: RerunUrl = no_link
) -> list[Path]:
    """Write the report into `folder`/DAY, or FIRST_LAST, and give its files, each whole or not at all.

    They are ACCOUNT.LANGUAGE.html and .xlsx, and a folder ACCOUNT.LANGUAGE with a CSV file for each table.
    """
    figures = figures_of(hub, account, since, until)
    period = f"{since}" if since == until else f"{since}_{until}"
    written: list[Path] = []
    for language in languages:
        rendered, stem = _rendered(figures, language, rerun_url), folder / period / f"{account.id}.{language}"
        files = {stem.with_name(f"{stem.name}.html"): rendered.html, stem.with_name(f"{stem.name}.xlsx"): rendered.xlsx}
        files |= {stem / f"{name}.csv": raw for name, raw in rendered.csvs.items()}
        for path, raw in files.items():
            _write(path, raw)
        written += files
    return written


def figures_of(hub: Hub, account: Account, since: date, until: date) -> AccountFigures:
    """The figures of an account, as one reading of the store shows them."""
    if type(account) not in _ROLES:
        raise ConfigError(f"account {account.id}: keeps no money; reports are of channels, processors and banks")
    if since > until:
        raise ConfigError(f"period: ends on {until}, before it begins on {since}; swap the two")
    made_on = business_date(hub.clock.now(), account.trading_zone, account.cut_off)
    figures = AccountFigures(
        account_id=account.id, name=account.name, role=_ROLES[type(account)], since=since, until=until, made_on=made_on
    )
    with hub.database.read() as connection:
        money_figures.hold_still(connection)
        figures = _with_breaks(hub, connection, figures)
        if isinstance(account, Bank):
            return _with_bank_lines(connection, figures)
        figures = _with_lines(connection, account, figures)
        return _with_orders(hub, connection, account, figures) if isinstance(account, Channel) else figures


def _rendered(figures: AccountFigures, language: Language, rerun_url: RerunUrl) -> Rendered:
    words = LANGUAGES[language]
    tables = tables_of(figures, words, rerun_url)
    return Rendered(
        html=html_page(figures, tables, words),
        xlsx=workbook(tables, words, figures.made_on),
        csvs={one.key: csv_file(one, words) for one in tables},
        tables={words.of(f"table.{one.key}"): plain_rows(one, words) for one in tables},
    )


def _with_breaks(hub: Hub, connection: Connection, figures: AccountFigures) -> AccountFigures:
    account, since, until = figures.account_id, figures.since, figures.until
    names = {person.id: person.name for person in hub.file.people}
    found = money_figures.breaks(connection, account, since, until)
    return replace(
        figures,
        breaks=tuple(replace(one, owner=names.get(one.owner, one.owner)) if one.owner else one for one in found),
        sign_offs=money_figures.sign_offs(connection, account, since, until),
        runs=money_figures.last_runs(connection, account),
    )


def _with_bank_lines(connection: Connection, figures: AccountFigures) -> AccountFigures:
    account, since, until = figures.account_id, figures.since, figures.until
    return replace(
        figures,
        matches=money_figures.matches_of_bank_lines(connection, account, since, until),
        balances=money_figures.statements(connection, account, since, until),
        bank_days=money_figures.bank_days(connection, account, since, until),
    )


def _with_lines(connection: Connection, account: Account, figures: AccountFigures) -> AccountFigures:
    own, since, until = account.id, figures.since, figures.until
    first, last = _instants(account, since, until)
    of_lines = money_figures.matches_of_lines(connection, own, since, until)
    return replace(
        figures,
        lines=money_figures.settled(connection, own, since, until),
        fees=money_figures.fees(connection, own, since, until),
        payouts=money_figures.payouts(connection, own, since, until),
        matches=(*of_lines, *money_figures.matches_of_payouts(connection, own, since, until)),
        disputes=money_figures.disputes(connection, own, first, last),
        balances=money_figures.settlements(connection, own, first, last),
    )


def _with_orders(hub: Hub, connection: Connection, channel: Channel, figures: AccountFigures) -> AccountFigures:
    """Payments of gateways that nobody settles, such as cash, want no line."""
    own, since, until = channel.id, figures.since, figures.until
    taken = money_taken.taken(connection, own, since, until)
    rules = read_reconciliation_file(hub.file).rules
    gateways = {one.gateway for one in taken}
    nobodys = {gateway for gateway in gateways if settled_by(rules, channel, gateway) == NOBODY}
    matches = money_taken.matches_of_money(connection, own, since, until, [gateway or "" for gateway in nobodys])
    return replace(
        figures,
        orders=money_taken.orders(connection, own, since, until),
        taken=tuple(_reaching(one, nobodys) for one in taken),
        matches=(*figures.matches, *matches),
    )


def _reaching(one: TakenFigure, nobodys: set[str | None]) -> TakenFigure:
    return replace(one, reach="nobody") if one.reach == "open" and one.gateway in nobodys else one


def _instants(account: Account, since: date, until: date) -> tuple[datetime, datetime]:
    """When the first day begins and the last one has ended."""
    begin = datetime.combine(since, account.cut_off, account.trading_zone)
    end = datetime.combine(until + timedelta(days=1), account.cut_off, account.trading_zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def _write(path: Path, raw: bytes) -> None:
    """Whole or not at all; readable by its owner only, as what it tells is nobody else's."""
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); the folder of reports must be writable") from None
