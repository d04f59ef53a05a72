"""The verbs of the books by the names of their flows: what each did, entity by entity."""

from collections.abc import Callable, Mapping

from model.errors import HubError
from model.store import periods
from model.store.vouchers import period_of
from operations.books.closing import Closing, look_at_month
from operations.books.months import last_day
from operations.books.post import post_vouchers
from operations.reports import Report
from operations.runtime.hub import Hub


def post_books(hub: Hub, entity: str | None) -> list[Report]:
    """Post what is due for the entity, or for all that have rules or ought to have."""
    if entity is not None:
        hub.file.entity(entity)
    return post_vouchers(hub, entity)


def close_period(hub: Hub, entity: str | None) -> list[Report]:
    """Look at the oldest open month that is over, entity by entity, and say what is left to do. It closes nothing: a person does."""
    chosen = [each.id for each in hub.file.entities] if entity is None else [hub.file.entity(entity).id]
    return [_proposed(hub, each) for each in chosen]


def month_to_close(hub: Hub, entity_id: str) -> str | None:
    """The oldest open month with vouchers in it that is over."""
    with hub.database.read() as connection:
        months = [row.period for row in periods.listed(connection, entity_id) if row.state == "open"]
    today = period_of(hub.clock.now().date())
    return next((month for month in months if month < today), None)


def _proposed(hub: Hub, entity_id: str) -> Report:
    report = Report(entity_id)
    month = month_to_close(hub, entity_id)
    if month is None:
        report.skip("no month is over and open")
        return report
    try:
        found = look_at_month(hub, entity_id, month)
    except HubError as error:
        report.outcome, report.message, report.error = "failed", str(error), error
        return report
    report.counts.update(met=sum(check.is_met for check in found.checks), open=sum(not check.is_met for check in found.checks))
    report.add(*_left(found))
    return report


def _left(found: Closing) -> list[str]:
    """The lines that are not met, or the command that closes the month."""
    if found.is_ready:
        last = last_day(found.period)
        return [f"{found.period} can be closed, as of {last}: `entrepot books close {found.entity} {found.period}`"]
    return [f"{found.period}: {check.name}: {check.figure}; {check.way_out}" for check in found.checks if not check.is_met]


BOOK_VERBS: Mapping[str, Callable[[Hub, str | None], list[Report]]] = {"post_vouchers": post_books, "close_period": close_period}
"""By flow."""
