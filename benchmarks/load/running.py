"""The whole benchmark: people simulated, the service started, put under load, checked, compared and stopped."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.load import answers as answered
from benchmarks.load.bodies import enrollment_body, enrollment_path
from benchmarks.load.checks import lost_people
from benchmarks.load.fraction import Overhead, measure_overhead
from benchmarks.load.in_process import in_process
from benchmarks.load.people import LoadPerson, simulate_people
from benchmarks.load.plan import write_plan
from benchmarks.load.profiles import LoadProfile
from benchmarks.load.server import RunningServer, running_server
from biometrics.errors import ServiceError
from biometrics.protocols import Progress

_LOCUSTFILE = Path(__file__).with_name("locustfile.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What a run found: every answer, who was lost, what was wrong, and what the service costs."""

    profile: LoadProfile
    answers: tuple[answered.Answered, ...]
    lost: tuple[str, ...]
    wrong: dict[str, tuple[str, ...]]
    overhead: Overhead

    @property
    def failed(self) -> bool:
        """Whether anything acknowledged was lost, or any answer was wrong."""
        return bool(self.lost or self.wrong)

    def document(self) -> dict[str, Any]:
        """Return the JSON form."""
        by_kind = {
            kind: answered.percentiles_ms([one for one in self.answers if one.kind == kind])
            for kind in self.overhead.fraction
        }
        acknowledged = [one for one in self.answers if one.acknowledged]
        return {
            "profile": self.profile.name,
            "simulated": True,
            "requests": len(acknowledged),
            "lost": len(self.lost),
            "wrong": sum(map(len, self.wrong.values())),
            "wrong_by_kind": {what: len(whom) for what, whom in self.wrong.items()},
            "asked_to_come_later": sum(one.status in (429, 503) for one in self.answers),
            "unanswered": sum(one.status == 0 for one in self.answers),
            "enrolled": len(answered.acknowledged_enrollments(self.answers)),
            "strangers_in_question": answered.strangers_in_question(self.answers),
            "http_fraction": self.overhead.fraction,
            "cpu_ms_in_process_and_served": {kind: list(both) for kind, both in self.overhead.cpu_ms.items()},
            "p95_ratio": self.overhead.p95_ratio,
            "requests_per_s": answered.requests_per_s(self.answers),
            **_plain(answered.percentiles_ms(self.answers)),
            "by_kind": {kind: _plain(found) for kind, found in by_kind.items()},
        }


def measure_load(profile: LoadProfile, folder: Path, progress: Progress) -> LoadResult:
    """Run the benchmark in an empty folder.

    Raises
    ------
    ServiceError
        When the service does not start, answer or end as it should.
    """
    compared = profile.calls * profile.rounds
    count = profile.enrolled + profile.arriving + compared
    threads = len(os.sched_getaffinity(0))
    people = list(simulate_people(count, threads=threads, progress=progress))
    enrolled = people[: profile.enrolled]
    write_plan(profile, people[: profile.enrolled + profile.arriving], folder)
    with running_server(folder / "served", folder / "server.log") as server:
        _enroll_before(server, enrolled, progress)
        _run_callers(server, profile, folder)
        answers = answered.read_answers(folder)
        with server.client() as client:
            lost = lost_people(answers, {one.label: one for one in people}, client, progress)
        newcomers = people[profile.enrolled + profile.arriving :]
        overhead = _overhead(server, folder / "alone", (enrolled, newcomers), profile, progress)
    return LoadResult(
        profile=profile, answers=answers, lost=lost, wrong=dict(answered.wrong_answers(answers)), overhead=overhead
    )


def _overhead(
    server: RunningServer,
    home: Path,
    people: tuple[Sequence[LoadPerson], Sequence[LoadPerson]],
    profile: LoadProfile,
    progress: Progress,
) -> Overhead:
    enrolled, newcomers = people
    with in_process(home) as alone:
        for number, one in enumerate(enrolled):
            alone.enroll(one.label, one.visits[0])
            progress(number + 1, len(enrolled), "persons enrolled in one process")
        return measure_overhead(server, alone, enrolled, newcomers, calls=profile.calls, progress=progress)


def _enroll_before(server: RunningServer, people: Sequence[LoadPerson], progress: Progress) -> None:
    with server.client() as client:
        for number, one in enumerate(people):
            answer = client.post(
                enrollment_path(one.label),
                content=enrollment_body(one.visits[0]),
                params={"transactionId": f"before {one.label}"},
                headers={"Content-Type": "application/json"},
            )
            if answer.status_code != 200:
                raise ServiceError(f"an enrollment before the load was answered {answer.status_code}")
            progress(number + 1, len(people), "persons enrolled before the load")


def _run_callers(server: RunningServer, profile: LoadProfile, folder: Path) -> None:
    """Let Locust call in a process of its own, since it replaces what Python's sockets and threads are."""
    callers = {
        "stations": profile.stations,
        "verifiers": profile.verifiers,
        "identifiers": profile.identifiers,
    }
    environment = {
        **os.environ,
        "KURA_LOAD_FOLDER": str(folder),
        "KURA_LOAD_TOKEN": server.token,
        "KURA_LOAD_CALLERS": json.dumps(callers),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "locust", "-f", str(_LOCUSTFILE), "--headless", "--only-summary"]
    command += ["--host", server.url, "--users", str(profile.callers), "--spawn-rate", str(profile.callers)]
    command += ["--run-time", f"{profile.seconds}s", "--stop-timeout", "60", "--exit-code-on-error", "0"]
    with (folder / "callers.log").open("wb") as log:
        code = subprocess.run(command, env=environment, stdout=log, stderr=log, check=False).returncode
    if code != 0:
        raise ServiceError(f"the callers ended with {code}", source=str(folder / "callers.log"))


def _plain(figures: dict[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in figures.items()}
