"""What an approximate index loses is counted, and only proof opens the gate."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

import benchmarks.search.recall_gate
from benchmarks.search import approximate
from benchmarks.search.approximate import Known, gate
from benchmarks.search.recall_gate import main
from biometrics.extraction import Extractor
from biometrics.positions import Modality
from tests.benchmarks.fakes import FakeFace, write_sample

PERSONS, DIMENSION = 5_000, 16


def _known(probes: int, noise: float = 0.05) -> Known:
    random = np.random.default_rng(1)
    vectors = random.standard_normal((PERSONS, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    mates = random.integers(0, PERSONS, probes)
    seen = vectors[mates] + noise * random.standard_normal((probes, DIMENSION)).astype(np.float32)
    return Known(vectors=vectors, probes=seen.astype(np.float32), mates=mates)


def _exact(dimension: int) -> object:
    return faiss.IndexFlatIP(dimension)


class Forgetful:
    """An index that lists nobody for one probe in a hundred."""

    def __init__(self, dimension: int) -> None:
        self._index = faiss.IndexFlatIP(dimension)

    def train(self, vectors: object) -> None:
        pass

    def add(self, vectors: object) -> None:
        self._index.add(vectors)

    def search(self, probes: object, k: int) -> tuple[object, np.ndarray[tuple[int, int], np.dtype[np.int64]]]:
        scores, labels = self._index.search(probes, k)
        labels[::100] = -1
        return scores, labels


@pytest.mark.parametrize(("probes", "passes"), [(4_000, True), (1_000, False)])
def test_nothing_lost_passes_only_where_enough_was_tried(
    probes: int, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approximate, "approximate_indexes", lambda rows: {"exact": _exact})
    (result,) = gate(_known(probes), wanted=0.999)
    assert result.lost.errors == 0
    assert result.recall == 1.0
    assert result.passes is passes


def test_an_index_that_loses_mates_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approximate, "approximate_indexes", lambda rows: {"forgetful": Forgetful})
    (result,) = gate(_known(4_000), wanted=0.999)
    assert result.recall == pytest.approx(0.99, abs=0.001)
    assert not result.passes


def test_mates_that_an_exact_search_does_not_list_are_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approximate, "approximate_indexes", lambda rows: {"exact": _exact})
    (result,) = gate(_known(1_000, noise=3.0), wanted=0.9)
    assert 0 < result.lost.trials < 1_000
    assert result.lost.errors == 0


def test_an_archive_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known, file = _known(500), tmp_path / "own.npz"
    np.savez(file, vectors=known.vectors, probes=known.probes, mates=known.mates)
    assert main(["--vectors", str(file), "--recall", "0.5"]) == 0
    printed = capsys.readouterr().out
    assert "5,000 persons, 500 searches" in printed
    assert all(kind in printed for kind in ("IVF", "HNSW", "PQ"))
    assert main(["--vectors", str(file), "--recall", "0.99999"]) == 1
    assert "DOES NOT PASS" in capsys.readouterr().out


def test_portraits_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fake(modality: Modality) -> Extractor:
        return FakeFace()

    monkeypatch.setenv("KURA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(benchmarks.search.recall_gate, "load_extractor", fake)
    for person in range(4):
        for picture in range(2 if person else 1):
            write_sample(tmp_path / "faces" / f"p{person}" / f"{picture}.png", person, picture)
    assert main(["--images", str(tmp_path / "faces")]) == 3
    assert "4 persons are too few" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"vectors": np.zeros((3, 4)), "probes": np.zeros((2, 5)), "mates": np.zeros(2)},
        {"vectors": np.zeros((3, 4)), "probes": np.zeros((2, 4)), "mates": np.array([0, 3])},
        {"vectors": np.full((3, 4), np.nan), "probes": np.zeros((2, 4)), "mates": np.zeros(2)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path,
    arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "wrong.npz"
    np.savez(file, allow_pickle=False, **arrays)
    assert main(["--vectors", str(file)]) == 3
    assert "wrong.npz" in capsys.readouterr().err
    assert main(["--vectors", str(tmp_path / "missing.npz")]) == 3
