"""What a portrait costs, stage by stage, in the configuration that is measured: processor time, one thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from benchmarks.datasets import SampleFile
from benchmarks.figures import Figure
from benchmarks.templates import CachingExtractor, Enrolled, read_sample
from benchmarks.timing import LEAST_ROUNDS, median_figure, single_threaded
from biometrics.extraction import Extractor
from models.catalogue import SFACE
from models.face.extractor import FACE_FORMAT, FaceExtractor
from models.face.network import FaceNetwork
from models.store import ModelStore

STAGES = ("decode", "detect", "align", "embed", "quality", "sface")
"""Reading the picture; finding the face and its points; aligning it; embedding it as the product does; quality and
whatever else `extract` does; one pass of the network over the face alone."""

COUNTED = STAGES[:4]
"""Those that `images_per_s` counts."""

_TIMED_IMAGES = 60
_WARM_UP = 3

_Made = TypeVar("_Made")


def speed_figures(enrolled: Enrolled, extractor: CachingExtractor) -> dict[str, Figure]:
    """Return images a second and the milliseconds of each stage: medians over portraits spread over the set.

    Nothing comes from the cache. Without stages, with another model than the built-in one, decoding and the whole
    extraction are counted. Portraits that lie on their side, which are looked at several times, are left out. Empty
    where there are too few portraits.
    """
    both = zip(enrolled.data.samples, enrolled.outcomes, strict=True)
    usable = [sample for sample, outcome in both if outcome.template is not None]
    if len(usable) < LEAST_ROUNDS:
        return {}
    picked = [usable[place] for place in np.unique(np.linspace(0, len(usable) - 1, _TIMED_IMAGES).astype(int))]
    with single_threaded():
        taken = _taken(picked, extractor)
    if any(len(times) < LEAST_ROUNDS for times in taken.values()):
        return {}
    figures = {f"{stage} time": median_figure(times, unit="ms") for stage, times in taken.items()}
    counted = COUNTED if "detect" in taken else tuple(taken)
    figures["images a second"] = _rate([taken[stage] for stage in counted])
    if "quality" in taken:
        figures["images a second with quality"] = _rate([taken[stage] for stage in (*counted, "quality")])
    return figures


def _taken(samples: Sequence[SampleFile], extractor: CachingExtractor) -> Mapping[str, list[float]]:
    """Return the milliseconds of each stage for every sample whose stages can be told apart."""
    taken: dict[str, list[float]] = {}
    built_in = isinstance(extractor.extractor, FaceExtractor) and extractor.extractor.format == FACE_FORMAT
    network = FaceNetwork.read(ModelStore().path(SFACE.model_id)) if built_in else None
    for round_, sample in enumerate([*samples[:_WARM_UP], *samples]):
        times = _stages(sample, extractor, network)
        if round_ >= min(_WARM_UP, len(samples)):
            for stage, milliseconds in times.items():
                taken.setdefault(stage, []).append(milliseconds)
    return taken


def _stages(file: SampleFile, caching: CachingExtractor, network: FaceNetwork | None) -> dict[str, float]:
    extractor: Extractor = caching.extractor
    data = read_sample(file.path)
    sample, decode = _timed(lambda: caching.sample(file, data))
    _, extract = _timed(lambda: extractor.extract(sample))
    if network is None or not isinstance(extractor, FaceExtractor):
        return {"decode": decode, "extract": extract}
    faces, detect = _timed(lambda: extractor.detect(sample))
    if not faces:  # found by `extract` in a turned copy
        return {}
    aligned, align = _timed(lambda: extractor.align(sample, faces[0]))
    _, embed = _timed(lambda: extractor.embedder.embed([aligned]))
    _, sface = _timed(lambda: network.vectors([aligned]))
    rest = max(0.0, extract - detect - align - embed)
    return dict(zip(STAGES, (decode, detect, align, embed, rest, sface), strict=True))


def _timed(call: Callable[[], _Made]) -> tuple[_Made, float]:
    start = time.process_time()
    made = call()
    return made, 1e3 * (time.process_time() - start)


def _rate(stages: Sequence[Sequence[float]]) -> Figure:
    """Return images a second from the milliseconds of the stages of each image."""
    whole = median_figure([sum(times) for times in zip(*stages, strict=True)], unit="ms")
    return Figure(
        value=1e3 / whole.value, low=1e3 / whole.high, high=1e3 / whole.low, unit="1/s", counts=dict(whole.counts)
    )
