"""Tasks outlive the engine and the workers: a sample of kills, all of them on request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kills import assert_kills_do_no_harm


@pytest.mark.slow
def test_tasks_come_to_their_end_whoever_is_killed(tmp_path: Path) -> None:
    assert_kills_do_no_harm("tests.journeys.task_kills", tmp_path, sampled=10, seed=7)
