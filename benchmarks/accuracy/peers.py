"""Another open matcher on the same prints and pairs in the same run: NIST's NBIS, from the package nbis-py."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.accuracy.fingerprint import FingerMeasurement, compare_set, figures_by_set, mean_rates
from benchmarks.accuracy.fingerprint_rows import system_document
from benchmarks.accuracy.measured import Bench
from benchmarks.datasets import DataSet, SampleFile
from benchmarks.figures import Figure
from benchmarks.timing import LEAST_ROUNDS, median_figure
from biometrics.arrays import Flags, Ids, Values
from biometrics.errors import ConfigurationError, ImageFormatError
from biometrics.images import read_image
from biometrics.protocols import Progress
from models.finger.resample import to_gray

NBIS = "NBIS mindtct + bozorth3"

_LEAST_SIDE_PX = 80
"""Smaller pictures are failed extractions, as they are in Kura: at 10 px mindtct ends the whole process."""


def load_nbis() -> ModuleType:
    """Return the module of nbis-py.

    Raises
    ------
    ConfigurationError
        When it is not installed, or its library does not load on this system.
    """
    try:
        return import_module("nbis")
    except (ImportError, OSError) as error:
        raise ConfigurationError(
            f"NBIS cannot be loaded: {error}", remedy="install the package nbis-py, or leave out --peers"
        ) from error


class NbisPrints:
    """The prints of a set as NBIS sees them; pixels go in as they were captured, for it takes no note of a resolution.

    Parameters
    ----------
    nbis
        As `load_nbis` returns it.
    """

    at_once = 1

    def __init__(self, nbis: ModuleType, data: DataSet, progress: Progress) -> None:
        settings = nbis.NbisExtractorSettings(
            min_quality=0.0, get_center=False, check_fingerprint=False, compute_nfiq2=False, ppi=None
        )
        self._extractor, self._error = nbis.new_nbis_extractor(settings), nbis.NbisError
        self._taken_ms: list[float] = []
        self._templates = []
        for done, sample in enumerate(data.samples):
            progress(done, len(data.samples), f"NBIS: extracting {data.name}")
            self._templates.append(self._extract(sample))
        progress(len(data.samples), len(data.samples), f"NBIS: extracting {data.name}")

    @property
    def present(self) -> Flags:
        """Which prints have minutiae, bool [prints]."""
        return np.array([template is not None for template in self._templates])

    @property
    def extraction(self) -> Figure | None:
        """Median milliseconds of processor time from a PNG picture in memory to minutiae; None with few prints."""
        return median_figure(self._taken_ms, unit="ms") if len(self._taken_ms) >= LEAST_ROUNDS else None

    def compare(self, probe: int, others: Ids) -> Values:
        """Return the scores of one print with others; all have minutiae."""
        template = self._templates[probe]
        return np.array([template.compare(self._templates[other]) for other in others], dtype=np.float32)

    def _extract(self, sample: SampleFile) -> Any:
        picture = io.BytesIO()
        try:
            pixels = to_gray(read_image(sample.path).pixels)
            if min(pixels.shape) < _LEAST_SIDE_PX:
                return None
            Image.fromarray(pixels).save(picture, "PNG")
            start = time.process_time()
            minutiae = self._extractor.extract_minutiae(picture.getvalue())
        except (ImageFormatError, self._error):
            return None
        if not minutiae.get():
            return None
        self._taken_ms.append((time.process_time() - start) * 1e3)
        return minutiae


def with_peers(
    measurement: FingerMeasurement, sets: Sequence[DataSet], bench: Bench, *, first_impressions_only: bool
) -> FingerMeasurement:
    """Return the measurement with what NBIS reached on the same sets, under `peers` in its sections.

    Raises
    ------
    ConfigurationError
        As `load_nbis`.
    """
    nbis = load_nbis()
    by_set = {}
    for data in sets:
        prints = NbisPrints(nbis, data, bench.progress)
        compared = compare_set(
            data, prints, bench, extraction=prints.extraction, first_impressions_only=first_impressions_only
        )
        by_set[data.name] = compared.figures
    peer = {"name": NBIS, **system_document(by_set, mean_rates(list(by_set.values())))}
    figures = {f"{NBIS}/{name}": figure for name, figure in figures_by_set(by_set).items()}
    return replace(
        measurement,
        figures={**measurement.figures, **figures},
        sections={**measurement.sections, "peers": [peer]},
    )
