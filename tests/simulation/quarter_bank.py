"""The bank account of the generated quarter: what it shows of each payout, what is no payout at all, and a statement a day."""

from collections import defaultdict
from datetime import date, timedelta

from model.records.statement import Statement, StatementLine
from model.store.money_rows import payout_id, statement_id, statement_line_id
from tests.simulation.quarter_payouts import STYLES
from tests.simulation.quarter_truth import BANK, IBAN, NOW, STORE, Bond, Making, Planted, Sent, business_days_on, midnight

FIRST_DAY = date(2026, 1, 2)
IGNORE = (
    ("rent", "office rent", "out"), ("wages", "wages", "out"), ("bank fees", "account fee", ""), ("interest", "interest", "in"),
)  # fmt: skip
"""Rules of the house: name, text, direction."""
HABITS = (
    (1, -180_000, "Office Rent, Canal Street 4"),
    (27, -1_240_000, "WAGES AND SALARIES"),
    (28, -1490, "ACCOUNT FEE"),
    (15, 311, "Interest"),
)
PAYERS = {"cards": "CARDS PAYMENTS LTD", "wallet": "WALLET EUROPE SCA", "store": "STORE PAY", "market-money": "MARKET EU SARL"}
OPENING = 25_000_000
LONGEST_WEEKEND = 3


class Account:
    """Lines by booking day, each with what the world knows of it."""

    def __init__(self, making: Making) -> None:
        self.making = making
        self.days: dict[date, list[StatementLine]] = defaultdict(list)
        self.bonds: dict[str, Bond] = {}
        self.number = 0

    def book(self, day: date, amount: int, text: str, *, bond: Bond | None = None, reference: str | None = None, fee: int = 0) -> str:
        """A line is booked on a business day; gives its row id. Its value day may be told, and may be the day before."""
        self.number += 1
        booked = business_days_on(day, 0) if self.making.rng.randrange(8) else business_days_on(day, 1)
        value = business_days_on(day, 0) if self.making.rng.randrange(5) else None
        line = StatementLine(
            external_id=f"B{self.number:06d}", booked_on=booked, value_on=value,
            amount_minor=amount, reference=reference, text=text, fee_minor=fee, counterparty="Payments" if bond else None,
        )  # fmt: skip
        self.days[booked].append(line)
        row = statement_line_id(BANK, IBAN, line.external_id)
        if bond is not None:
            bond.rights.append(row)
            self.bonds[row] = bond
        return row


def bank(making: Making) -> None:
    """All lines and statements of the account."""
    account = Account(making)
    sent = sorted(making.sent, key=lambda each: (each.payout.arrival_on or FIRST_DAY, each.payout.external_id))
    for group in _groups(making, sent):
        if len(group) > 1:
            _joined(account, group)
        else:
            _shown(account, group[0])
    _habits(account)
    _unexplained(account)
    _statements(account)


def _groups(making: Making, sent: list[Sent]) -> list[list[Sent]]:
    """Payouts with how they are shown; two or three of the store's that follow on one another may come as one deposit."""
    groups: list[list[Sent]] = []
    open_for = 0
    for each in sent:
        style = each.style or making.rng.choice(STYLES[each.account])
        shown = Sent(each.account, each.payout, style, each.bond)
        if open_for and each.account == STORE and not each.style and each.payout.amount_minor > 0:
            next(group for group in reversed(groups) if group[0].style == "joined").append(Sent(each.account, each.payout, "joined"))
            open_for -= 1
        elif style == "joined" and each.payout.amount_minor > 0 and not open_for:
            groups.append([shown])
            open_for = making.rng.choice((1, 2))
        else:
            open_for = 0 if each.account == STORE else open_for
            groups.append([shown])
    return groups


def _joined(account: Account, group: list[Sent]) -> None:
    """One deposit of several payouts; the bank names none of them."""
    bond = account.making.truth.bond("bank", *(payout_id(each.account, each.payout.external_id) for each in group), why="joined")
    day = max(each.payout.arrival_on or FIRST_DAY for each in group)
    account.book(day, sum(each.payout.amount_minor for each in group), f"{PAYERS[STORE]} COLLECTIVE CREDIT", bond=bond)


