"""Measure one child process with all its children: wall, CPU, the database server's CPU, and the peak of resident memory."""

import os
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK_EVERY_S = 0.05


class _Process(NamedTuple):
    parent: int
    own_ticks: int
    reaped_ticks: int
    resident: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run cost. Memory is the sum over the tree's processes, so pages they share count twice."""

    wall_s: float
    cpu_s: float
    server_cpu_s: float
    peak_mib: float
    returncode: int
    output: str


def measure(command: Sequence[str], *, environment: Mapping[str, str], server: int | None = None) -> Measured:
    """Run a command to its end; `server` is the process id of a database server whose CPU is told apart."""
    before = cpu_below(server)
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **environment}
        )
        peak = Peak(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        largest = max(peak.stop(), usage.ru_maxrss * 1024)
        output.seek(0)
        text = output.read()
    time.sleep(0.1)  # the server's process for this client ends a moment later
    return Measured(
        wall_s=round(wall, 3),
        cpu_s=round(usage.ru_utime + usage.ru_stime, 3),
        server_cpu_s=round(cpu_below(server) - before, 3),
        peak_mib=round(largest / 2**20, 1),
        returncode=process.returncode,
        output=text,
    )


def cpu_below(pid: int | None) -> float:
    """CPU seconds of a process and its children, those that ended included; 0 for none."""
    if pid is None:
        return 0
    table = _processes()
    ticks = table[pid].own_ticks + table[pid].reaped_ticks
    return (ticks + sum(each.own_ticks for each in table.values() if each.parent == pid)) / _TICKS


class Peak:
    """Watches the resident memory of a process tree until stopped."""

    def __init__(self, root: int) -> None:
        self._root, self._largest = root, 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The peak in bytes."""
        self._stopped.set()
        self._thread.join()
        return self._largest

    def _watch(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            self._largest = max(self._largest, _resident_below(self._root))


def tree_cpu(root: int) -> float:
    """CPU seconds of a process and everything below it, those that ended included."""
    return sum(each.own_ticks + each.reaped_ticks for each in _tree(root)) / _TICKS


def _resident_below(root: int) -> int:
    return sum(each.resident for each in _tree(root))


def _tree(root: int) -> list[_Process]:
    table = _processes()
    children: defaultdict[int, list[int]] = defaultdict(list)
    for pid, each in table.items():
        children[each.parent].append(pid)
    found: list[_Process] = []
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        found += [table[pid]] if pid in table else []
        waiting += children[pid]
    return found


def _processes() -> dict[int, _Process]:
    found: dict[int, _Process] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (process := _process(folder)) is not None:
            found[int(folder.name)] = process
    return found


def _process(folder: Path) -> _Process | None:
    try:
        text = (folder / "stat").read_text("ascii", "replace")
    except OSError:
        return None  # it ended while we looked
    fields = text[text.rindex(")") + 2 :].split()
    return _Process(int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14]), int(fields[21]) * _PAGE)
