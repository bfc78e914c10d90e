"""Stations and clients, for Locust; started by `kura bench load`, which says by the environment where and what.

Every answer becomes a line of `answers.jsonl`: kind, whom, status, milliseconds, and what was said. What was right is
judged afterwards, by the benchmark.
"""

from __future__ import annotations

import json
import os
import time
from itertools import cycle
from pathlib import Path
from typing import Any

import gevent
from gevent.lock import Semaphore
from locust import HttpUser, constant, events, task

from benchmarks.load.bodies import enrollment_path, identification_path, verification_path
from benchmarks.load.plan import PlannedCall, read_plan

_FOLDER = Path(os.environ["KURA_LOAD_FOLDER"])
_TOKEN = os.environ["KURA_LOAD_TOKEN"]
_CALLERS = json.loads(os.environ["KURA_LOAD_CALLERS"])
_PLAN = read_plan(_FOLDER)
_WAITING = iter(_PLAN.enroll)
_VERIFICATIONS, _IDENTIFICATIONS = cycle(_PLAN.verify), cycle(_PLAN.identify)
_ANSWERS = (_FOLDER / "answers.jsonl").open("w", buffering=1)
_WRITING = Semaphore()

_MOST_TRIES = 30
_LONGEST_WAIT_S = 5.0
_BUSY = (429, 503)


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def _close(**_: Any) -> None:
    _ANSWERS.close()


class _Caller(HttpUser):
    abstract = True
    wait_time = constant(0)

    def ask(self, kind: str, path: str, call: PlannedCall, transaction: str) -> None:
        """Ask until it is answered: who is told to come later, or not told anything, repeats the very same."""
        headers = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": "application/json"}
        body = (_FOLDER / call.body).read_bytes()
        for attempt in range(_MOST_TRIES):
            started = time.perf_counter()
            answer = self.client.post(
                path, data=body, headers=headers, params={"transactionId": transaction}, name=kind
            )
            taken_ms = (time.perf_counter() - started) * 1000.0
            _note(kind, call, answer, taken_ms, attempt)
            if answer.status_code not in (0, *_BUSY):
                return
            gevent.sleep(min(float(answer.headers.get("Retry-After", 1)) if answer.headers else 1.0, _LONGEST_WAIT_S))


class Station(_Caller):
    """Enrolls who comes, one after the other."""

    fixed_count = _CALLERS["stations"]

    @task
    def enroll(self) -> None:
        """Enroll the next person, or wait when nobody is left."""
        call = next(_WAITING, None)
        if call is None:
            gevent.sleep(0.5)
            return
        self.ask("enroll", enrollment_path(call.person), call, f"enroll {call.person}")


class Verifier(_Caller):
    """Asks whether somebody is the one."""

    fixed_count = _CALLERS["verifiers"]

    @task
    def verify(self) -> None:
        """Verify the next person."""
        call = next(_VERIFICATIONS)
        self.ask("verify", verification_path(call.person), call, f"verify {time.monotonic_ns()}")


class Identifier(_Caller):
    """Asks who somebody is."""

    fixed_count = _CALLERS["identifiers"]

    @task
    def identify(self) -> None:
        """Search the next person."""
        call = next(_IDENTIFICATIONS)
        self.ask("identify", identification_path(), call, f"identify {time.monotonic_ns()}")


def _note(kind: str, call: PlannedCall, answer: Any, taken_ms: float, attempt: int) -> None:
    said = None
    if answer.status_code == 200:
        said = answer.json()
    line = {
        "kind": kind,
        "person": call.person,
        "of": call.of,
        "genuine": call.genuine,
        "status": answer.status_code,
        "ms": taken_ms,
        "at_s": time.monotonic(),
        "attempt": attempt,
        "said": said,
    }
    with _WRITING:
        _ANSWERS.write(json.dumps(line) + "\n")
