"""`python -m tests.simulation` runs the whole fault programme; with a SEED it runs that one and tells its journal.

With `--market` it is the programme of the three shops that sell the same last units, ring-fenced.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from tests.simulation.course import is_threaded, run_seed
from tests.simulation.fleet import Job, run_all, stores
from tests.simulation.market import run_market
from tests.simulation.tally import READING, SELLING, Tally, complaint

SHOW_EVERY = 100


def main() -> int:
    """0 when every run was well and every fault class, boundary and meeting was met."""
    arguments = _arguments()
    if arguments.seed is not None:
        return _one(arguments.seed, arguments.database, is_market=arguments.market)
    jobs = jobs_of(arguments.first, arguments.seeds, arguments.postgres_share)
    return _many(jobs, arguments.workers, arguments.seconds, is_market=arguments.market)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", help="run only this seed and tell what happened")
    parser.add_argument("--market", action="store_true", help="shops that sell the same last units, told by the hub")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite", help="the store of a single seed")
    parser.add_argument("--seeds", type=int, default=2000, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--postgres-share", type=int, default=10, metavar="PERCENT", help="how many of a hundred runs use PostgreSQL")
    parser.add_argument("--seconds", type=int, default=None, help="begin no further run after so many seconds")
    return parser.parse_args()


def _one(seed: int, database: str, *, is_market: bool) -> int:
    with stores(postgres=database == "postgres") as own:
        verdict = (run_market if is_market else run_seed)(seed, own, database)
    _say("\n".join(verdict.journal))
    differs = "" if is_market else f"digest {verdict.digest or 'none'}{' (threaded: differs each time)' if is_threaded(seed) else ''}, "
    _say(f"{differs}{verdict.orders} {'units sold' if is_market else 'orders'}")
    if verdict.violations:
        _say(complaint(verdict, " --market" if is_market else ""))
    return 1 if verdict.violations else 0


def jobs_of(first: int, seeds: int, postgres_share: int) -> list[Job]:
    """Seeds and their databases, and one of a hundred a second time right after the first."""
    jobs: list[Job] = []
    for seed in range(first, first + seeds):
        kind = "postgres" if seed * 37 % 100 < postgres_share else "sqlite"
        jobs += [(seed, kind)] * (2 if seed % 100 == 0 else 1)
    return jobs


def _many(jobs: Sequence[Job], workers: int, seconds: int | None, *, is_market: bool) -> int:
    tally = Tally(faults=READING | SELLING, meetings=("told", "stale", "healed")) if is_market else Tally()
    digests, unlike = dict[Job, str](), list[Job]()
    started = time.monotonic()
    with stores(postgres=any(database == "postgres" for _, database in jobs)) as shared:
        for number, verdict in enumerate(run_all(jobs, shared, workers, run_market if is_market else run_seed), 1):
            tally.add(verdict)
            job = (verdict.seed, verdict.database)
            unlike += [job] if digests.setdefault(job, verdict.digest) != verdict.digest else []
            if verdict.violations:
                _say(complaint(verdict, " --market" if is_market else ""))
            elapsed = time.monotonic() - started
            if number % SHOW_EVERY == 0:
                _say(f"{number} runs, {len(tally.failed)} failed, {number / elapsed:.1f} runs/s")
            if seconds is not None and elapsed > seconds:
                break
    return _conclude(tally, unlike, time.monotonic() - started)


def _conclude(tally: Tally, unlike: Sequence[Job], elapsed: float) -> int:
    _say("\n".join(tally.lines()))
    never = tally.never_met()
    _say(f"{len(tally.failed)} failed, {len(unlike)} differed when run twice, never met: {', '.join(never) or 'nothing'}")
    _say(f"{elapsed:.0f} s, {tally.runs.total() / elapsed:.1f} runs/s")
    return 1 if tally.failed or unlike or never else 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
