"""The benchmark of the checks of a capture counts what it says."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.capture_checks import run
from biometrics.extraction import Extraction
from biometrics.quality import QualityScore
from biometrics.samples import BiometricSample
from biometrics.scores import CalibratedFmr
from biometrics.templates import MinutiaSet, Template, TemplateFormat
from devices.simulated import CLEAN

FORMAT = TemplateFormat(algorithm="toy-finger", version="1", metric="minutiae")


class Fingers:
    """Makes a template without looking at the print."""

    format = FORMAT

    def extract(self, sample: BiometricSample) -> Extraction:
        none = np.zeros(0, np.float32)
        kinds = np.zeros(0, np.uint8)
        body = MinutiaSet(x=none, y=none, angle=none, kind=kinds, quality=kinds, width=9, height=9)
        quality = QualityScore(value=80, algorithm="toy/1")
        return Extraction(
            template=Template(format=FORMAT, position=sample.position, body=body, quality=quality), quality=quality
        )


@pytest.mark.parametrize("same", [True, False])
def test_what_is_counted(same: bool) -> None:
    def compare(first: Template, second: Template, /) -> CalibratedFmr:
        return CalibratedFmr(value=1e-6 if same else 1.0, extrapolated=False, model="toy")

    tallies = run(1, CLEAN, Fingers(), compare, [1e-5, 1e-7])
    loose, tight = tallies[1e-5], tallies[1e-7]
    assert loose.trials["honest: finger by finger"] == 10
    assert loose.trials["repeated: a finger under the next one's name"] == 10
    # Everything is alike: all but the first finger repeat another one.
    assert loose.found["honest: finger by finger"] == (9 if same else 0)
    assert loose.found["one finger twice in a slap"] == (1 if same else 0)
    assert tight.found.total() == 0
    assert list(loose.lines())[-1] == "prints without a template, left out: 0 of 20"
