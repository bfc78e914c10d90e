"""People enrolled over HTTP while keys are rotated and persons erased beside, and the engine is killed in between.

``python -m tests.journeys.protection_under_load FOLDER ROUNDS SEED`` writes a JSON summary, and ends with 1 when
anybody who was acknowledged is missing, anybody erased is still there, or a key, a value or a file does not open.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from registry.store import Registry
from tests.api.serve.servers import RunningServer, make_home
from tests.databases import follow_environment
from tests.journeys.serve_faults import CLIENTS, KURA, Station, Tally, compare, served

_VERB = KURA[:3]
_TRIES = 20


@dataclass(slots=True, kw_only=True)
class ProtectionTally(Tally):
    """What happened; `faults` must stay empty."""

    rotated: int = 0
    erased: int = 0


def storm(folder: Path, rounds: int, seed: int) -> ProtectionTally:
    """In each round, enroll a few people, rotate the keys and erase somebody of an earlier round, all at once."""
    chance, tally = random.Random(seed), ProtectionTally()
    home = make_home(folder / "home", workers=1)
    station, people, gone = Station(home, tally), iter(range(1, 10_000)), list[str]()
    with served(home) as server:
        station.url = server.url
        for number in range(rounds):
            known = sorted(station.known)
            with ThreadPoolExecutor(CLIENTS + 2) as threads:
                asked = [threads.submit(station.enroll, next(people)) for _ in range(CLIENTS)]
                rotating = threads.submit(_repeated, home, ["keys", "rotate"])
                if known:
                    gone.append(chance.choice(known))
                    station.known.pop(gone[-1])
                    words = [
                        "rights",
                        "erase",
                        gone[-1],
                        "--basis",
                        "a test",
                        "--approver",
                        "SUE",
                        "--role",
                        "supervisor",
                    ]
                    _told(tally, threads.submit(_repeated, home, words).result())
                    tally.erased += 1
                if number % 2:
                    time.sleep(chance.uniform(0.0, 1.0))
                    tally.kills += _kill_engine(server)
                _told(tally, rotating.result())
                tally.rotated += 1
                for one in asked:
                    one.result()
    compare(home, station, tally)
    _look_back(home, gone, tally)
    return tally


def _repeated(home: Path, words: list[str]) -> str | None:
    """Give a command until it succeeds: an engine that was killed answers nothing. Return why it never did."""
    said = ""
    for _ in range(_TRIES):
        command = [*_VERB, "--home", str(home), *words]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode == 0:
            return None
        said = ended.stderr
        if words[0] == "rights" and "ServiceLostError" not in said and "erased" in said:
            return None  # the command before was cut off after all of it was done
        time.sleep(0.5)
    return f"kura {' '.join(words)}: {said}"


def _told(tally: Tally, fault: str | None) -> None:
    if fault is not None:
        tally.faults.append(fault)


def _kill_engine(server: RunningServer) -> int:
    engine = server.notice().engine
    if engine is None:
        return 0
    try:
        os.kill(engine, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def _look_back(home: Path, gone: list[str], tally: Tally) -> None:
    """Note who is still found though erased, what does not open, and generations of the root that should be gone."""
    with Registry.open(home, create=False) as registry:
        tally.faults += [f"{label} is still there" for label in gone if registry.subject_by_label(label) is not None]
        tally.faults += [f"the check of keys: {fault}" for fault in registry.protection.check()]
        if registry.protection.status().rotating:
            tally.faults.append("a rotation is unfinished")
        with registry.reading() as record:
            unfinished = record.rights.erasures(unfinished=True)
        tally.faults += [f"an erasure is unfinished: {one.state.value}" for one in unfinished]


def main() -> int:
    """Do what the arguments say."""
    follow_environment()
    folder, rounds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    tally = storm(folder, rounds, seed)
    print(json.dumps(asdict(tally), indent=2))
    return 1 if tally.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
