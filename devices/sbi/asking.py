"""What is asked of a device: the bodies of requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from biometrics.errors import DeviceRefusedError
from biometrics.positions import Position
from biometrics.slaps import Slap
from devices.contract import CaptureRequest
from devices.sbi.identity import DeviceState
from devices.sbi.words import (
    ANY_DEVICE,
    FINGER_NAMES,
    NO_SUB_ID,
    PURPOSE,
    SPEC_VERSION,
    SUB_IDS,
    DeviceSubType,
    DeviceType,
    time_text,
)

_ORDINARY_SCORE = 60
"""Quality, of 100, that a device waits for when nobody asks for another; at the end of the time it sends its best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One capture, as it is asked of a device.

    Parameters
    ----------
    kind
        Finger or face.
    positions
        What may come back, each once at most.
    excepted
        Fingers that the device must not wait for.
    sub_id
        The part of the device.
    score
        Quality to wait for, 1-100.
    device_id, environment, transaction, previous
        As they are sent.
    sent_at
        When, UTC.
    timeout_ms
        After how long the device sends the best it has.
    """

    kind: DeviceType
    positions: tuple[Position, ...]
    excepted: tuple[Position, ...]
    sub_id: str
    score: int
    device_id: str
    environment: str
    transaction: str
    previous: str
    sent_at: datetime
    timeout_ms: int

    def body(self) -> bytes:
        """Return the body of the request."""
        bio = {
            "type": self.kind.value,
            "count": str(len(self.positions)),
            "bioSubType": _names(self.positions),
            "exception": _names(self.excepted),
            "requestedScore": str(self.score),
            "deviceId": self.device_id,
            "deviceSubId": self.sub_id,
            "previousHash": self.previous,
        }
        return _encoded(
            {
                "env": self.environment,
                "purpose": PURPOSE,
                "specVersion": SPEC_VERSION,
                "timeout": str(self.timeout_ms),
                "captureTime": time_text(self.sent_at),
                "transactionId": self.transaction,
                "bio": [bio],
                "customOpts": None,
            }
        )


def discovery_body() -> bytes:
    """Return the body that asks for every device."""
    return _encoded({"type": ANY_DEVICE})


def stream_body(device_id: str, sub_id: str, timeout_ms: int) -> bytes:
    """Return the body that asks for live pictures of one part of a device."""
    return _encoded({"deviceId": device_id, "deviceSubId": sub_id, "timeout": str(timeout_ms)})


def slaps_of(state: DeviceState) -> frozenset[Slap]:
    """Return the slaps that a device takes."""
    if state.identity.kind is not DeviceType.FINGER or state.identity.sub_kind is not DeviceSubType.SLAP:
        return frozenset()
    return frozenset(slap for slap, sub_id in SUB_IDS.items() if sub_id in state.sub_ids)


def plan(request: CaptureRequest, state: DeviceState, source: str) -> tuple[str, tuple[Position, ...]]:
    """Return the part of the device that captures, and the fingers it must not wait for.

    A scanner for slaps takes one finger as a slap of which the others are excepted: it has no part for single ones.

    Raises
    ------
    DeviceRefusedError
        When the device does not capture what is asked for.
    """
    is_face = request.positions == (Position.FACE,)
    if state.identity.kind is not (DeviceType.FACE if is_face else DeviceType.FINGER):
        raise _cannot("faces" if is_face else "fingers", source)
    slap = request.slap
    if slap is None and slaps_of(state) and not is_face:
        slap = next(one for one in Slap if request.positions[0] in one.fingers)
    if slap is None:
        return NO_SUB_ID, ()
    if slap not in slaps_of(state):
        raise _cannot(f"the {slap.value} slap", source)
    return SUB_IDS[slap], tuple(finger for finger in slap.fingers if finger not in request.positions)


def stream_part(state: DeviceState) -> str:
    """Return the part of a device whose pictures are shown: its first."""
    return min(state.sub_ids, default=NO_SUB_ID)


def score_of(request: CaptureRequest) -> int:
    """Return the quality that the device waits for."""
    return _ORDINARY_SCORE if request.least_quality is None else request.least_quality


def _names(positions: tuple[Position, ...]) -> list[str]:
    return [FINGER_NAMES[position] for position in positions if position in FINGER_NAMES]


def _encoded(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _cannot(what: str, source: str) -> DeviceRefusedError:
    return DeviceRefusedError(
        f"the device does not capture {what}", source=source, remedy="kura devices list shows which device does"
    )
