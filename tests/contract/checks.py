"""Every promise of every capability, as plain functions so that the suite itself can be tested."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.capabilities import (
    DisputeSource,
    DocumentAcknowledger,
    FulfilmentSink,
    InventorySink,
    LabelSource,
    LedgerSource,
    ListingSource,
    OrderDaySource,
    OrderSource,
    PartnerReplySink,
    PaymentSource,
    PayoutSource,
    RefundSource,
    SettlementFile,
    ShipmentCarrier,
    StatementFile,
    TrackingSource,
    VoucherFile,
    VoucherSink,
    WarehouseAdvice,
)
from tests.contract import checks_mapping, checks_orders, checks_reading, checks_refunds
from tests.contract.checks_acknowledging import ACKNOWLEDGING
from tests.contract.checks_commands import COMMANDS, NOTICES
from tests.contract.checks_days import DAY
from tests.contract.checks_days_listed import DAYS_LISTED
from tests.contract.checks_failing import FAILING
from tests.contract.checks_file_commands import FILE_COMMANDS, NO_FILE_COMMANDS
from tests.contract.checks_files import FILES, NO_FILES, ORDER_FILES
from tests.contract.checks_labels import LABELS
from tests.contract.checks_listings import LISTINGS
from tests.contract.checks_mail import MAILS, NO_MAILS
from tests.contract.checks_mapping import MAPPING
from tests.contract.checks_money_files import MONEY_FILES, STATEMENTS
from tests.contract.checks_orders import ORDERS
from tests.contract.checks_payouts import DISPUTES, OF_LINES, OF_PAYOUTS
from tests.contract.checks_reading import READING
from tests.contract.checks_refunds import REFUNDS
from tests.contract.checks_replying import REPLYING
from tests.contract.checks_stock import STOCK
from tests.contract.checks_tracking import TRACKING
from tests.contract.checks_voucher_files import VOUCHER_FILES
from tests.contract.checks_vouchers import ENTRIES, VOUCHERS
from tests.contract.dialects import Shape
from tests.contract.file_stand import ByFile
from tests.contract.mail_stand import MailStand
from tests.contract.stand import Stand
from tests.contract.stand_commands import CommandStand

Check = Callable[[Any], None]
"""A promise, put to the stand of its capability."""

_STREAM: tuple[Check, ...] = (*READING, *DAY, *FAILING, *MAPPING)
_CATALOGUE: tuple[Check, ...] = (
    checks_reading.every_row_of_the_window_is_read,
    checks_reading.only_the_last_page_has_no_token,
    checks_reading.resuming_after_any_page_loses_nothing,
    checks_reading.a_token_goes_on_and_not_back,
    checks_reading.rows_that_arrive_lose_nothing,
    checks_reading.a_repeated_page_is_harmless,
    checks_reading.a_looping_token_ends,
    checks_reading.an_empty_page_is_asked_again,
    *FAILING,
    checks_mapping.reading_is_pure,
    checks_mapping.fields_nobody_knows_change_nothing,
    checks_mapping.an_id_is_the_records_own,
    checks_mapping.any_field_may_be_strange,
    *LISTINGS,
)
CHECKS: Mapping[type, tuple[Check, ...]] = {
    OrderSource: (*_STREAM, *ORDERS),
    OrderDaySource: DAYS_LISTED,
    PaymentSource: _STREAM,
    RefundSource: (*_STREAM, *REFUNDS),
    ListingSource: _CATALOGUE,
    InventorySink: STOCK,
    FulfilmentSink: NOTICES,
    ShipmentCarrier: COMMANDS,
    DocumentAcknowledger: COMMANDS,
    PartnerReplySink: (*COMMANDS, *REPLYING),
    WarehouseAdvice: (*_STREAM, checks_orders.the_remote_tells_its_own_time, checks_orders.identifying_costs_one_request),
    LabelSource: LABELS,
    TrackingSource: TRACKING,
    VoucherSink: VOUCHERS,
    LedgerSource: ENTRIES,
    SettlementFile: MONEY_FILES,
    StatementFile: STATEMENTS,
    VoucherFile: VOUCHER_FILES,
    PayoutSource: (*_STREAM, *OF_PAYOUTS, *OF_LINES),
    DisputeSource: (*_STREAM, *DISPUTES),
}
OF_MONEY: tuple[Check, ...] = (checks_mapping.money_is_whole_and_adds_up, checks_mapping.a_currency_is_never_mistaken)
"""Promises about records that tell of money."""
OF_WORDS: tuple[Check, ...] = (checks_mapping.an_unknown_status_names_the_way_out,)
"""Promises about records that tell how they stand."""
BY_TIME: tuple[Check, ...] = (checks_reading.the_window_is_respected, checks_reading.rows_that_leave_lose_nothing, *DAY)
"""Promises about records that have a time of their own to be asked for by."""


OF_FILES: Mapping[type, tuple[Check, ...]] = {
    OrderSource: (*FILES, *ORDER_FILES),
    WarehouseAdvice: FILES,
    ShipmentCarrier: FILE_COMMANDS,
    DocumentAcknowledger: (*FILE_COMMANDS, *ACKNOWLEDGING),
    PartnerReplySink: FILE_COMMANDS,
}
"""Promises of connectors of files, beside those of their capability."""
OF_MAILS: tuple[Check, ...] = MAILS
"""Promises of connectors of mailboxes, beside those of an OrderSource."""
MEANINGLESS: Mapping[Check, str] = {**NO_FILES, **NO_FILE_COMMANDS}
"""Promises that mean nothing where there are only files, with the reason."""


def promises_of(stand: Stand) -> Iterator[Check]:
    """The promises of a stand's capability, without those about money, words or requests where there are none."""
    has_money = isinstance(stand, CommandStand) or not stand.stream.facts or bool(stand.shape.amount)
    has_words = not stand.stream.facts or isinstance(stand, CommandStand) or bool(stand.shape.status)
    is_by_payout = stand.stream.capability is PayoutSource and stand.shape.by_payout
    left_out: set[Check] = {
        *(() if has_money else OF_MONEY),
        *(() if has_words else OF_WORDS),
        *(check for check, _reason in excuses_of(stand)),
    }
    left_out |= {*(BY_TIME if is_by_payout else ()), *(OF_PAYOUTS if stand.stream.kind == "balance" else OF_LINES)}
    yield from (check for check in CHECKS[stand.stream.capability] if check not in left_out)
    yield from OF_FILES[stand.stream.capability] if isinstance(stand, ByFile) else OF_MAILS if isinstance(stand, MailStand) else ()


def excuses_of(stand: Stand) -> Iterator[tuple[Check, str]]:
    """The promises that a stand cannot be asked for, with the reason."""
    if isinstance(stand, MailStand):
        yield from NO_MAILS.items()
    if isinstance(stand, ByFile):
        yield from ((check, MEANINGLESS[check]) for check in CHECKS[stand.stream.capability] if check in MEANINGLESS)
    elif stand.stream.facts and stand.stream.rows in stand.dialect.shapes:
        yield from _excused_by(stand.shape, CHECKS[stand.stream.capability])


def _excused_by(shape: Shape, checks: tuple[Check, ...]) -> Iterator[tuple[Check, str]]:
    """What a dialect says that records never tell."""
    one_currency, never_twice = checks_mapping.a_currency_is_never_mistaken, checks_refunds.a_refund_told_twice_is_one
    if shape.amount and not shape.currency and one_currency in checks:
        yield one_currency, "this vendor's records name no currency, as all of them are of one, says its dialect"
    if shape.told_apart and never_twice in checks:
        yield never_twice, "this vendor's orders tell nothing of their refunds, says its dialect"
