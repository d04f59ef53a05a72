"""Triggers of the books: a voucher is posted balanced and into an open period, and never changes afterwards."""

from alembic import op

POSTED = "a posted voucher never changes; reverse it"
RULES_STAY = "posting rules are changed by a new version"

_VOUCHER_KEYS = """(v.id = NEW.id OR v.reverses_id = NEW.reverses_id
    OR (v.period = NEW.period AND v.number = NEW.number AND v.entity_id = NEW.entity_id)
    OR (v.source_id = NEW.source_id AND v.event = NEW.event AND v.source = NEW.source AND v.version = NEW.version
        AND v.rule_set = NEW.rule_set AND v.entity_id = NEW.entity_id))"""
_PERIOD_KEYS = "v.entity_id = NEW.entity_id AND v.period = NEW.period"
_PERIOD_MOVES = "NEW.entity_id <> OLD.entity_id OR NEW.period <> OLD.period"
_RULES_MOVE = """OLD.state <> 'proposed' OR NEW.id <> OLD.id OR NEW.body <> OLD.body OR NEW.effective_from <> OLD.effective_from
    OR NEW.entity_id <> OLD.entity_id OR NEW.maker_id <> OLD.maker_id OR NEW.made_at <> OLD.made_at OR NEW.reason <> OLD.reason"""


def _no_replacing(table: str, keys: str, words: str, more: str = "") -> tuple[str, str]:
    """SQLite's REPLACE deletes what is in its way and fires no trigger of deletion: rows of such keys are looked for beforehand."""
    found = f"SELECT 1 FROM {table} v WHERE {keys} {more}"  # noqa: S608  our own words
    abort = f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    return (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS ({found}) {abort}",
        f"CREATE TRIGGER {table}_no_replacing BEFORE UPDATE ON {table} WHEN EXISTS ({found} AND v.rowid <> OLD.rowid) {abort}",
    )


_SQLITE = (
    f"CREATE TRIGGER voucher_no_update BEFORE UPDATE ON voucher WHEN OLD.state = 'posted' BEGIN SELECT RAISE(ABORT, '{POSTED}'); END",
    f"CREATE TRIGGER voucher_no_delete BEFORE DELETE ON voucher WHEN OLD.state = 'posted' BEGIN SELECT RAISE(ABORT, '{POSTED}'); END",
    """CREATE TRIGGER voucher_no_birth BEFORE INSERT ON voucher WHEN NEW.state = 'posted'
    BEGIN SELECT RAISE(ABORT, 'a voucher is posted after its lines are written'); END""",
    *_no_replacing("voucher", _VOUCHER_KEYS, POSTED, "AND v.state = 'posted'"),
    # left as it is, not refused: a period is opened by INSERT ... ON CONFLICT DO NOTHING, for which this fires, too
    f"""CREATE TRIGGER accounting_period_no_replace BEFORE INSERT ON accounting_period
    WHEN EXISTS (SELECT 1 FROM accounting_period v WHERE {_PERIOD_KEYS}) BEGIN SELECT RAISE(IGNORE); END""",  # noqa: S608
    *_no_replacing("posting_rule_set", "v.id = NEW.id", RULES_STAY),
    *_no_replacing("exchange_rate", "v.base = NEW.base AND v.currency = NEW.currency AND v.day = NEW.day", "exchange_rate is append-only"),
    """CREATE TRIGGER voucher_balances BEFORE UPDATE ON voucher WHEN NEW.state = 'posted' BEGIN
    SELECT RAISE(ABORT, 'voucher: debit and credit differ, or it has no lines') WHERE NOT EXISTS (
      SELECT 1 FROM voucher_line WHERE voucher_id = NEW.id
    ) OR EXISTS (
      SELECT 1 FROM voucher_line WHERE voucher_id = NEW.id GROUP BY currency HAVING sum(amount_minor) <> 0
    ) OR (SELECT sum(base_minor) FROM voucher_line WHERE voucher_id = NEW.id) <> 0;
    SELECT RAISE(ABORT, 'voucher: its period is not open, or did not give its number') WHERE NOT EXISTS (
      SELECT 1 FROM accounting_period p WHERE p.entity_id = NEW.entity_id AND p.period = NEW.period AND p.state = 'open'
      AND NEW.number BETWEEN 1 AND p.last_number
    ) OR NEW.period <> substr(NEW.posted_on, 1, 7); END""",
    *(
        f"""CREATE TRIGGER voucher_line_no_{verb} BEFORE {verb.upper()} ON voucher_line
        WHEN EXISTS (SELECT 1 FROM voucher WHERE id IN ({ids}) AND state = 'posted')
        BEGIN SELECT RAISE(ABORT, '{POSTED}'); END"""  # noqa: S608 (our own words)
        for verb, ids in (("insert", "NEW.voucher_id"), ("update", "OLD.voucher_id, NEW.voucher_id"), ("delete", "OLD.voucher_id"))
    ),
    """CREATE TRIGGER accounting_period_no_update BEFORE UPDATE ON accounting_period WHEN NEW.last_number < OLD.last_number
    BEGIN SELECT RAISE(ABORT, 'numbers of vouchers are never taken back'); END""",
    f"""CREATE TRIGGER accounting_period_no_move BEFORE UPDATE ON accounting_period WHEN {_PERIOD_MOVES}
    BEGIN SELECT RAISE(ABORT, 'a period keeps its name'); END""",
    """CREATE TRIGGER accounting_period_no_delete BEFORE DELETE ON accounting_period
    BEGIN SELECT RAISE(ABORT, 'a period is closed, never deleted'); END""",
    f"""CREATE TRIGGER posting_rule_set_no_update BEFORE UPDATE ON posting_rule_set WHEN {_RULES_MOVE}
    BEGIN SELECT RAISE(ABORT, '{RULES_STAY}'); END""",
    f"CREATE TRIGGER posting_rule_set_no_delete BEFORE DELETE ON posting_rule_set BEGIN SELECT RAISE(ABORT, '{RULES_STAY}'); END",
    """CREATE TRIGGER posting_rule_set_no_birth BEFORE INSERT ON posting_rule_set WHEN NEW.state <> 'proposed'
    BEGIN SELECT RAISE(ABORT, 'posting rules are proposed before they are approved'); END""",
)

