"""One capture: waiting for what is pressed, and the signed answer made of it."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from biometrics.positions import FINGERS, Position
from devices.sbi.words import FINGER_NAMES, SPEC_VERSION, SUB_IDS, UNKNOWN, DeviceType, time_text
from devices.simulated import PPI
from devices.simulators.sbi.faces import Faces
from devices.simulators.sbi.faults import Faults
from devices.simulators.sbi.hand import Pressed, Visit, record_of
from devices.simulators.sbi.identity import Identity, SimulatedDevice, error_of
from devices.simulators.sbi.presentation import Presentation
from devices.simulators.sbi.requests import CaptureOrder, Refusal
from devices.simulators.sbi.signing import base64url, compact_json, next_hash
from devices.simulators.sbi.streaming import approach, portrait

_VERB = "RCAPTURE"
_FRAME_S = 0.05
"""Between looks at the glass."""

_BEFORE_TIMEOUT_S = 1.0
"""How long before its time-out a capture is answered with the best it saw: drawing, packing and signing four fingers
takes a fifth of that on one core. At most half of a shorter time-out."""

_NAMES = {**FINGER_NAMES, Position.UNKNOWN: UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One finger or face of an answer.

    Parameters
    ----------
    name
        `bioSubType`; None for a face, which has none.
    record
        ISO record.
    score
        0-100.
    """

    name: str | None
    record: bytes = field(repr=False)
    score: float


