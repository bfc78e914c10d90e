"""Runs of deduplication that an engine works on: they end with the command that asked, or the engine, and go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.errors import RecordBusyError, ServiceError
from enrollment.deduplication.state import RunStatus, read_state
from enrollment.deduplication.store import RunStore, runs_folder
from enrollment.deduplication.turn import taking_turn, who_runs
from enrollment.engine.server import Engine
from tests.enrollment.engine.serving import client_of, person, serving

PEOPLE = 5
_ENDS_WITHIN_S = 60.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("enrollment.deduplication.beginning.usual_edge", lambda _: 1)  # many tiles
    return tmp_path / "home"


@pytest.fixture
def engine(home: Path, tmp_path: Path) -> Iterator[Engine]:
    with serving(home) as served:
        enroll(home, tmp_path)
        yield served


def enroll(home: Path, folder: Path) -> None:
    """Enroll everybody."""
    with client_of(home) as client:
        for number in range(PEOPLE):
            client.enroll(person(folder, str(number), number))


def await_rest(home: Path) -> None:
    deadline = time.monotonic() + _ENDS_WITHIN_S
    while who_runs(runs_folder(home)) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_run_ends_with_the_command_that_asked_and_goes_on_with_another(engine: Engine, home: Path) -> None:
    store = RunStore(folder=runs_folder(home))

    def leave(done: int, total: int, what: str) -> None:
        if done:
            raise KeyboardInterrupt

    with client_of(home) as client, pytest.raises(KeyboardInterrupt):
        client.deduplicate(leave)
    await_rest(home)
    (run_id,) = store.run_ids()
    state = read_state(store, run_id)
    assert state.status is RunStatus.UNFINISHED and 0 < state.pairs_done < state.pairs_planned
    with client_of(home) as client:
        done = client.resume_deduplication(run_id=run_id)
    assert (done.status, done.interruptions, done.pairs_done) == (RunStatus.FINISHED, 1, PEOPLE * (PEOPLE - 1) // 2)


def test_a_command_is_told_which_run_is_worked_on(engine: Engine, home: Path) -> None:
    with client_of(home) as client, taking_turn(runs_folder(home)) as turn:
        turn.note("20261126-101500-000001")
        with pytest.raises(RecordBusyError, match="works on the deduplication run 20261126-101500-000001"):
            client.deduplicate()


def test_an_engine_that_is_told_to_end_leaves_a_run_that_the_next_goes_on_with(home: Path, tmp_path: Path) -> None:
    with serving(home) as engine:
        enroll(home, tmp_path)
        with client_of(home) as client, pytest.raises(ServiceError, match="told to end") as ended:
            client.deduplicate(lambda *_: engine.stop())
    assert ended.value.remedy is not None and "kura dedup resume" in ended.value.remedy
    (run_id,) = RunStore(folder=runs_folder(home)).run_ids()
    with serving(home), client_of(home) as client:
        assert client.resume_deduplication(run_id=run_id).status is RunStatus.FINISHED
