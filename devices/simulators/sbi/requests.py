"""Reading requests as strictly as the specification: whoever writes a client learns here what a device would refuse."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from biometrics.positions import Position
from devices.sbi.words import ENVIRONMENTS, FINGERS_BY_NAME, NO_SUB_ID, PURPOSE, SPEC_VERSION, SUB_IDS, DeviceType
from devices.simulators.sbi.faults import said
from devices.simulators.sbi.identity import SimulatedDevice

MALFORMED, WRONG_ENVIRONMENT, WRONG_PURPOSE, WRONG_VERSION, WRONG_TYPE, NOT_OFFERED = (
    "501",
    "502",
    "503",
    "504",
    "505",
    "506",
)
"""Codes of the simulator's own, for what the specification has no code for."""

_TRANSACTION = re.compile(r"[A-Za-z0-9-]{4,50}")
_HASH = re.compile(r"[0-9A-Fa-f]{64}")
_LONGEST_MS = 600_000
_FINGERS_OF = {sub_id: slap.fingers for slap, sub_id in SUB_IDS.items()}


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """A request is answered with an error code.

    Parameters
    ----------
    code
        Of the specification, or one of the simulator's own.
    told
        In words; the specification's own where not given.
    """

    def __init__(self, code: str, told: str | None = None) -> None:
        super().__init__(code)
        self.code, self.told = code, told or said(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOrder:
    """What a capture request asks for.

    Parameters
    ----------
    device
        Of whom.
    sub_id
        Which part of it.
    fingers
        Which are expected on the glass, in the order asked; empty for a face.
    excepted
        Which are not, by the request.
    requested_score
        0-100, at which the device captures by itself.
    previous
        Last link of the chain in hexadecimal; empty at its beginning.
    timeout_s
        Seconds within which the answer must come.
    transaction
        To be repeated.
    environment
        As asked for.
    """

    device: SimulatedDevice
    sub_id: str
    fingers: tuple[Position, ...]
    excepted: tuple[Position, ...]
    requested_score: float
    previous: str
    timeout_s: float
    transaction: str
    environment: str


def read_json(body: bytes) -> dict[str, object]:
    """Return the object that a request carries.

    Raises
    ------
    Refusal
        When it is none.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(MALFORMED, "The request is no JSON") from None
    if not isinstance(value, dict):
        raise Refusal(MALFORMED, "The request is no JSON object")
    return value


def read_capture(value: Mapping[str, object], devices: Mapping[str, SimulatedDevice], environment: str) -> CaptureOrder:
    """Return what a registration capture request asks for.

    Raises
    ------
    Refusal
        112 for a transaction, 106 for a device, 109 for a number of fingers that cannot be; otherwise with a code of
        the simulator's own.
    """
    transaction = _text(value, "transactionId")
    if not _TRANSACTION.fullmatch(transaction):
        raise Refusal("112")
    _check_registered(value, environment)
    wanted = _only_one(value)
    device = _device(wanted, devices)
    kind, sub_id = _text(wanted, "type"), _text(wanted, "deviceSubId", NO_SUB_ID)
    if kind != device.kind.value:
        raise Refusal(WRONG_TYPE, f"The device captures {device.kind.value}")
    if sub_id not in device.sub_ids:
        raise Refusal("106", f"The device has no deviceSubId {sub_id[:8]}")
    # The exceptions of a face are those of its owner, for a picture that shows them: hands and eyes.
    excepted = () if device.kind is DeviceType.FACE else _fingers(wanted, "exception")
    return CaptureOrder(
        device=device,
        sub_id=sub_id,
        fingers=_expected(wanted, device, sub_id, excepted),
        excepted=excepted,
        requested_score=_number(wanted, "requestedScore", 0, 100),
        previous=_previous(wanted),
        timeout_s=_number(value, "timeout", 1, _LONGEST_MS) / 1000,
        transaction=transaction,
        environment=environment,
    )


def read_stream(value: Mapping[str, object], devices: Mapping[str, SimulatedDevice]) -> tuple[str, str, float]:
    """Return device, its part and the seconds for which a stream is asked; five minutes where no time is given.

    Raises
    ------
    Refusal
        106 for a device or part that is not there.
    """
    device = _device(value, devices)
    sub_id = _text(value, "deviceSubId", device.sub_ids[0])
    if sub_id not in device.sub_ids:
        raise Refusal("106", f"The device has no deviceSubId {sub_id[:8]}")
    given = value.get("timeout") not in (None, "")
    return device.device_id, sub_id, (_number(value, "timeout", 1, _LONGEST_MS) if given else 300_000) / 1000


def _check_registered(value: Mapping[str, object], environment: str) -> None:
    asked = _text(value, "env")
    if asked not in ENVIRONMENTS or asked != environment:
        raise Refusal(WRONG_ENVIRONMENT, f"The device is registered for env {environment}")
    if _text(value, "purpose") != PURPOSE:
        raise Refusal(WRONG_PURPOSE, f"The device is registered for purpose {PURPOSE}")
    if _text(value, "specVersion", SPEC_VERSION) != SPEC_VERSION:
        raise Refusal(WRONG_VERSION, f"The service speaks {SPEC_VERSION}")


def _only_one(value: Mapping[str, object]) -> Mapping[str, object]:
    asked = value.get("bio")
    if not (isinstance(asked, list) and len(asked) == 1 and isinstance(asked[0], dict)):
        raise Refusal(MALFORMED, "bio must hold one object")
    return asked[0]


def _device(value: Mapping[str, object], devices: Mapping[str, SimulatedDevice]) -> SimulatedDevice:
    device = devices.get(_text(value, "deviceId"))
    if device is None:
        raise Refusal("106")
    return device


def _expected(
    wanted: Mapping[str, object], device: SimulatedDevice, sub_id: str, excepted: tuple[Position, ...]
) -> tuple[Position, ...]:
    count = _number(wanted, "count", 0, 10)
    if device.kind is DeviceType.FACE:
        if count != 1:
            raise Refusal("109")
        return ()
    possible = _FINGERS_OF.get(sub_id, tuple(FINGERS_BY_NAME.values()))
    named = _fingers(wanted, "bioSubType")
    slap = sub_id in _FINGERS_OF
    expected = tuple(one for one in named or (possible if slap else (Position.UNKNOWN,)) if one not in excepted)
    if count != len(expected) or not expected or (not slap and len(expected) != 1):
        raise Refusal("109")
    if not set(expected).issubset(possible) or not set(excepted).issubset(possible):
        raise Refusal("109", "These fingers do not belong to this deviceSubId")
    return expected


def _fingers(wanted: Mapping[str, object], field: str) -> tuple[Position, ...]:
    names = wanted.get(field) or []
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise Refusal(MALFORMED, f"{field} must be an array of texts")
    unknown = [name for name in names if name not in FINGERS_BY_NAME]
    if unknown or len(set(names)) < len(names):
        raise Refusal(MALFORMED, f"{field} must name each finger once")
    return tuple(FINGERS_BY_NAME[name] for name in names)


def _previous(wanted: Mapping[str, object]) -> str:
    previous = _text(wanted, "previousHash", "")
    if previous and not _HASH.fullmatch(previous):
        raise Refusal(MALFORMED, "previousHash must be 64 hexadecimal digits, or empty")
    return previous


def _text(value: Mapping[str, object], field: str, default: str | None = None) -> str:
    given = value.get(field)
    if given is None and default is not None:
        return default
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    if not isinstance(given, str):
        raise Refusal(MALFORMED, f"{field} must be given as text")
    return given


def _number(value: Mapping[str, object], field: str, least: float, most: float) -> float:
    """Return a number, whether it travels as one or as text; services read both."""
    given = value.get(field)
    try:
        number = float(given) if isinstance(given, int | float | str) and not isinstance(given, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not least <= number <= most:
        raise Refusal(MALFORMED, f"{field} must be a number from {least:g} to {most:g}")
    return number
