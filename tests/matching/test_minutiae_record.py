"""What a prepared print holds, and how functions are compiled."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.errors import TemplateError
from biometrics.templates import MinutiaSet
from matching.minutiae import PreparedPrint, compare, prepare
from matching.minutiae.edges.codes import heading_of
from matching.minutiae.edges.kernels import NO_EDGE
from matching.minutiae.edges.likeness import likeness
from matching.minutiae.index import index_probe
from matching.minutiae.kernels import COLUMNS, PIXEL, covers
from matching.minutiae.record import kept_minutiae
from tests.matching.simulated_minutiae import SIDE, finger, minutiae

QUARTER = np.pi / 2


def edges(print_: PreparedPrint) -> list[tuple[int, int, int]]:
    """Return length bin, own and other angle bin of every edge, in a fixed order."""
    codes = print_.record[COLUMNS + 3 * len(print_) :].view(np.uint16).astype(int)
    return sorted((code // 4096, code // 64 % 64, code % 64) for code in codes if code != NO_EDGE)


def test_one_edge_by_hand() -> None:
    """From (100, 100) to (130, 60): 50 px, up to the right at 53.13 degrees = 151 units; directions 256 and 512."""
    pair = minutiae(np.array([100.0, 130.0]), np.array([100.0, 60.0]), np.array([QUARTER, np.pi]))
    there, back = (6, (151 - 256 + 1024) // 16, (151 - 512 + 1024) // 16), (6, (663 - 512) // 16, (663 - 256) // 16)
    assert edges(prepare(pair)) == [back, there]


@settings(max_examples=200, deadline=None)
@given(across=st.integers(-32_000, 32_000), up=st.integers(-32_000, 32_000))
def test_headings_are_angles_to_the_nearest_unit(across: int, up: int) -> None:
    heading = int(heading_of(np.array([[across]]), np.array([[up]]))[0, 0])
    off = heading - np.arctan2(up, across) * 512 / np.pi
    assert abs((off + 512) % 1024 - 512) <= 0.5001


def test_longer_edges_fall_into_later_bins_and_very_long_ones_into_none() -> None:
    bins = []
    for length in (1.0, 6.0, 30.0, 60.0, 120.0, 167.0, 169.0, 400.0):
        found = edges(prepare(minutiae(np.array([100.0, 100.0 + length]), np.array([100.0, 100.0]), np.zeros(2))))
        bins.append(found[0][0] if found else None)
    assert bins == [0, 1, 4, 7, 12, 15, None, None]


def test_a_code_that_would_stand_for_no_edge_is_moved_by_one() -> None:
    """165 px to the left, both directions one angle unit short of it: every part of the code is at its highest."""
    almost = 510 * np.pi / 512
    pair = prepare(minutiae(np.array([400.0, 235.0]), np.array([400.0, 400.0]), np.full(2, almost + np.pi / 128)))
    assert (15, 63, 62) in edges(pair)
    assert compare(pair, pair) == 0.0  # two minutiae are too few, but no edge is lost
    assert len(edges(pair)) == 2
    starts = index_probe(pair).starts
    assert starts[NO_EDGE - 1] < starts[NO_EDGE] == starts[NO_EDGE + 1]  # and none is like the edges that a print lacks


@pytest.mark.parametrize("length", range(16))
def test_alike_codes_are_alike_either_way_round(length: int) -> None:
    table = likeness()
    rows = table.kin[table.starts[length] : table.starts[length + 1]]
    assert [0, 0, 0, 40] in rows.tolist()
    for step, own, other, weight in rows.tolist():
        back = table.kin[table.starts[length + step] : table.starts[length + step + 1]]
        assert [-step, -own, -other, weight] in back.tolist()


@pytest.mark.parametrize(
    ("length", "row"),
    [
        # 3 px: 128 angle units, 60 and 300 px / 5 px and half a bin, are too much; 80 leave 0.375 of 40.
        (0, [0, 5, 0, 15]),
        # 81.3 px: 71.7 units are too much, 32 leave 0.554, twice that 0.306.
        (9, [0, 2, 0, 22]),
        (9, [0, 2, -2, 12]),
        # 81.3 and 93 px: 26.9 px, 4.5 and 0.19 of 87.15 px and half a bin, are too much; 11.7 leave 0.565.
        (9, [1, 0, 0, 23]),
    ],
)
def test_likeness_by_hand(length: int, row: list[int]) -> None:
    table = likeness()
    assert row in table.kin[table.starts[length] : table.starts[length + 1]].tolist()


def test_the_best_eighty_minutiae_are_kept_from_top_to_bottom() -> None:
    crowd = finger(np.random.default_rng(14), count=255, radius=400)
    rated = dataclasses.replace(crowd, quality=np.arange(255).astype(np.uint8) % 100)
    kept = kept_minutiae(rated)
    assert len(prepare(rated)) == len(kept) == 80
    assert rated.quality[kept].min() >= np.sort(rated.quality)[-80]
    assert np.diff(rated.y[kept]).min() >= -0.25  # equal to a quarter of a pixel may stand in any order
    assert prepare(rated).record.nbytes <= 1536


def test_edges_do_not_change_when_the_print_turns_by_a_quarter() -> None:
    upright = finger(np.random.default_rng(12))
    x, y = np.rint(upright.x.astype(np.float64)), np.rint(upright.y.astype(np.float64))
    angle = np.rint(upright.angle * 512 / np.pi) * np.pi / 512
    before = edges(prepare(minutiae(x, y, angle)))
    after = edges(prepare(minutiae(y, SIDE - 2 - x, angle + QUARTER)))
    assert len(before) == 6 * len(upright)
    assert before == after


def test_mirroring_changes_the_edges() -> None:
    print_ = finger(np.random.default_rng(13))
    x, y, angle = (column.astype(np.float64) for column in (print_.x, print_.y, print_.angle))
    assert edges(prepare(minutiae(SIDE - 2 - x, y, np.pi - angle))) != edges(prepare(minutiae(x, y, angle)))


def test_a_print_covers_its_extent_and_a_border() -> None:
    square = minutiae(np.array([400.0, 600.0, 400.0, 600.0]), np.array([400.0, 400.0, 600.0, 600.0]), np.zeros(4))
    record = prepare(square).record
    for inside in ((500, 500), (393, 500), (607, 500), (500, 393), (500, 607), (400, 400), (600, 600)):
        assert covers(record, *(np.float64(PIXEL * value) for value in inside)), inside
    for outside in ((391, 500), (609, 500), (500, 391), (500, 609), (391, 393), (607, 391), (393, 609), (609, 607)):
        assert not covers(record, *(np.float64(PIXEL * value) for value in outside)), outside


def test_the_corners_of_a_slanted_print_are_outside() -> None:
    slanted = minutiae(np.array([400.0, 600.0, 500.0]), np.array([400.0, 600.0, 500.0]), np.zeros(3))
    record = prepare(slanted).record
    assert covers(record, PIXEL * 450.0, PIXEL * 455.0)
    assert not covers(record, PIXEL * 440.0, PIXEL * 560.0)


def corners_of(side: int) -> MinutiaSet:
    """Return the largest print of a picture: a minutia in each of its corners."""
    near, far = np.float32(0), np.nextafter(np.float32(side), np.float32(0))
    kinds = np.ones(4, dtype=np.uint8)
    return MinutiaSet(
        x=np.array([near, far, near, far]),
        y=np.array([near, near, far, far]),
        angle=np.array([0, 1, 2, np.nextafter(np.float32(2 * np.pi), np.float32(0))], dtype=np.float32),
        kind=kinds,
        quality=kinds,
        width=side,
        height=side,
    )


def test_a_print_larger_than_any_hand_is_refused() -> None:
    with pytest.raises(TemplateError, match="8001x8001"):
        prepare(corners_of(8001))


def test_the_largest_print_fits_its_record() -> None:
    record = prepare(corners_of(8000)).record.astype(int)
    least, most = record[1:9], record[9:17]
    assert least.tolist() == [-8, -8, -12, -8012, -18, -18, -8018, -16018]
    assert most.tolist() == [8008, 8008, 16012, 8012, 24018, 24018, 16018, 8018]
    assert record[COLUMNS:].reshape(-1, 4)[:3].tolist() == [[0, 32000] * 2, [0, 0, 32000, 32000], [0, 163, 326, 0]]
    assert set(prepare(corners_of(8000)).record[COLUMNS + 12 :].view(np.uint16).tolist()) == {NO_EDGE}


def test_machine_code_is_kept_in_the_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KURA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(numba.config, "CACHE_DIR", numba.config.CACHE_DIR)  # type: ignore[attr-defined]
    source = tmp_path / "kernels.py"
    source.write_text(
        "from biometrics.compiled import compiled\n\n"
        '@compiled("float64(float64, float64)")\n'
        "def rest(large, small):\n    return large + small - large\n"
    )
    spec = importlib.util.spec_from_file_location("kernels_under_test", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert list((tmp_path / "cache" / "compiled").rglob("*.nbc"))
    assert module.rest(1e16, 1.0) == 0.0, "floating point must not be reordered"
