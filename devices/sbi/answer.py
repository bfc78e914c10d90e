"""What a device answers to a capture: every part is checked before any of it is taken.

The hash of each part stands outside what is signed, and so does the version of the interface. Everything else that is
taken is under the signature of the device key. Where services differ from the specification, this is accepted:

- `errorCode` as text or number, absent or null for success; scores as text or number;
- `specVersion` as text, or as a list of which the first counts;
- no `bioSubType` for a face, or null, or empty; `UNKNOWN` for a finger that was asked for alone;
- a hash over bytes or over hexadecimal text (`devices.sbi.chain`), in any case of letters;
- base64 of a record with padding or without;
- fewer fingers than were asked for, and parts that say of one finger that it was not seen; whoever asked counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from biometrics.errors import CaptureError, DeviceTrustError
from biometrics.positions import Position
from devices.sbi import chain, jws
from devices.sbi.asking import Asked
from devices.sbi.failures import FAILURES, SUCCESS, code_of, failure_of
from devices.sbi.identity import DigitalId, KnownDevice, proved_identity
from devices.sbi.json_text import member, number, optional_text, read_json, text, wrong
from devices.sbi.records import Picture, read_picture, record_bytes
from devices.sbi.trust import Anchors, untrusted
from devices.sbi.words import FINGERS_BY_NAME, PURPOSE, SPEC_VERSION, DeviceType, read_time

CLOCK_SKEW = timedelta(minutes=5)
"""By how much the device's clock may differ from ours; as much as MOSIP's own client allows."""

_MOST_PARTS = 10
_AGAIN = "capture again; take the device out of use when it comes back"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taken:
    """One finger or face that is to be believed.

    Parameters
    ----------
    position
        What it is.
    record
        As captured.
    picture
        What the record shows.
    quality
        0-100, as the device judged; None where it did not.
    device_time
        As signed, UTC.
    """

    position: Position
    record: bytes
    picture: Picture
    quality: float | None
    device_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checked:
    """An answer that is to be believed: what was captured, at least one, and the last link of the chain."""

    taken: tuple[Taken, ...]
    link: str
    identity: DigitalId


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """What an answer is held against.

    Parameters
    ----------
    asked
        The request.
    device
        Whom it was sent to, as it signed just before.
    anchors
        Who is trusted.
    now
        When the answer was there, UTC.
    source
        The device, for errors.
    """

    asked: Asked
    device: KnownDevice
    anchors: Anchors
    now: datetime
    source: str


def check_answer(body: bytes, by: Checking) -> Checked:
    """Return what an answer holds, if all of it is to be believed.

    Raises
    ------
    DeviceTrustError
        When anything about it is not.
    DeviceProtocolError
        When it cannot be understood.
    CaptureError
        The failure that the device reports, of its type.
    """
    parts = member(read_json(body, by.source), "biometrics", by.source)
    if not isinstance(parts, list) or not 1 <= len(parts) <= _MOST_PARTS:
        raise wrong("the answer to a capture holds no list of captures", by.source)
    good = _without_failures(parts, by.source)
    taken: list[Taken] = []
    link = by.asked.previous
    for part in good:
        one, link = _check(part, link, by)
        if one.position in {other.position for other in taken}:
            raise _untrusted("the device sent one finger twice", "fingers", by)
        taken.append(one)
    return Checked(taken=tuple(taken), link=link, identity=by.device.state.identity)


def reported_failure(body: bytes, source: str) -> CaptureError | None:
    """Return the failure that an answer reports in any of the ways that services do; None when it reports none.

    Raises
    ------
    DeviceProtocolError
        When it is no JSON.
    """
    value = read_json(body, source)
    if isinstance(value, Mapping) and isinstance(value.get("biometrics"), list):
        value = value["biometrics"]
    for part in value if isinstance(value, list) else [value]:
        failed = _failure(part, source)
        if failed is not None:
            return failure_of(*failed, source)
    return None


def _without_failures(parts: Sequence[Any], source: str) -> list[Mapping[str, Any]]:
    """Return the parts that hold a capture; raise the failure where none does, or where one concerns all."""
    good, failures = [], []
    for part in parts:
        failed = _failure(part, source)
        if failed is None:
            good.append(part)
        else:
            failures.append(failed)
    for code, said in failures:
        if not good or not (code in FAILURES and FAILURES[code].only_this):
            raise failure_of(code, said, source)
    return good


def _failure(part: object, source: str) -> tuple[str, object] | None:
    if not isinstance(part, Mapping):
        raise wrong("a part of the answer is no object", source)
    error = part.get("error", part if "errorCode" in part else None)
    if error is None:
        return None
    code = code_of(member(error, "errorCode", source))
    if code is None:
        raise wrong("the code of an error is none", source)
    return None if code == SUCCESS else (code, error.get("errorInfo"))


def _check(part: Mapping[str, Any], previous: str, by: Checking) -> tuple[Taken, str]:
    version = member(part, "specVersion", by.source)
    if (version[:1] if isinstance(version, list) else [version]) != [SPEC_VERSION]:
        raise wrong(f"the answer is of another version of the interface than {SPEC_VERSION}", by.source)
    data = member(part, "data", by.source)
    if not data:
        raise wrong("the device reports success, and sends nothing", by.source)
    signed = jws.verify(data, by.anchors, by.now, by.source)
    _require_device(signed, by)
    device_time = _require_request(signed, by)
    position = _position(signed.payload, by)
    record = record_bytes(member(signed.payload, "bioValue", by.source), by.source)
    link = text(part, "hash", by.source).upper()
    if not chain.follows(link, previous, record):
        raise _untrusted("a capture does not follow the one before it", "hash-chain", by)
    picture = read_picture(record, position, by.source)
    quality = _quality(signed.payload.get("qualityScore"), by)
    return Taken(position=position, record=record, picture=picture, quality=quality, device_time=device_time), link


def _require_device(signed: jws.Signed, by: Checking) -> None:
    """Refuse what another device signed, or this one about another."""
    if signed.signer.certificate != by.device.signer.certificate:
        raise _untrusted("another key signed the capture than the device's", "device", by)
    state = by.device.state
    identity = proved_identity(signed, state.certification, by.anchors, by.now, by.source)
    if identity != state.identity or optional_text(signed.payload, "deviceCode", by.source) != state.code:
        raise _untrusted("the capture is signed as another device's", "device", by)


def _require_request(signed: jws.Signed, by: Checking) -> datetime:
    """Refuse what answers another request; return the device's time."""
    said = signed.payload
    if text(said, "transactionId", by.source) != by.asked.transaction:
        raise _untrusted("the device answered another capture than this one", "transaction", by)
    if text(said, "env", by.source) != by.asked.environment:
        raise _untrusted("the device captured for another environment", "environment", by)
    if text(said, "purpose", by.source) != PURPOSE:
        raise _untrusted("the device captured for another purpose", "purpose", by)
    try:
        moment = read_time(text(said, "timestamp", by.source))
    except ValueError as error:
        raise wrong("the time of a capture cannot be read", by.source) from error
    if not by.asked.sent_at - CLOCK_SKEW <= moment <= by.now + CLOCK_SKEW:
        raise _untrusted("the capture was not made now, by the device's clock", "time", by, "set the device's clock")
    signed.signer.require_valid(moment, by.source)
    return moment


def _position(said: Mapping[str, Any], by: Checking) -> Position:
    if text(said, "bioType", by.source) != by.asked.kind.value:
        raise _untrusted("the device captured something else than was asked for", "fingers", by)
    name = optional_text(said, "bioSubType", by.source)
    if by.asked.kind is DeviceType.FACE:
        if name:
            raise wrong("the device says which finger a face is", by.source)
        return Position.FACE
    position = FINGERS_BY_NAME.get(name)
    if position is Position.UNKNOWN and len(by.asked.positions) == 1 and not by.asked.excepted:
        return by.asked.positions[0]
    if position not in by.asked.positions or position is Position.UNKNOWN:
        raise _untrusted("the device sent a finger that was not asked for", "fingers", by)
    return position


def _quality(value: object, by: Checking) -> float | None:
    if value is None or value == "":
        return None
    quality = number(value)
    if quality is None or not 0 <= quality <= 100:
        raise wrong("the quality of a capture is none", by.source)
    return quality


def _untrusted(message: str, check: str, by: Checking, remedy: str = _AGAIN) -> DeviceTrustError:
    return untrusted(message, check, by.source, remedy)
