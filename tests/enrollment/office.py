"""An office with a real registry and a real gallery, on fixed calibrations."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from biometrics.arrays import Values
from biometrics.decisions import DecisionPolicy
from biometrics.positions import Modality
from enrollment.enroll import EnrollmentOffice
from matching import minutiae
from matching.calibration import Calibration, fit_calibration
from matching.face import cosine_scale
from matching.gallery import Gallery
from registry.store import Registry
from tests.enrollment.fakes import FACE_FORMAT

POLICY = DecisionPolicy(
    version="test",
    duplicate_fpir=0.001,
    review_fpir=0.01,
    verification_fmr=1e-3,
    smallest_gallery=100,
    least_compared_share=0.0,
)


@cache
def calibrations() -> dict[Modality, Calibration]:
    """Return what scores mean: of random prints an exponential of mean 0.1, of random faces a cosine of spread 0.09."""
    noise = np.random.default_rng(7)
    finger_scores = noise.exponential(0.1, 20_000).astype(np.float32)
    face_scores = noise.normal(0, 0.09, 20_000).astype(np.float32)
    return {
        Modality.FINGER: _calibration(finger_scores, minutiae.SCALE),
        Modality.FACE: _calibration(face_scores, cosine_scale(FACE_FORMAT)),
    }


def new_gallery() -> Gallery:
    """Return an empty gallery."""
    return Gallery(calibrations=calibrations())


def _calibration(scores: Values, scale: str) -> Calibration:
    return fit_calibration(scores, scale=scale, population="simulated", origin="random numbers", subjects=200)


def open_office(home: Path, policy: DecisionPolicy = POLICY) -> EnrollmentOffice:
    """Open a home's registry and build its gallery; the caller closes the registry."""
    registry = Registry.open(home, busy_timeout_s=5.0)
    gallery = new_gallery()
    gallery.follow(registry)
    gallery.check(registry)
    return EnrollmentOffice(registry=registry, gallery=gallery, policy=policy)
