"""Whatever several processes do to a registry at once, some order of their deeds explains every answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLED, ALL = 15, 300


@pytest.mark.slow
def test_simultaneous_enrollments_merges_and_deletions_leave_no_anomaly(tmp_path: Path) -> None:
    """KURA_TEST_THOROUGH=1 asks for all 300 rounds."""
    rounds = ALL if os.environ.get("KURA_TEST_THOROUGH") == "1" else SAMPLED
    command = [sys.executable, "-m", "tests.journeys.registry_rounds", str(tmp_path), str(rounds), "20261126"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    tally: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {"faults": [ended.stderr]}
    assert tally["faults"] == [] and ended.returncode == 0
    assert tally["rounds"] == rounds
    always, sometimes = {"enroll", "merge", "retire", "move", "search", "correct"}, {"unmerge"}
    assert always <= tally["deeds"].keys() <= always | sometimes
    assert "unmerge" in tally["deeds"] or (rounds == SAMPLED and "unmerge" in tally["refused"])  # others were quicker
    assert tally["duplicates"] >= rounds and tally["refused"]["merge"] > 0
