"""What the service costs beyond the work itself: CPU time a call in one process, over that of all its processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx
import numpy as np

from benchmarks.load.bodies import (
    enrollment_body,
    enrollment_path,
    identification_body,
    identification_path,
    verification_body,
    verification_path,
)
from benchmarks.load.in_process import InProcess
from benchmarks.load.people import LoadPerson
from benchmarks.load.server import RunningServer
from biometrics.errors import ServiceError
from biometrics.protocols import Progress

KINDS = ("enroll", "identify", "verify")


@dataclass(slots=True)
class _Spent:
    """CPU seconds a call by round, and milliseconds by call."""

    cpu_s: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """What the comparison came to, by kind of call.

    Parameters
    ----------
    fraction
        Median over the rounds of in-process CPU seconds over the service's.
    cpu_ms
        Medians of both, in-process first.
    p95_ratio
        95th percentile of the service's times over that of in-process calls.
    """

    fraction: dict[str, float]
    cpu_ms: dict[str, tuple[float, float]]
    p95_ratio: dict[str, float]


def measure_overhead(  # noqa: PLR0913 - both sides, the people, and how much
    server: RunningServer,
    alone: InProcess,
    enrolled: Sequence[LoadPerson],
    arriving: Sequence[LoadPerson],
    *,
    calls: int,
    progress: Progress,
) -> Overhead:
    """Make the same calls on both sides, by turns, one at a time; `arriving` decides how many rounds there are.

    Both galleries must hold the enrolled people; the arriving ones are enrolled into both.
    """
    rounds = [arriving[start : start + calls] for start in range(0, len(arriving) - calls + 1, calls)]
    spent = {kind: (_Spent(), _Spent()) for kind in KINDS}
    with server.client() as client:
        _warm(client, alone, enrolled[0])
        for number, newcomers in enumerate(rounds):
            asked = [enrolled[(number * calls + index) % len(enrolled)] for index in range(calls)]
            for kind in KINDS:
                whom = newcomers if kind == "enroll" else asked
                mine, theirs = spent[kind]
                _spend(mine, [_alone(alone, kind, one) for one in whom], time.process_time)
                _spend(theirs, [_served(client, kind, one) for one in whom], server.cpu_s)
            progress(number + 1, len(rounds), "rounds of calls compared with one process")
    return Overhead(
        fraction={kind: _median_ratio(*sides) for kind, sides in spent.items()},
        cpu_ms={kind: (_median_ms(sides[0]), _median_ms(sides[1])) for kind, sides in spent.items()},
        p95_ratio={
            kind: round(float(np.percentile(sides[1].ms, 95) / np.percentile(sides[0].ms, 95)), 3)
            for kind, sides in spent.items()
        },
    )


def _spend(spent: _Spent, calls: Sequence[Callable[[], None]], cpu_s: Callable[[], float]) -> None:
    before = cpu_s()
    for call in calls:
        started = time.perf_counter()
        call()
        spent.ms.append((time.perf_counter() - started) * 1000.0)
    spent.cpu_s.append((cpu_s() - before) / len(calls))


def _alone(alone: InProcess, kind: str, person: LoadPerson) -> Callable[[], None]:
    if kind == "enroll":
        return lambda: alone.enroll(person.label, person.visits[0])
    if kind == "identify":
        return lambda: alone.identify(person.visits[1])
    return lambda: alone.verify(person.label, person.visits[1])


def _served(client: httpx.Client, kind: str, person: LoadPerson) -> Callable[[], None]:
    if kind == "enroll":
        path, body = enrollment_path(person.label), enrollment_body(person.visits[0])
    elif kind == "identify":
        path, body = identification_path(), identification_body(person.visits[1])
    else:
        path, body = verification_path(person.label), verification_body(person.visits[1])

    def call() -> None:
        answer = client.post(
            path,
            content=body,
            params={"transactionId": f"measure {kind} {person.label}"},
            headers={"Content-Type": "application/json"},
        )
        if answer.status_code != 200:
            raise ServiceError(f"a call of the comparison was answered {answer.status_code}", source=kind)

    return call


def _warm(client: httpx.Client, alone: InProcess, person: LoadPerson) -> None:
    for _ in range(4):  # several workers, and functions that are compiled at their first call
        for kind in ("identify", "verify"):
            _served(client, kind, person)()
            _alone(alone, kind, person)()


def _median_ratio(mine: _Spent, theirs: _Spent) -> float:
    ratios = [own / other for own, other in zip(mine.cpu_s, theirs.cpu_s, strict=True)]
    return round(float(np.median(ratios)), 3)


def _median_ms(spent: _Spent) -> float:
    return round(float(np.median(spent.cpu_s)) * 1000.0, 1)
