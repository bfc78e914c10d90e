"""Comparison of simulated with real scores, on people made up for it; shipped parameters against golden values."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.vector_population import Population
from benchmarks.vector_population.measure import compared, lines
from benchmarks.vector_population.measured import MIRRORED, RealVectors, real_persons, real_scores
from benchmarks.vector_population.parameters import load_fitted, write_fitted
from benchmarks.vector_population.scores import BlockScores, difference
from benchmarks.vector_population.simulated import simulated_scores
from biometrics.errors import ConfigurationError
from biometrics.positions import Modality
from matching.vectors.layout import Block, Layout


def people(owners: int, samples: int, dimension: int, sets: int, seed: int) -> RealVectors:
    """Return made-up people with their own fingers in each set, and mirrored prints."""
    layout = Layout(blocks=(Block(name="face", dimension=dimension),))
    everybody = Population(layout=layout, persons=owners * sets, seed=seed)
    numbers = np.arange(owners * sets, dtype=np.int64)
    taken = [everybody.probes(numbers, occasion=2 + sample).vectors[:, :dimension] for sample in range(samples)]
    mirrored = Population(layout=layout, persons=owners * sets, seed=seed + 1).chunk(0).vectors[:, :dimension]
    return RealVectors(
        name="made up",
        vectors=np.concatenate((*taken, mirrored)),
        owners=np.tile(numbers, samples + 1),
        sets=np.tile(numbers // owners, samples + 1),
        occasions=np.concatenate((np.repeat(np.arange(samples), len(numbers)), np.full(len(numbers), MIRRORED))),
    )


def test_real_scores_are_of_one_set_and_never_of_ones_own_mirror() -> None:
    real = people(5, 3, 16, 2, 1)
    scores = real_scores(real)
    assert len(scores.mates) == 10 * 3
    assert len(scores.strangers) == 2 * (5 * 4 // 2) * 4 * 4
    assert real_scores(real.of_set(0)).mates.size == 15
    assert np.median(scores.mates) > np.median(scores.strangers)
    assert (real.taken.occasions >= 0).all()


def test_persons_are_put_together_of_one_sensor_or_of_several() -> None:
    faces, fingers = people(40, 2, 32, 1, 2), people(6, 3, 32, 2, 3)
    for one_sensor in (False, True):
        scores = real_persons(faces, fingers, [2.0, 1.0, 1.0], one_sensor=one_sensor)
        assert 1.5 < scores.mates.mean() < 4.0
        assert abs(scores.strangers.mean()) < 0.1
    with pytest.raises(ConfigurationError, match="too few"):
        real_persons(faces, people(1, 3, 32, 2, 3), [2.0, 1.0, 1.0], one_sensor=True)


def test_equal_scores_do_not_differ() -> None:
    random = np.random.default_rng(1)
    scores = BlockScores(
        strangers=random.normal(size=100_000).astype(np.float32), mates=random.normal(3, 1, 2_000).astype(np.float32)
    )
    found = difference(scores, scores)
    assert found.strangers_ks == found.mates_ks == 0.0
    assert list(found.strangers) == [1e-1, 1e-2, 1e-3, 1e-4]
    assert all(real == simulated for real, simulated in (*found.strangers.values(), *found.missed.values()))
    assert found.reached[1e-2] == pytest.approx(1e-2, rel=0.01)
    moved = difference(scores, BlockScores(strangers=scores.strangers + 1, mates=scores.mates + 1))
    assert moved.strangers_ks == pytest.approx(0.383, abs=0.01)
    assert moved.missed[1e-2][1] < moved.missed[1e-2][0]
    assert moved.reached[1e-2] > 0.05


def test_everything_is_compared_and_printed() -> None:
    faces, fingers = people(40, 2, 128, 1, 4), people(6, 3, 64, 2, 5)
    told = []
    for name, real, simulated in compared(faces, fingers, load_fitted(), persons=200):
        told += list(lines(name, real, difference(real, simulated)))
    headings = [line.partition(":")[0] for line in told if not line.startswith(" ")]
    assert headings == ["face", "finger", "face and 2 fingers, a sensor each", "face and 2 fingers, of one sensor"]


@pytest.mark.parametrize(
    ("name", "dimension", "limits", "middle"),
    [
        ("face", 128, {1e-1: 0.120, 1e-2: 0.219, 1e-3: 0.291}, 0.653),
        ("right_index", 256, {1e-1: 0.119, 1e-2: 0.214, 1e-3: 0.287}, 0.532),
    ],
)
def test_shipped_parameters_score_as_measured(
    name: str, dimension: int, limits: dict[float, float], middle: float
) -> None:
    """Real scores on LFW View 1 and FVC2002 set B, as `python -m benchmarks.vector_population.measure` prints them."""
    layout = Layout(blocks=(Block(name=name, dimension=dimension),))
    scores = simulated_scores(layout, 2_000, 1, load_fitted())
    for rate, limit in limits.items():
        assert float(np.quantile(scores.strangers, 1.0 - rate)) == pytest.approx(limit, abs=0.02)
    assert float(np.median(scores.mates)) == pytest.approx(middle, abs=0.03)


def test_face_like_vectors_of_any_width_score_alike() -> None:
    limits = []
    for dimension in (128, 256, 512):
        layout = Layout(blocks=(Block(name="vector", dimension=dimension),))
        limits.append(float(np.quantile(simulated_scores(layout, 1_000, 1, load_fitted()).strangers, 0.999)))
    assert limits == pytest.approx([0.29] * 3, abs=0.04)


def test_parameters_are_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "fitted.json"
    write_fitted(load_fitted(), path)
    assert load_fitted(path) == load_fitted()
    assert set(load_fitted()) == set(Modality)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("strangers", {"skewed_power": 0.0}),
        ("strangers", {"skewed_share": 1.0}),
        ("strangers", {"effective": float("nan")}),
        ("strangers", {"effective": "many"}),
        ("strangers", {"more": 1.0}),
        ("mates", {"poor": 1.5}),
        ("mates", {"lasting": 0.6, "occasion": 0.6}),
        ("mates", {"spread": -1.0}),
        ("mates", None),
    ],
)
def test_wrong_parameters_are_refused(tmp_path: Path, part: str, change: dict[str, object] | None) -> None:
    path = tmp_path / "fitted.json"
    write_fitted(load_fitted(), path)
    content = json.loads(path.read_text())
    content["face"][part] = None if change is None else {**content["face"][part], **change}
    path.write_text(json.dumps(content))
    with pytest.raises(ConfigurationError) as caught:
        load_fitted(path)
    assert caught.value.source


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", '{"format": "other/1"}', '{"format": "kura-vector-population/1"}'):
        (tmp_path / "fitted.json").write_text(text)
        with pytest.raises(ConfigurationError):
            load_fitted(tmp_path / "fitted.json")
    with pytest.raises(ConfigurationError):
        load_fitted(tmp_path / "missing.json")
