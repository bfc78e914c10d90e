"""What looks at the frames of a device: at one finger, at fingers pressed together, or at a face."""

from __future__ import annotations

from collections.abc import Sequence

from biometrics.errors import CaptureError
from biometrics.positions import Modality, Position
from biometrics.slaps import Slap
from devices.contract import DeviceInfo, DeviceKind
from enrollment.capture.face_hints import FaceLooker
from enrollment.capture.finger_hints import FingerLooker
from enrollment.capture.looks import Looker
from enrollment.capture.slap_hints import SlapLooker
from models.store import ModelStore


class Lookers:
    """Gives a looker per stream or capture; the models of faces are loaded once, and only where they are needed.

    Parameters
    ----------
    store
        Of the models.
    """

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._face: FaceLooker | None = None

    def of(self, info: DeviceInfo, positions: Sequence[Position], slap: Slap | None) -> Looker | None:
        """Return what looks at the frames of one device while these positions are presented.

        None where nothing can: fingers in pictures of no known resolution.

        Raises
        ------
        CaptureError
            When the device captures something else.
        ModelUnavailableError
            When a model can neither be found nor built.
        """
        asked, captured = positions[0].modality, modality_of(info)
        if asked is not captured:
            raise CaptureError(
                f"the device captures {captured.value}s, not {asked.value}s",
                source=info.descriptor.uri,
                remedy="use another device; a camera that shows fingers says so in its URI: kind=finger&ppi=500",
            )
        if asked is Modality.FACE:
            self._face = self._face or FaceLooker.load(self._store)
            return self._face.anew()
        if info.ppi is None:
            return None
        return FingerLooker(info.ppi) if slap is None else SlapLooker(info.ppi, slap, positions)

    def required(self, info: DeviceInfo, positions: Sequence[Position], slap: Slap | None) -> Looker:
        """Return what looks at the frames of a device that leaves it to others to choose one.

        Raises
        ------
        CaptureError
            As `of`, and when the device does not say its resolution.
        """
        looker = self.of(info, positions, slap)
        if looker is None:
            raise CaptureError(
                "the device does not say its resolution, without which no print can be used",
                source=info.descriptor.uri,
                remedy="give it in the URI, such as ppi=500, or use another device",
            )
        return looker


def modality_of(info: DeviceInfo) -> Modality:
    """Return what a device captures."""
    return Modality.FACE if info.descriptor.kind is DeviceKind.CAMERA else Modality.FINGER