class Capturing:
    """Captures at the simulated devices.

    Parameters
    ----------
    visit
        The person in front of the devices.
    faces
        What the camera sees.
    faults
        What goes wrong.
    """

    def __init__(self, visit: Visit, faces: Faces | None, faults: Faults) -> None:
        self._visit, self._faces, self._faults = visit, faces, faults

    async def wait(
        self, order: CaptureOrder, presentation: Callable[[], Presentation], pause: Callable[[float], Awaitable[None]]
    ) -> list[Pressed]:
        """Return the fingers on the glass as soon as their mean score is what was asked for, or the best in time.

        Parameters
        ----------
        order
            What is asked for; where it is a face, none are returned once it is there.
        presentation
            Returns what the person does now.
        pause
            Waits, and raises when nobody waits for the answer any more.

        Raises
        ------
        Refusal
            101 where nothing was presented in time.
        """
        begun, best, touched_s = time.monotonic(), list[Pressed](), math.inf
        last_s = order.timeout_s - min(_BEFORE_TIMEOUT_S, order.timeout_s / 2)
        while (passed_s := time.monotonic() - begun) < last_s:
            seen = presentation()
            if passed_s >= seen.after_s and not seen.nothing:
                if not order.fingers:
                    return []
                touched_s = min(touched_s, passed_s)
                now = self._press(order, seen, poor=passed_s - touched_s < seen.poor_for_s)
                best = max(best, now, key=mean_score)
            if best and mean_score(best) >= order.requested_score:
                break
            await pause(_FRAME_S)
        if not best:
            raise Refusal("101")
        self._visit.lifted([one.finger for one in best])
        return best

    def pictures(self, device: SimulatedDevice, sub_id: str, presentation: Presentation) -> list[bytes]:
        """Return the JPEG pictures of a live view, the last of which stays; slow, as `blocks` is."""
        if self._faces is not None and device.kind is DeviceType.FACE:
            return portrait(self._faces.seen())
        slap = next((slap for slap, one in SUB_IDS.items() if one == sub_id), None)
        asked = (Position.RIGHT_INDEX,) if slap is None else slap.fingers
        poor = presentation.poor_for_s > 0
        return approach(self._visit.press(presentation.pressed(asked), poor=poor, again=presentation.again))

    def blocks(self, order: CaptureOrder, pressed: Sequence[Pressed]) -> list[Block]:
        """Return what was captured, in the order asked for; slow, so not to be called where others wait."""
        if self._faces is not None and not order.fingers:
            return [Block(name=None, record=self._faces.record(), score=self._faces.score)]
        return self._spoiled(order, [self._block(order, one) for one in pressed])

    def answer(self, order: CaptureOrder, identity: Identity, blocks: Sequence[Block]) -> dict[str, object]:
        """Return the signed answer."""
        moment = identity.now(_VERB)
        transaction, previous = order.transaction, order.previous
        if self._faults.strikes("wrong-transaction", _VERB):
            transaction = f"not-{transaction}"[:50]
        if self._faults.strikes("replay-yesterday", _VERB):
            transaction, moment = "yesterday-0001", moment - timedelta(days=1)
        if self._faults.strikes("wrong-chain", _VERB):
            previous = next_hash("", b"another capture")
        entries = []
        for block in blocks:
            entry = self._entry(replace(order, transaction=transaction, previous=previous), identity, block, moment)
            entries.append(entry)
            previous = str(entry["hash"])
        return {"biometrics": entries}

    def _entry(self, order: CaptureOrder, identity: Identity, block: Block, moment: datetime) -> dict[str, object]:
        text_chain = self._faults.strikes("text-chain", _VERB)
        link = next_hash(order.previous, block.record, text=text_chain)
        record = block.record
        if self._faults.strikes("tampered-hash", _VERB):
            link = link[:-1] + ("0" if link[-1] != "0" else "1")
        told: dict[str, object] = {
            "digitalId": identity.digital_id(_VERB, moment),
            "deviceCode": identity.device.serial,
            "deviceServiceVersion": SPEC_VERSION,
            "bioType": identity.device.kind.value,
            "purpose": identity.signed_purpose(),
            "env": identity.signed_environment(),
            "bioValue": base64url(record),
            "transactionId": order.transaction,
            "timestamp": time_text(moment),
            "requestedScore": f"{order.requested_score:g}",
            "qualityScore": "140" if self._faults.strikes("bad-score", _VERB) else f"{block.score:g}",
        }
        if block.name is not None:
            told["bioSubType"] = block.name
        data = identity.signed(told, _VERB)
        if self._faults.strikes("tampered-value", _VERB):
            data = _with_another_payload(data, {**told, "bioValue": base64url(_tampered(record))})
        return {"specVersion": SPEC_VERSION, "data": data, "hash": link, "error": error_of("0")}

    def _press(self, order: CaptureOrder, seen: Presentation, *, poor: bool) -> list[Pressed]:
        """Press what is asked for; for a finger that the request does not name, the right index, as people give."""
        asked = tuple(Position.RIGHT_INDEX if one is Position.UNKNOWN else one for one in order.fingers)
        return self._visit.press(seen.pressed(asked), poor=poor, again=seen.again)

    def _block(self, order: CaptureOrder, pressed: Pressed) -> Block:
        position = Position.UNKNOWN if order.fingers == (Position.UNKNOWN,) else pressed.asked
        labelled = position
        if self._faults.strikes("wrong-position", _VERB):
            labelled = FINGERS[(FINGERS.index(pressed.asked) + 1) % len(FINGERS)]
        ppi = 2 * PPI if self._faults.strikes("wrong-resolution", _VERB) else PPI
        record = record_of(pressed.picture(), labelled, ppi=ppi, score=pressed.score)
        return Block(name=_NAMES[position], record=self._broken(record), score=pressed.score)

    def _broken(self, record: bytes) -> bytes:
        if self._faults.strikes("truncated-record", _VERB):
            return record[: len(record) // 2]
        if self._faults.strikes("no-record", _VERB):
            return np.random.default_rng(len(record)).bytes(2_000)
        if self._faults.strikes("no-image", _VERB):
            start = record.index(b"\x00\x00\x00\x0cjP  ")
            return record[:start] + np.random.default_rng(start).bytes(len(record) - start - 40) + record[-40:]
        return record

    def _spoiled(self, order: CaptureOrder, blocks: list[Block]) -> list[Block]:
        if self._faults.strikes("finger-twice", _VERB):
            blocks = [*blocks, blocks[0]]
        if self._faults.strikes("finger-missing", _VERB) and len(blocks) > 1:
            blocks = blocks[:-1]
        others = [one for one in FINGERS if one not in order.fingers and one not in order.excepted]
        if self._faults.strikes("excepted-finger", _VERB):
            blocks = [*blocks, self._other(order, (*order.excepted, *others)[0])]
        if self._faults.strikes("finger-not-asked", _VERB):
            blocks = [*blocks, self._other(order, others[0])]
        return blocks

    def _other(self, order: CaptureOrder, finger: Position) -> Block:
        pressed = self._visit.press({finger: finger}) or self._visit.press(
            dict.fromkeys([finger], Position.RIGHT_INDEX)
        )
        named = replace(order, fingers=(finger,))
        return self._block(named, pressed[0])


def mean_score(pressed: Sequence[Pressed]) -> float:
    """Return the mean score of fingers pressed together, by which a capture is judged; 0 of none."""
    return sum(one.score for one in pressed) / len(pressed) if pressed else 0.0


def refused(refusal: Refusal) -> dict[str, object]:
    """Return the answer to a capture that is none."""
    error = error_of(refusal.code, refusal.told)
    return {"biometrics": [{"specVersion": SPEC_VERSION, "data": "", "hash": "", "error": error}]}


def _tampered(record: bytes) -> bytes:
    changed = bytearray(record)
    changed[len(changed) // 2] ^= 1
    return bytes(changed)


def _with_another_payload(token: str, payload: object) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{base64url(compact_json(payload))}.{signature}"
