"""What a parser does with one input: whether it breaks the rule, and how."""

from __future__ import annotations

import resource
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from jaxtyping import TypeCheckError

from tests.fuzz.target import Target

LONGEST_S = 20
"""Of CPU time for one input, on a slow machine; ordinary ones take milliseconds."""


class _EndlessError(BaseException):
    """No parser may catch it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An input by which a parser breaks the rule, and what happened."""

    target: str
    data: bytes
    what: str


def judge(target: Target, data: bytes) -> Finding | None:
    """Let a parser read an input; None where it keeps to the rule."""
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    what = None
    try:
        with _cpu_limit():
            target.parse(data)
    except target.refused as error:
        if not str(error).strip():
            what = f"{type(error).__name__} without a word"
    except TypeCheckError:
        what = None  # the suite's own check of annotations came before the parser's; `make fuzz` runs without it
    except _EndlessError:
        what = f"more than {LONGEST_S} s"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        what = f"{type(error).__name__} at {_place(error)}"
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024
    if what is None and grown_mb > target.growth_mb:
        what = f"{grown_mb:.0f} MB more memory"
    return None if what is None else Finding(target=target.name, data=data, what=what)


@contextmanager
def _cpu_limit() -> Iterator[None]:
    """Break off after so much time of this process itself, which no busy machine shortens."""

    def end(_: int, __: FrameType | None) -> None:
        raise _EndlessError

    earlier = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, earlier)


def _place(error: Exception) -> str:
    """Return where an error was raised, by file and line."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-3:]))
