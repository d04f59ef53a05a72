"""Matching beside what else one could use: `match.py [--lines 1000000] [--repeats 3] [--only files,bank,postgres,fuzzy]`.

Engines take turns, each run is a process of its own, so that a busy machine is busy for all; the table shows the median and the ratio to
the first anchor of its part. The anchors are those of `../shared/perf/recon.py`; what is absent is named and left out.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from hard_truth import hard_truth
from measuring import Measured, measure
from private_postgres import private_postgres
from pyarrow import parquet

ROOT = Path(__file__).parents[1]
RECON = ROOT.parent / "shared/perf/recon.py"
OURS, PAIRS = Path(__file__).with_name("match_engine.py"), Path(__file__).parent / "anchors/match_pairs.py"
BENCHMARKS = ROOT / ".benchmarks"
from_parquet: Any = parquet
Contender = tuple[str, list[str]]


def python_of(anchor: str) -> str | None:
    """The interpreter of an anchor's own environment, if `anchors/setup.sh` has made it."""
    path = BENCHMARKS / anchor / "bin/python"
    return str(path) if path.exists() else None


def present(contenders: list[tuple[str, str | None, list[str]]]) -> list[Contender]:
    """Those whose interpreter is there; the others are named."""
    for name, python, _ in contenders:
        if python is None:
            print(f"left out: {name} (run benchmarks/anchors/setup.sh)")
    return [(name, [python, *words]) for name, python, words in contenders if python is not None]


def run(contenders: list[Contender], repeats: int, server: int | None = None) -> None:
    """Run all in turns and print the table."""
    seen: dict[str, list[tuple[float, Measured, str]]] = {}
    for _ in range(repeats):
        for name, command in contenders:
            done = measure(command, environment={"PYTHONPATH": str(ROOT)}, server=server)
            told = [line for line in done.output.splitlines() if line.startswith("{")]
            if done.returncode or not told:
                print(f"failed: {name}\n{done.output[-800:]}")
                continue
            seen.setdefault(name, []).append((json.loads(told[-1])["match_s"], done, told[-1]))
    print("\n| engine | match s, median | of all runs | / anchor | wall s | CPU s | server CPU s | peak MiB |")
    print("|" + "---|" * 8)
    medians = {name: statistics.median(each[0] for each in runs) for name, runs in seen.items()}
    anchor = next((medians[name] for name, _ in contenders[1:] if name in medians), None)
    for name, runs in seen.items():
        _, done, _ = sorted(runs, key=lambda each: each[0])[len(runs) // 2]
        every = ", ".join(f"{each[0]:.2f}" for each in runs)
        ratio = f"{medians[name] / anchor:.2f}" if anchor else "-"
        costs = f"{done.wall_s} | {done.cpu_s} | {done.server_cpu_s} | {done.peak_mib:.0f}"
        print(f"| {name} | {medians[name]:.2f} | {every} | {ratio} | {costs} |")
    for runs in seen.values():
        print("  ", runs[-1][2])


def files(folder: Path, repeats: int) -> None:
    anchors = [("DuckDB", sys.executable, "duckdb"), ("datacompy (no split stage)", python_of("datacompy"), "datacompy-polars")]
    ours = ("entrepot", sys.executable, [str(OURS), "files", str(folder)])
    run(present([ours, *((name, python, [str(RECON), mode, str(folder)]) for name, python, mode in anchors)]), repeats)


def bank(folder: Path, repeats: int) -> None:
    ours = ("entrepot", sys.executable, [str(OURS), "bank", str(folder)])
    run(present([ours, ("DuckDB", sys.executable, [str(RECON), "bank-duckdb", str(folder)])]), repeats)


def postgres(folder: Path, repeats: int) -> None:
    with private_postgres() as server:
        url = server.fresh("matching")
        loaded = measure([sys.executable, str(RECON), "pgload", str(folder), url], environment={})
        if loaded.returncode:
            raise SystemExit(loaded.output)
        contenders: list[Contender] = [
            ("entrepot, out and back", [sys.executable, str(OURS), "postgres", str(folder), url]),
            ("PostgreSQL, plain SQL", [sys.executable, str(RECON), "pg", str(folder), url]),
        ]
        run(contenders, repeats, server.pid)


def fuzzy(folder: Path, repeats: int) -> None:
    left, right, truth = hard_truth(10_000)
    for name, table in (("left", left), ("right", right)):
        from_parquet.write_table(table, folder / f"hard_{name}.parquet")
    (folder / "hard_truth.json").write_text(json.dumps(sorted(truth)), "utf-8")
    ours = ("entrepot", sys.executable, [str(OURS), "fuzzy", str(folder)])
    run(present([ours, *((name, python_of(name), [str(PAIRS), name, str(folder)]) for name in ("recordlinkage", "splink"))]), repeats)


PARTS = {"files": files, "bank": bank, "postgres": postgres, "fuzzy": fuzzy}


def generated(lines: int) -> Path:
    """The folder with the anchors' data, made once."""
    folder = BENCHMARKS / f"match-{lines}"
    if not (folder / "bank.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = measure([sys.executable, str(RECON), "gen", str(folder), str(lines)], environment={})
        if made.returncode:
            raise SystemExit(made.output)
    return folder


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--lines", type=int, default=1_000_000)
    words.add_argument("--repeats", type=int, default=3)
    words.add_argument("--only", default=",".join(PARTS))
    asked = words.parse_args()
    if not RECON.exists():
        raise SystemExit(f"the anchors are not there: {RECON}")
    folder = generated(asked.lines)
    for part in asked.only.split(","):
        print(f"\n{part}, {asked.lines} lines")
        PARTS[part](folder, asked.repeats)


if __name__ == "__main__":
    main()