# ids as an array are found by the key; a join with the rows at hand, of which no statistics exist, looked through all of them for each
_POSTGRES = (
    f"""CREATE FUNCTION voucher_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'TRUNCATE' OR OLD.state = 'posted' THEN RAISE EXCEPTION '{POSTED}'; END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END; END $$""",
    """CREATE FUNCTION voucher_is_born() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'a voucher is posted after its lines are written'; END $$""",
    # a frozen snapshot would not see the line that another transaction has just added; a period that is being closed is waited for
    """CREATE FUNCTION voucher_must_balance() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$ DECLARE ids uuid[]; BEGIN
    IF NOT EXISTS (SELECT 1 FROM now_rows WHERE state = 'posted') THEN RETURN NULL; END IF;
    IF current_setting('transaction_isolation') NOT LIKE 'read %' THEN RAISE EXCEPTION 'voucher: is posted at READ COMMITTED only'; END IF;
    PERFORM 1 FROM accounting_period p WHERE (p.entity_id, p.period) IN (SELECT entity_id, period FROM now_rows WHERE state = 'posted')
      ORDER BY p.entity_id, p.period FOR SHARE;
    ids := ARRAY(SELECT id FROM now_rows WHERE state = 'posted');
    IF cardinality(ids) <> (SELECT count(DISTINCT voucher_id) FROM voucher_line WHERE voucher_id = ANY(ids))
      OR EXISTS (SELECT 1 FROM voucher_line WHERE voucher_id = ANY(ids) GROUP BY voucher_id, currency HAVING sum(amount_minor) <> 0)
      OR EXISTS (SELECT 1 FROM voucher_line WHERE voucher_id = ANY(ids) GROUP BY voucher_id HAVING sum(base_minor) <> 0)
      THEN RAISE EXCEPTION 'voucher: debit and credit differ, or it has no lines'; END IF;
    IF EXISTS (SELECT 1 FROM now_rows v WHERE v.state = 'posted' AND (v.period <> to_char(v.posted_on, 'YYYY-MM') OR NOT EXISTS (
        SELECT 1 FROM accounting_period p WHERE p.entity_id = v.entity_id AND p.period = v.period AND p.state = 'open'
        AND v.number BETWEEN 1 AND p.last_number)))
      THEN RAISE EXCEPTION 'voucher: its period is not open, or did not give its number'; END IF;
    RETURN NULL; END $$""",
    f"""CREATE FUNCTION voucher_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'TRUNCATE' THEN RAISE EXCEPTION '{POSTED}'; END IF;
    PERFORM 1 FROM voucher WHERE id = OLD.voucher_id FOR SHARE;
    IF EXISTS (SELECT 1 FROM voucher WHERE id = OLD.voucher_id AND state = 'posted') THEN RAISE EXCEPTION '{POSTED}'; END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END; END $$""",  # noqa: S608
    # the rows are locked first: a posting that is under way is waited for, and seen
    f"""CREATE FUNCTION voucher_line_comes() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$ DECLARE ids uuid[]; BEGIN
    ids := ARRAY(SELECT DISTINCT voucher_id FROM now_rows);
    PERFORM 1 FROM voucher WHERE id = ANY(ids) ORDER BY id FOR SHARE;
    IF EXISTS (SELECT 1 FROM voucher WHERE id = ANY(ids) AND state = 'posted')
      THEN RAISE EXCEPTION '{POSTED}'; END IF;
    RETURN NULL; END $$""",  # noqa: S608
    f"""CREATE FUNCTION period_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP <> 'UPDATE' THEN RAISE EXCEPTION 'a period is closed, never deleted'; END IF;
    IF {_PERIOD_MOVES} THEN RAISE EXCEPTION 'a period keeps its name'; END IF;
    IF NEW.last_number < OLD.last_number THEN RAISE EXCEPTION 'numbers of vouchers are never taken back'; END IF;
    RETURN NEW; END $$""",
    f"""CREATE FUNCTION rule_set_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN RAISE EXCEPTION 'posting rules are proposed before they are approved'; END IF;
    IF TG_OP <> 'UPDATE' THEN RAISE EXCEPTION '{RULES_STAY}'; END IF;
    IF {_RULES_MOVE} THEN RAISE EXCEPTION '{RULES_STAY}'; END IF;
    RETURN NEW; END $$""",
    "CREATE TRIGGER voucher_no_update BEFORE UPDATE ON voucher FOR EACH ROW EXECUTE FUNCTION voucher_stays()",
    "CREATE TRIGGER voucher_no_delete BEFORE DELETE ON voucher FOR EACH ROW EXECUTE FUNCTION voucher_stays()",
    "CREATE TRIGGER voucher_no_truncate BEFORE TRUNCATE ON voucher FOR EACH STATEMENT EXECUTE FUNCTION voucher_stays()",
    """CREATE TRIGGER voucher_no_birth BEFORE INSERT ON voucher FOR EACH ROW WHEN (NEW.state = 'posted')
    EXECUTE FUNCTION voucher_is_born()""",
    """CREATE TRIGGER voucher_balances AFTER UPDATE ON voucher REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT
    EXECUTE FUNCTION voucher_must_balance()""",
    "CREATE TRIGGER voucher_line_no_update BEFORE UPDATE ON voucher_line FOR EACH ROW EXECUTE FUNCTION voucher_line_stays()",
    """CREATE TRIGGER voucher_line_moves AFTER UPDATE ON voucher_line REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT
    EXECUTE FUNCTION voucher_line_comes()""",
    "CREATE TRIGGER voucher_line_no_delete BEFORE DELETE ON voucher_line FOR EACH ROW EXECUTE FUNCTION voucher_line_stays()",
    "CREATE TRIGGER voucher_line_no_truncate BEFORE TRUNCATE ON voucher_line FOR EACH STATEMENT EXECUTE FUNCTION voucher_line_stays()",
    """CREATE TRIGGER voucher_line_no_insert AFTER INSERT ON voucher_line REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT
    EXECUTE FUNCTION voucher_line_comes()""",
    "CREATE TRIGGER accounting_period_no_update BEFORE UPDATE ON accounting_period FOR EACH ROW EXECUTE FUNCTION period_stays()",
    "CREATE TRIGGER accounting_period_no_delete BEFORE DELETE ON accounting_period FOR EACH ROW EXECUTE FUNCTION period_stays()",
    "CREATE TRIGGER posting_rule_set_no_update BEFORE UPDATE ON posting_rule_set FOR EACH ROW EXECUTE FUNCTION rule_set_stays()",
    "CREATE TRIGGER posting_rule_set_no_delete BEFORE DELETE ON posting_rule_set FOR EACH ROW EXECUTE FUNCTION rule_set_stays()",
    """CREATE TRIGGER posting_rule_set_no_birth BEFORE INSERT ON posting_rule_set FOR EACH ROW WHEN (NEW.state <> 'proposed')
    EXECUTE FUNCTION rule_set_stays()""",
    "CREATE TRIGGER posting_rule_set_no_truncate BEFORE TRUNCATE ON posting_rule_set FOR EACH STATEMENT EXECUTE FUNCTION rule_set_stays()",
    "CREATE TRIGGER accounting_period_no_truncate BEFORE TRUNCATE ON accounting_period FOR EACH STATEMENT EXECUTE FUNCTION period_stays()",
)
_FUNCTIONS = ("voucher_stays", "voucher_is_born", "voucher_must_balance", "voucher_line_stays", "voucher_line_comes", "period_stays",
              "rule_set_stays")  # fmt: skip


def guard_books() -> None:
    """Make the triggers, in the dialect at hand."""
    for statement in _POSTGRES if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def drop_book_functions() -> None:
    """Drop what `guard_books` left behind once its tables, and with them the triggers, are gone."""
    if op.get_bind().dialect.name == "postgresql":
        for name in _FUNCTIONS:
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")
