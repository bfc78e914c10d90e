"""A kill or a full disk at any moment of any change loses nothing acknowledged and leaves nothing half done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.fault_scenarios import SCENARIOS
from tests.kills import ROOT

SAMPLED = 4
"""Moments of each change that a quick run tries; all of them with KURA_TEST_THOROUGH=1."""

MARKS = {"migrate": pytest.mark.sqlite_only}  # older versions knew nothing else


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [pytest.param(name, marks=MARKS.get(name, ())) for name in SCENARIOS])
def test_no_failure_does_harm(tmp_path: Path, scenario: str) -> None:
    tries = 0 if os.environ.get("KURA_TEST_THOROUGH") == "1" else SAMPLED
    command = [sys.executable, "-m", "tests.journeys.faults", str(tmp_path), scenario, str(tries), "20261126"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    tally: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {"faults": [ended.stderr]}
    assert tally["faults"] == [] and ended.returncode == 0
    assert tally["kills"] == (tries or tally["moments"])
    assert tally["full_disks"] > 0
