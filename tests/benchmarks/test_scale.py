"""What galleries of national size need follows from what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scale import JOINED, LISTED, main, rates_of


def _row(batch: int, ours_ms: float, *, dim: int = 1_000, kernel: str = "fast", **other: Any) -> dict[str, Any]:
    row = {"n": 1_000, "dim": dim, "batch": batch, "ours_ms": ours_ms, "kernel": kernel}
    known = {"name": "a search", "exact": True, "threads": 1, "peer": "somebody", "peer_ms": 5.0, "ratio": 2.5}
    return {**row, **known, "identical": True, **other}


SEARCH: dict[str, Any] = {
    "rows": [
        _row(1, 1.0),
        _row(256, 0.25),
        _row(1, 9.0, dim=10),
        _row(256, 7.0, kernel="slow"),
        _row(1, 7.0, threads=2),
        _row(256, 7.0, exact=False),
    ],
    "requirements": [
        {
            "what": "a thing",
            "against": "another",
            "wanted": 4.0,
            "measured": 2.5,
            "unit": "x",
            "least": True,
            "note": "",
            "reached": False,
        }
    ],
    "resident_bytes": 110,
    "code_bytes": 100,
}
DEDUP: dict[str, Any] = {
    "rows": [_row(1, 2.0)],
    "requirements": [],
    "persons": {
        "width": 2_000,
        "pairs_s": 1e6,
        "strangers_listed": 40.0,
        "compare_us": {"4": 50.0, "10": 100.0},
        "memory_bytes": 300.0,
        "feature_bytes": 5_000.0,
    },
}


def test_costs_are_in_proportion() -> None:
    rates = rates_of(SEARCH, DEDUP)
    assert rates.single_bytes_s == pytest.approx(1e9)
    assert rates.batch_bytes_s == pytest.approx(4e9)
    assert rates.memory_bytes(10) == pytest.approx(10 * (2_200 + 300))
    assert rates.disk_bytes(10) == pytest.approx(10 * (2 * (8_000 + 5_000) + 300))
    assert rates.search_s(1_000_000, batch=False) == pytest.approx(2.0 + LISTED * 1e-4)
    assert rates.search_s(1_000_000, batch=True) == pytest.approx(0.5 + LISTED * 1e-4)
    assert rates.first_s(1_001) == pytest.approx(1_001 * 1_000 / 2 / 1e6 + 1_001 * 20.0 * 1e-4)
    assert rates.daily_s(1_000, 100) == pytest.approx(100 * 1_050 / 1e6 + 100 * 40.0 * 1e-4)


def test_tables_are_printed_from_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"search": SEARCH, "dedup": DEDUP}
    for name, document in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    words = [part for name in files for part in (f"--{name}", str(tmp_path / f"{name}.json"))]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert printed.count("| 100,000,000 |") == 2
    assert "64 cores, 512 GB" in printed
    assert "| a thing | another | at least 4 x | 2.5 x | **no** |  |" in printed


def test_no_fewer_strangers_are_counted_than_may_be_listed() -> None:
    few = {**DEDUP, "persons": {**DEDUP["persons"], "strangers_listed": 0.1}}
    assert rates_of(SEARCH, few).strangers == JOINED


@pytest.mark.parametrize("text", ["", "{}", '{"rows": []}', "[]"])
def test_what_no_benchmark_wrote_is_refused(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text)
    assert main(["--search", str(file), "--dedup", str(file)]) == 3
    assert "result" in capsys.readouterr().err