def _shown(account: Account, sent: Sent) -> None:
    """One payout as the bank shows it."""
    making, payout, style = account.making, sent.payout, sent.style
    row, arrival = payout_id(sent.account, payout.external_id), payout.arrival_on or FIRST_DAY
    day = business_days_on(arrival, making.rng.choice((0, 0, 0, 1, 2)))
    if style in {"never", "failed"}:
        if style == "never":
            making.truth.plant("payout_not_banked", sent.account, row)
        return
    if style == "untold":
        making.truth.plant(
            "bank_line_unexplained", BANK, account.book(day, payout.amount_minor, f"{PAYERS[sent.account]} {payout.reference}")
        )
        return
    bond = sent.bond or making.truth.bond("bank", why=style)
    bond.lefts.append(row)
    amount = payout.amount_minor
    words = (
        f"CREDIT {PAYERS[sent.account]} REF {payout.reference} THANK YOU" if style not in {"bare", "bare parts"} else PAYERS[sent.account]
    )
    if style == "bank differs":
        bond.rule = "never"
        line = account.book(day, amount - 1250, words, bond=bond, reference=payout.reference)
        making.truth.plant("bank_amount_differs", sent.account, row, line)
    elif style == "fee said":
        account.book(day, amount - 1500, words, bond=bond, reference=payout.reference, fee=1500)
    elif style == "returned":
        bond.rule = "apart"
        account.book(arrival, amount, words, bond=bond, reference=payout.reference)
        account.book(business_days_on(arrival, 2), -amount, f"RETURN {words}", bond=bond, reference=payout.reference)
    elif style in {"parts", "bare parts"}:
        account.book(day, amount - amount // 3, words, bond=bond)
        account.book(day, amount // 3, words, bond=bond)
    else:
        line = account.book(day, amount, words, bond=bond, reference=payout.reference if style == "reference" else None)
        if bond.rule == "never":
            making.truth.plant("ambiguous", sent.account, row, line)


def _habits(account: Account) -> None:
    """What comes every month, and a rule of the house sets apart."""
    for month in range(1, 7):
        for day, amount, text in HABITS:
            row = account.book(date(2026, month, day if month > 1 else max(day, 2)), amount, text)
            account.making.truth.ignored.add(row)


def _unexplained(account: Account) -> None:
    """Money that nobody can name; one of its lines has a word of a rule, but goes the other way."""
    making = account.making
    for number in range(max(making.errors, 4)):
        day = FIRST_DAY + timedelta(days=making.rng.randrange(10, 150))
        amount = making.own_amount() * (-1 if number % 2 else 1)
        row = account.book(day, amount, "Loan interest 4711" if number == 1 else f"TRANSFER {number} OF SOMEBODY")
        making.truth.plant("bank_line_unexplained", BANK, row)


def _statements(account: Account) -> None:
    """A statement for each business day, numbered; one is missing."""
    making, balance, number, day = account.making, OPENING, 0, FIRST_DAY
    missing = _day_to_miss(account)
    around: dict[date, str] = {}
    while midnight(day) < NOW - timedelta(days=2):
        number += 1
        lines = tuple(account.days.pop(day, ()))
        closing = balance + sum(line.amount_minor for line in lines)
        statement = Statement(
            external_id=f"2026/{number}", account=IBAN, currency="EUR", opened_on=day, closed_on=day, opening_minor=balance,
            closing_minor=closing, lines=lines, sequence=str(number),
        )  # fmt: skip
        around[day] = statement_id(BANK, statement.external_id)
        if day == missing:
            _miss(account, lines)
        else:
            making.tell(midnight(day, 22), BANK, statement)
        balance, day = closing, business_days_on(day, 1)
    making.truth.plant("statement_gap", BANK, *(row for day, row in around.items() if abs((day - missing).days) <= LONGEST_WEEKEND))
    if account.days:
        raise AssertionError(f"lines on days without statement: {sorted(account.days)}")


def _day_to_miss(account: Account) -> date:
    """A day of February or March on which each line stands for itself."""
    days = [
        day for day, lines in account.days.items()
        if date(2026, 2, 1) <= day < date(2026, 4, 1) and all(_is_alone(account, line) for line in lines)
    ]  # fmt: skip
    return account.making.rng.choice(sorted(days))


def _is_alone(account: Account, line: StatementLine) -> bool:
    bond = account.bonds.get(statement_line_id(BANK, IBAN, line.external_id))
    return bond is not None and bond.rule == "must" and len(bond.rights) == 1


def _miss(account: Account, lines: tuple[StatementLine, ...]) -> None:
    """Payouts of that day are at the bank, but the hub cannot know."""
    truth = account.making.truth
    for line in lines:
        bond = account.bonds[statement_line_id(BANK, IBAN, line.external_id)]
        truth.bonds.remove(bond)
        truth.planted += [Planted("payout_not_banked", STORE, [row]) for row in bond.lefts]
