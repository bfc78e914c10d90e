"""One device of one service, asked again and again: who it is, whether it is free, and that it is still the same."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from biometrics.errors import CaptureError, DeviceNotFoundError, DeviceRefusedError
from biometrics.samples import now_utc
from devices.calls import Call
from devices.choices import DeviceChoices
from devices.sbi.answer import reported_failure
from devices.sbi.failures import SUCCESS, code_of, failure_of
from devices.sbi.identity import DeviceState, KnownDevice, claimed_state, proved
from devices.sbi.json_text import read_json, wrong
from devices.sbi.places import Wanted, place_of
from devices.sbi.trust import Anchors, untrusted
from devices.sbi.wire import Answer, Place, ask
from devices.sbi.words import PURPOSE, SPEC_VERSION, DeviceType, Status, Verb

_BUSY_GRACE_S = 1.0
"""A device is still busy for a moment after the stream that was just left."""

_LOOKS_S = 0.1
_MOST_DEVICES = 32
_NOT_REGISTERED, _NOT_READY, _BUSY = "100", "110", "111"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """An entry of `MOSIPDINFO` before anything of it is proved."""

    token: object
    state: DeviceState
    is_signed: bool
    failure: tuple[str, object] | None


class Session:
    """Asks one device who it is.

    Parameters
    ----------
    wanted
        Which device, where.
    choices
        Of the installation.
    anchors
        Who is trusted.
    closed
        Set when the device is closed.
    """

    def __init__(self, wanted: Wanted, choices: DeviceChoices, anchors: Anchors, closed: threading.Event) -> None:
        self._wanted = wanted
        self._choices = choices
        self.anchors = anchors
        self.closed = closed

    def identify(self, call: Call) -> KnownDevice:
        """Ask for the device's state, and prove it.

        Raises
        ------
        DeviceNotFoundError
            When the service, or the device behind it, is not there.
        DeviceRefusedError
            When it is not registered, or for something else than captures of this installation.
        DeviceTrustError
            When its signatures do not hold.
        CaptureError
            As `devices.sbi.wire.ask`.
        """
        answer = ask(self._wanted.place, Verb.INFO, None, call, self.closed)
        claim = _chosen(_claims(answer, call.uri), self._wanted.device, call.uri)
        if claim.failure is not None and (not claim.is_signed or claim.failure[0] not in (_NOT_READY, _BUSY)):
            raise failure_of(*claim.failure, call.uri)
        if not claim.is_signed and claim.state.status is Status.NOT_REGISTERED:
            raise failure_of(_NOT_REGISTERED, None, call.uri)
        known = proved(claim.token, self.anchors, now_utc(), call.uri)
        self._require_suitable(known.state, call.uri)
        return known

    def ready(self, before: KnownDevice, call: Call) -> KnownDevice:
        """Return the device once it is free, proved anew; a moment is waited while it is busy.

        Raises
        ------
        DeviceBusyError
            When it stays busy.
        DeviceTrustError
            When it is another one than before.
        CaptureError
            As `identify`.
        """
        waited_s = 0.0
        while True:
            known = self.identify(call)
            if known.state.identity != before.state.identity or known.state.device_id != before.state.device_id:
                raise untrusted("another device is connected now", "device", call.uri, "open it again")
            if known.state.status is Status.READY:
                return known
            if known.state.status is not Status.BUSY:
                code = _NOT_READY if known.state.status is Status.NOT_READY else _NOT_REGISTERED
                raise failure_of(code, None, call.uri)
            if waited_s >= _BUSY_GRACE_S:
                raise failure_of(_BUSY, None, call.uri)
            call.wait(_LOOKS_S)
            waited_s += _LOOKS_S

    def place(self, known: KnownDevice) -> Place:
        """Return where a proved device wants to be asked, where that is allowed; else where it was found."""
        return place_of(known.state.callback, self._choices) or self._wanted.place

    def _require_suitable(self, state: DeviceState, source: str) -> None:
        if state.purpose != PURPOSE:
            raise _unsuitable(f"the device is registered for {state.purpose or 'nothing'}, not {PURPOSE}", source)
        if SPEC_VERSION not in state.versions:
            raise _unsuitable(f"the device does not speak version {SPEC_VERSION} of the interface", source)
        if state.identity.kind is DeviceType.IRIS:
            raise _unsuitable("the device captures irises", source)
        if state.environment != self._choices.sbi_environment:
            raise untrusted(
                f"the device is registered in the environment {state.environment or 'None'}, not "
                f"{self._choices.sbi_environment}",
                "environment",
                source,
                "register it where it is used, or set [devices] sbi_environment in settings.toml",
            )


def require_success(answer: Answer, source: str) -> None:
    """Return for an answer with status 200.

    Raises
    ------
    CaptureError
        The failure that another one reports, or that the service does not speak the interface.
    """
    if answer.status == 200:
        return
    try:
        failure = reported_failure(answer.body, source)
    except CaptureError:
        failure = None
    raise failure or wrong(f"the service answered with HTTP status {answer.status}", source)


def _claims(answer: Answer, source: str) -> list[_Claim]:
    require_success(answer, source)
    value = read_json(answer.body, source)
    if not isinstance(value, list):
        raise reported_failure(answer.body, source) or wrong("the state of devices is no list", source)
    if not all(isinstance(entry, Mapping) for entry in value) or len(value) > _MOST_DEVICES:
        raise wrong("the state of devices is no list of them", source)
    claims = [claim for entry in value if (claim := _claim(entry, source)) is not None]
    if not claims:
        raise reported_failure(answer.body, source) or _nothing(source)
    return claims


def _claim(entry: Mapping[str, Any], source: str) -> _Claim | None:
    """Read one entry; None for one that says nothing about a device, such as an error alone."""
    token = entry.get("deviceInfo")
    if not token:
        return None
    state, is_signed = claimed_state(token, source)
    error = entry.get("error")
    code = code_of(error.get("errorCode")) if isinstance(error, Mapping) else None
    failure = None if code in (None, SUCCESS) or not isinstance(error, Mapping) else (str(code), error.get("errorInfo"))
    return _Claim(token=token, state=state, is_signed=is_signed, failure=failure)


def _chosen(claims: Sequence[_Claim], name: str | None, source: str) -> _Claim:
    """Return the device that is meant: the one of a name, or the only one that captures fingers or faces."""
    if name is not None:
        fitting = [one for one in claims if one.state.is_called(name)]
    else:
        fitting = [one for one in claims if one.state.identity.kind is not DeviceType.IRIS]
    if not fitting:
        raise _nothing(source)
    if len(fitting) > 1:
        names = ", ".join(sorted(one.state.device_id or one.state.identity.serial for one in fitting)[:8])
        raise CaptureError(
            f"several devices are connected to the service: {names}",
            source=source,
            remedy="say which one: add /ID to the URI",
        )
    return fitting[0]


def _nothing(source: str) -> DeviceNotFoundError:
    return DeviceNotFoundError(
        "no such device is connected to the service",
        source=source,
        remedy="connect it; kura devices list shows what is there",
    )


def _unsuitable(message: str, source: str) -> DeviceRefusedError:
    return DeviceRefusedError(message, source=source, remedy="kura devices list shows which device captures what")
