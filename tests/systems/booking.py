"""Vouchers for real ledgers, networks that lose answers, and the hub's rule for what was lost: look for it, then send it again."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import httpx

from connectors.capabilities import Command, Receipt
from connectors.capabilities.books import LedgerSource, VoucherSink
from model.errors import ContractError, TransientError
from model.records.voucher import LedgerEntry, Voucher, VoucherLine
from model.values.money import split
from operations.dispatch import MISSES

ACCOUNTS = ("1000", "1201", "1202", "1400", "2300", "4000", "4090", "6100", "6900")
CURRENCIES = ("EUR", "EUR", "USD", "JPY", "BHD")
EVENTS = ("capture", "refund", "shipment", "payout_sent")
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def line(account: str, amount: int, currency: str = "EUR", base: int | None = None, **told: object) -> VoucherLine:
    """One line; the functional amount is the same unless it is given."""
    base = amount if base is None else base
    return VoucherLine(account=account, currency=currency, amount_minor=amount, base_minor=base, **told)  # pyright: ignore[reportArgumentType]


def voucher(number: int, *lines: VoucherLine, day: date = date(2026, 1, 31), entity: str = "eu_1", memo: str = "") -> Voucher:
    """A voucher in euro."""
    period = f"{day:%Y-%m}"
    return Voucher(
        voucher_id=f"{entity}-{period}-{number}",
        entity=entity,
        period=period,
        number=number,
        posted_on=day,
        happened_on=day,
        base_currency="EUR",
        event="capture",
        memo=memo,
        lines=lines,
    )


def random_vouchers(count: int, seed: int) -> Iterator[Voucher]:
    """Balanced vouchers of one to three debits and as many credits in several currencies; exchange loses a cent here and there."""
    chance = random.Random(seed)  # noqa: S311  nothing secret
    for number in range(1, count + 1):
        lines: list[VoucherLine] = []
        for currency in chance.sample(CURRENCIES, k=chance.choice((1, 1, 2))):
            lines += _both_sides(chance, currency)
        day = date(2026, chance.randint(1, 12), chance.randint(1, 28))
        yield voucher(number, *lines, day=day, memo=chance.choice(("", "order 1001", "100 % of it", "Büro; 部分")))


def _both_sides(chance: random.Random, currency: str) -> list[VoucherLine]:
    amount = chance.randint(1, 9_999_999)
    base = amount if currency == "EUR" else chance.randint(9, 999_999)
    lost = 0 if currency == "EUR" else chance.choice((0, 0, 1, -2))
    lines = [line("6900", 0, "EUR", -lost)] if lost else []
    for sign in (1, -1):
        weights = [chance.randint(1, 9) for _ in range(chance.randint(1, 3))]
        parts, bases = split(amount, weights), split(base if sign == 1 else base - lost, weights)
        for part, base_part in zip(parts, bases, strict=True):
            account = chance.choice(ACCOUNTS)
            tax = "V19" if account in {"2300", "4000"} else None
            told = {"tax_code": tax, "memo": chance.choice(("", "fee")), "dimensions": (("channel", "shop"), ("gateway", "stripe"))}
            lines.append(line(account, sign * part, currency, sign * base_part, **told))
    return lines


def command(sink: VoucherSink, told: Voucher) -> Command:
    """The command of a voucher."""
    key = f"{told.number:032x}"
    return Command(key=key, reference=told.reference, body=sink.write_voucher(told, key))


def dispatched(sink: VoucherSink, told: Command) -> Receipt:
    """The receipt by the dispatcher's rule: sent once; where the answer is lost, looked for; after two looks in vain, sent again."""
    may_have_left, misses = False, 0
    for _ in range(80):
        try:
            if may_have_left and misses < MISSES:
                found = sink.find_voucher(told)
                if found is not None:
                    return found
                misses += 1
            else:
                may_have_left, misses = True, 0
                return sink.submit_voucher(told)
        except (TransientError, ContractError):
            continue
    raise AssertionError("the voucher is never booked")


def read_back(source: LedgerSource, days: tuple[date, date] = YEAR) -> list[LedgerEntry]:
    """Every entry of the days."""
    return [entry for batch in source.fetch_entries(*days) for entry in batch]


@dataclass
class Losing(httpx.HTTPTransport):
    """Lets every request through and loses the answers that `loses` points at; what was sent is kept."""

    loses: Callable[[bytes], bool]
    sent: list[bytes] = field(default_factory=list[bytes])
    lost: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        self.sent.append(body)
        response = super().handle_request(request)
        if not self.loses(body):
            return response
        response.read()
        response.close()
        self.lost += 1
        raise httpx.ReadTimeout("the answer is lost", request=request)


@dataclass
class Late(httpx.HTTPTransport):
    """The first request with this word arrives only after several others: long after its sender gave up."""

    word: bytes
    others: int
    kept: httpx.Request | None = None
    seen: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        if self.kept is None and self.word in body:
            self.kept = request
            raise httpx.ReadTimeout("on its way for long", request=request)
        if self.kept is not None:
            self.seen += 1
            if self.seen == self.others:
                super().handle_request(self.kept).read()
        return super().handle_request(request)


def totals(vouchers: Sequence[Voucher]) -> dict[str, int]:
    """What an account must come to, in minor units."""
    sums: dict[str, int] = {}
    for told in vouchers:
        for each in told.lines:
            sums[each.account] = sums.get(each.account, 0) + each.base_minor
    return sums
