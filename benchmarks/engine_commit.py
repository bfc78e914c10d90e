"""Enrollments a second at an engine, by the number of commands at once, with and without shared commits.

``python -m benchmarks.engine_commit`` serves made-up people (four fingers of forty random minutiae and a file of 20 kB
each) from a process of its own, with commands in processes of theirs. Each round takes all settings in turn, so that
what else the machine does meets all alike; the median of the rounds is printed. No models are used: extraction stays in
the commands, and this is what is left for the one owner.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import structlog

from api import wiring
from api.installation import Installation
from api.settings import Settings
from biometrics.extraction import Extraction
from biometrics.images import ImageFile
from biometrics.positions import FOUR_FINGERS, Position
from biometrics.quality import QualityScore
from biometrics.records import DEFAULT_GALLERY
from biometrics.samples import BiometricSample, now_utc
from biometrics.templates import MinutiaSet, Template, TemplateFormat
from enrollment.engine.client import EngineClient, find_engine
from enrollment.engine.local import Owner
from enrollment.engine.server import Engine
from enrollment.enroll import MOST_AT_ONCE, EnrollmentOffice
from enrollment.preparation import PreparedSample, PreparedSubmission
from enrollment.submission import SampleSource
from matching.minutiae import warm_up
from registry.location import registry_folder
from registry.ownership import OwnerRole, own
from registry.store import Registry

CLIENTS = (1, 8, 32)
PERSONS = 96
"""Enrolled per measurement, whatever the number of commands."""

_FORMAT = TemplateFormat(algorithm="made-up", version="1", metric="minutiae")
_MINUTIAE, _SIDE_PX, _FILE_BYTES = 40, 300, 20_000


def made_up_person(number: int) -> PreparedSubmission:
    """Return somebody who does not exist, and looks like nobody else."""
    samples = tuple(_made_up_sample(number, position) for position in FOUR_FINGERS)
    return PreparedSubmission(label=f"SIMULATED-{number:06}", samples=samples)


def _made_up_sample(number: int, position: Position) -> PreparedSample:
    random = np.random.default_rng([number, position.iso_code or 0])
    x, y = random.uniform(0, _SIDE_PX - 1, (2, _MINUTIAE)).astype(np.float32)
    body = MinutiaSet(
        x=x,
        y=y,
        angle=random.uniform(0, 6.28, _MINUTIAE).astype(np.float32),
        kind=random.integers(1, 3, _MINUTIAE).astype(np.uint8),
        quality=np.full(_MINUTIAE, 80, dtype=np.uint8),
        width=_SIDE_PX,
        height=_SIDE_PX,
    )
    data = random.bytes(_FILE_BYTES)
    quality = QualityScore(value=80, algorithm="made-up/1")
    pixels = np.zeros((1, 1), dtype=np.uint8)
    name = f"{number}-{position.value}.png"
    template = Template(format=_FORMAT, position=position, body=body, quality=quality, simulated=True)
    return PreparedSample(
        source=SampleSource(path=Path(name), position=position, origin=name),
        image=ImageFile(pixels=pixels, ppi=500.0, data=data, sha256=hashlib.sha256(data).hexdigest(), simulated=True),
        sample=BiometricSample(position=position, pixels=pixels, ppi=500.0, captured_at=now_utc(), simulated=True),
        extraction=Extraction(template=template, quality=quality),
    )


class _OneOffice(Owner):
    """An owner whose commits are shared by at most so many."""

    def __init__(self, registry: Registry, installation: Installation, most_at_once: int) -> None:
        calibrations = wiring.load_calibrations(installation)
        super().__init__(
            registry,
            installation.settings.policy,
            open_gallery=lambda name: wiring.open_gallery(registry, installation, gallery_id=name),
            calibrations=lambda _: calibrations,
        )
        gallery = wiring.open_gallery(registry, installation)
        self._offices[DEFAULT_GALLERY] = EnrollmentOffice(
            registry=registry, gallery=gallery, policy=self.policy, most_at_once=most_at_once
        )


def _serve(home: Path, most_at_once: int) -> int:
    """Start an engine in a process of its own and return its process id."""
    child = os.fork()
    if child:
        return child
    with own(home, OwnerRole.ENGINE, 5.0), Registry.open(home) as registry:
        installation = Installation(home=home, settings=Settings())
        engine = Engine(_OneOffice(registry, installation, most_at_once), registry_folder(home), "")
        signal.signal(signal.SIGTERM, lambda *_: engine.stop())
        engine.serve()
    os._exit(0)


def _client(home: Path) -> EngineClient:
    while (client := find_engine(registry_folder(home), "")) is None:
        time.sleep(0.01)
    return client


def _enroll_when_told(home: Path, people: list[PreparedSubmission], waiting: int, start: int) -> int:
    """Enroll people one after another from a process of its own, once the other end of its pipe is closed."""
    child = os.fork()
    if child:
        return child
    os.close(start)
    with _client(home) as client:
        os.read(waiting, 1)
        for prepared in people:
            client.enroll(prepared)
    os._exit(0)


def measure(clients: int, most_at_once: int, people: list[PreparedSubmission]) -> float:
    """Return the enrollments a second that so many commands come to at a new registry."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        engine = _serve(home, most_at_once)
        _client(home).close()
        waiting, start = os.pipe()
        commands = [_enroll_when_told(home, people[first::clients], waiting, start) for first in range(clients)]
        time.sleep(0.2)  # until all are connected
        os.close(waiting)
        began = time.perf_counter()
        os.close(start)
        for command in commands:
            os.waitpid(command, 0)
        taken_s = time.perf_counter() - began
        os.kill(engine, signal.SIGTERM)
        os.waitpid(engine, 0)
    return len(people) / taken_s


def main() -> None:
    """Measure and print a JSON line per number of commands."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine_commit", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each setting is measured (default: 5)")
    rounds = parser.parse_args().rounds
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    warm_up()
    people = [made_up_person(number) for number in range(PERSONS)]
    settings = [(clients, most) for clients in CLIENTS for most in (1, MOST_AT_ONCE)]
    rates: dict[tuple[int, int], list[float]] = {setting: [] for setting in settings}
    for _ in range(rounds):
        for setting in settings:
            rates[setting].append(measure(*setting, people))
    for clients in CLIENTS:
        alone, shared = (rates[clients, most] for most in (1, MOST_AT_ONCE))
        line = {
            "clients": clients,
            "alone_per_s": round(statistics.median(alone), 1),
            "shared_per_s": round(statistics.median(shared), 1),
            "ratio": round(statistics.median(one / other for one, other in zip(shared, alone, strict=True)), 2),
        }
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
