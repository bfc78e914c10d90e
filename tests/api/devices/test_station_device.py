"""The finest of a burst is what is captured, and nothing that shows nobody where that is not allowed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from api.devices.station_device import StationDevice
from biometrics.arrays import Pixels
from biometrics.errors import ConfigurationError
from biometrics.extraction import Extraction
from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from biometrics.slaps import Slap
from devices.calls import Call, Cancellation
from devices.contract import Captured, CaptureEvidence, CaptureRequest, DeviceInfo, Frame, FrameJudge, FrameJudgement
from devices.frames import Sensor, capture_best
from enrollment.capture.judges import CaptureJudge
from enrollment.capture.looks import Look
from enrollment.capture.person import CaptureDevice
from tests.enrollment.capture.streams import frame_of
from tests.enrollment.capture.test_judges import Scored
from tests.enrollment.capture.toys import Touch, ToyDevice, ToyFingers, hand, slap_pixels, toy_extractors

INDEX = Position.RIGHT_INDEX


class Deceived(Scored):
    """Likes the frames whose last pixel is high, whatever extraction finds in them; content with none."""

    def look(self, frame: Frame) -> Look:
        return Look(hints=(replace(self.praise, blocking=True),), score=float(frame.pixels.flat[-1]))


@dataclass
class Camera:
    """Shows frames to whoever judges them, as drivers of cameras do."""

    frames: list[Pixels]
    evidence: CaptureEvidence | None = None
    simulated: bool = True
    info: DeviceInfo = field(default_factory=lambda: ToyDevice(answers=[]).info)

    def capture(self, request: CaptureRequest, cancellation: Cancellation | None = None) -> Captured:
        sensor = Sensor(uri="toy:1", modality=INDEX.modality, ppi=500.0, simulated=self.simulated)
        frames = (frame_of(pixels, number) for number, pixels in enumerate(self.frames))
        captured = capture_best(frames, request, Call("toy:1", 10.0), sensor)
        return replace(captured, evidence=self.evidence)


def _touch(quality: int, liked: int) -> Pixels:
    pixels = Touch(INDEX, quality=quality).pixels
    pixels[-1, -1] = liked
    return pixels


def _taken(camera: Camera, judge: FrameJudge | None, *, allow_simulated: bool = True) -> Captured:
    device = StationDevice(device=camera, extractors=toy_extractors(), allow_simulated=allow_simulated)
    assert device.info is camera.info
    return device.capture(CaptureRequest(positions=(INDEX,), judge=judge))


def _quality(captured: Captured) -> int:
    return int(captured.samples[0].sample.pixels[0, 2])


BURST = [_touch(50, 200), _touch(90, 150), _touch(0, 250), _touch(99, 10)]


def test_of_the_best_frames_that_is_taken_which_extraction_finds_finest() -> None:
    # Three are kept: a frame without a print, 50 and 90. The finest of all, 99, looked worst.
    captured = _taken(Camera(list(BURST)), CaptureJudge(Deceived()))
    assert _quality(captured) == 90
    assert captured.samples[0].sample.position is INDEX and captured.frames_seen == 4


@dataclass(frozen=True)
class Generous(ToyFingers):
    """Finds what has no print fine all the same."""

    refused: bool = False

    def extract(self, sample: BiometricSample) -> Extraction:
        assert not self.refused, "nothing was to be extracted"
        extraction = super().extract(sample)
        return extraction if extraction.template else replace(extraction, quality=replace(extraction.quality, value=99))


def _device(device: CaptureDevice, *, refused: bool = False) -> StationDevice:
    extractors = replace(toy_extractors(), finger=Generous(refused=refused))
    return StationDevice(device=device, extractors=extractors, allow_simulated=True)


def test_what_has_no_print_loses_against_the_worst_print() -> None:
    camera = Camera([_touch(0, 250), _touch(1, 10)])
    captured = _device(camera).capture(CaptureRequest(positions=(INDEX,), judge=CaptureJudge(Deceived())))
    assert _quality(captured) == 1


def test_what_a_device_signed_or_others_judged_stays_as_it_is() -> None:
    evidence = CaptureEvidence(
        transaction="t", serial="s", certificate_sha256="c", chain_hash="h", device_time=now_utc()
    )
    assert _quality(_taken(Camera(list(BURST), evidence=evidence), CaptureJudge(Deceived()))) == 0

    def first(frame: object, /) -> FrameJudgement:
        return FrameJudgement(score=1.0, take=True)

    assert _quality(_taken(Camera(list(BURST)), first)) == 50
    assert _quality(_taken(Camera(list(BURST)), None)) == 50


def test_a_slap_that_is_still_to_be_cut_is_not_extracted() -> None:
    pixels = slap_pixels(hand(Slap.RIGHT))
    request = CaptureRequest(positions=Slap.RIGHT.fingers, slap=Slap.RIGHT, judge=CaptureJudge(Deceived()))
    captured = _device(Camera([pixels, pixels.copy()]), refused=True).capture(request)
    assert captured.samples[0].sample.position is Position.UNKNOWN


def test_a_device_that_looks_real_may_still_show_nobody() -> None:
    with pytest.raises(ConfigurationError, match="simulated"):
        _taken(Camera(list(BURST)), None, allow_simulated=False)
    assert _taken(Camera(list(BURST), simulated=False), None, allow_simulated=False).samples
