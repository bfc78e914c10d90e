"""Several threads and processes use one home at once."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from biometrics.errors import RecordBusyError, RecordConflictError
from registry.store import Registry
from tests.registry.people import add_person, enroll, new_subject

ROOT = Path(__file__).resolve().parents[2]

RECORD = """
import sys
from pathlib import Path
from registry.store import Registry
from tests.registry.people import enroll

with Registry.open(Path(sys.argv[1]), busy_timeout_s=60) as registry:
    for number in range(int(sys.argv[3])):
        enroll(registry, f"{sys.argv[2]}-{number}", seed=number)
"""


def test_processes_that_start_together_share_one_registry(home: Path) -> None:
    processes, each = 4, 8
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", RECORD, str(home), f"process {number}", str(each)],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    errors = [process.communicate()[1] for process in running]
    assert errors == [""] * processes
    assert [process.returncode for process in running] == [0] * processes
    with Registry.open(home, create=False) as registry:
        changes = list(registry.changes_since(0))
        assert [change.sequence for change in changes] == list(range(1, processes * each + 1))
        assert {subject.label for subject in registry.subjects()} == {
            f"process {process}-{number}" for process in range(processes) for number in range(each)
        }
        assert registry.check() == []


def test_threads_share_one_registry_and_readers_see_whole_changes(home: Path) -> None:
    with Registry.open(home, busy_timeout_s=60) as registry:

        def write(thread: int) -> None:
            for number in range(6):
                enroll(registry, f"{thread}-{number}")

        def read(_: int) -> None:
            for _ in range(20):
                changes = list(registry.changes_since(0))
                assert [change.sequence for change in changes] == list(range(1, len(changes) + 1))
                assert all(len(change.references) == 2 for change in changes)

        with ThreadPoolExecutor(6) as pool:
            for done in [*pool.map(write, range(4)), *pool.map(read, range(4))]:
                assert done is None
        assert registry.latest_sequence() == 24
        assert registry.check() == []


def test_two_processes_cannot_give_one_label_to_two_subjects(registry: Registry, home: Path) -> None:
    with Registry.open(home, busy_timeout_s=0.2) as other:
        with registry.writing() as writer:
            add_person(writer, new_subject("same"))
            with pytest.raises(RecordBusyError):
                enroll(other, "same")
        with pytest.raises(RecordConflictError):
            enroll(other, "same")
    assert registry.counts().subjects == 1
