"""CPU time of a process and all its descendants, from /proc."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM, _PARENT = 11, 12, 1
"""Fields of /proc/PID/stat behind the name, which may hold spaces: see proc_pid_stat(5)."""


def descendants(pid: int) -> tuple[int, ...]:
    """Return a process and everybody whom it started, directly or not, who still runs."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        fields = _fields(folder) if folder.name.isdecimal() else None
        if fields is not None:
            children[int(fields[_PARENT])].append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children[one]
    return tuple(found)


def cpu_seconds(pids: tuple[int, ...]) -> float:
    """Return the user and system time that these processes have used."""
    known = (_fields(Path(f"/proc/{pid}")) for pid in pids)
    return sum(int(fields[_USER]) + int(fields[_SYSTEM]) for fields in known if fields) / _TICKS_PER_S


def _fields(folder: Path) -> list[str] | None:
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it ended meanwhile
        return None
