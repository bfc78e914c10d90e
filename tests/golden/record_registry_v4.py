"""Write registry_v3.json.gz and registry_v4.json.gz, registries of these versions with made-up people.

Each holds tables and sample files; version 3 had no tables for what other systems leave, all others were the same. Only
a Kura that writes version 4 can make them: ``PYTHONPATH=. python tests/golden/record_registry_v4.py FOLDER`` in a
checkout of commit 7f7d6d9.
"""

from __future__ import annotations

import base64
import gzip
import json
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from biometrics.cases import CaseOutcome
from biometrics.samples import now_utc
from registry.store import Registry
from tests.registry.adjudication import ADA, BEN, OPERATOR, decide, pending_case
from tests.registry.people import enroll
from tests.registry.test_checking_service import fill
from tests.registry.transfer.populated import populate

LATER_TABLES = ("encounter_documents", "tasks", "drafts", "draft_buffers", "kept_answers")
"""What version 3 had not."""


def record(home: Path, folder: Path, version: int) -> None:
    """Leave something in nearly every table, a purged person and a person who is kept among it, and back it up."""
    with Registry.open(home) as registry:
        ids = populate(registry)
        if version > 3:
            fill(registry)
        purged, moved = enroll(registry, "purged", 11), enroll(registry, "moved", 12)
        with registry.writing() as writer:
            writer.retire_encounter(purged.encounter_id)
            writer.galleries.create("ghosts", "an older name")
        with registry.writing() as writer:
            later = now_utc() + timedelta(days=1)
            writer.purge(retired_before=later, reason="rule 7", most=100)
            writer.merges.move_encounter(moved.encounter_id, ids["mother"], reason="misfiled")
        case = pending_case(registry, "asked", ids["mother"])
        decide(registry, ADA, case.case_id, CaseOutcome.SAME_PERSON, ids["mother"])
        decide(registry, BEN, case.case_id, CaseOutcome.SAME_PERSON, ids["mother"])
        with registry.writing(OPERATOR) as writer:
            writer.adjudication.contest(case.case_id, reason="the applicant says otherwise")
        assert not any(fault.severe for fault in registry.check())
        registry.upkeep.write_backup(folder)


def packed(folder: Path, version: int) -> bytes:
    """Return a backup as one file."""
    told = json.loads((folder / "backup.json").read_text())["tables"]
    tables = {
        name: {
            "columns": one["columns"],
            "rows": [json.loads(line) for line in (folder / "tables" / f"{name}.jsonl").read_text().splitlines()],
        }
        for name, one in told.items()
        if version > 3 or name not in LATER_TABLES
    }
    tables["kura_schema"]["rows"][0][0] = version
    files = [path for path in sorted((folder / "samples").rglob("*")) if path.is_file()]
    samples = [base64.b64encode(path.read_bytes()).decode() for path in files]
    return gzip.compress(json.dumps({"tables": tables, "samples": samples}).encode(), mtime=0)


if __name__ == "__main__":
    for number in (3, 4):
        with tempfile.TemporaryDirectory() as name:
            record(Path(name) / "home", Path(name) / "backup", number)
            content = packed(Path(name) / "backup", number)
            (Path(sys.argv[1]) / f"registry_v{number}.json.gz").write_bytes(content)
