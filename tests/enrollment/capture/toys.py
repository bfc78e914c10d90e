"""Fingers and hands drawn as numbers, so that the flow of a capture can be tested without models.

A touch is a picture whose first pixels say whose finger it is, and how good; a slap is touches side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from biometrics.arrays import ColorPixels, GrayPixels
from biometrics.decisions import Reason
from biometrics.extraction import Extraction
from biometrics.positions import FINGERS, Modality, Position
from biometrics.quality import PAD_NOT_EVALUATED, PadResult, QualityScore
from biometrics.samples import BiometricSample, now_utc
from biometrics.scores import CalibratedFmr
from biometrics.slaps import Slap
from biometrics.templates import FaceEmbedding, MinutiaSet, Template, TemplateFormat
from devices.contract import Captured, CapturedSample, CaptureRequest, DeviceDescriptor, DeviceInfo, DeviceKind
from enrollment.capture.judging import CaptureTools
from enrollment.capture.policy import CapturePolicy
from enrollment.preparation import Extractors
from models.finger.slap import HandFault, SegmentedFinger, SlapSegmentation
from models.finger.slap_fingers import FingertipBox

SIDE = 100
FINGER_FORMAT = TemplateFormat(algorithm="toy-finger", version="1", metric="minutiae")
FACE_FORMAT = TemplateFormat(algorithm="toy-face", version="1", metric="cosine", dimension=4)
BOX = FingertipBox(x=0.0, y=0.0, width=1.0, height=1.0, angle_deg=0.0, tip_mm=0.0)


@dataclass(frozen=True)
class Touch:
    """One finger as it is pressed."""

    finger: Position
    person: int = 1
    quality: int = 80
    capture: int = 0

    @property
    def pixels(self) -> GrayPixels:
        """Its picture; quality 0 leaves no print."""
        pixels = np.full((SIDE, SIDE), 128, np.uint8)
        pixels[0, :4] = (FINGERS.index(self.finger), self.person, self.quality, self.capture)
        return pixels


def slap_pixels(touches: Sequence[Touch], fault: HandFault | None = None) -> GrayPixels:
    """Return the picture of fingers pressed together."""
    pixels = np.concatenate([np.full((SIDE, 1), 200, np.uint8), *(one.pixels for one in touches)], axis=1)
    pixels[0, 0] = 0 if fault is None else 1 + list(HandFault).index(fault)
    return pixels


def face_pixels(quality: int = 80, attack: bool = False) -> ColorPixels:
    """Return the picture of a face."""
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[0, 0] = (quality, 1 if attack else 0, 9)
    return pixels


def captured(position: Position, pixels: GrayPixels | ColorPixels, *, simulated: bool = True) -> Captured:
    """Return what a device gives for one picture."""
    return Captured(samples=(CapturedSample(sample=_sample(position, pixels, simulated)),))


def single(touch: Touch, asked: Position | None = None, *, simulated: bool = True) -> Captured:
    """Return a touch as captured where `asked` was asked for, by default the finger itself."""
    return captured(asked or touch.finger, touch.pixels, simulated=simulated)


def hand(slap: Slap, *, person: int = 1, quality: int = 80, lifted: Sequence[Position] = ()) -> list[Touch]:
    """Return the touches of a slap from left to right."""
    return [Touch(one, person=person, quality=quality) for one in slap.fingers if one not in lifted]


def whole(touches: Sequence[Touch], fault: HandFault | None = None) -> Captured:
    """Return a slap as one picture."""
    return captured(Position.UNKNOWN, slap_pixels(touches, fault))


def named(touches: Sequence[Touch], names: Sequence[Position]) -> Captured:
    """Return a slap as fingers that the device named."""
    pairs = zip(touches, names, strict=True)
    return Captured(
        samples=tuple(
            CapturedSample(sample=_sample(name, one.pixels, True), device_quality=50.0) for one, name in pairs
        )
    )


def face(quality: int = 80, *, attack: bool = False) -> Captured:
    """Return a portrait as captured."""
    return captured(Position.FACE, face_pixels(quality, attack))


def _sample(position: Position, pixels: GrayPixels | ColorPixels, simulated: bool) -> BiometricSample:
    ppi = None if position is Position.FACE else 500.0
    return BiometricSample(
        position=position, pixels=pixels, ppi=ppi, captured_at=now_utc(), device="toy:1", simulated=simulated
    )


def toy_segment(sample: BiometricSample, slap: Slap) -> SlapSegmentation:
    """Cut a slap into its touches."""
    count = sample.width // SIDE
    fingers = tuple(
        SegmentedFinger(
            box=BOX,
            sample=replace(
                sample, position=Position.UNKNOWN, pixels=sample.pixels[:, 1 + SIDE * k : 1 + SIDE * (k + 1)].copy()
            ),
        )
        for k in range(count)
    )
    fault = int(sample.pixels[0, 0])
    warnings = (list(HandFault)[fault - 1].text,) if fault else ()
    return SlapSegmentation(expected=slap.fingers, fingers=fingers, rotation_deg=0.0, warnings=warnings)


class ToyFingers:
    """Reads whose finger it is; implements `biometrics.extraction.Extractor`."""

    format = FINGER_FORMAT

    def extract(self, sample: BiometricSample) -> Extraction:
        finger, person, value, _ = (int(number) for number in sample.pixels[0, :4])
        quality = QualityScore(value=value, algorithm="toy/1")
        if not value:
            return Extraction(template=None, quality=quality, reasons=(Reason.BLANK_PRINT,))
        one = np.array([float(finger), float(person)], np.float32)
        body = MinutiaSet(
            x=one,
            y=one,
            angle=np.zeros(2, np.float32),
            kind=np.ones(2, np.uint8),
            quality=np.full(2, 80, np.uint8),
            width=300,
            height=300,
        )
        template = Template(
            format=FINGER_FORMAT, position=sample.position, body=body, quality=quality, simulated=sample.simulated
        )
        return Extraction(template=template, quality=quality)


class ToyFaces:
    """Reads how good a portrait is."""

    format = FACE_FORMAT

    def extract(self, sample: BiometricSample) -> Extraction:
        value, attack, _ = (int(number) for number in sample.pixels[0, 0])
        quality = QualityScore(value=value, algorithm="toy/1")
        pad = PadResult(score=0.1, algorithm="toy/1", threshold=0.5) if attack else PAD_NOT_EVALUATED
        if not value:
            return Extraction(template=None, quality=quality, reasons=(Reason.NO_FACE,))
        body = FaceEmbedding(vector=np.array([1, 0, 0, 0], np.float32), raw_norm=10.0)
        template = Template(format=FACE_FORMAT, position=sample.position, body=body, quality=quality)
        return Extraction(template=template, quality=quality, pad=pad)


def toy_compare(first: Template, second: Template) -> CalibratedFmr:
    """Say whether two touches are of one finger."""
    same = np.array_equal(first.minutiae.x, second.minutiae.x)
    return CalibratedFmr(value=1e-9 if same else 0.5, extrapolated=same, model="toy")


def toy_tools(policy: CapturePolicy | None = None) -> CaptureTools:
    """Return what toys are judged with."""
    return CaptureTools(
        extractors=toy_extractors(),
        compare=toy_compare,
        policy=policy or CapturePolicy(device_pause_s=0.0),
        segment=toy_segment,
    )


def toy_extractors() -> Extractors:
    """Return both."""
    return Extractors(finger=ToyFingers(), face=ToyFaces())


@dataclass
class ToyDevice:
    """Gives what it was told to, in this order; an error is raised."""

    answers: list[Captured | BaseException]
    slaps: frozenset[Slap] = frozenset(Slap)
    judges: bool = False
    streams: bool = True
    asked: list[CaptureRequest] = field(default_factory=list)

    @property
    def info(self) -> DeviceInfo:
        descriptor = DeviceDescriptor(uri="toy:1", kind=DeviceKind.FINGERPRINT_SCANNER, name="toy", simulated=True)
        return DeviceInfo(descriptor=descriptor, ppi=500.0, slaps=self.slaps, judges=self.judges, streams=self.streams)

    def capture(self, request: CaptureRequest, cancellation: object = None) -> Captured:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def of(modality: Modality, device: ToyDevice) -> dict[Modality, ToyDevice]:
    """Return the devices of a station that has one."""
    return {modality: device}
