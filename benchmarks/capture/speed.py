"""How long a look at one frame takes on one core: what an operator waits for between two pictures of a preview."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np

from benchmarks.capture.pictures import face_frame, finger_frame, slap_frame
from benchmarks.figures import Figure
from benchmarks.timing import median_figure, single_threaded
from biometrics.arrays import Pixels
from biometrics.protocols import Progress, no_progress
from biometrics.slaps import Slap
from devices.contract import Frame
from devices.simulated import PPI
from enrollment.capture.face_hints import FaceLooker
from enrollment.capture.finger_hints import FingerLooker
from enrollment.capture.looks import Looker
from enrollment.capture.preview import Previewer
from enrollment.capture.slap_hints import SlapLooker
from models.store import ModelStore

Stream: TypeAlias = Callable[[int], Pixels]
"""From the number of a frame to its pixels."""

ROUNDS = 200
"""Frames of each kind: the slowest two are beyond the 99th percentile."""

_WARM_UP = 5
_INTERVAL = timedelta(seconds=1 / 30)
_START = datetime(2026, 1, 1, tzinfo=UTC)


def measure_speed(store: ModelStore, rounds: int = ROUNDS, progress: Progress = no_progress) -> dict[str, Figure]:
    """Return the median and the 99th percentile of the processor time per frame, by what is looked at.

    Raises
    ------
    ModelUnavailableError
        When a model can neither be found nor built.
    ProcessingError
        When there are fewer than 6 rounds.
    """
    face = FaceLooker.load(store)
    cases: Mapping[str, tuple[Looker, Stream]] = {
        "finger 336x400": (FingerLooker(PPI), finger_frame),
        "slap 1600x1500": (SlapLooker(PPI, Slap.RIGHT), slap_frame),
        "face 640x480": (face.anew(), lambda number: face_frame(number, 480, 640)),
        "face 1280x720": (face.anew(), lambda number: face_frame(number, 720, 1280)),
        "face 1920x1080": (face.anew(), lambda number: face_frame(number, 1080, 1920)),
    }
    figures: dict[str, Figure] = {}
    with single_threaded():
        for done, (name, (looker, stream)) in enumerate(cases.items()):
            progress(done, len(cases), f"timing {name}")
            times = _times_ms(Previewer(looker), stream, rounds)
            figures[f"{name}/median"] = median_figure(times, unit="ms")
            figures[f"{name}/99th percentile"] = percentile_figure(times, 0.99, unit="ms")
    progress(len(cases), len(cases), "timing")
    return figures


def _times_ms(previewer: Previewer, stream: Stream, rounds: int) -> list[float]:
    """Return the processor time of each frame, all threads together, after a few that do not count."""
    times = []
    for number in range(_WARM_UP + rounds):
        frame = Frame(pixels=stream(number), number=number, captured_at=_START + number * _INTERVAL)
        start = time.process_time()
        previewer.see(frame)
        times.append(1e3 * (time.process_time() - start))
    return times[_WARM_UP:]


def percentile_figure(values: Sequence[float], share: float, *, unit: str) -> Figure:
    """Return a percentile with its 95 % interval from order statistics, cut at the least and the largest value.

    Of n values the number below the true percentile is binomial (Conover, Practical Nonparametric Statistics, section
    3.2).
    """
    ordered, count = sorted(values), len(values)
    chances = [math.comb(count, below) * share**below * (1 - share) ** (count - below) for below in range(count + 1)]
    reached = np.cumsum(chances)
    first = int(np.searchsorted(reached, 0.025))
    last = int(np.searchsorted(reached, 0.975))
    value = float(np.quantile(ordered, share))
    low, high = ordered[max(0, first - 1)], ordered[min(count - 1, last)]
    return Figure(value=value, low=min(low, value), high=max(high, value), unit=unit, counts={"rounds": count})
