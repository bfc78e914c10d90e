from __future__ import annotations

import numpy as np
import pytest

from biometrics.arrays import Vector, Vectors
from biometrics.errors import ModelUnavailableError
from biometrics.interchange.minutiae_reading import read_minutiae_record
from biometrics.templates import MinutiaSet
from matching.descriptor import DIMENSION, describe, finger_vectors
from matching.descriptor.kernels import CELLS, REACH
from matching.descriptor.surroundings import BORDER_TRUST, TRUST_REACH_PX, surroundings_of
from matching.descriptor.weights import FILE, read_weights, shipped_weights, write_weights
from matching.minutiae import prepare
from tests.matching import pinned_prints
from tests.matching.simulated_minutiae import captured_again, finger, minutiae, mirrored, moved
from tests.shared_data import DATA, needs_fingerprints

FINGERS = 40

PINNED = [0.045138, 0.079468, 0.110566, 0.039798, 0.095715, -0.03436]


def _vectors(prints: list[MinutiaSet]) -> Vectors:
    vectors, described = finger_vectors([prepare(one) for one in prints])
    assert described.all()
    return vectors


def _vector(one: MinutiaSet) -> Vector:
    return np.asarray(_vectors([one])[0])


def test_a_print_turned_and_shifted_is_described_alike() -> None:
    one = finger(np.random.default_rng(1))
    here, there = _vectors([one, moved(one, 2.5, right_px=31.0, down_px=-17.0)])
    # Places are kept in quarter pixels and directions in 1/1024 turns.
    assert here @ there > 0.99


def test_the_order_of_minutiae_does_not_matter() -> None:
    one = finger(np.random.default_rng(2))
    mixed = np.random.default_rng(3).permutation(len(one))
    shuffled = minutiae(one.x[mixed], one.y[mixed], one.angle[mixed])
    assert _vector(one) == pytest.approx(_vector(shuffled), abs=1e-6)


def test_prints_are_described_together_as_they_are_alone() -> None:
    random = np.random.default_rng(6)
    prints = [finger(random, count=count) for count in (10, 45, 80)]
    lonely = minutiae(np.array([50.0]), np.array([50.0]), np.zeros(1))
    together, described = finger_vectors([prepare(one) for one in (prints[0], lonely, *prints[1:])])
    assert described.tolist() == [True, False, True, True]
    assert not together[1].any()
    for row, one in zip((0, 2, 3), prints, strict=True):
        assert together[row] == pytest.approx(_vector(one), abs=1e-6)
    assert np.linalg.norm(together[described], axis=1) == pytest.approx(1.0, abs=1e-6)


def test_a_finger_captured_again_is_nearest_to_itself() -> None:
    random = np.random.default_rng(4)
    fingers = [finger(random) for _ in range(FINGERS)]
    cosines = _vectors([captured_again(random, one) for one in fingers]) @ _vectors(fingers).T
    assert (cosines.argmax(axis=1) == np.arange(FINGERS)).mean() >= 0.95
    others = cosines[~np.eye(FINGERS, dtype=bool)]
    # Different fingers scatter about a score far below that of a finger and itself: what sums over fingers rely on.
    assert abs(others.mean()) < 0.25 * cosines.diagonal().mean()
    assert others.std() < 0.1


def test_a_mirrored_print_is_another_finger() -> None:
    one = finger(np.random.default_rng(5))
    assert _vector(one) @ _vector(mirrored(one)) < 0.3


def test_more_prints_than_are_described_at_once_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(8)
    prints = [finger(random, count=20) for _ in range(7)]
    together = _vectors(prints)
    monkeypatch.setattr(describe, "_AT_ONCE", 3)
    assert _vectors(prints) == pytest.approx(together, abs=1e-6)


def test_nothing_is_described_of_nothing() -> None:
    vectors, described = finger_vectors([])
    assert vectors.shape == (0, DIMENSION)
    assert described.shape == (0,)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_little_is_not_described(count: int) -> None:
    places = np.arange(count) * 20.0 + 100
    assert not finger_vectors([prepare(minutiae(places, places, np.zeros(count)))])[1].any()


def test_lonely_minutiae_are_not_described() -> None:
    places = np.arange(6) * (REACH + 1.0)
    assert not finger_vectors([prepare(minutiae(places, np.full(6, 5.0), np.zeros(6)))])[1].any()


def test_minutiae_at_one_place_and_the_most_there_can_be_are_described() -> None:
    places = np.full(255, 300.0)
    places[:100] += np.arange(100) / 2
    assert _vector(minutiae(places, places[::-1].copy(), np.zeros(255))).any()


