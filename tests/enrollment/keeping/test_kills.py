"""Killed at any point of writing, the next start has the gallery that the registry says, from one snapshot or other."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from biometrics.records import DEFAULT_GALLERY
from enrollment.keeping import Origin
from matching.keeping.points import Point, listening
from registry.store import Registry
from tests.enrollment.keeping.population import built, enroll, galleries_of, retire

SAMPLED = 5
"""Points of a quick run, spread over all; every one with KURA_TEST_THOROUGH=1."""


def keep_and_count(registry: Registry, folder: Path) -> int:
    """Keep a gallery and return how many points that reaches."""
    reached: list[Point] = []
    galleries = galleries_of(registry, folder)
    galleries.open(DEFAULT_GALLERY)
    with listening(reached.append):
        galleries.keep(DEFAULT_GALLERY)
    return len(reached)


def killed_while_keeping(home: Path, folder: Path, moment: int) -> bool:
    """Keep a gallery in a process that is killed when it has reached so many points; return whether it was."""
    child = os.fork()
    if child == 0:
        reached: list[Point] = []

        def die(point: Point) -> None:
            reached.append(point)
            if len(reached) == moment:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            with Registry.open(home, create=False) as registry:
                galleries = galleries_of(registry, folder)
                galleries.open(DEFAULT_GALLERY)
                with listening(die):
                    galleries.keep(DEFAULT_GALLERY)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.slow
def test_whenever_it_is_killed_the_next_start_is_right(tmp_path: Path) -> None:
    home, folder = tmp_path / "here" / "home", tmp_path / "galleries"
    with Registry.open(home) as registry:
        people = [enroll(registry, person) for person in range(4)]
        moments = keep_and_count(registry, folder)
    step = 1 if os.environ.get("KURA_TEST_THOROUGH") == "1" else max(moments // SAMPLED, 1)
    for moment in range(1, moments + 1, step):
        with Registry.open(home) as registry:
            enroll(registry, 100 + moment)
            if moment < len(people):
                retire(registry, people[moment])
        assert killed_while_keeping(home, folder, moment)
        with Registry.open(home) as registry:
            galleries = galleries_of(registry, folder)
            opened, wanted = galleries.open(DEFAULT_GALLERY), built(registry)
            assert opened.origin is Origin.SNAPSHOT
            assert (opened.gallery.generation, opened.gallery.fingerprint) == (wanted.generation, wanted.fingerprint)
            assert galleries.verify(DEFAULT_GALLERY).faults == ()
