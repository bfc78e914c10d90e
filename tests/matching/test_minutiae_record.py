"""What a prepared print holds, and how functions are compiled."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numba
import numpy as np
import pytest

from biometrics.errors import TemplateError
from biometrics.templates import MinutiaSet
from matching.minutiae import PreparedPrint, prepare
from matching.minutiae.kernels import PIXEL, covers
from tests.matching.simulated_minutiae import SIDE, finger, minutiae

QUARTER = np.pi / 2


def edges(print_: PreparedPrint) -> list[tuple[int, ...]]:
    """Return length, own angle, other angle and start of every edge, in a fixed order."""
    count, size = int(print_.record[0]), int(print_.record[1])
    rows = print_.record[3 + 3 * count : 3 + 3 * count + 4 * size].reshape(4, size)
    return sorted(tuple(int(value) for value in row) for row in rows.T)


def test_one_edge_by_hand() -> None:
    """From (100, 100) to (130, 60): 50 px, up to the right at 53.13 degrees = 151 units; directions 256 and 512."""
    pair = minutiae(np.array([100.0, 130.0]), np.array([100.0, 60.0]), np.array([QUARTER, np.pi]))
    there, back = (200, 151 - 256 + 1024, 151 - 512 + 1024, 0), (200, 663 - 512, 663 - 256, 1)
    assert edges(prepare(pair)) == [back, there]


def test_edges_do_not_change_when_the_print_turns_by_a_quarter() -> None:
    upright = finger(np.random.default_rng(12))
    x, y = np.rint(upright.x.astype(np.float64)), np.rint(upright.y.astype(np.float64))
    angle = np.rint(upright.angle * 512 / np.pi) * np.pi / 512
    before = edges(prepare(minutiae(x, y, angle)))
    after = edges(prepare(minutiae(y, SIDE - 2 - x, angle + QUARTER)))
    assert len(before) == 8 * len(upright)
    assert before == after


def test_mirroring_changes_the_edges() -> None:
    print_ = finger(np.random.default_rng(13))
    x, y, angle = (column.astype(np.float64) for column in (print_.x, print_.y, print_.angle))
    assert edges(prepare(minutiae(SIDE - 2 - x, y, np.pi - angle))) != edges(prepare(minutiae(x, y, angle)))


def test_a_print_covers_its_hull_and_a_border() -> None:
    square = minutiae(np.array([400.0, 600.0, 400.0, 600.0]), np.array([400.0, 400.0, 600.0, 600.0]), np.zeros(4))
    record = prepare(square).record
    for inside in ((500, 500), (393, 500), (607, 500), (500, 393), (500, 607), (400, 400), (600, 600)):
        assert covers(record, *(np.float64(PIXEL * value) for value in inside)), inside
    for outside in ((391, 500), (609, 500), (500, 391), (500, 609), (393, 393), (607, 393), (393, 607), (607, 607)):
        assert not covers(record, *(np.float64(PIXEL * value) for value in outside)), outside


def test_a_print_larger_than_any_hand_is_refused() -> None:
    nothing, kinds = np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.uint8)
    huge = MinutiaSet(x=nothing, y=nothing, angle=nothing, kind=kinds, quality=kinds, width=9000, height=100)
    with pytest.raises(TemplateError, match="9000x100"):
        prepare(huge)


def test_the_largest_print_fits_its_record() -> None:
    corner = np.array([0.0, SIDE - 2.0, 0.0, SIDE - 2.0])
    wide = minutiae(corner, corner[::-1].copy(), np.array([0.0, 1.0, 2.0, 6.28318]))
    assert len(prepare(wide)) == 4
    crowd = finger(np.random.default_rng(14), count=255, radius=400)
    assert edges(prepare(crowd))[-1][0] <= 800


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
