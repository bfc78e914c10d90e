"""An engine killed in the midst of everything that is done to its gallery: no answer was wrong, nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kills import ROOT

SAMPLED, ALL = 2, 48


@pytest.mark.slow
def test_no_storm_makes_a_gallery_answer_wrongly(tmp_path: Path) -> None:
    rounds = ALL if os.environ.get("KURA_TEST_THOROUGH") == "1" else SAMPLED
    command = [sys.executable, "-m", "tests.journeys.gallery_storm", str(tmp_path), str(rounds), "20261126"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    tally: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {"faults": [ended.stderr]}
    assert tally["faults"] == [] and ended.returncode == 0
    assert tally["rounds"] == rounds and tally["commands"] > 0
    assert tally["deeds"]["identify"] > 0
