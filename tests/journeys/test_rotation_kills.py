"""kill -9 amid rotations, enrollments and purges loses nothing that is kept, and keeps nothing that is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kills import assert_kills_do_no_harm


@pytest.mark.slow
def test_kills_during_rotations_lose_no_key_and_keep_none_that_was_shredded(tmp_path: Path) -> None:
    assert_kills_do_no_harm("tests.journeys.rotation_kills", tmp_path, sampled=10, seed=20261127)
