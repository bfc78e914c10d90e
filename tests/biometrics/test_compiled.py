"""Compiled functions survive a cache that is damaged or cannot be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from biometrics.compiled import COMPILED_FOLDER, compiled


def double(value: int) -> int:
    return 2 * value


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KURA_CACHE", str(tmp_path))
    return tmp_path / COMPILED_FOLDER


@pytest.mark.parametrize("kept_bytes", [0, 30])
def test_a_damaged_cache_is_made_anew(cache: Path, kept_bytes: int) -> None:
    assert compiled("int64(int64)")(double)(21) == 42
    files = [path for path in cache.rglob("*") if path.is_file()]
    assert files
    for path in files:
        path.write_bytes(path.read_bytes()[:kept_bytes])
    with capture_logs() as logs:
        assert compiled("int64(int64)")(double)(21) == 42
    assert [log["event"] for log in logs] == ["compiled.rebuild"]
    with capture_logs() as logs:
        assert compiled("int64(int64)")(double)(21) == 42
    assert logs == []


def test_a_cache_without_room_is_done_without(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", full)
    assert compiled("int64(int64)")(double)(21) == 42


def test_a_mistake_in_the_code_is_not_taken_for_a_damaged_cache(cache: Path) -> None:
    def wrong(value: Any) -> Any:
        return value.nothing

    with capture_logs() as logs, pytest.raises(Exception, match="nothing"):
        compiled("int64(int64)")(wrong)
    assert logs == []
