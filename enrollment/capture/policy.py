"""What an installation asks of a capture, and how often before a person decides."""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.errors import CaptureError, ConfigurationError
from biometrics.positions import Modality
from devices.calls import check_timeout

MOST_TRIES = 20
"""Of one step: nobody is kept at a station for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePolicy:
    """What is asked of the samples of one person; none of it refuses anybody.

    Parameters
    ----------
    version
        Name that every captured person carries.
    least_finger_quality, least_face_quality
        0-100, as the installation's models measure it; below, the step is tried again. The defaults are those from
        which nothing is advised (`models.finger.advice`), and from which a face is said to be useful enough.
    tries
        Of one step; after as many, a person decides about the best of them.
    same_finger_fmr
        False match rate at which two prints count as the same finger. One person's ten fingers make 45 pairs, so the
        chance that an honest person is asked once more for nothing is 45 times as much: one in 2,200 at 1e-5, at which
        99.6 % of repeated fingers are found, and 84 % of worn ones (`python -m benchmarks.capture_checks`, simulated).
    least_device_quality
        1-100 on the device's own scale, for devices that judge themselves; 0 leaves it to them.
    finger_timeout_s, face_timeout_s
        Within which something must have been presented.
    device_tries
        How often one step is tried again with a device that fails, before the capture ends; these are no tries of
        the person's.
    device_pause_s
        Between two of those.

    Raises
    ------
    ConfigurationError
        When a number is out of range.
    """

    version: str = "capture/1"
    least_finger_quality: int = 60
    least_face_quality: int = 45
    tries: int = 3
    same_finger_fmr: float = 1e-5
    least_device_quality: int = 0
    finger_timeout_s: float = 30.0
    face_timeout_s: float = 60.0
    device_tries: int = 5
    device_pause_s: float = 1.0

    def __post_init__(self) -> None:
        if not self.version.strip():
            raise ConfigurationError("a capture policy needs a version", remedy="name it")
        _check_range("least_finger_quality", self.least_finger_quality, 0, 100)
        _check_range("least_face_quality", self.least_face_quality, 0, 100)
        _check_range("tries", self.tries, 1, MOST_TRIES)
        _check_range("device_tries", self.device_tries, 1, 1000)
        _check_range("device_pause_s", self.device_pause_s, 0, 60)
        _check_range("least_device_quality", self.least_device_quality, 0, 100)
        if not 0.0 < self.same_finger_fmr <= 1e-2:
            raise ConfigurationError(
                f"same_finger_fmr of {self.same_finger_fmr} is no rate at which fingers are told apart",
                remedy="give more than 0 and at most 0.01, such as 1e-5",
            )
        try:
            for timeout_s in (self.finger_timeout_s, self.face_timeout_s):
                check_timeout(timeout_s)
        except CaptureError as error:
            raise ConfigurationError(error.message, remedy=error.remedy) from error

    def least_quality(self, modality: Modality) -> int:
        """Return the quality from which a sample is not asked for again."""
        return self.least_face_quality if modality is Modality.FACE else self.least_finger_quality

    def timeout_s(self, modality: Modality) -> float:
        """Return within how many seconds something must have been presented."""
        return self.face_timeout_s if modality is Modality.FACE else self.finger_timeout_s


def _check_range(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise ConfigurationError(f"{name} of {value:g} is out of range", remedy=f"give {least:g} to {most:g}")


DEFAULT_CAPTURE = CapturePolicy()
