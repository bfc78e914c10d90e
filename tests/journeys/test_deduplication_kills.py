"""A deduplication run that is killed, or meets a full disk, at any moment comes to what it comes to undisturbed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kills import ROOT

SAMPLED = 4
"""Moments that a quick run tries; all of them with KURA_TEST_THOROUGH=1."""


@pytest.mark.slow
def test_no_interruption_changes_what_a_run_reports(tmp_path: Path) -> None:
    tries = 0 if os.environ.get("KURA_TEST_THOROUGH") == "1" else SAMPLED
    command = [sys.executable, "-m", "tests.journeys.deduplication_kills", str(tmp_path), str(tries), "20261126"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    tally: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {"faults": [ended.stderr]}
    assert tally["faults"] == [] and ended.returncode == 0
    assert tally["kills"] == 3 * (tries or tally["moments"])
    assert tally["full_disks"] > 0 and tally["gone_on"] > 0
