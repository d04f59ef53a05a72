"""`entrepot run FLOW` and `entrepot audit`: the verbs of the flows, without Prefect."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

import typer

from console.instants import Since, Until, day_of
from console.output import As, Json, Progress, complain, say, say_json
from model.errors import ConfigError
from operations import verbs
from operations.auditor import audit
from operations.pull import PullOutcome, Wanted
from operations.reports import Report
from operations.runtime.hub import Hub, open_hub
from operations.runtime.settings import Settings

OF_STOCK = (
    "pull_listings",
    "review_orders",
    "publish_stock",
    "compare_stock",
    "expire_reservations",
    "refresh_safety",
    "propose_replenishment",
)
OF_SHIPPING = ("release_fulfilments", "drain_outbox", "exchange_edi", "track_shipments", "pull_refunds")
OF_MONEY = ("pull_payouts", "import_statements", "reconcile_money", "report_money")
OF_BOOKS = ("post_vouchers", "close_period")
OF_ORDERS = ("sweep_orders",)
OF_LEDGERS = ("push_vouchers", "check_ledger")
FLOWS = (
    "pull_orders", "replay_quarantine", "check_channels", "audit_store", *OF_ORDERS, *OF_STOCK, *OF_SHIPPING, *OF_MONEY, *OF_BOOKS,
    *OF_LEDGERS,
)  # fmt: skip
BY_DAYS = ("pull_payouts", "reconcile_money", "report_money", "check_ledger", *OF_ORDERS)
"""Flows that may be asked for business days."""
OF_ALL = {
    "audit_store": "checks the whole store",
    "expire_reservations": "gives back what lapsed, whichever channel it came from",
    "propose_replenishment": "looks at the stock of all channels",
    "release_fulfilments": "asks all locations",
}
"""Flows that no single channel has, and why."""

AccountOrChannel = Annotated[
    str | None,
    typer.Option("--channel", "--account", "--entity", metavar="ID", help="One account id of hub.toml, or entity; default is all."),
]


def run(
    flow: Annotated[str, typer.Argument(help=f"One of {', '.join(FLOWS)}.")],
    channel: AccountOrChannel = None,
    since: Since = None,
    until: Until = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would come, write nothing.")] = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Run a flow's work here and now, without a Prefect server. Any window may be run again: nothing doubles."""
    _check_options(flow, channel, since, until, dry_run)
    is_money = flow in (*OF_MONEY, *OF_LEDGERS, *OF_ORDERS)
    days = (day_of(since, "--since"), day_of(until, "--until")) if is_money else (None, None)
    wanted = Wanted() if is_money else Wanted(since, until)
    with open_hub(Settings(), actor=actor) as hub:
        if not dry_run:
            hub.note("run", flow, channel=channel, since=since, until=until)
        match flow:
            case "pull_orders":
                ends_well = say_pulled(hub, channel, wanted, dry_run, as_json)
            case "replay_quarantine":
                ends_well = say_replayed(hub, channel, (), as_json)
            case "check_channels":
                ends_well = say_health(hub, channel, as_json)
            case "audit_store":
                ends_well = say_audit(as_json)
            case _ if is_money:
                ends_well = say_money(flow, hub, channel, days, as_json)
            case _:
                ends_well = say_reports(flow, hub, channel, as_json)
    if not ends_well:
        raise typer.Exit(1)


def _check_options(flow: str, channel: str | None, since: datetime | None, until: datetime | None, is_dry_run: bool) -> None:
    """What a flow does not take is refused, not passed over."""
    if flow not in FLOWS:
        raise ConfigError(f"flow {flow!r}: is unknown; use one of {', '.join(FLOWS)}")
    if flow in BY_DAYS and not is_dry_run:
        return
    if flow != "pull_orders" and (since or until or is_dry_run):
        refused = "--dry-run" if flow in BY_DAYS else "--since, --until or --dry-run"
        raise ConfigError(f"flow {flow}: takes no {refused}")
    if flow in OF_ALL and channel is not None:
        raise ConfigError(f"flow {flow}: takes no --channel; it {OF_ALL[flow]}")


