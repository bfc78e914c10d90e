"""A gallery that is loaded from a damaged or foreign snapshot never answers otherwise than one built anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kills import ROOT

SAMPLED, ALL = 1_000, 100_000


@pytest.mark.slow
def test_no_corruption_makes_anybody_somebody_else(tmp_path: Path) -> None:
    count = ALL if os.environ.get("KURA_TEST_THOROUGH") == "1" else SAMPLED
    command = [sys.executable, "-m", "tests.journeys.gallery_corruptions", str(tmp_path), str(count), "20261126"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    tally: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {"faults": [ended.stderr]}
    assert tally["faults"] == [] and ended.returncode == 0
    assert tally["corruptions"] == count
    assert tally["refused"] > 0.9 * (count - tally["journeys"])
    assert 0 < tally["rebuilt"] <= tally["journeys"]
