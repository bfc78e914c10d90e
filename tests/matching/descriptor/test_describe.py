from __future__ import annotations

import numpy as np
import pytest

from biometrics.errors import ModelUnavailableError, TemplateError
from biometrics.interchange.minutiae_reading import read_minutiae_record
from biometrics.templates import MinutiaSet
from matching.descriptor import BYTES, DIMENSION, FingerDescriptor, describe
from matching.descriptor.code import BYTE_LEVELS
from matching.descriptor.kernels import CELLS, REACH
from matching.descriptor.surroundings import BORDER_TRUST, TRUST_REACH_PX, surroundings_of
from matching.descriptor.weights import FILE, read_weights, shipped_weights, write_weights
from tests.matching.simulated_minutiae import captured_again, finger, minutiae, moved
from tests.shared_data import DATA, needs_fingerprints

FINGERS = 40


def _described(one: MinutiaSet) -> FingerDescriptor:
    found = describe(one)
    assert found is not None
    return found


def test_a_print_turned_and_shifted_is_described_alike() -> None:
    one = finger(np.random.default_rng(1))
    here, there = _described(one), _described(moved(one, 2.5, right_px=31.0, down_px=-17.0))
    # Coordinates are rounded to 32 bits on the way, which shows in the last place of few numbers.
    assert np.abs(here.numbers.astype(int) - there.numbers).max() <= 2
    assert (here.numbers % 2 == 1).all()
    assert (here.code != there.code).sum() <= 2


def test_the_order_of_minutiae_does_not_matter() -> None:
    one = finger(np.random.default_rng(2))
    mixed = np.random.default_rng(3).permutation(len(one))
    shuffled = MinutiaSet(
        x=one.x[mixed],
        y=one.y[mixed],
        angle=one.angle[mixed],
        kind=one.kind[mixed],
        quality=one.quality[mixed],
        width=one.width,
        height=one.height,
    )
    assert np.abs(_described(one).numbers.astype(int) - _described(shuffled).numbers).max() <= 2


def test_a_finger_captured_again_is_nearest_to_itself() -> None:
    random = np.random.default_rng(4)
    fingers = [finger(random) for _ in range(FINGERS)]
    references = [_described(one).code for one in fingers]
    probes = [_described(captured_again(random, one)) for one in fingers]
    likeness = np.array([[probe.likeness(code) for code in references] for probe in probes])
    assert (likeness.argmax(axis=1) == np.arange(FINGERS)).mean() >= 0.95
    others = likeness[~np.eye(FINGERS, dtype=bool)]
    # Different fingers scatter about 0: what sums over fingers rely on.
    assert abs(others.mean()) < 0.05 * likeness.diagonal().mean()


def test_a_mirrored_print_is_another_finger() -> None:
    one = finger(np.random.default_rng(5))
    other = minutiae(one.width - 1 - one.x.astype(float), one.y.astype(float), np.pi - one.angle.astype(float))
    probe = _described(one)
    assert probe.likeness(_described(other).code) < 0.2 * probe.likeness(probe.code)


def test_a_code_keeps_the_numbers_to_the_nearest_of_four_levels() -> None:
    numbers = np.resize(np.array([-127, -31, -29, -1, 1, 29, 31, 127], dtype=np.int8), DIMENSION)
    stored = FingerDescriptor(numbers=numbers)
    assert stored.code.shape == (BYTES,)
    again = FingerDescriptor.of_code(stored.code)
    assert again.numbers[:8].tolist() == [-47, -47, -15, -15, 15, 15, 47, 47]
    assert (again.code == stored.code).all()
    assert stored.likeness(stored.code) == int(numbers.astype(int) @ again.numbers.astype(int))


def test_every_byte_is_a_code() -> None:
    assert len(np.unique(BYTE_LEVELS, axis=0)) == 256
    all_bytes = np.resize(np.arange(256, dtype=np.uint8), BYTES)
    assert (FingerDescriptor.of_code(all_bytes).code == all_bytes).all()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_little_is_not_described(count: int) -> None:
    places = np.arange(count) * 20.0 + 100
    assert describe(minutiae(places, places, np.zeros(count))) is None


def test_lonely_minutiae_are_not_described() -> None:
    places = np.arange(6) * (REACH + 1.0)
    assert describe(minutiae(places, np.full(6, 5.0), np.zeros(6))) is None


def test_minutiae_at_one_place_and_the_most_there_can_be_are_described() -> None:
    places = np.full(255, 300.0)
    places[:100] += np.arange(100) / 2
    assert _described(minutiae(places, places[::-1].copy(), np.zeros(255))).numbers.any()


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


def test_descriptors_and_codes_of_other_lengths_are_refused() -> None:
    with pytest.raises(TemplateError):
        FingerDescriptor(numbers=np.zeros(DIMENSION - 1, dtype=np.int8))
    with pytest.raises(TemplateError):
        FingerDescriptor.of_code(np.zeros(BYTES + 1, dtype=np.uint8))


def test_weights_survive_writing(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("weights") / FILE
    weights = shipped_weights()
    write_weights(weights, path)
    again = read_weights(path)
    for name, array in weights.arrays().items():
        assert again.arrays()[name] == pytest.approx(array, abs=1e-6), name
    assert path.stat().st_size < 1_100_000


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
    probe, mate, *others = (_described(record.views[0].minutiae) for record in records)
    assert probe.likeness(mate.code) > 2 * max(probe.likeness(other.code) for other in others)