def test_vectors_are_those_that_were_calibrated() -> None:
    """Kept from the shipped weights: where this changes, `SCHEME` must, and the calibration is to be fitted anew."""
    vector = _vector(pinned_prints.upright(pinned_prints.finger(1)))
    assert vector[:6] == pytest.approx(PINNED, abs=2e-5)


def test_a_neighbour_is_counted_once_in_all() -> None:
    two = minutiae(np.array([100.0, 133.0]), np.array([100.0, 90.0]), np.array([0.3, 4.0]))
    found = surroundings_of([two, two])
    seen = found.cells
    assert seen.shape == (4, CELLS)
    assert found.starts.tolist() == [0, 2, 4]
    assert (seen**2).sum(axis=1) == pytest.approx(1.0)
    assert (seen[0] > 0).sum() == 8  # two rings, two sectors, two directions
    assert (seen[:2] == seen[2:]).all()


def test_minutiae_without_neighbours_are_left_out() -> None:
    three = minutiae(np.array([100.0, 120.0, 400.0]), np.array([100.0, 100.0, 400.0]), np.zeros(3))
    found = surroundings_of([three, three])
    assert (len(found.cells), len(found.trust), found.starts.tolist()) == (4, 4, [0, 2, 4])


def test_some_prints_are_taken_with_all_that_is_theirs() -> None:
    random = np.random.default_rng(7)
    three = [finger(random, count=count) for count in (12, 30, 20)]
    taken, alone = surroundings_of(three).take(np.array([0, 2])), surroundings_of([three[0], three[2]])
    assert taken.starts.tolist() == alone.starts.tolist()
    assert (taken.cells == alone.cells).all()
    assert (taken.trust == alone.trust).all()


def test_minutiae_count_less_the_nearer_they_are_to_the_border() -> None:
    # A square turned by 30 degrees, its middle, and a place 10 px from one side.
    corners = np.array([[-60, -60], [60, -60], [60, 60], [-60, 60], [0, 0], [0, 50]], dtype=float)
    cos, sin = np.cos(np.pi / 6), np.sin(np.pi / 6)
    x, y = np.array([[cos, -sin], [sin, cos]]) @ corners.T + 200
    found = surroundings_of([minutiae(x, y, np.zeros(6)), minutiae(x, y, np.zeros(6))])
    # Corners have no neighbours but the middle and the place near the side, where these are within reach.
    assert found.trust.tolist()[-2:] == pytest.approx([1.0, BORDER_TRUST + 10 / TRUST_REACH_PX], abs=1e-4)
    assert found.trust[0] == pytest.approx(BORDER_TRUST, abs=1e-4)
    assert (found.trust[: found.starts[1]] == found.trust[found.starts[1] :]).all()


def test_weights_survive_writing(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("weights") / FILE
    weights = shipped_weights()
    write_weights(weights, path)
    again = read_weights(path)
    for name, array in weights.arrays().items():
        assert again.arrays()[name] == pytest.approx(array, abs=1e-4), name
    assert path.stat().st_size < 600_000


def test_damaged_weights_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("weights")
    path = folder / FILE
    with pytest.raises(ModelUnavailableError):
        read_weights(path)
    write_weights(shipped_weights(), path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ModelUnavailableError):
        read_weights(path)
    np.savez(path, output=np.zeros((4, 4)), output_scale=np.ones(4))
    with pytest.raises(ModelUnavailableError):
        read_weights(path)


def test_weights_that_do_not_fit_together_are_refused() -> None:
    arrays = dict(shipped_weights().arrays())
    arrays["output"] = arrays["output"][:-1]
    with pytest.raises(ModelUnavailableError):
        type(shipped_weights()).of(arrays)
    arrays = dict(shipped_weights().arrays())
    arrays["view_offset"] = np.full_like(arrays["view_offset"], np.nan)
    with pytest.raises(ModelUnavailableError):
        type(shipped_weights()).of(arrays)


@needs_fingerprints
@pytest.mark.data
def test_templates_of_a_commercial_extractor_are_described() -> None:
    folder = DATA / "fingerprints" / "iso19794-2"
    names = ("101_1", "101_2", "102_1", "103_1")
    records = [read_minutiae_record((folder / f"{name}.iso").read_bytes()) for name in names]
    probe, mate, *others = _vectors([record.views[0].minutiae for record in records])
    assert probe @ mate > 2 * max(probe @ other for other in others)
