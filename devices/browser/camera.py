"""A camera whose frames are pushed into this process: by the page of `browser:` URIs, or by whatever mounts it.

::

    channel = FrameChannel()
    camera = PushedCamera(info, channel)      # one thread captures
    pusher = channel.connect()                # another one pushes; None while there is a pusher
    refusal = pusher.push(jpeg)               # None, or why the frame was not taken
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

from biometrics.errors import CaptureError, DeviceRefusedError
from biometrics.positions import Position
from devices.browser.channel import FrameChannel
from devices.browser.waiting import WaitingCall
from devices.calls import Call
from devices.contract import Captured, CaptureRequest, DeviceInfo, Frame
from devices.frames import Sensor, capture_best


class PushedCamera:
    """Implements `devices.contract.Device` over a channel that somebody pushes frames into.

    Nobody being connected is no failure: a capture waits for a pusher as it waits for a person. A pusher that leaves
    during a call ends that call.

    Parameters
    ----------
    info
        What it says about itself; its `simulated` should be the channel's.
    channel
        Where frames come from; closed with the camera.
    """

    def __init__(self, info: DeviceInfo, channel: FrameChannel) -> None:
        self._info = info
        self.channel = channel
        self._sensor = Sensor(uri=info.descriptor.uri, simulated=info.descriptor.simulated)

    @property
    def info(self) -> DeviceInfo:
        """What it is."""
        return self._info

    def stream(self, call: Call) -> Iterator[Frame]:
        """Yield the newest frames until the call ends.

        Raises
        ------
        CaptureError
            When it is closed.
        DeviceLostError
            When the pusher leaves.
        DeviceProtocolError, DeviceTimeoutError
            When what is pushed is no picture; when nothing is pushed for a while.
        """
        try:
            yield from self._frames(call)
        except CaptureError:
            if self.channel.closed or not (call.cancellation.wanted or not call.remaining_s):
                raise

    def capture(self, request: CaptureRequest, call: Call) -> Captured:
        """Take the first frame, or the one that the judge of the request chooses.

        Raises
        ------
        NothingPresentedError
            When nobody pushed frames in time, or the judge found nothing in any of them.
        DeviceRefusedError
            When fingers are asked for.
        CaptureCancelledError
            When the call was cancelled.
        CaptureError, DeviceLostError, DeviceProtocolError, DeviceTimeoutError
            As `stream`.
        """
        if request.positions != (Position.FACE,):
            raise DeviceRefusedError("a camera takes no fingerprints", source=call.uri, remedy="open a scanner")
        with closing(self._frames(call)) as frames:
            return capture_best(frames, request, call, self._sensor)

    def close(self) -> None:
        """Send the pusher away and end what waits; closing again does nothing."""
        self.channel.close()

    def _frames(self, call: Call) -> Generator[Frame, None, None]:
        waiting = WaitingCall(self.channel, call)  # before frames are wanted, so that nothing of what follows is missed
        with self.channel.reading():
            while (frame := waiting.next()) is not None:
                yield frame
