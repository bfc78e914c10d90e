"""kill -9 at any moment loses nothing that was acknowledged and leaves nothing half done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kills import assert_kills_do_no_harm


@pytest.mark.slow
def test_kill_loses_nothing_acknowledged_and_leaves_nothing_half(tmp_path: Path) -> None:
    assert_kills_do_no_harm("tests.registry.kill_journey", tmp_path, sampled=15, seed=20260301)
