"""The auditor: the invariants the store must hold, as plain SQL over a plain driver connection, apart from the product's own code.

It shares nothing with the store but the table names, so that a mistake there cannot hide itself here. Every query gives the rows
that break its invariant; none means it holds. `id` is the number in docs/guide/invariants.md.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg

SHOWN = 20
"""Offenders named per invariant."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold, and the query whose rows break it."""

    id: str
    promise: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant with the offenders found first."""

    id: str
    promise: str
    offenders: tuple[str, ...]


INVARIANTS: tuple[Invariant, ...] = (
    Invariant("I1", "every payload in use belongs to a stored record", """
        SELECT r.id FROM raw_payload r
        LEFT JOIN orders o ON o.raw_id = r.id LEFT JOIN payment p ON p.raw_id = r.id LEFT JOIN order_return t ON t.raw_id = r.id
        LEFT JOIN warehouse_advice a ON a.raw_id = r.id LEFT JOIN refund f ON f.own_raw_id = r.id
        LEFT JOIN (SELECT raw_id FROM payout UNION ALL SELECT raw_id FROM settlement_line UNION ALL SELECT raw_id FROM dispute
            UNION ALL SELECT raw_id FROM money_file) m ON m.raw_id = r.id
        WHERE r.disposition = 'current' AND o.id IS NULL AND p.id IS NULL AND t.id IS NULL AND a.id IS NULL AND f.id IS NULL
            AND m.raw_id IS NULL"""),
    Invariant("I1", "every record shows a payload that is in use", """
        SELECT o.external_id FROM orders o JOIN raw_payload r ON r.id = o.raw_id WHERE r.disposition <> 'current'"""),
    Invariant("I2", "no order of an account is stored twice", """
        SELECT external_id FROM orders GROUP BY account_id, external_id HAVING COUNT(*) > 1"""),
    Invariant("I2", "no order line is stored twice", """
        SELECT external_id FROM order_line GROUP BY order_id, external_id HAVING COUNT(*) > 1"""),
    Invariant("I2", "no payment or refund of an account is stored twice", """
        SELECT external_id FROM payment GROUP BY account_id, external_id HAVING COUNT(*) > 1
        UNION ALL SELECT external_id FROM refund GROUP BY account_id, external_id HAVING COUNT(*) > 1"""),
    Invariant("I3", "nothing is sold twice: what is reserved, damaged or held back lies there", """
        SELECT sku FROM stock_level WHERE reserved + damaged + held > on_hand OR reserved < 0 OR on_hand < 0"""),
    Invariant("I4", "a stock level is the sum of its movements", """
        SELECT l.sku FROM stock_level l LEFT JOIN stock_movement m ON m.sku = l.sku AND m.location_id = l.location_id
        GROUP BY l.sku, l.location_id, l.on_hand, l.damaged, l.held, l.reserved
        HAVING COALESCE(SUM(m.on_hand), 0) <> l.on_hand OR COALESCE(SUM(m.damaged), 0) <> l.damaged
            OR COALESCE(SUM(m.held), 0) <> l.held OR COALESCE(SUM(m.reserved), 0) <> l.reserved"""),
    Invariant("I4", "what a level has reserved is what live reservations hold", """
        SELECT l.sku FROM stock_level l
        LEFT JOIN reservation r ON r.sku = l.sku AND r.location_id = l.location_id AND r.state = 'live'
        GROUP BY l.sku, l.location_id, l.reserved HAVING COALESCE(SUM(r.quantity), 0) <> l.reserved
        UNION ALL SELECT r.sku FROM reservation r LEFT JOIN stock_level l ON l.sku = r.sku AND l.location_id = r.location_id
        WHERE r.state = 'live' AND l.sku IS NULL"""),
    Invariant("I4", "an order that is no longer open holds and waits for nothing", """
        SELECT r.order_id FROM reservation r JOIN order_state s ON s.order_id = r.order_id WHERE r.state = 'live' AND NOT s.is_open
        UNION ALL SELECT b.order_id FROM backorder b JOIN order_state s ON s.order_id = b.order_id
        WHERE b.state = 'open' AND NOT s.is_open"""),
    Invariant("I4", "an order that waits for nothing holds all that its lines still send", """
        SELECT b.order_id FROM backorder b JOIN order_state s ON s.order_id = b.order_id
        WHERE b.state = 'open' AND s.lifecycle = 'allocated'
        UNION SELECT l.order_id FROM order_line_state l
        JOIN order_state s ON s.order_id = l.order_id AND s.lifecycle = 'allocated'
        JOIN order_line v ON v.order_id = l.order_id AND v.external_id = l.line_external_id AND NOT v.is_gift_card
        JOIN sku u ON u.code = l.sku AND u.is_tracked LEFT JOIN kit_part k ON k.kit = l.sku
        LEFT JOIN reservation r
            ON r.order_id = l.order_id AND r.line_external_id = l.line_external_id AND r.sku = l.sku AND r.state = 'live'
        WHERE k.kit IS NULL GROUP BY l.order_id, l.line_external_id, l.approved, l.issued
        HAVING COALESCE(SUM(r.quantity), 0) <> l.approved - l.issued"""),
    Invariant("I4", "no line has more returned than left, more left than released, or more released than approved", """
        SELECT line_external_id FROM order_line_state WHERE issued > released OR released > approved OR returned > issued"""),
    Invariant("I5", "a settlement line's net is its gross less its fees", """
        SELECT l.external_id FROM settlement_line l LEFT JOIN settlement_fee f ON f.line_id = l.id
        GROUP BY l.id, l.external_id, l.gross_minor, l.net_minor
        HAVING l.gross_minor - COALESCE(SUM(f.amount_minor), 0) <> l.net_minor"""),
    Invariant("I6", "nobody is asked twice for the same goods", """
        SELECT subject_id FROM outbox WHERE operation = 'submit_shipment' AND state <> 'withdrawn'
        GROUP BY subject_id HAVING COUNT(*) > 1"""),
    Invariant("I6", "no channel is told of a shipment twice", """
        SELECT subject_id FROM outbox WHERE operation = 'submit_shipment_notice' AND state <> 'withdrawn'
        GROUP BY subject_id HAVING COUNT(*) > 1"""),
    Invariant("I6", "what partners shipped of a fulfilment order is what its shipments hold", """
        SELECT f.reference FROM fulfilment_order f JOIN fulfilment_order_line a ON a.fulfilment_order_id = f.id
        LEFT JOIN shipment_line v ON v.fulfilment_order_id = f.id AND v.line_external_id = a.line_external_id AND v.sku = a.sku
        WHERE f.partner_id IS NOT NULL GROUP BY f.reference, a.line_external_id, a.sku, a.shipped
        HAVING COALESCE(SUM(v.quantity), 0) <> a.shipped"""),
    Invariant("I6", "what was shipped left stock", """
        SELECT s.external_id FROM shipment s JOIN shipment_line v ON v.shipment_id = s.id
        JOIN fulfilment_order f ON f.id = s.fulfilment_order_id
        LEFT JOIN stock_movement m ON m.reference = REPLACE(CAST(s.order_id AS TEXT), '-', '')
            AND m.kind = 'issue' AND m.sku = v.sku AND m.location_id = f.location_id
        GROUP BY s.external_id, v.sku HAVING COUNT(m.id) = 0"""),
    Invariant("I6", "a fulfilment order that a partner has was acknowledged by it", """
        SELECT f.reference FROM fulfilment_order f LEFT JOIN outbox o
            ON o.subject_id = f.id AND o.operation = 'submit_shipment' AND o.state <> 'withdrawn'
        WHERE f.partner_id IS NOT NULL AND f.state IN ('released', 'accepted', 'part_shipped') AND o.id IS NULL"""),
    Invariant("I13", "no stocktake was approved by who counted", """
        SELECT id FROM stocktake WHERE state = 'approved' AND (checker_id IS NULL OR checker_id = maker_id)
        UNION SELECT s.id FROM stocktake s JOIN stocktake_line l ON l.stocktake_id = s.id
        WHERE s.state = 'approved' AND l.counted_by = s.checker_id"""),
    Invariant("I13", "an approved stocktake has booked each variance once, and no other stocktake has booked any", """
        SELECT l.stocktake_id FROM stocktake_line l
        LEFT JOIN stock_movement m
            ON m.sku = l.sku AND m.location_id = l.location_id AND m.kind = 'count' AND m.reference = l.stocktake_id
        GROUP BY l.stocktake_id, l.sku, l.state, l.counted, l.booked
        HAVING COALESCE(SUM(m.on_hand), 0) <> CASE WHEN l.state = 'approved' THEN COALESCE(l.counted - l.booked, 0) ELSE 0 END"""),
    Invariant("I4", "every order has exactly one state of its own in the hub", """
        SELECT o.external_id FROM orders o LEFT JOIN order_state s ON s.order_id = o.id WHERE s.order_id IS NULL"""),
    Invariant("I8", "no cursor stands ahead of the source's last window", """
        SELECT c.account_id FROM stream_cursor c WHERE c.window_end IS NOT NULL AND c.window_end < c.window_start"""),
    Invariant("I8", "no cursor was written by a lease that does not exist", """
        SELECT c.account_id FROM stream_cursor c LEFT JOIN lease l
        ON l.resource = CASE WHEN c.stream = 'refunds' THEN 'refunds:' ELSE 'pull:' END || c.account_id
        WHERE l.resource IS NULL OR c.fence > l.token"""),
    Invariant("I9", "no order shows an older version than one it has shown", """
        SELECT o.external_id FROM orders o JOIN order_change c ON c.order_id = o.id WHERE c.fetch_seq > o.fetch_seq"""),
    Invariant("I6", "what is expected back and came back of an order is what its returns say", """
        SELECT p.order_id FROM returnable_part p LEFT JOIN
            (SELECT o.order_id, l.line_external_id, l.sku, SUM(l.received) AS back,
                SUM(CASE WHEN o.state = 'requested' THEN 0 ELSE l.wanted - l.received - l.given_up END) AS coming
             FROM return_order_line l JOIN return_order o ON o.id = l.return_order_id GROUP BY o.order_id, l.line_external_id, l.sku) r
          ON r.order_id = p.order_id AND r.line_external_id = p.line_external_id AND r.sku = p.sku
        WHERE p.returned <> COALESCE(r.back, 0) OR p.expected <> COALESCE(r.coming, 0)"""),
    Invariant("I6", "goods of returns that arrived moved stock once", """
        SELECT r.reference FROM
            (SELECT o.reference, l.sku, SUM(l.received) AS back FROM return_order_line l JOIN return_order o ON o.id = l.return_order_id
             GROUP BY o.reference, l.sku) r
        LEFT JOIN (SELECT reference, sku, SUM(on_hand) AS moved FROM stock_movement WHERE kind = 'return' GROUP BY reference, sku) m
          ON m.reference = r.reference AND m.sku = r.sku
        WHERE r.back <> COALESCE(m.moved, 0)"""),
    Invariant("I10", "no finished stream has a run that is still running beside a newer one", """
        SELECT a.id FROM pull_run a JOIN pull_run b ON a.account_id = b.account_id AND a.stream = b.stream AND b.started_at > a.started_at
        WHERE a.outcome = 'running'"""),
    Invariant("I12", "every payload set aside is in quarantine, and what is in quarantine was landed", """
        SELECT r.id FROM raw_payload r LEFT JOIN quarantine q ON q.raw_id = r.id
        WHERE r.disposition = 'quarantined' AND q.raw_id IS NULL"""),
    Invariant("I12", "no open quarantine entry stands for a payload that is in use, unless a later mapping cannot read it", """
        SELECT q.raw_id FROM quarantine q JOIN raw_payload r ON r.id = q.raw_id
        WHERE q.state = 'open' AND r.disposition = 'current' AND q.mapping_version = r.mapping_version"""),
    Invariant("I15", "certificates are numbered without a gap, per channel and day", """
        SELECT account_id || ' ' || CAST(day AS TEXT) FROM completeness_certificate GROUP BY account_id, day
        HAVING COUNT(*) <> MAX(number) OR MIN(number) <> 1"""),
    Invariant("I15", "a certificate that says complete names the same ids, count and sums on both sides", """
        SELECT account_id || ' ' || CAST(day AS TEXT) FROM completeness_certificate WHERE state = 'complete'
            AND (source_ids <> store_ids OR source_count <> store_count OR source_sums <> store_sums OR asked <> 'listed')"""),
    Invariant("I15", "the newest certificate of a day counts no more orders than are stored", """
        SELECT c.account_id || ' ' || CAST(c.day AS TEXT) FROM completeness_certificate c
        LEFT JOIN (SELECT o.account_id, o.business_date, COUNT(*) AS orders FROM orders o
                   JOIN order_state s ON s.order_id = o.id WHERE NOT s.is_own GROUP BY o.account_id, o.business_date) d
          ON d.account_id = c.account_id AND d.business_date = c.day
        WHERE c.store_count > COALESCE(d.orders, 0) AND c.number =
            (SELECT MAX(n.number) FROM completeness_certificate n WHERE n.account_id = c.account_id AND n.day = c.day)"""),
    Invariant("I14", "the parts of an order sum to its total", """
        SELECT external_id FROM orders
        WHERE total_minor <> lines_minor + shipping_minor + tax_minor + charges_minor - discount_minor"""),
    Invariant("I14", "the lines of an order sum to its line total", """
        SELECT o.external_id FROM orders o LEFT JOIN order_line l ON l.order_id = o.id
        GROUP BY o.id, o.external_id, o.lines_minor HAVING COALESCE(SUM(l.total_minor), 0) <> o.lines_minor"""),
    Invariant("I14", "the adjustments of an order sum to its shipping, tax, charges and discount", """
        SELECT o.external_id FROM orders o LEFT JOIN order_adjustment a ON a.order_id = o.id
        GROUP BY o.id, o.external_id, o.shipping_minor, o.tax_minor, o.charges_minor, o.discount_minor
        HAVING COALESCE(SUM(CASE WHEN a.kind = 'shipping' THEN a.amount_minor END), 0) <> o.shipping_minor
            OR COALESCE(SUM(CASE WHEN a.kind = 'tax' THEN a.amount_minor END), 0) <> o.tax_minor
            OR COALESCE(SUM(CASE WHEN a.kind = 'charge' THEN a.amount_minor END), 0) <> o.charges_minor
            OR COALESCE(SUM(CASE WHEN a.kind = 'discount' THEN a.amount_minor END), 0) <> o.discount_minor"""),
    Invariant("I14", "a line that was removed counts nothing", """
        SELECT external_id FROM order_line WHERE removed_at IS NOT NULL AND (quantity <> 0 OR total_minor <> 0 OR tax_minor <> 0)"""),
    Invariant("I14", "no more is refunded than was paid, per order and currency", """
        SELECT r.order_external_id FROM
            (SELECT account_id, order_id, order_external_id, currency, SUM(amount_minor) AS back FROM refund
             WHERE status = 'succeeded' AND removed_at IS NULL GROUP BY account_id, order_id, order_external_id, currency) r
        JOIN (SELECT order_id, currency, SUM(amount_minor) AS paid FROM payment
              WHERE status = 'succeeded' AND kind IN ('sale', 'capture') AND removed_at IS NULL GROUP BY order_id, currency) p
          ON p.order_id = r.order_id AND p.currency = r.currency
        WHERE r.back > p.paid"""),
    Invariant("I14", "the numbers of invoices and of credit notes have no gap, and the next one follows", """
        SELECT p.series FROM paper p LEFT JOIN paper_series s ON s.entity_id = p.entity_id AND s.series = p.series
        GROUP BY p.entity_id, p.series, s.last_number
        HAVING COUNT(*) <> MAX(p.number) OR MIN(p.number) <> 1 OR s.last_number IS NULL OR s.last_number <> MAX(p.number)"""),
    Invariant("I14", "the lines of an invoice or credit note sum to it", """
        SELECT p.reference FROM paper p LEFT JOIN paper_line l ON l.paper_id = p.id
        GROUP BY p.id, p.reference, p.net_minor, p.tax_minor
        HAVING COALESCE(SUM(l.amount_minor - l.discount_minor), 0) <> p.net_minor OR COALESCE(SUM(l.tax_minor), 0) <> p.tax_minor"""),
    Invariant("I14", "no more of an order is credited than was invoiced", """
        SELECT order_number FROM paper GROUP BY order_id, order_number
        HAVING SUM(CASE WHEN kind = 'invoice' THEN total_minor ELSE -total_minor END) < 0"""),
    Invariant("I5", "every posted voucher has lines and balances, in each currency and in the functional one", """
        SELECT v.id FROM voucher v LEFT JOIN voucher_line l ON l.voucher_id = v.id WHERE v.state = 'posted'
        GROUP BY v.id, l.currency HAVING COALESCE(SUM(l.amount_minor), 1) <> 0
        UNION SELECT v.id FROM voucher v JOIN voucher_line l ON l.voucher_id = v.id WHERE v.state = 'posted'
        GROUP BY v.id HAVING SUM(l.base_minor) <> 0"""),
    Invariant("I13", "the numbers of posted vouchers go from 1 to the last one given, per entity and period", """
        SELECT p.entity_id || '/' || p.period FROM accounting_period p
        LEFT JOIN voucher v ON v.entity_id = p.entity_id AND v.period = p.period AND v.state = 'posted'
        GROUP BY p.entity_id, p.period, p.last_number
        HAVING COUNT(DISTINCT v.number) <> p.last_number OR COUNT(v.id) <> p.last_number
            OR COALESCE(MIN(v.number), 1) <> 1 OR COALESCE(MAX(v.number), 0) <> p.last_number
        UNION ALL SELECT v.entity_id || '/' || v.period FROM voucher v
        LEFT JOIN accounting_period p ON p.entity_id = v.entity_id AND p.period = v.period
        WHERE v.state = 'posted' AND p.period IS NULL"""),
    Invariant("I13", "every posted voucher bears a day of its period", """
        SELECT id FROM voucher WHERE state = 'posted' AND period <> SUBSTR(CAST(posted_on AS TEXT), 1, 7)"""),
    Invariant("I7", "each fact is told by one standing voucher at most", """
        SELECT v.source || ' ' || v.source_id FROM voucher v LEFT JOIN voucher r ON r.reverses_id = v.id AND r.state = 'posted'
        WHERE v.state = 'posted' AND r.id IS NULL AND v.source NOT IN ('voucher', 'person')
        GROUP BY v.entity_id, v.source, v.source_id HAVING COUNT(*) > 1"""),
    Invariant("I7", "what tells of a fact is posted and stands, and what stands tells of a fact", """
        SELECT b.source_id FROM booked_fact b JOIN voucher v ON v.id = b.voucher_id
        LEFT JOIN voucher r ON r.reverses_id = v.id AND r.state = 'posted' WHERE v.state <> 'posted' OR r.id IS NOT NULL
        UNION ALL SELECT v.id FROM voucher v LEFT JOIN voucher r ON r.reverses_id = v.id AND r.state = 'posted'
        LEFT JOIN booked_fact b ON b.voucher_id = v.id
        WHERE v.state = 'posted' AND r.id IS NULL AND b.voucher_id IS NULL
            AND v.source IN ('payment', 'settlement_line', 'refund', 'payout', 'dispute', 'money_match', 'summary')"""),
    Invariant("I7", "what takes a voucher back takes a posted one of its entity back, and all of it", """
        SELECT r.id FROM voucher r JOIN voucher v ON v.id = r.reverses_id
        WHERE r.state = 'posted' AND (v.state <> 'posted' OR v.entity_id <> r.entity_id)
        UNION SELECT t.id FROM (
            SELECT r.id, l.account, l.currency, l.amount_minor, l.base_minor FROM voucher r JOIN voucher_line l ON l.voucher_id = r.id
            WHERE r.state = 'posted' AND r.reverses_id IS NOT NULL
            UNION ALL SELECT r.id, l.account, l.currency, l.amount_minor, l.base_minor
            FROM voucher r JOIN voucher_line l ON l.voucher_id = r.reverses_id WHERE r.state = 'posted') t
        GROUP BY t.id, t.account, t.currency HAVING SUM(t.amount_minor) <> 0 OR SUM(t.base_minor) <> 0"""),
)  # fmt: skip


class _Driver(Protocol):
    def execute(self, sql: str, /) -> Any: ...  # noqa: ANN401  either driver's cursor


def audit(database_url: str) -> list[Finding]:
    """Every broken invariant of a store, chain of the audit trail included."""
    with closing(_connect(database_url)) as connection:
        found = [_check(connection, invariant) for invariant in INVARIANTS]
        return [finding for finding in found if finding.offenders] + list(_chain(connection))


def _check(connection: _Driver, invariant: Invariant) -> Finding:
    rows: Sequence[Sequence[object]] = connection.execute(f"SELECT * FROM ({invariant.sql}) broken LIMIT {SHOWN}").fetchall()  # noqa: S608
    return Finding(invariant.id, invariant.promise, tuple(str(row[0]) for row in rows))


def _chain(connection: _Driver) -> Iterator[Finding]:
    """I11: each audit event carries the SHA-256 of itself and of the one before, numbers have no gap, the head is the last event."""
    previous: dict[str, str] = {}
    numbers: dict[str, int] = {}
    broken: list[str] = []
    columns = "scope, seq, at, actor_id, action, subject, details, prev_hash, hash"
    for row in connection.execute(f"SELECT {columns} FROM audit_event ORDER BY scope, seq").fetchall():  # noqa: S608  fixed names
        scope, seq = str(row[0]), int(row[1])
        before = previous.get(scope, "0" * 64)
        parts = [before, scope, str(seq), *(str(value) for value in row[2:7])]
        expected = hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()
        if row[7] != before or row[8] != expected or seq != numbers.get(scope, 0) + 1:
            broken.append(f"{scope} {seq}")
        previous[scope], numbers[scope] = str(row[8]), seq
    for scope, seq, head in connection.execute("SELECT scope, seq, hash FROM chain_head").fetchall():
        if (numbers.get(str(scope), 0), previous.get(str(scope), "0" * 64)) != (seq, head):
            broken.append(f"{scope} head")
    if broken:
        yield Finding("I11", "the audit trail is one unbroken chain", tuple(broken[:SHOWN]))


def _connect(database_url: str) -> Any:  # noqa: ANN401  a sqlite3 or a psycopg connection
    scheme, _, rest = database_url.partition("://")
    if scheme.startswith("sqlite"):
        connection = sqlite3.connect(f"file:{rest.removeprefix('/')}?mode=ro", uri=True)
        connection.execute("BEGIN")  # one snapshot for all questions, as on PostgreSQL
        return connection
    parts = urlsplit(f"postgresql://{rest}")
    options = r"-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\ read"
    return psycopg.connect(parts.geturl(), options=options)
