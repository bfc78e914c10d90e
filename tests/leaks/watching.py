"""Looks at what comes and goes while a service works: temporary files, and what its processes show of themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.load.processes import descendants
from tests.leaks.scanner import Leak, find_in

_EVERY_S = 0.02


@contextmanager
def watching(folders: Sequence[Path], canaries: Mapping[str, str | bytes]) -> Iterator[Callable[[], list[Leak]]]:
    """Look at the files of folders again and again; yields what tells the canaries found so far."""
    found: dict[Leak, None] = {}
    looked: dict[tuple[Path, int, int], None] = {}
    ending = threading.Event()

    def look() -> None:
        while True:
            last = ending.is_set()
            for path in (path for folder in folders for path in folder.rglob("*")):
                with suppress(OSError):
                    status = path.stat()
                    state = (path, status.st_mtime_ns, status.st_size)
                    if state in looked or not path.is_file():
                        continue
                    looked[state] = None
                    found.update(dict.fromkeys(find_in(path.read_bytes(), canaries, str(path))))
            if last:
                return
            ending.wait(_EVERY_S)

    thread = threading.Thread(target=look, name="watching")
    thread.start()

    def tell() -> list[Leak]:
        ending.set()
        thread.join()
        return list(found)

    try:
        yield tell
    finally:
        tell()


def shown_by_processes(pid: int, canaries: Mapping[str, str | bytes]) -> list[Leak]:
    """Return canaries in the arguments, names and environments of a process and those that it started."""
    leaks = []
    for one in descendants(pid):
        for what in ("cmdline", "environ", "comm", "maps"):
            with suppress(OSError):
                leaks += find_in(Path(f"/proc/{one}/{what}").read_bytes(), canaries, f"{what} of {one}")
    return leaks
