"""A capture out of frames: the judge looks at one after the other, and the best becomes the sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from biometrics.errors import (
    CaptureCancelledError,
    DeviceProtocolError,
    DeviceRefusedError,
    ImageFormatError,
    NothingPresentedError,
)
from biometrics.pictures import DecodedPicture, decode_picture
from biometrics.positions import Modality, Position
from biometrics.samples import BiometricSample
from devices.calls import Call
from devices.contract import Captured, CapturedSample, CaptureRequest, Frame, FrameJudgement

MOST_FRAME_PIXELS = 50_000_000
"""Of one frame: cameras have up to 48 million, and 3 bytes are kept of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """What frames show, and where they come from.

    Parameters
    ----------
    uri
        Of the device, without secrets.
    modality
        What is presented to it.
    ppi
        Resolution of its fingers; None for faces.
    simulated
        True when it shows nobody.
    """

    uri: str
    modality: Modality = Modality.FACE
    ppi: float | None = None
    simulated: bool = False


def capture_best(frames: Iterator[Frame], request: CaptureRequest, call: Call, sensor: Sensor) -> Captured:
    """Take the first frame that the judge takes, else the best of those that came; without a judge, the first.

    Parameters
    ----------
    frames
        As `Device.stream` yields them: they just end when the call is over. Those that end before are all there are.
    request, call
        Of the capture.
    sensor
        What the frames show.

    Raises
    ------
    DeviceRefusedError
        When it shows faces and a finger is asked for, or the other way round.
    NothingPresentedError
        When the judge found nothing to take in any frame.
    DeviceTimeoutError
        When no frame came at all.
    CaptureCancelledError
        When the call was cancelled.
    """
    check_presentable(request, sensor)
    best: tuple[float, Frame] | None = None
    seen = 0
    for seen, frame in enumerate(frames, 1):
        judgement = request.judge(frame) if request.judge else FrameJudgement(score=0.0, take=True)
        if judgement.take:
            return Captured(samples=(sample_of(frame, request, sensor),), frames_seen=seen)
        if judgement.score is not None and (best is None or judgement.score > best[0]):
            best = judgement.score, frame
    if call.cancellation.wanted:
        raise CaptureCancelledError("the capture was cancelled", source=sensor.uri, remedy="start it again")
    if not seen:
        raise call.timed_out()
    if best is None:
        raise nothing_presented(sensor)
    return Captured(samples=(sample_of(best[1], request, sensor),), frames_seen=seen)


def check_presentable(request: CaptureRequest, sensor: Sensor) -> None:
    """Return when the sensor shows what is asked for.

    Raises
    ------
    DeviceRefusedError
        When it shows something else.
    """
    asked = {position.modality for position in request.positions}
    if asked != {sensor.modality}:
        other = Modality.FINGER if sensor.modality is Modality.FACE else Modality.FACE
        raise DeviceRefusedError(
            f"the device was opened for a {sensor.modality.value}, and a {other.value} is asked for",
            source=sensor.uri,
            remedy=f"open it with {'kind=finger&ppi=500' if other is Modality.FINGER else 'kind=face'}",
        )


def sample_of(frame: Frame, request: CaptureRequest, sensor: Sensor) -> CapturedSample:
    """Return a frame as the sample that was asked for; of a slap, the whole picture."""
    sample = BiometricSample(
        position=request.positions[0] if request.slap is None else Position.UNKNOWN,
        pixels=frame.pixels,
        ppi=sensor.ppi,
        captured_at=frame.captured_at,
        device=sensor.uri,
        simulated=sensor.simulated,
    )
    return CapturedSample(sample=sample)


def nothing_presented(sensor: Sensor) -> NothingPresentedError:
    """Return the error for frames that show nothing to take."""
    return NothingPresentedError(
        f"no {sensor.modality.value} was seen that could be taken",
        source=sensor.uri,
        remedy="see in the preview what the device sees, then try again",
    )


def decode_frame(jpeg: bytes, source: str) -> DecodedPicture:
    """Decode one JPEG picture of a stream: uint8 [height, width, 3] RGB, or [height, width] grey.

    Parameters
    ----------
    jpeg
        The whole file; its size is checked before it is decoded.
    source
        URI of the device without secrets, for errors.

    Raises
    ------
    DeviceProtocolError
        When it is no JPEG picture, is damaged, or would take far more time or memory than a camera's.
    """
    try:
        return decode_picture(jpeg, ("JPEG",), most_pixels=MOST_FRAME_PIXELS)
    except ImageFormatError as error:
        raise DeviceProtocolError(
            f"a picture of the stream cannot be used: {error.message}",
            source=source,
            remedy="try again; restart the camera when it comes back",
        ) from error
