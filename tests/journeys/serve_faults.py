"""People enrolled over HTTP while parts of the server fail; what was acknowledged must be there, once.

``python -m tests.journeys.serve_faults FOLDER KILLS SEED`` kills workers, engine and supervisor at random moments while
clients enroll people and repeat what was not answered; it writes a JSON summary, and ends with 1 when anybody who was
acknowledged is missing or there twice, or an answer was none that a client can act on.
"""

from __future__ import annotations

import base64
import io
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from api.installation import open_installation
from api.serve.development import TokenRequest, sign_token
from registry.store import Registry
from tests.api.serve.servers import RunningServer, make_home, serving
from tests.databases import follow_environment
from tests.simulated import impression

KURA = (
    sys.executable,
    "-c",
    "import sys, tests.databases as d; d.follow_environment(); from api.entry import main; sys.exit(main())",
    *("serve", "--dev", "--port", "0", "--home"),
)
CLIENTS = 3
ANSWERED, LATER = (200, 201), (503,)
PATIENCE_S = 90.0


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    kills: int = 0
    acknowledged: int = 0
    repeated: int = 0
    later: int = 0
    cut: int = 0
    faults: list[str] = field(default_factory=list)


class Station:
    """Enrolls people one by one, and repeats under the same key what was not answered."""

    def __init__(self, home: Path, tally: Tally) -> None:
        self._home, self._tally = home, tally
        self.known: dict[str, str] = {}
        self.url = ""
        self._changing = threading.Lock()

    def enroll(self, person: int) -> None:
        """Enroll a person of the simulator; returns when it was acknowledged."""
        label, deadline = f"N-{person}", time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                answer = self._post(label, person)
            except httpx.HTTPError:
                self._count(cut=1)
                time.sleep(0.2)
                continue
            if answer.status_code in ANSWERED:
                self._note(label, answer.json())
                return
            if answer.status_code not in LATER or "retry-after" not in answer.headers:
                self._fault(f"{label}: answered {answer.status_code} {answer.text[:200]}")
                return
            self._count(later=1)
            time.sleep(0.3)
        self._fault(f"{label}: not acknowledged within {PATIENCE_S:g} s")

    def _post(self, label: str, person: int) -> httpx.Response:
        body = {"person": label, "pictures": [{"data": print_of(person), "position": "right_index", "ppi": 500}]}
        headers = {"Authorization": f"Bearer {self.token()}", "Idempotency-Key": f"key-{person}"}
        with httpx.Client(timeout=PATIENCE_S) as client:
            return client.post(f"{self.url}/v1/enrollments", json=body, headers=headers)

    def token(self) -> str:
        """Return a token for a station."""
        server = open_installation(self._home, create=False).settings.server
        return sign_token(self._home, server, TokenRequest(scopes=["kura.enroll"]))

    def _note(self, label: str, told: dict[str, Any]) -> None:
        if told["encounter"] is None:
            self._fault(f"{label}: {told['outcome']}")
            return
        with self._changing:
            self.known[label] = told["encounter"]
        self._count(acknowledged=1, repeated=int(told["repeated"]))

    def _count(self, **more: int) -> None:
        with self._changing:
            for name, count in more.items():
                setattr(self._tally, name, getattr(self._tally, name) + count)

    def _fault(self, what: str) -> None:
        with self._changing:
            self._tally.faults.append(what)


_PRINTS: dict[int, str] = {}


def print_of(person: int) -> str:
    """Return a touch of a person's finger as base64 of a PNG."""
    if person not in _PRINTS:
        written = io.BytesIO()
        Image.fromarray(impression(person)).save(written, "png")
        _PRINTS[person] = base64.b64encode(written.getvalue()).decode()
    return _PRINTS[person]


@contextmanager
def served(home: Path) -> Iterator[RunningServer]:
    """Yield the real server, ready."""
    with serving(home, KURA) as server:
        server.until_answered("/health/ready")
        yield server


def storm(folder: Path, kills: int, seed: int) -> Tally:
    """Kill parts of a server while people are enrolled, and see who is there in the end."""
    chance, tally = random.Random(seed), Tally()
    home = make_home(folder / "home", workers=2)
    station = Station(home, tally)
    people = iter(range(1, 10_000))
    with ExitStack() as held:
        server = held.enter_context(served(home))
        station.url = server.url
        for _ in range(kills):
            with ThreadPoolExecutor(CLIENTS) as threads:
                asked = [threads.submit(station.enroll, next(people)) for _ in range(CLIENTS)]
                time.sleep(chance.uniform(0.0, 1.5))
                if _kill(server, chance):
                    server.process.wait()
                    server = held.enter_context(served(home))
                    station.url = server.url
                tally.kills += 1
                for one in asked:
                    one.result()
    compare(home, station, tally)
    return tally


def _kill(server: RunningServer, chance: random.Random) -> bool:
    """Kill a part of a server; True when that was the supervisor."""
    notice = server.notice()
    victim = chance.choice([*notice.workers, notice.engine, notice.engine, notice.pid])
    try:
        os.kill(victim or notice.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return victim in (None, notice.pid)


def compare(home: Path, station: Station, tally: Tally) -> None:
    """Note who was acknowledged and is not there, or there twice."""
    with Registry.open(home, create=False) as registry, registry.reading() as record:
        for label, encounter_id in station.known.items():
            subject = registry.subject_by_label(label)
            if subject is None:
                tally.faults.append(f"{label} is gone")
                continue
            found = [one.encounter_id for one in record.encounters(subject.subject_id)]
            if found != [encounter_id]:
                tally.faults.append(f"{label} has {len(found)} encounters, acknowledged as another")
        tally.faults += [f"the registry's check: {problem}" for problem in registry.check()]


def main() -> int:
    """Do what the arguments say."""
    follow_environment()
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    tally = storm(folder, kills, seed)
    print(json.dumps(asdict(tally), indent=2))
    return 1 if tally.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
