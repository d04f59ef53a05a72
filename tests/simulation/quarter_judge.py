"""The judge of the generated quarter: what a hub matched and named, held against what is true."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from sqlalchemy import select

from model.store.database import Database
from model.tables.reconciliations import MoneyBreakRow, MoneyIgnoredRow, MoneyMatchMemberRow
from tests.simulation.quarter_truth import Bond, Planted, Truth

NAMED = 12
"""Complaints of a sort that are told in full."""
Line = tuple[str, str, str]
"""Level, side and row id."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the hub decided: members by match, open breaks as kind and subject, and the bank lines it set apart."""

    matches: dict[str, frozenset[Line]]
    breaks: frozenset[tuple[str, str]]
    ignored: frozenset[str]


@dataclass(slots=True)
class Verdict:
    """What is wrong with an outcome; `recall` is the share of lines that had to be matched and were."""

    wrong: list[str] = field(default_factory=list[str])
    """Matches of lines that do not belong together, or that nobody can know to belong together."""
    missed: list[str] = field(default_factory=list[str])
    unfound: list[str] = field(default_factory=list[str])
    """Planted errors without their break."""
    stray: list[str] = field(default_factory=list[str])
    """Breaks where the world has an explanation."""
    unnamed: list[str] = field(default_factory=list[str])
    """Lines that are neither matched nor told of by a break on any of those they belong to."""
    misplaced: list[str] = field(default_factory=list[str])
    """Bank lines that were set apart and should not be, or the other way round."""
    recall: Fraction = Fraction(1)

    def __str__(self) -> str:
        """A line per sort of complaint, with the first few of each."""
        sorts = ("wrong", "missed", "unfound", "stray", "unnamed", "misplaced")
        told = [f"recall {self.recall.numerator}/{self.recall.denominator}"]
        for sort in sorts:
            complaints: list[str] = getattr(self, sort)
            told.append(f"{len(complaints)} {sort}: {dict(Counter(each.partition(':')[0] for each in complaints))}")
            told += [f"    {each}" for each in complaints[:NAMED]]
        return "\n".join(told)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong, save that a few lines may be unmatched."""
        return not (self.wrong or self.unfound or self.stray or self.unnamed or self.misplaced)


def outcome_of(database: Database) -> Outcome:
    """What the hub's tables say now."""
    member, broken, apart = MoneyMatchMemberRow, MoneyBreakRow, MoneyIgnoredRow
    matches: dict[str, set[Line]] = defaultdict(set)
    with database.read() as connection:
        for match_id, level, side, line_id in connection.execute(select(member.match_id, member.level, member.side, member.line_id)):
            matches[match_id].add((level, side, line_id))
        breaks = connection.execute(select(broken.kind, broken.subject_id).where(broken.state == "open")).all()
        ignored = connection.execute(select(apart.line_id)).scalars().all()
    return Outcome(
        {match_id: frozenset(lines) for match_id, lines in matches.items()},
        frozenset((kind, subject) for kind, subject in breaks), frozenset(ignored),
    )  # fmt: skip


def judge(truth: Truth, outcome: Outcome) -> Verdict:
    """The verdict on an outcome."""
    verdict = Verdict()
    _judge_matches(truth, outcome, verdict)
    _judge_breaks(truth, outcome, verdict)
    verdict.misplaced += [f"not set apart: {row}" for row in sorted(truth.ignored - outcome.ignored)]
    verdict.misplaced += [f"set apart: {row}" for row in sorted(outcome.ignored - truth.ignored)]
    return verdict


def lines_of(bond: Bond) -> frozenset[Line]:
    """All lines of a bond."""
    return frozenset([(bond.level, "left", row) for row in bond.lefts] + [(bond.level, "right", row) for row in bond.rights])


def _judge_matches(truth: Truth, outcome: Outcome, verdict: Verdict) -> None:
    """A match is right where its lines are all of one bond that can be known; a bond is whole where all its lines are matched."""
    belongs = {line: bond for bond in truth.bonds for line in lines_of(bond)}
    matched: set[Line] = set()
    for match_id, lines in sorted(outcome.matches.items()):
        bonds = {id(belongs.get(line)): belongs.get(line) for line in lines}
        bond = next(iter(bonds.values()))
        if len(bonds) > 1:
            reasons = sorted({each.why if each else "no partner" for each in bonds.values()})
            verdict.wrong.append(f"across {' and '.join(reasons)}: {match_id} {sorted(lines)}")
        elif bond is None or bond.rule == "never":
            verdict.wrong.append(f"{bond.why if bond else 'no partner'}: {match_id} {sorted(lines)}")
        elif len({side for _, side, _ in lines}) == 1 and bond.rule != "apart":
            verdict.wrong.append(f"one-sided: {match_id} {sorted(lines)}")
        else:
            matched |= lines
    wanted = [bond for bond in truth.bonds if bond.rule == "must"]
    of_all = sum(len(lines_of(bond)) for bond in wanted)
    missing = [(bond, lines_of(bond) - matched) for bond in wanted]
    verdict.missed += [f"{bond.why}: {sorted(lines)}" for bond, lines in missing if lines]
    named = {subject for _, subject in outcome.breaks}
    for bond in truth.bonds:
        if bond.rule != "apart" and not lines_of(bond) <= matched and not named & {*bond.lefts, *bond.rights}:
            verdict.unnamed.append(f"{bond.why}: {sorted(lines_of(bond) - matched)}")
    verdict.recall = Fraction(of_all - sum(len(lines) for _, lines in missing), of_all)


def _judge_breaks(truth: Truth, outcome: Outcome, verdict: Verdict) -> None:
    """Each planted error is named on one of its subjects; no break is named that was not planted."""
    for planted in truth.planted:
        if planted.must and not any((planted.kind, subject) in outcome.breaks for subject in planted.subjects):
            verdict.unfound.append(f"{planted.kind}: at {planted.account} on {planted.subjects[:4]}{_instead(planted, outcome)}")
    expected = {(planted.kind, subject) for planted in truth.planted for subject in planted.subjects}
    places = _places(truth)
    verdict.stray += [f"{kind} on {places.get(subject, 'a plain row')}: {subject}" for kind, subject in sorted(outcome.breaks - expected)]


def _instead(planted: Planted, outcome: Outcome) -> str:
    other = sorted(kind for kind, subject in outcome.breaks if subject in planted.subjects)
    return f", which are named {', '.join(other)}" if other else ""


def _places(truth: Truth) -> dict[str, str]:
    """What the world knows about a row, in words."""
    places = {row: f"{side} of {bond.why}" for bond in truth.bonds for _, side, row in lines_of(bond)}
    return places | {subject: f"planted {planted.kind}" for planted in truth.planted for subject in planted.subjects}


def perfect(truth: Truth) -> Outcome:
    """What a hub that makes no mistake decides: for the judge's own tests."""
    wanted = [bond for bond in truth.bonds if bond.rule in {"must", "may"}]
    return Outcome(
        {f"match-{number}": lines_of(bond) for number, bond in enumerate(wanted)},
        frozenset((planted.kind, planted.subjects[0]) for planted in truth.planted if planted.must), frozenset(truth.ignored),
    )  # fmt: skip
