"""A device as a station captures with it: the finest of a burst, and simulated samples only where they are allowed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from biometrics.errors import ConfigurationError
from biometrics.positions import Position
from biometrics.samples import BiometricSample
from devices.calls import Cancellation
from devices.contract import Captured, CapturedSample, CaptureRequest, DeviceInfo
from enrollment.capture.judges import CaptureJudge
from enrollment.capture.person import CaptureDevice
from enrollment.preparation import Extractors

_NO_TEMPLATE = 101
"""Taken off the quality of what cannot be compared with anything: the worst print that can be is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationDevice:
    """Implements `enrollment.capture.person.CaptureDevice` with an open device.

    Parameters
    ----------
    device
        Captures.
    extractors
        Tell which frame of a burst is the finest.
    allow_simulated
        Whether samples that show nobody are taken.
    """

    device: CaptureDevice
    extractors: Extractors
    allow_simulated: bool

    @property
    def info(self) -> DeviceInfo:
        """What it is."""
        return self.device.info

    def capture(self, request: CaptureRequest, cancellation: Cancellation | None = None) -> Captured:
        """Wait for what is presented and return it; raises as the device does.

        Raises
        ------
        ConfigurationError
            When it shows nobody, and the installation does not allow that.
        ProcessingError
            When a model fails.
        """
        captured = self.device.capture(request, cancellation)
        if not self.allow_simulated and any(one.sample.simulated for one in captured.samples):
            raise simulated_refused(self.info.descriptor.uri)
        judge = request.judge
        if not isinstance(judge, CaptureJudge) or captured.evidence is not None:
            return captured
        return replace(captured, samples=tuple(self._finest(one, judge) for one in captured.samples))

    def _finest(self, one: CapturedSample, judge: CaptureJudge) -> CapturedSample:
        """Return the frame that extraction finds best; the picture of a slap, which is still to be cut, as it is."""
        if one.sample.position is Position.UNKNOWN:
            return one
        return replace(one, sample=judge.finest(one.sample, self._quality))

    def _quality(self, sample: BiometricSample) -> float:
        extraction = self.extractors.of(sample.modality).extract(sample)
        return extraction.quality.value - (0 if extraction.template is not None else _NO_TEMPLATE)


def simulated_refused(uri: str) -> ConfigurationError:
    """Return the error for a device that shows nobody."""
    return ConfigurationError(
        "this installation takes no captures of simulated devices",
        source=uri,
        remedy="use a real one, or set devices.allow_simulated for a trial",
    )
