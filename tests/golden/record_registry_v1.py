"""Write registry_v1.sql, a registry of schema version 1 with made-up people.

Only a Kura that writes version 1 can make it: ``PYTHONPATH=. python tests/golden/record_registry_v1.py FILE`` in a
checkout of commit 750f09b.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from pathlib import Path

from biometrics.cases import CasePriority
from biometrics.records import EncounterStatus
from registry.store import Registry
from tests.registry.people import enroll, new_encounter, new_references, new_subject


def record(home: Path) -> None:
    """Enroll three people, retire the second, leave the third pending with a case."""
    with Registry.open(home) as registry:
        first, second = enroll(registry, "first", 1), enroll(registry, "second", 2)
        subject = new_subject("third")
        digests = tuple(registry.keep_sample(f"{kind} of third".encode()) for kind in ("print", "face"))
        encounter = new_encounter(subject, digests, EncounterStatus.PENDING)
        with registry.writing() as writer:
            writer.add_encounter(subject, encounter, new_references(subject, 3))
            writer.open_case(
                subject_id=subject.subject_id, candidates=(), priority=CasePriority.HIGH, reason="to be decided"
            )
            writer.retire_encounter(second.encounter_id)
        assert first.subject_id and registry.check() == []


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        record(Path(folder) / "home")
        with sqlite3.connect(Path(folder) / "home" / "registry" / "registry.db") as connection:
            Path(sys.argv[1]).write_text("\n".join(connection.iterdump()) + "\n")
