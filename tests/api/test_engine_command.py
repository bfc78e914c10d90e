"""`kura engine` as a process of its own, and the other commands through it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.command_line import BAD_INPUT, DONE, NEGATIVE
from enrollment.keeping import Galleries
from tests.api.conftest import Run, enrolled

_KURA = [
    sys.executable,
    "-c",
    "import sys, tests.databases as d; d.follow_environment(); from api.entry import main; sys.exit(main())",
]


@pytest.fixture
def engine(home: Path, kura: Run) -> Iterator[subprocess.Popen[str]]:
    """Start an engine and wait until it serves."""
    environment = os.environ | {"KURA_HOME": str(home), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen([*_KURA, "engine", "run"], env=environment, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        for line in started.stderr:
            if "engine.ready" in line:
                break
        yield started
        started.kill()


def test_commands_use_the_engine_and_build_no_gallery(
    engine: subprocess.Popen[str], kura: Run, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Galleries, "open", None)
    assert {one["outcome"] for one in enrolled(kura, people)["results"]} == {"unique", "duplicate"}
    code, out, _ = kura("identify", people / "b.png", "--modality", "finger", "--json")
    assert code == DONE and [one["person"] for one in json.loads(out)["candidates"]] == ["b"]
    assert kura("verify", people / "a_again.png", "--person", "a", "--modality", "finger")[0] == DONE
    code, out, _ = kura("dedup", "run", "--json")
    assert code == DONE and json.loads(out)["persons"] == 4
    again = enrolled(kura, people)
    assert all(one["repeated"] for one in again["results"])
    code, out, _ = kura("engine", "status", "--json")
    state = json.loads(out)
    assert code == DONE and (state["pid"], state["persons"]) == (engine.pid, 4)


def test_a_second_engine_is_refused_and_names_the_first(engine: subprocess.Popen[str], kura: Run) -> None:
    code, _, err = kura("engine", "run")
    assert code == BAD_INPUT and f"the engine with process id {engine.pid} owns this registry" in err


def test_an_engine_is_stopped_and_commands_go_on_without_it(
    engine: subprocess.Popen[str], kura: Run, people: Path
) -> None:
    assert kura("engine", "stop") == (DONE, "the engine has ended\n", "")
    assert engine.wait(60) == 0
    assert kura("engine", "status")[:2] == (NEGATIVE, "no engine runs\n")
    assert len(enrolled(kura, people)["results"]) == 4
    assert kura("engine", "stop")[:2] == (DONE, "no engine runs\n")


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_the_log_tells_nothing_personal(
    engine: subprocess.Popen[str], kura: Run, people: Path, asked: signal.Signals
) -> None:
    enrolled(kura, people)
    engine.send_signal(asked)
    _, log = engine.communicate(timeout=60)
    assert engine.returncode == 0
    assert "question='enroll'" in log and "engine.stopped" in log
    assert "a_again" not in log and str(people) not in log


def test_a_killed_engine_leaves_its_registry_free(
    engine: subprocess.Popen[str], kura: Run, people: Path, home: Path
) -> None:
    engine.kill()
    engine.wait()
    assert (home / "registry" / "engine.sock").exists()
    assert len(enrolled(kura, people)["results"]) == 4


def test_changed_settings_are_noticed(engine: subprocess.Popen[str], kura: Run, people: Path, home: Path) -> None:
    settings = home / "settings.toml"
    settings.write_text(settings.read_text().replace("smallest_gallery = 100", "smallest_gallery = 200"))
    code, _, err = kura("enroll", people, "--modality", "finger")
    assert code == BAD_INPUT and "the settings have changed since the engine started" in err
    assert json.loads(kura("engine", "status", "--json")[1])["settings_changed_since"] is True
