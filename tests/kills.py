"""Running a journey of kills in a process of its own, a sample by default and all of it on request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ALL_KILLS = 2_000


def assert_kills_do_no_harm(journey: str, folder: Path, *, sampled: int, seed: int) -> None:
    """Run a journey module and check its tally; KURA_TEST_THOROUGH=1 asks for all 2,000 kills."""
    kills = ALL_KILLS if os.environ.get("KURA_TEST_THOROUGH") == "1" else sampled
    command = [sys.executable, "-m", journey, str(folder), str(kills), str(seed)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    tally: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {"faults": [ended.stderr]}
    assert tally["faults"] == [] and ended.returncode == 0
    assert tally["kills"] == kills
    assert tally["acknowledged"] >= kills // 2  # every second process lived to see its first commit
