"""Simulated prints with the real extractor and matcher: one finger is found again, others are not."""

from __future__ import annotations

import pytest

from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from devices.simulated import PPI, FingerTraits, fingers_of, grow_master, take_impression
from matching.calibration import load_calibration
from matching.minutiae import SCALE, PreparedPrint, compare, prepare
from models.finger.extractor import FingerExtractor
from models.store import ModelStore

FINGER = Position.RIGHT_INDEX
PERSONS = range(4)


@pytest.fixture(scope="module")
def extractor(tmp_path_factory: pytest.TempPathFactory) -> FingerExtractor:
    return FingerExtractor.load(ModelStore(tmp_path_factory.mktemp("models")))


def _prints(extractor: FingerExtractor, traits: FingerTraits, touches: int) -> list[PreparedPrint]:
    master = grow_master(traits)
    prepared = []
    for touch in range(touches):
        sample = BiometricSample(
            position=FINGER, pixels=take_impression(master, touch), ppi=PPI, captured_at=now_utc(), simulated=True
        )
        template = extractor.extract(sample).template
        assert template is not None
        prepared.append(prepare(template.minutiae))
    return prepared


def test_a_finger_is_found_again_and_no_twin_or_stranger_is_taken_for_it(extractor: FingerExtractor) -> None:
    threshold = load_calibration(SCALE).threshold(1e-4)
    own = [_prints(extractor, fingers_of(genes)[FINGER], 2) for genes in PERSONS]
    twins = [_prints(extractor, fingers_of(genes, 900 + genes)[FINGER], 1)[0] for genes in PERSONS]
    assert min(compare(first, second) for first, second in own) > threshold
    impostors = [compare(own[one][0], own[other][1]) for one in PERSONS for other in PERSONS if one != other]
    assert max(impostors) < threshold
    assert max(compare(first, twin) for (first, _), twin in zip(own, twins, strict=True)) < threshold
