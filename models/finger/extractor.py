"""From a captured finger to a template: resolution, ridges, polarity, minutiae, quality, in this order."""

from __future__ import annotations

import numpy as np

from biometrics.arrays import GrayPixels
from biometrics.decisions import Reason
from biometrics.errors import SampleError
from biometrics.extraction import Extraction
from biometrics.positions import Modality
from biometrics.quality import QualityScore
from biometrics.samples import BiometricSample, check_ppi
from biometrics.templates import TEMPLATE_PPI, MinutiaSet, Template, TemplateFormat
from models.catalogue import LEADER
from models.finger.advice import advise
from models.finger.area import find_print_area
from models.finger.flow import measure_flow
from models.finger.network import MinutiaNetwork
from models.finger.quality import assess_print, count_clear_minutiae
from models.finger.resample import to_gray, to_template_resolution
from models.finger.resolution import check_resolution, check_size
from models.finger.ridges import RidgeMap, measure_ridges
from models.finger.wetness import is_inverted
from models.sessions import open_session
from models.store import ModelStore

LEAST_SIDE_PX = 80
"""4 mm at 500 ppi, the smallest sensors there are."""

LEAST_WINDOWS = 4
"""Windows with ridges, about 7 mm square; less is a stain."""

LEAST_MINUTIAE = 6
"""Prints of different fingers share four or five minutiae by chance under the best shift, so fewer than six can prove
nothing. No print of FVC2002 set B has fewer than seven."""

LEAST_CLEAR_MINUTIAE = 3.0
"""What a face or a texture may show by chance: of 3,069 times that a face was handed in as a finger, at 200 to 320 ppi,
11 showed six minutiae and as much. Of 1,200 prints, captured and degraded, three with six minutiae had fewer."""

_FEW_MINUTIAE = 15

_FINEST_MEASURED_PPI = 1000.0
"""At which ridges 0.63 mm apart are just within what `measure_ridges` takes for ridges (25 pixels)."""

_TURNED_DARK = "the picture was inverted (light ridges on dark ground); it was turned back"


class FingerExtractor:
    """Fingerprint samples to LEADER minutiae; implements `biometrics.extraction.Extractor`.

    Parameters
    ----------
    network
        LEADER, loaded.
    """

    def __init__(self, network: MinutiaNetwork) -> None:
        self._network = network

    @classmethod
    def load(cls, store: ModelStore, threads: int = 1) -> FingerExtractor:
        """Return an extractor with its model from the store, which builds it where necessary.

        Raises
        ------
        ModelUnavailableError
            When the model can neither be found nor built.
        """
        return cls(MinutiaNetwork(open_session(store.path(LEADER.model_id), threads=threads)))

    @property
    def format(self) -> TemplateFormat:
        """The format of every template this extractor makes."""
        algorithm, version = LEADER.model_id.split("/")
        return TemplateFormat(algorithm=algorithm, version=version, metric="minutiae")

    def extract(self, sample: BiometricSample) -> Extraction:
        """Measure and extract one finger.

        Raises
        ------
        ResolutionError
            When the stated resolution contradicts the ridges or makes the picture larger than a hand's.
        SampleError
            When the sample is not a finger.
        ProcessingError
            When the network fails.
        """
        if sample.modality is not Modality.FINGER:
            raise SampleError("a finger is expected, not a face", remedy="correct the modality")
        ppi = check_ppi(sample.ppi)
        check_size(sample.width, sample.height, ppi)
        captured = to_gray(sample.pixels)
        picture = to_template_resolution(captured, ppi)
        ridges = measure_ridges(picture)
        if picture is captured:
            check_resolution(ridges, ppi)
        else:
            _check_captured(captured, ppi)
        flow = measure_flow(picture)
        unusable = _unusable(picture, ridges)
        if unusable is not None:
            return Extraction(template=None, quality=assess_print(picture, ridges, flow), reasons=(unusable,))
        inverted = is_inverted(picture, flow)
        picture = np.bitwise_not(picture) if inverted else picture
        height, width = picture.shape
        minutiae = self._network.minutiae(picture, find_print_area(ridges, width=width, height=height))
        quality = assess_print(picture, ridges, flow, minutiae)
        warnings = (_TURNED_DARK,) * inverted + _warnings(quality, minutiae)
        if len(minutiae) < LEAST_MINUTIAE or count_clear_minutiae(minutiae) < LEAST_CLEAR_MINUTIAE:
            return Extraction(template=None, quality=quality, reasons=(Reason.TOO_FEW_MINUTIAE,), warnings=warnings)
        template = Template(
            format=self.format,
            position=sample.position,
            body=minutiae,
            quality=quality,
            simulated=sample.simulated,
        )
        return Extraction(template=template, quality=quality, warnings=warnings)


def _check_captured(captured: GrayPixels, ppi: float) -> None:
    """Check the resolution on the picture as captured, or at what would be 1000 ppi: wider ridges are not measured."""
    scale = min(1.0, _FINEST_MEASURED_PPI / ppi)
    measured = captured if scale == 1.0 else to_template_resolution(captured, TEMPLATE_PPI / scale)
    check_resolution(measure_ridges(measured), ppi, scale)


def _unusable(picture: GrayPixels, ridges: RidgeMap) -> Reason | None:
    if min(picture.shape) < LEAST_SIDE_PX:
        return Reason.SAMPLE_TOO_SMALL
    return Reason.BLANK_PRINT if ridges.clear_count < LEAST_WINDOWS else None


def _warnings(quality: QualityScore, minutiae: MinutiaSet) -> tuple[str, ...]:
    few = (f"only {len(minutiae)} minutiae were found",) if len(minutiae) < _FEW_MINUTIAE else ()
    return few + tuple(advice.text for advice in advise(quality))
