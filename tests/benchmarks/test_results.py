from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.figures import RATE, Figure
from benchmarks.plots import as_svg, det_plot, score_plot
from benchmarks.rates import NOT_COMPARED, error_curves
from benchmarks.report import report_page
from benchmarks.results import Result, read_result, read_scores, write_result, write_scores
from biometrics.errors import ConfigurationError, StorageError
from tests.benchmarks.cases import scored


def _result(**changes: Any) -> Result:
    figures = {
        "set/EER": Figure(value=0.02, low=0.01, high=0.05, unit=RATE, counts={"genuine pairs": 280}, threshold=1.25),
        "set/ZeroFMR": Figure(value=1.0, low=0.9, high=1.0, unit=RATE),
        "set/extraction": Figure(value=123.4, low=100.0, high=150.0, unit="ms", counts={"rounds": 12}),
        "set/comparisons": Figure(value=90540.4, low=999.94, high=1009018.0, unit="1/s", counts={"rounds": 40}),
    }
    fields: dict[str, Any] = {
        "name": "fingerprint",
        "started": datetime(2026, 1, 31, 8, tzinfo=UTC),
        "environment": {"cpu": "model", "commit": "abc", "packages": {"numpy": "2"}},
        "data_sha256": "0" * 64,
        "parameters": {"replicates": 10, "data": ["<set>"]},
        "figures": figures,
        "notes": ("one & only",),
        "sections": {"databases": [{"name": "set", "eer": 2.0}]},
    }
    return Result(**{**fields, **changes})


def test_a_result_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "result.json"
    write_result(_result(), path)
    assert read_result(path) == _result()
    document = json.loads(path.read_text())
    assert (document["schema"], document["commit"]) == ("kura-benchmark/1", "abc")
    assert document["databases"] == [{"name": "set", "eer": 2.0}]
    assert [entry.name for entry in path.parent.iterdir()] == ["result.json"]


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "kura-benchmark/2"},
        {"figures": {}},
        {"figures": {"EER": {"value": 0.5, "low": 0.6, "high": 0.7, "unit": "rate", "counts": {}, "threshold": None}}},
        {"figures": {"EER": {"value": 0.5}}},
        {"started": "2026-01-31T08:00:00"},
        {"started": "yesterday"},
        {"environment": None},
    ],
)
def test_a_document_that_is_no_result_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps({**_result().document(), **change}))
    with pytest.raises(ConfigurationError) as refused:
        read_result(path)
    assert refused.value.source == str(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"schema": "kura-benchmark/1"}'])
def test_what_is_not_even_a_document_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError):
        read_result(path)
    with pytest.raises(ConfigurationError):
        read_result(tmp_path / "missing.json")


def test_raw_scores_come_back_and_must_be_those_of_the_result(tmp_path: Path) -> None:
    kept = write_scores({"genuine": np.array([0.5, NOT_COMPARED], np.float32)}, tmp_path / "raw.npz")
    read = read_scores(kept, tmp_path)
    assert read["genuine"].tolist() == [0.5, NOT_COMPARED]
    data = bytearray((tmp_path / "raw.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "raw.npz").write_bytes(data)
    with pytest.raises(ConfigurationError, match="not those"):
        read_scores(kept, tmp_path)
    (tmp_path / "raw.npz").unlink()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_scores(kept, tmp_path)


def test_a_result_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_result(_result(), tmp_path / "file" / "result.json")


def test_plots_are_drawn_the_same_twice() -> None:
    pairs = scored([0.9, 0.8, NOT_COMPARED], [0.1, 0.85, 0.3])
    drawn = [as_svg(det_plot({"<set>": error_curves(pairs)})) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert drawn[0].startswith("<svg")
    assert "false match rate" in drawn[0]
    scores = score_plot(pairs, scale="test/1")
    assert "score (test/1)" in as_svg(scores)


def test_a_trade_off_runs_from_edge_to_edge() -> None:
    some = error_curves(scored([0.9, 0.8, 0.3, 0.7], [0.1, 0.85, 0.3, 0.2, 0.2]))
    none = error_curves(scored([0.9], [0.1]))
    (axes,) = det_plot({"some": some, "none": none}).axes
    # Thresholds 0.3, where no genuine pair is missed, to 0.9, which no impostor reaches; what is 0 lies on an edge.
    errors, flawless, _ = axes.lines
    assert np.asarray(errors.get_xdata()).tolist() == pytest.approx([0.4, 0.2, 0.2, 0.2, 0.1])
    assert np.asarray(errors.get_ydata()).tolist() == pytest.approx([0.125, 0.25, 0.5, 0.75, 0.75])
    assert (axes.get_xlim(), axes.get_ylim()) == ((0.1, 1.0), (0.125, 1.0))
    assert [line.get_label() for line in (errors, flawless)] == ["some", "none (no error)"]


def test_large_numbers_are_written_out() -> None:
    assert str(_result().figures["set/comparisons"]) == "90,540 1/s (999.9-1,009,018)"


def test_the_page_stands_alone_and_escapes_what_it_shows() -> None:
    page = report_page(_result(), {"Detection <error>": "<svg></svg>"})
    for expected in (
        "set/EER",
        "2.00%",
        "1.00% to 5.00%",
        "280 genuine pairs",
        "one &amp; only",
        "&lt;set&gt;",
        "123.4 ms",
        "90,540 1/s",
        "999.9 1/s to 1,009,018 1/s",
    ):
        assert expected in page
    assert "Detection &lt;error&gt;" in page
    assert "<svg></svg>" in page
    assert not re.search(r"(?:src|href)=|<script|@import|url\(", page)
