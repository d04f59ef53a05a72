"""What was measured as a table, and the goals against it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Key = tuple[int, str, str, str]
"""Orders, database, contender, step."""
Results = Mapping[Key, Mapping[str, Any]]

SMALL: Final = 10_000
LARGE: Final = 100_000


def wall(results: Results, orders: int, database: str, contender: str, step: str) -> float:
    """Seconds of a run; KeyError where it was not measured."""
    return float(results[orders, database, contender, step]["wall_s"])


def dlt_wall(results: Results, orders: int, database: str, step: str) -> float:
    """The better time of dlt, tuned or as it comes."""
    keys = [(orders, database, name, step) for name in ("dlt", "dlt tuned")]
    return min(float(results[key]["wall_s"]) for key in keys if key in results)


@dataclass(frozen=True, slots=True)
class Goal:
    """One promise: a figure out of the results, and the bound it must keep."""

    text: str
    bound: float
    figure: Callable[[Results], float]
    at_most: bool = False

    def verdict(self, results: Results) -> str:
        """`met`, `missed` or `not measured`, with the figure; behind it the same ratio of CPU seconds, which neighbours disturb less."""
        try:
            figure, by_cpu = self.figure(results), self.figure(in_cpu(results))
        except (KeyError, ValueError):
            return f"not measured     {self.text}"
        met = figure <= self.bound if self.at_most else figure >= self.bound
        note = "" if by_cpu == figure else f" (CPU {by_cpu:.2f})"
        return f"{'met   ' if met else 'MISSED'} {figure:9.3f} {self.text}{note}"


def in_cpu(results: Results) -> dict[Key, dict[str, Any]]:
    """The results with CPU seconds, the database server's included, where the wall was."""
    return {key: {**row, "wall_s": row["cpu_s"] + row["server_cpu_s"]} for key, row in results.items()}


def _faster(orders: int, database: str, than: str, step: str = "first") -> Callable[[Results], float]:
    return lambda results: wall(results, orders, database, than, step) / wall(results, orders, database, "entrepot", step)


def _faster_than_dlt(database: str, step: str) -> Callable[[Results], float]:
    return lambda results: dlt_wall(results, SMALL, database, step) / wall(results, SMALL, database, "entrepot", step)


def _of_dlt(results: Results) -> float:
    return wall(results, SMALL, "postgres", "entrepot", "changed") / dlt_wall(results, SMALL, "postgres", "changed")


def _again_gain(results: Results) -> float:
    return wall(results, LARGE, "postgres", "entrepot", "first") / wall(results, LARGE, "postgres", "entrepot", "again")


def _peak(orders: int) -> Callable[[Results], float]:
    return lambda results: float(results[orders, "postgres", "entrepot", "first"]["peak_mib"])


def _linear(database: str) -> Callable[[Results], float]:
    return lambda results: wall(results, LARGE, database, "entrepot", "first") / wall(results, SMALL, database, "entrepot", "first")


def prefect_share(results: Results, orders: int) -> float:
    """Part of a flow run's wall that is not there when the command line does the same."""
    plain = wall(results, orders, "postgres", "entrepot", "first")
    flow = wall(results, orders, "postgres", "entrepot under Prefect", "first")
    return (flow - plain) / flow


def _serving(orders: int) -> Callable[[Results], float]:
    def ratio(results: Results) -> float:
        served = float(results[orders, "none", "pages", "again"]["inner_s"])
        readers = [key for key in results if key[0] == orders and key[2] != "pages" and key[3] == "first"]
        return min(float(results[key]["wall_s"]) for key in readers) / served

    return ratio


GOALS: Final = (
    Goal("the shop serves >= 5x faster than the fastest reader, 10,000", 5, _serving(SMALL)),
    Goal("the shop serves >= 5x faster than the fastest reader, 100,000", 5, _serving(LARGE)),
    Goal("first load >= 6x dlt tuned, PostgreSQL, 10,000", 6, _faster(SMALL, "postgres", "dlt tuned")),
    Goal("first load >= 6x dlt tuned, PostgreSQL, 100,000", 6, _faster(LARGE, "postgres", "dlt tuned")),
    Goal("first load >= 0.75 of the floor, PostgreSQL, 10,000", 0.75, _faster(SMALL, "postgres", "floor")),
    Goal("first load >= 0.75 of the floor, PostgreSQL, 100,000", 0.75, _faster(LARGE, "postgres", "floor")),
    Goal("first load >= 0.75 of the floor, SQLite, 10,000", 0.75, _faster(SMALL, "sqlite", "floor")),
    Goal("first load >= 0.75 of the floor, SQLite, 100,000", 0.75, _faster(LARGE, "sqlite", "floor")),
    Goal("unchanged re-load >= 15x dlt, PostgreSQL, 10,000", 15, _faster_than_dlt("postgres", "again")),
    Goal("unchanged re-load >= 8x own first load, PostgreSQL, 100,000", 8, _again_gain),
    Goal("1 % changed <= 0.6 of dlt's wall, PostgreSQL, 10,000", 0.6, _of_dlt, at_most=True),
    Goal("first load >= 8x dlt, SQLite, 10,000", 8, _faster_than_dlt("sqlite", "first")),
    Goal("unchanged re-load >= 20x dlt, SQLite, 10,000", 20, _faster_than_dlt("sqlite", "again")),
    Goal("peak memory <= 220 MiB, PostgreSQL, 100,000", 220, _peak(LARGE), at_most=True),
    Goal("peak memory flat: 100,000 <= 1.2x of 10,000", 1.2, lambda results: _peak(LARGE)(results) / _peak(SMALL)(results), at_most=True),
    Goal("100,000 takes <= 11x the time of 10,000, PostgreSQL", 11, _linear("postgres"), at_most=True),
    Goal("100,000 takes <= 11x the time of 10,000, SQLite", 11, _linear("sqlite"), at_most=True),
    Goal("Prefect's share <= 0.05 of the wall, PostgreSQL, 100,000", 0.05, lambda results: prefect_share(results, LARGE), at_most=True),
)  # fmt: skip


_HEAD: Final = (
    f"{'orders':>7} {'database':9} {'contender':23} {'step':8} {'wall s':>8} {'orders/s':>9} {'CPU us':>9} {'DB us':>8} {'MiB':>6}"
)


def table(results: Results) -> Iterable[str]:
    """One line per run: orders a second over the whole process, CPU per order (its own and the database server's), memory."""
    yield _HEAD
    for (orders, database, contender, step), row in sorted(results.items()):
        rate, cpu, server = orders / row["wall_s"], row["cpu_s"] * 1e6 / orders, row["server_cpu_s"] * 1e6 / orders
        note = f"  WRONG: {row['wrong']}" if row.get("wrong") else ""
        yield (
            f"{orders:>7} {database:9} {contender:23} {step:8} {row['wall_s']:8.2f} {rate:9.0f} {cpu:9.0f} {server:8.0f} "
            f"{row['peak_mib']:6.0f}{note}"
        )
