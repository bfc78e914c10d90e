"""The benchmark of statistics asks its questions, and its made-up counters agree with each other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.registry_stats import LAST, main
from registry.statistics import Asked, By
from registry.store import Registry


def test_a_small_authority(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--posts", "3", "--operators", "6", "--days", "70", "--cases", "40", "--waiting", "20", "--rounds", "1"]
    main(["--home", str(tmp_path), *words])
    assert "kura registry status" in capsys.readouterr().out
    first = LAST.replace(month=9, day=20)
    with Registry.open(tmp_path) as registry, registry.reading() as record:
        (total,) = record.statistics.activities(Asked(first=first, last=LAST))
        for by in (By.DAY, By.POST, By.OPERATOR):
            parts = record.statistics.activities(Asked(first=first, last=LAST, by=by))
            assert sum(part.enrolled for part in parts) == total.enrolled > 0
        assert sum(one.waiting for one in record.statistics.backlog(datetime(2026, 11, 27, tzinfo=UTC))) == 20
