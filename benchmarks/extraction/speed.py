"""How long extraction takes, stage by stage, beside the plain export of the network: in turns, on the same prints."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnxruntime

from benchmarks.datasets import DataSet, SampleFile
from benchmarks.extraction.naive import build_naive_leader
from benchmarks.figures import Figure
from benchmarks.timing import Call, median_figure, single_threaded
from biometrics.arrays import GrayPixels
from biometrics.errors import BiometricsError
from biometrics.images import read_image
from biometrics.positions import Position
from biometrics.protocols import Progress, no_progress
from biometrics.samples import BiometricSample, now_utc
from biometrics.templates import TEMPLATE_PPI
from models.catalogue import LEADER
from models.finger.area import find_print_area
from models.finger.extractor import FingerExtractor
from models.finger.flow import measure_flow
from models.finger.minutiae import to_minutiae
from models.finger.network import MinutiaNetwork, fit
from models.finger.quality import assess_print
from models.finger.resample import to_gray, to_template_resolution
from models.finger.ridges import measure_ridges
from models.finger.stem import PaddedPicture
from models.sessions import open_session
from models.sources import read_source
from models.store import ModelStore

EXTRACTION, NETWORK, NAIVE = "extraction", "network", "plain export"
RATIO, NETWORK_RATIO = f"{EXTRACTION} / {NAIVE}", f"{NETWORK} / {NAIVE}"

_PRINTS = 12
"""Of each data set, spread over it."""

_MULTIPLE = 32

Times: TypeAlias = dict[str, float]
"""Seconds by what was timed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subjects:
    """What is timed.

    Parameters
    ----------
    extractor
        As the product uses it.
    network
        The same network, to be called by itself.
    naive
        A session of the plain export.
    """

    extractor: FingerExtractor
    network: MinutiaNetwork
    naive: onnxruntime.InferenceSession

    @classmethod
    def load(cls, store: ModelStore) -> Subjects:
        """Return all three, each on one thread.

        Raises
        ------
        ModelUnavailableError
            When the model can neither be found nor built.
        """
        network = MinutiaNetwork(open_session(store.path(LEADER.model_id)))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "naive.onnx"
            file.write_bytes(build_naive_leader(read_source(LEADER)))
            naive = open_session(file)
        return cls(extractor=FingerExtractor(network), network=network, naive=naive)


def measure_extraction(
    sets: Sequence[DataSet], subjects: Subjects, progress: Progress = no_progress
) -> dict[str, Figure]:
    """Return the median milliseconds of processor time of each stage, and ratios, by data set and what was timed.

    Each print is worked on by everything in turn, in an order that changes from print to print; a ratio is the median
    of the prints' own ratios, so that what slows the whole machine cancels.

    Raises
    ------
    SampleError
        When a print cannot be read, or its ridges contradict its resolution, naming the file.
    ProcessingError
        When a set has fewer than six prints.
    """
    figures: dict[str, Figure] = {}
    with single_threaded():
        for data in sets:
            picked = np.unique(np.linspace(0, len(data.samples) - 1, _PRINTS).astype(int))
            rounds = []
            for done, index in enumerate(picked):
                progress(done, len(picked), f"timing {data.name}")
                sample = data.samples[index]
                try:
                    rounds.append(_timed(_calls(sample, subjects), backwards=done % 2 == 1))
                except BiometricsError as error:
                    raise error.at(str(sample.path)) from error.__cause__
            progress(len(picked), len(picked), f"timing {data.name}")
            figures |= {f"{data.name}/{name}": figure for name, figure in _figures(rounds).items()}
    return figures


def _calls(sample: SampleFile, subjects: Subjects) -> dict[str, Call]:
    """Everything to be done to one print, by name."""
    pixels = read_image(sample.path).pixels
    captured, ppi = to_gray(pixels), float(sample.ppi or TEMPLATE_PPI)
    picture = to_template_resolution(captured, ppi)
    height, width = picture.shape
    ridges, flow = measure_ridges(picture), measure_flow(picture)
    area = find_print_area(ridges, width=width, height=height)
    looked_at = picture[area.top : area.bottom, area.left : area.right]
    fitted, left, top = fit(looked_at)
    seen = subjects.network.stems.see(fitted)
    found = subjects.network.find(seen)
    placing = partial(to_minutiae, found, left=left - area.left, top=top - area.top, width=width, height=height)
    minutiae = placing()
    whole = BiometricSample(position=Position.UNKNOWN, pixels=pixels, ppi=ppi, captured_at=now_utc())
    image = _padded(picture)[np.newaxis, :, :, np.newaxis]
    return {
        EXTRACTION: partial(subjects.extractor.extract, whole),
        "resampling": partial(to_template_resolution, captured, ppi),
        "ridge map": partial(measure_ridges, picture),
        "ridge flow": partial(measure_flow, picture),
        NETWORK: partial(subjects.network.minutiae, picture, area),
        "fitting": partial(fit, looked_at),
        "first layers": partial(subjects.network.stems.see, fitted),
        "graph": partial(subjects.network.find, seen),
        "placing minutiae": placing,
        "quality": partial(assess_print, picture, ridges, flow, minutiae),
        NAIVE: partial(subjects.naive.run, None, {"image": image}),
    }


def _padded(picture: GrayPixels) -> PaddedPicture:
    """Return the whole picture as the published network takes it: padded, never trimmed."""
    ends = [(over // 2, over - over // 2) for over in (-side % _MULTIPLE for side in picture.shape)]
    return np.pad(picture, ends, constant_values=picture[0, 0]).astype(np.float32)


def _timed(calls: Mapping[str, Call], *, backwards: bool) -> Times:
    """Seconds of processor time of each call, after one of each that does not count."""
    for call in calls.values():
        call()
    times: Times = {}
    for name in reversed(list(calls)) if backwards else calls:
        start = time.process_time()
        calls[name]()
        times[name] = time.process_time() - start
    return times


def _figures(rounds: Sequence[Times]) -> dict[str, Figure]:
    figures = {name: median_figure([1e3 * times[name] for times in rounds], unit="ms") for name in rounds[0]}
    for ratio, part in ((RATIO, EXTRACTION), (NETWORK_RATIO, NETWORK)):
        figures[ratio] = median_figure([times[part] / times[NAIVE] for times in rounds], unit="times")
    return figures
