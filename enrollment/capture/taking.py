"""From what a device gave to fingers with quality and templates, counted before they are named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeAlias

from biometrics.errors import SampleError
from biometrics.extraction import Extraction
from biometrics.positions import Modality, Position
from biometrics.samples import BiometricSample
from biometrics.slaps import Slap
from devices.contract import Captured, CapturedSample, CaptureEvidence
from enrollment.capture.findings import FindingKind
from enrollment.capture.plan import CaptureStep
from enrollment.preparation import Extractors
from models.finger.slap import HandFault, SlapSegmentation, segment_slap

Segment: TypeAlias = Callable[[BiometricSample, Slap], SlapSegmentation]
"""Takes the picture of a slap apart."""

_GEOMETRY = {HandFault.OTHER_HAND: FindingKind.SWAPPED_HANDS, HandFault.UPSIDE_DOWN: FindingKind.UPSIDE_DOWN}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TakenSample:
    """One finger, or the face, of one try; at `Position.UNKNOWN` as long as nobody knows which finger it is.

    Parameters
    ----------
    sample
        As captured, or as cut out of a slap.
    extraction
        What the models found in it.
    device_quality
        0-100 as the device judged it; None where it does not.
    """

    sample: BiometricSample
    extraction: Extraction
    device_quality: float | None = None

    @property
    def position(self) -> Position:
        """Which finger, or the face."""
        return self.sample.position

    @property
    def quality(self) -> int:
        """0-100."""
        return self.extraction.quality.value

    @property
    def usable(self) -> bool:
        """Whether it can be compared."""
        return self.extraction.template is not None

    def named(self, position: Position) -> TakenSample:
        """Return the same as the sample of another position."""
        template = self.extraction.template
        return TakenSample(
            sample=replace(self.sample, position=position),
            extraction=replace(self.extraction, template=template and replace(template, position=position)),
            device_quality=self.device_quality,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taken:
    """What one capture shows.

    Parameters
    ----------
    samples
        From left to right, as far as that is known.
    geometry
        What the places of the fingertips say: the other hand, or upside down.
    evidence
        Where the device signs.
    """

    samples: tuple[TakenSample, ...]
    geometry: frozenset[FindingKind] = frozenset()
    evidence: CaptureEvidence | None = None


def take(captured: Captured, step: CaptureStep, extractors: Extractors, segment: Segment = segment_slap) -> Taken:
    """Take a capture apart, and measure and extract every finger of it.

    Parameters
    ----------
    captured
        What the device gave: fingers that it named, or one picture.
    step
        What was asked for.
    extractors
        One per modality.
    segment
        Takes the picture of a slap apart.

    Raises
    ------
    SampleError
        When a picture cannot be used at all: another modality than asked for, an impossible resolution, names twice.
    ProcessingError
        When a model fails.
    """
    parts, geometry = _parts(captured, step, segment)
    if any(part.sample.modality is not step.modality for part in parts):
        raise SampleError(f"a {step.modality.value} is expected", remedy="capture with the other device")
    samples = tuple(_extract(parts, extractors))
    return Taken(samples=samples, geometry=geometry, evidence=captured.evidence)


def _parts(
    captured: Captured, step: CaptureStep, segment: Segment
) -> tuple[Sequence[CapturedSample], frozenset[FindingKind]]:
    given = captured.samples
    if step.slap is None:
        given = tuple(_completed(one, step.positions[0]) for one in given)
    names = [one.sample.position for one in given]
    if step.slap is not None and names == [Position.UNKNOWN]:
        return _segmented(given[0], step.slap, segment)
    if len(set(names)) < len(names) or Position.UNKNOWN in names:
        raise SampleError(
            "the device gave fingers without names, or with one name twice",
            remedy="capture again; if it happens again, have the device checked",
        )
    # Device's names in the order in which fingers lie; those of other slaps behind.
    order = {finger: place for place, finger in enumerate(step.slap.fingers if step.slap else step.positions)}
    return sorted(given, key=lambda one: order.get(one.sample.position, len(order))), frozenset()


def _completed(given: CapturedSample, position: Position) -> CapturedSample:
    if given.sample.position is not Position.UNKNOWN or position.modality is Modality.FACE:
        return given
    return replace(given, sample=replace(given.sample, position=position))


def _segmented(
    given: CapturedSample, slap: Slap, segment: Segment
) -> tuple[Sequence[CapturedSample], frozenset[FindingKind]]:
    # All fingers of the slap are let be expected, so that nothing but their count decides how they are named.
    found = segment(given.sample, slap)
    fingers = [replace(one.sample, position=Position.UNKNOWN) for one in found.fingers]
    geometry = frozenset(kind for fault, kind in _GEOMETRY.items() if fault.text in found.warnings)
    return [CapturedSample(sample=one, device_quality=given.device_quality) for one in fingers], geometry


def _extract(parts: Sequence[CapturedSample], extractors: Extractors) -> Sequence[TakenSample]:
    def extracted(part: CapturedSample) -> TakenSample:
        extraction = extractors.of(part.sample.modality).extract(part.sample)
        return TakenSample(sample=part.sample, extraction=extraction, device_quality=part.device_quality)

    if len(parts) < 2:
        return [extracted(part) for part in parts]
    with ThreadPoolExecutor(max_workers=len(parts), thread_name_prefix="extract") as pool:
        return list(pool.map(extracted, parts))
