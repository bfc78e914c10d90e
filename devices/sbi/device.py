"""An open device of a MOSIP Secure Biometric Interface."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

from biometrics.errors import DeviceLostError, DeviceNotFoundError
from biometrics.samples import BiometricSample, now_utc
from devices.calls import Call
from devices.contract import (
    Captured,
    CapturedSample,
    CaptureEvidence,
    CaptureRequest,
    DeviceDescriptor,
    DeviceInfo,
    DeviceKind,
    Frame,
)
from devices.sbi import chain
from devices.sbi.answer import Checked, Checking, check_answer, reported_failure
from devices.sbi.asking import Asked, plan, score_of, slaps_of
from devices.sbi.identity import KnownDevice
from devices.sbi.replay import SeenRecords
from devices.sbi.session import Session, require_success
from devices.sbi.streaming import frames
from devices.sbi.trust import untrusted
from devices.sbi.wire import ask, closed_error
from devices.sbi.words import DeviceType, Verb

_MARGIN_S = 1.0
"""That is left for the answer itself when the device's own time is up."""


class SbiDevice:
    """Implements `devices.contract.Device`; proves who it is when opened and before every capture.

    The chain of hashes begins when it is opened and continues over its captures.

    Parameters
    ----------
    uri
        As it was opened, shown.
    session
        Asks it.
    seen
        What this process captured already.
    call
        Bounds the opening.

    Raises
    ------
    CaptureError
        As `Session.identify`.
    """

    def __init__(self, uri: str, session: Session, seen: SeenRecords, call: Call) -> None:
        self._session = session
        self._seen = seen
        self._known = session.identify(call)
        self._link = chain.FIRST
        self._info = _info(uri, self._known)

    @property
    def info(self) -> DeviceInfo:
        """What it is; its resolution is known since its first capture."""
        return self._info

    def stream(self, call: Call) -> Iterator[Frame]:
        """Yield what it shows until the call ends; errors as `devices.contract.Device.stream`."""
        return frames(self._session, self._known, call)

    def capture(self, request: CaptureRequest, call: Call) -> Captured:
        """Have the device capture, and check all that it answers.

        Raises
        ------
        NothingPresentedError
            When it saw nothing that it could take.
        DeviceRefusedError
            When it cannot capture what is asked for, or says that it will not.
        DeviceTrustError
            When anything about the answer is not to be believed; nothing of it is returned.
        CaptureError
            As `devices.contract.Device.capture`.
        """
        if self._session.closed.is_set():
            raise closed_error(call.uri)
        plan(request, self._known.state, call.uri)
        try:
            self._known = self._session.ready(self._known, call)
            checked, asked, known = self._ask(request, call)
        except DeviceNotFoundError as error:
            raise DeviceLostError(error.message, source=call.uri, remedy=error.remedy) from error
        if not self._seen.add_all([one.record for one in checked.taken]):
            raise untrusted("the device sent what it had sent before", "replay", call.uri, "capture again")
        self._link = checked.link
        return self._captured(checked, asked, known)

    def close(self) -> None:
        """End what is under way; the device itself is nobody's to hold."""
        self._session.closed.set()

    def _ask(self, request: CaptureRequest, call: Call) -> tuple[Checked, Asked, KnownDevice]:
        known = self._known
        asked = self._asked(request, known, call)
        answer = ask(self._session.place(known), Verb.CAPTURE, asked.body(), call, self._session.closed)
        require_success(answer, call.uri)
        now = now_utc()
        by = Checking(asked=asked, device=known, anchors=self._session.anchors, now=now, source=call.uri)
        if answer.body.lstrip()[:1] == b"[":
            failure = reported_failure(answer.body, call.uri)
            if failure is not None:
                raise failure
        return check_answer(answer.body, by), asked, known

    def _asked(self, request: CaptureRequest, known: KnownDevice, call: Call) -> Asked:
        sub_id, excepted = plan(request, known.state, call.uri)
        left_s = call.remaining_s
        device_s = left_s - max(0.1 * left_s, min(_MARGIN_S, left_s / 2))
        return Asked(
            kind=known.state.identity.kind,
            positions=request.positions,
            excepted=excepted,
            sub_id=sub_id,
            score=score_of(request),
            device_id=known.state.device_id,
            environment=known.state.environment,
            transaction=str(uuid.uuid4()),
            previous=self._link,
            sent_at=now_utc(),
            timeout_ms=max(1, int(1000 * device_s)),
        )

    def _captured(self, checked: Checked, asked: Asked, known: KnownDevice) -> Captured:
        captured_at = now_utc()
        samples = tuple(
            CapturedSample(
                sample=BiometricSample(
                    position=one.position,
                    pixels=one.picture.pixels,
                    ppi=one.picture.ppi,
                    captured_at=captured_at,
                    device=self._info.descriptor.uri,
                    simulated=known.state.identity.simulated or one.picture.simulated,
                ),
                device_quality=one.quality,
            )
            for one in checked.taken
        )
        self._info = replace(self._info, ppi=samples[0].sample.ppi)
        evidence = CaptureEvidence(
            transaction=asked.transaction,
            serial=known.state.identity.serial,
            certificate_sha256=known.signer.sha256,
            chain_hash=checked.link,
            device_time=max(one.device_time for one in checked.taken),
        )
        return Captured(samples=samples, evidence=evidence)


def _info(uri: str, known: KnownDevice) -> DeviceInfo:
    state = known.state
    identity = state.identity
    is_face = identity.kind is DeviceType.FACE
    details = {
        "status": state.status.value,
        "certification": state.certification,
        "provider": identity.provider,
        "service": state.service_version,
        "certificate until": f"{known.signer.until:%Y-%m-%d}",
        "certificate": known.signer.sha256,
    }
    return DeviceInfo(
        descriptor=DeviceDescriptor(
            uri=uri,
            kind=DeviceKind.CAMERA if is_face else DeviceKind.FINGERPRINT_SCANNER,
            name=f"{identity.make} {identity.model}".strip() or identity.serial,
            simulated=identity.simulated,
        ),
        slaps=slaps_of(state),
        streams=True,
        judges=True,
        make=identity.make,
        model=identity.model,
        serial=identity.serial,
        firmware=state.firmware,
        details={name: value for name, value in details.items() if value},
    )
