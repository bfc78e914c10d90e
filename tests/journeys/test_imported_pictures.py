"""An authority moves from another system with pictures alone: import, extract, find whoever is there twice."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from api.command_line import DONE, main
from registry.store import Registry
from tests.journeys.imported_pictures import hand_over

COMMAND = (
    sys.executable,
    "-c",
    "import tests.databases as d; d.follow_environment(); from api.entry import main; main()",
)
PERSONS, LIMIT = 9, 6


def test_planted_duplicates_are_found_among_imported_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, population = tmp_path / "home", tmp_path / "population"

    def kura(*words: object) -> Any:
        assert main(["--home", str(home), *map(str, words), "--json"]) == DONE
        return json.loads(capsys.readouterr().out)

    kura("simulate", population, "--persons", PERSONS, "--duplicates", 2, "--twins", 0)
    with (population / "truth.csv").open(newline="") as lines:
        planted = {frozenset((line["a"], line["b"])) for line in csv.DictReader(lines)}
    imported = kura("registry", "import", hand_over(population, tmp_path / "handed-over"))
    pictures = imported["waiting_pictures"]
    assert (imported["added"], len(planted), pictures > 2 * PERSONS) == (PERSONS, 2, True)

    begun = kura("registry", "extract", "--limit", LIMIT)
    assert begun["made"] + begun["unusable"] == LIMIT == pictures - begun["waiting"]
    kill_while_extracting(home, begun["made"])
    assert kura("registry", "check") == []
    ended = kura("registry", "extract")
    status = kura("registry", "status")
    assert (ended["waiting"], status["references"] + status["unusable_pictures"]) == (0, pictures)
    assert status["unusable_pictures"] == len(ended["left_out"])

    found = kura("dedup", "run")
    assert planted <= {frozenset((pair["a"], pair["b"])) for pair in found["pairs"]}
    assert kura("registry", "check") == []


def kill_while_extracting(home: Path, made: int) -> None:
    """Start an extraction and kill it once it has recorded something."""
    started = subprocess.Popen([*COMMAND, "--home", str(home), "registry", "extract"], stderr=subprocess.DEVNULL)
    with Registry.open(home) as registry:
        while registry.counts().references == made and started.poll() is None:
            time.sleep(0.01)
    started.send_signal(signal.SIGKILL)
    started.wait()
