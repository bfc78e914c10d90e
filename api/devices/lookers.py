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

    def of(self, info: DeviceInfo, positions: Sequence[Position], slap: Slap | None) -> Looker:
        """Return what looks at the frames of one device while these positions are presented.

        Raises
        ------
        CaptureError
            When the device does not say its resolution, and fingers are to be looked at.
        ModelUnavailableError
            When a model can neither be found nor built.
        """
        if positions[0] is Position.FACE:
            self._face = self._face or FaceLooker.load(self._store)
            return self._face.anew()
        if info.ppi is None:
            raise CaptureError(
                "the device captures no fingers",
                source=info.descriptor.uri,
                remedy="use a fingerprint scanner, or say that this camera is one: kind=finger and ppi in its URI",
            )
        return FingerLooker(info.ppi) if slap is None else SlapLooker(info.ppi, slap, positions)


def modality_of(info: DeviceInfo) -> Modality:
    """Return what a device captures."""
    return Modality.FACE if info.descriptor.kind is DeviceKind.CAMERA else Modality.FINGER
