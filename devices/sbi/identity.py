"""What a device says it is: its digital id, and its state as `MOSIPDISC` and `MOSIPDINFO` tell it.

A discovery is signed by nobody, so it only lists. What a device is believed to be comes out of `MOSIPDINFO`: the state
signed by the device key, and in it the digital id, signed by the same key (L0) or by that of the device's chip (L1).

`deviceCode` should be the serial number; MOSIP's mock service states another one, so the two are not compared with each
other, but both must be the same in a capture as here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from biometrics.errors import DeviceProtocolError
from devices.sbi import jws
from devices.sbi.json_text import member, optional_text, text, wrong
from devices.sbi.trust import Anchors, Verified, untrusted
from devices.sbi.words import Certification, DeviceSubType, DeviceType, Status

SIMULATED_MAKE, SIMULATED_MODEL = "Kura", "SIMULATED"
"""Make, and beginning of the model, of Kura's own simulator: what it captures is nobody's."""

_MOST_DEVICES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitalId:
    """Who made a device, and which one it is."""

    serial: str
    make: str
    model: str
    kind: DeviceType
    sub_kind: DeviceSubType | None
    provider: str

    @property
    def simulated(self) -> bool:
        """Whether it is Kura's simulator."""
        return self.make == SIMULATED_MAKE and self.model.startswith(SIMULATED_MODEL)

    @classmethod
    def parse(cls, value: Mapping[str, Any], source: str) -> DigitalId:
        """Read the payload of a digital id.

        Raises
        ------
        DeviceProtocolError
            When it lacks a serial number, or a type that exists.
        """
        serial = text(value, "serialNo", source).strip()
        if not serial:
            raise wrong("the device states no serial number", source)
        sub_kind = optional_text(value, "deviceSubType", source)
        return cls(
            serial=serial,
            make=optional_text(value, "make", source).strip(),
            model=optional_text(value, "model", source).strip(),
            kind=_kind(text(value, "type", source), source),
            sub_kind=next((one for one in DeviceSubType if one.value == sub_kind), None),
            provider=optional_text(value, "deviceProvider", source).strip(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """What a device says about itself, in a discovery or under its signature.

    Parameters
    ----------
    device_id
        By which its service knows it; empty for a device that is not registered.
    status
        How it is.
    identity
        Its digital id; unsigned in a discovery.
    code
        `deviceCode`.
    sub_ids
        `deviceSubId`: the parts that it has.
    callback
        Base URL for further requests, as stated.
    environment, purpose, certification
        What it is registered for, as stated.
    firmware, service_version
        Versions.
    versions
        Of the interface, that it speaks.
    """

    device_id: str
    status: Status
    identity: DigitalId
    code: str
    sub_ids: frozenset[str]
    callback: str
    environment: str
    purpose: str
    certification: str
    firmware: str
    service_version: str
    versions: frozenset[str]

    def is_called(self, name: str) -> bool:
        """Return whether a name is its identifier or its serial number."""
        return name in (self.device_id, self.identity.serial)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDevice:
    """A device whose signatures hold.

    Parameters
    ----------
    state
        What it signed.
    signer
        Its device key.
    """

    state: DeviceState
    signer: Verified


def parse_state(value: Mapping[str, Any], identity: DigitalId, source: str) -> DeviceState:
    """Read what a device says about itself.

    Raises
    ------
    DeviceProtocolError
        When a part of it is missing or of another kind.
    """
    status = text(value, "deviceStatus", source)
    found = next((one for one in Status if one.value.lower() == status.strip().lower()), None)
    if found is None:
        raise wrong("the device's status does not exist", source)
    return DeviceState(
        device_id=optional_text(value, "deviceId", source),
        status=found,
        identity=identity,
        code=optional_text(value, "deviceCode", source),
        sub_ids=_texts(value.get("deviceSubId"), "deviceSubId", source),
        callback=optional_text(value, "callbackId", source),
        environment=optional_text(value, "env", source),
        purpose=optional_text(value, "purpose", source),
        certification=optional_text(value, "certification", source),
        firmware=optional_text(value, "firmware", source),
        service_version=optional_text(value, "serviceVersion", source),
        versions=_texts(value.get("specVersion"), "specVersion", source),
    )


def discovered(answer: object, source: str) -> list[DeviceState]:
    """Return the devices of a discovery, all unproved; entries that cannot be understood are left out.

    Raises
    ------
    DeviceProtocolError
        When the answer is no list.
    """
    if not isinstance(answer, list):
        raise wrong("the answer to a discovery is no list", source)
    found = []
    for entry in answer[:_MOST_DEVICES]:
        try:
            claimed, _ = jws.unverified_payload(member(entry, "digitalId", source), source)
            found.append(parse_state(entry, DigitalId.parse(claimed, source), source))
        except DeviceProtocolError:
            continue
    return found


def claimed_state(token: object, source: str) -> tuple[DeviceState, bool]:
    """Return what a `deviceInfo` says, unproved, and whether it is signed.

    Raises
    ------
    DeviceProtocolError
        When it cannot be read.
    """
    payload, is_signed = jws.unverified_payload(token, source)
    claimed, _ = jws.unverified_payload(member(payload, "digitalId", source), source)
    return parse_state(payload, DigitalId.parse(claimed, source), source), is_signed


def proved(token: object, anchors: Anchors, now: datetime, source: str) -> KnownDevice:
    """Return the device of a `deviceInfo` whose signatures hold.

    Raises
    ------
    DeviceTrustError
        When they do not.
    DeviceProtocolError
        When it cannot be read.
    """
    info = jws.verify(token, anchors, now, source)
    certification = optional_text(info.payload, "certification", source)
    identity = proved_identity(info, certification, anchors, now, source)
    return KnownDevice(state=parse_state(info.payload, identity, source), signer=info.signer)


def proved_identity(outer: jws.Signed, certification: str, anchors: Anchors, now: datetime, source: str) -> DigitalId:
    """Return the digital id inside something signed, when its own signature holds.

    Raises
    ------
    DeviceTrustError
        When it does not, or a key signed it that may not.
    DeviceProtocolError
        When it cannot be read.
    """
    inner = jws.verify(member(outer.payload, "digitalId", source), anchors, now, source)
    same_key = inner.signer.certificate == outer.signer.certificate
    if certification not in {one.value for one in Certification}:
        raise wrong("the device's level of certification does not exist", source)
    if certification == Certification.L0.value and not same_key:
        raise untrusted(
            "the device's identity is signed by another key than its own",
            "digital-id",
            source,
            "have its provider's management client register it again",
        )
    return DigitalId.parse(inner.payload, source)


def _kind(name: str, source: str) -> DeviceType:
    found = next((one for one in DeviceType if one.value == name), None)
    if found is None:
        raise wrong("the device's type does not exist", source)
    return found


def _texts(value: object, name: str, source: str) -> frozenset[str]:
    """Return a list of texts or whole numbers, as texts."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    if len(items) > _MOST_DEVICES or not all(isinstance(one, str) or type(one) is int for one in items):
        raise wrong(f"{name}, as the device sent it, is no list of short texts", source)
    return frozenset(str(one)[:20] for one in items)
