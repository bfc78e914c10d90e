"""Keys are rotated and persons erased while others are enrolled, and no kill of the engine makes a difference."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kills import ROOT

SAMPLED, ALL = 2, 40


@pytest.mark.slow
def test_rotation_and_erasure_lose_nobody_and_leave_nobody(tmp_path: Path) -> None:
    rounds = ALL if os.environ.get("KURA_TEST_THOROUGH") == "1" else SAMPLED
    command = [sys.executable, "-m", "tests.journeys.protection_under_load", str(tmp_path), str(rounds), "20261127"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    tally: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {"faults": [ended.stderr]}
    assert tally["faults"] == [] and ended.returncode == 0
    assert (tally["rotated"], tally["erased"], tally["acknowledged"]) == (rounds, rounds - 1, 3 * rounds)
