"""kill -9 at any moment of an enrollment loses nobody who was acknowledged and leaves nobody half enrolled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLED_KILLS, ALL_KILLS = 20, 2_000


@pytest.mark.slow
def test_a_killed_batch_keeps_whom_it_acknowledged_and_can_be_finished(tmp_path: Path) -> None:
    kills = ALL_KILLS if os.environ.get("KURA_TEST_THOROUGH") == "1" else SAMPLED_KILLS
    command = [sys.executable, "-m", "tests.journeys.enrollment_kills", str(tmp_path), str(kills), "20261122"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    tally: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {"faults": [ended.stderr]}
    assert tally["faults"] == [] and ended.returncode == 0
    assert tally["kills"] == kills
    assert tally["acknowledged"] >= kills // 2  # every second process lived to see its first enrollment
