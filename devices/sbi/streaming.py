"""Live pictures of a device: `STREAM`, a multipart answer of JPEG pictures that ends when nobody wants them."""

from __future__ import annotations

from collections.abc import Iterator

from biometrics.errors import CaptureError, DeviceLostError, DeviceNotFoundError
from biometrics.samples import now_utc
from devices.calls import Call
from devices.contract import Frame
from devices.frames import decode_frame
from devices.multipart import boundary_of, jpeg_parts
from devices.sbi.answer import reported_failure
from devices.sbi.asking import stream_body, stream_part
from devices.sbi.identity import KnownDevice
from devices.sbi.json_text import wrong
from devices.sbi.session import Session, require_success
from devices.sbi.wire import Opening, asked, closed_error
from devices.sbi.words import Verb

_LONGER_MS = 2_000
"""The device is asked for longer than we look, so that it is not the one that ends the stream."""


def frames(session: Session, before: KnownDevice, call: Call) -> Iterator[Frame]:
    """Yield what a device shows until the call is cancelled, its time up, or the device closed.

    Raises
    ------
    CaptureError
        When it shows nothing, is another device than before, or fails; not for the end that was asked for.
    """
    if session.closed.is_set():
        raise closed_error(call.uri)
    try:
        yield from _frames(session, before, call)
    except DeviceNotFoundError as error:
        raise DeviceLostError(error.message, source=call.uri, remedy=error.remedy) from error
    except CaptureError:
        if not (call.cancellation.wanted or not call.remaining_s or session.closed.is_set()):
            raise


def _frames(session: Session, before: KnownDevice, call: Call) -> Iterator[Frame]:
    known = session.ready(before, call)
    body = stream_body(known.state.device_id, stream_part(known.state), int(1000 * call.remaining_s) + _LONGER_MS)
    with asked(session.place(known), Verb.STREAM, body, call, session.closed) as opening:
        boundary = _boundary(opening, call.uri)
        for number, picture in enumerate(jpeg_parts(opening.pieces, boundary, source=call.uri)):
            yield Frame(pixels=decode_frame(picture, call.uri).pixels, number=number, captured_at=now_utc())


def _boundary(opening: Opening, source: str) -> bytes:
    """Return what stands between the pictures; raise the failure where the answer is one."""
    kind = opening.content_type.partition(";")[0].strip().lower()
    if opening.status != 200 or not kind.startswith("multipart/"):
        answer = opening.whole(source)
        require_success(answer, source)
        raise reported_failure(answer.body, source) or wrong("the device answered without pictures", source)
    return boundary_of(opening.content_type, source=source)