def say_money(flow: str, hub: Hub, account: str | None, days: tuple[date | None, date | None], as_json: bool) -> bool:
    """Run a verb of money or of ledgers and tell what it did; true when it failed for no account and found nothing wrong."""
    from operations.money.money_verbs import MONEY_VERBS, Days  # noqa: PLC0415  they take long to import, and a pull needs none

    if flow in OF_ORDERS:
        from operations.completeness.verbs import SweptDays, sweep_orders  # noqa: PLC0415  same

        return told_reports(sweep_orders(hub, account, SweptDays(*days)), as_json)
    if flow in OF_LEDGERS:
        from operations.books.ledger_verbs import LEDGER_VERBS  # noqa: PLC0415  same

        return told_reports(LEDGER_VERBS[flow](hub, account, Days(*days)), as_json)
    return told_reports(MONEY_VERBS[flow](hub, account, Days(*days)), as_json)


def say_pulled(hub: Hub, channel: str | None, wanted: Wanted, is_dry_run: bool, as_json: bool) -> bool:
    """Pull, or tell what a pull would find, and tell; true when no stream failed."""
    outcomes = verbs.pull_orders(hub, channel, wanted, is_dry_run=is_dry_run, progress=Progress())
    if as_json:
        say_json({"runs": [shown_outcome(outcome) for outcome in outcomes]})
    else:
        for outcome in outcomes:
            say(outcome_line(outcome))
    return all(outcome.outcome != "failed" for outcome in outcomes)


def shown_outcome(outcome: PullOutcome) -> dict[str, Any]:
    """An outcome as JSON."""
    shown = asdict(outcome)
    shown.pop("error")
    return shown


def outcome_line(outcome: PullOutcome) -> str:
    """An outcome as one line."""
    note = f": {outcome.message}" if outcome.message else ""
    if outcome.outcome == "done":
        return f"{outcome.channel} {outcome.stream}: {verbs.said(outcome.counts)}, {outcome.elapsed_ms} ms{note}"
    return f"{outcome.channel} {outcome.stream}: {outcome.outcome}{note}"


def say_replayed(hub: Hub, channel: str | None, entries: tuple[str, ...], as_json: bool) -> bool:
    """Replay and tell; true when no channel failed."""
    results = verbs.replay_quarantine(hub, channel, entries)
    if as_json:
        fields = ("channel", "tried", "resolved", "still_open", "message")
        say_json({"replayed": [{name: getattr(result, name) for name in fields} for result in results]})
    else:
        for result in results:
            note = f": {result.message}" if result.message else ""
            say(f"{result.channel}: {result.tried} tried, {result.resolved} resolved, {result.still_open} still open{note}")
    return all(not result.message for result in results)


def say_health(hub: Hub, channel: str | None, as_json: bool) -> bool:
    """Check channels and tell; true when all are well."""
    found = verbs.check_channels(hub, channel)
    if as_json:
        say_json({"channels": [asdict(health) for health in found]})
    else:
        for health in found:
            (say if health.is_well else complain)(f"{health.channel} ({health.connector}): {health.message}")
    return all(health.is_well for health in found)


def say_reports(flow: str, hub: Hub, channel: str | None, as_json: bool) -> bool:
    """Run a verb of stock, shipping or the books and tell what it did; true when it failed for no channel."""
    if flow in OF_BOOKS:
        from operations.books.book_verbs import BOOK_VERBS as VERBS  # noqa: PLC0415  they take long to import, and a pull needs none
    elif flow in OF_SHIPPING:
        from operations.shipping_verbs import SHIPPING_VERBS as VERBS  # noqa: PLC0415  same
    else:
        from operations.stock_verbs import STOCK_VERBS as VERBS  # noqa: PLC0415  same
    return told_reports(VERBS[flow](hub, channel), as_json)


def told_reports(reports: list[Report], as_json: bool) -> bool:
    """Tell what a verb did; true when it failed nowhere and found nothing wrong."""
    if as_json:
        say_json({"reports": [report.row for report in reports]})
    for report in () if as_json else reports:
        say(report.line)
    return all(report.outcome not in {"failed", "differs"} for report in reports)


def say_audit(as_json: bool) -> bool:
    """Audit the store and tell; true when every invariant holds."""
    findings = audit(Settings().database)
    if as_json:
        say_json({"findings": [asdict(finding) for finding in findings]})
    elif not findings:
        say("every invariant holds")
    for finding in () if as_json else findings:
        complain(f"{finding.id}: broken: {finding.promise}: {', '.join(finding.offenders)}")
    return not findings


def audit_command(as_json: Json = False, actor: As = None) -> None:
    """Check the invariants of the store by plain SQL, apart from the product's own code. Exit 1 and a list when one is broken."""
    with open_hub(Settings(), actor=actor):
        holds = say_audit(as_json)
    if not holds:
        raise typer.Exit(1)
