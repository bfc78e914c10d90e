"""kill -9 at any moment loses nobody who was acknowledged, and leaves nobody half enrolled or half moved."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kills import assert_kills_do_no_harm


@pytest.mark.slow
def test_a_killed_batch_keeps_whom_it_acknowledged_and_can_be_finished(tmp_path: Path) -> None:
    assert_kills_do_no_harm("tests.journeys.enrollment_kills", tmp_path, sampled=20, seed=20261122)


@pytest.mark.slow
def test_a_killed_engine_keeps_whom_it_acknowledged_and_no_twins_are_both_unique(tmp_path: Path) -> None:
    assert_kills_do_no_harm("tests.journeys.engine_kills", tmp_path, sampled=10, seed=20261127)


@pytest.mark.slow
def test_a_killed_reextraction_mixes_no_models_and_can_be_finished(tmp_path: Path) -> None:
    assert_kills_do_no_harm("tests.journeys.reextraction_kills", tmp_path, sampled=16, seed=20261126)
