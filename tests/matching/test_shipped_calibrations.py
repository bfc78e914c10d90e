from __future__ import annotations

import json
from importlib.resources import files

import pytest

from biometrics.errors import ConfigurationError
from matching.calibration import Calibration, load_calibration
from matching.minutiae import SCALE

FACE_SCALE = "cosine/kura-face/1"
DEFAULTS = json.loads((files("matching") / "calibrations" / "defaults.json").read_text())


@pytest.fixture(params=[(SCALE, "fvc2002-b"), (FACE_SCALE, "fairface-black"), (FACE_SCALE, "lfw-view1")])
def shipped(request: pytest.FixtureRequest) -> Calibration:
    return load_calibration(*request.param)


def test_every_shipped_calibration_says_what_it_rests_on(shipped: Calibration) -> None:
    assert shipped.pairs > 10_000
    assert shipped.subjects >= 40
    assert shipped.origin
    assert shipped.command
    assert len(shipped.data_sha256) == 64


def test_what_data_cannot_support_is_marked_as_extrapolated(shipped: Calibration) -> None:
    assert not shipped.fmr(shipped.threshold(0.01)).extrapolated
    assert shipped.fmr(shipped.threshold(1e-6)).extrapolated
    assert shipped.threshold(1e-3) < shipped.threshold(1e-4) < shipped.threshold(1e-6)


def test_each_scale_in_use_has_a_default() -> None:
    assert set(DEFAULTS) == {SCALE, FACE_SCALE}
    for scale, population in DEFAULTS.items():
        assert load_calibration(scale).population == population


def test_the_default_for_faces_is_stricter_than_lfw() -> None:
    for rate in (1e-2, 1e-3, 1e-4, 1e-5):
        assert load_calibration(FACE_SCALE).threshold(rate) > load_calibration(FACE_SCALE, "lfw-view1").threshold(rate)


def test_a_model_nobody_calibrated_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no calibration"):
        load_calibration("cosine/unheard-of/1")
