"""The devices behind the simulated service: who they are, how they are, and how they say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from biometrics.errors import ConfigurationError
from devices.sbi.words import (
    NO_SUB_ID,
    PURPOSE,
    SPEC_VERSION,
    SUB_IDS,
    Certification,
    DeviceSubType,
    DeviceType,
    Status,
    time_text,
)
from devices.simulators.sbi.faults import Faults, said
from devices.simulators.sbi.pki import Pki, Signer
from devices.simulators.sbi.signing import base64url, compact_json, sign, unsigned

MAKE, PROVIDER, PROVIDER_ID = "Kura", "Kura simulator", "kura-simulator"
FIRMWARE = "SIMULATED-1.0"

_ONE_DAY = timedelta(days=1)
_STATUS_CODES = {Status.READY: "0", Status.NOT_REGISTERED: "100", Status.NOT_READY: "110", Status.BUSY: "111"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDevice:
    """What a device is.

    Parameters
    ----------
    device_id
        Internal name within the service, `deviceId`.
    kind, sub_type
        What it captures, and how.
    model, serial
        As printed on it, if there were one.
    sub_ids
        Its parts, `deviceSubId`.
    """

    device_id: str
    kind: DeviceType
    sub_type: DeviceSubType
    model: str
    serial: str
    sub_ids: tuple[str, ...]


SLAP_SCANNER = SimulatedDevice(
    device_id="simulated-slap",
    kind=DeviceType.FINGER,
    sub_type=DeviceSubType.SLAP,
    model="SIMULATED slap scanner",
    serial="SIMULATEDSLAP0001",
    sub_ids=tuple(sorted(SUB_IDS.values())),
)
SINGLE_SCANNER = SimulatedDevice(
    device_id="simulated-single",
    kind=DeviceType.FINGER,
    sub_type=DeviceSubType.SINGLE,
    model="SIMULATED single-finger scanner",
    serial="SIMULATEDFINGER01",
    sub_ids=(NO_SUB_ID,),
)
FACE_CAMERA = SimulatedDevice(
    device_id="simulated-face",
    kind=DeviceType.FACE,
    sub_type=DeviceSubType.FULL_FACE,
    model="SIMULATED face camera",
    serial="SIMULATEDFACE0001",
    sub_ids=(NO_SUB_ID,),
)


class Identity:
    """One device's keys and what it says about itself.

    Parameters
    ----------
    device
        Which.
    pki
        Certifies its keys.
    certification
        L1 signs digital ids with the key of a chip, L0 with the device's own.
    environment
        `env` that it is registered in.
    faults
        What goes wrong.
    """

    def __init__(
        self, device: SimulatedDevice, pki: Pki, *, certification: str, environment: str, faults: Faults
    ) -> None:
        if certification not in {one.value for one in Certification}:
            raise ConfigurationError(f"no device is certified as {certification!r}", remedy="use L0 or L1")
        self.device, self.environment, self.certification = device, environment, certification
        self.status = Status.NOT_READY
        self._pki, self._faults = pki, faults
        self._key = pki.provider.issue(self._subject("device"), pki.key(device.device_id))
        self._chip = pki.chip_maker.issue(self._subject("chip"), pki.key(f"{device.device_id}-chip"))

    def signer(self, verb: str) -> Signer:
        """Return what signs infos and captures, with the certificate that the faults ask for."""
        name, key, provider = self._subject("device"), self._key.key, self._pki.provider
        if self._faults.strikes("foreign-root", verb):
            return self._pki.foreign.issue(name, key)
        if self._faults.strikes("certificate-expired", verb):
            return provider.issue(name, key, begins=datetime.now(UTC) - 31 * _ONE_DAY)
        if self._faults.strikes("certificate-not-yet-valid", verb):
            return provider.issue(name, key, begins=datetime.now(UTC) + _ONE_DAY)
        if self._faults.strikes("other-key", verb) and verb == "RCAPTURE":
            return provider.issue(name, self._pki.key(f"{self.device.device_id}-other"))
        return self._key

    def now(self, verb: str) -> datetime:
        """Return the time by the device's clock."""
        day = int(self._faults.strikes("clock-ahead", verb)) - int(self._faults.strikes("clock-behind", verb))
        return datetime.now(UTC) + day * _ONE_DAY

    def signed(self, value: object, verb: str, signer: Signer | None = None) -> str:
        """Return a value signed by the device key, or by another one, as far as the faults let it."""
        payload = compact_json(value)
        if self._faults.strikes("alg-none", verb):
            return unsigned(payload)
        shown = 0 if self._faults.strikes("missing-x5c", verb) else None
        shown = 1 if shown is None and self._faults.strikes("leaf-only", verb) else shown
        token = sign(payload, signer or self.signer(verb), certificates=shown)
        if not self._faults.strikes("tampered-signature", verb):
            return token
        head, _, last = token.rpartition(".")
        return f"{head}.{'B' if last[0] == 'A' else 'A'}{last[1:]}"

    def digital_id(self, verb: str, moment: datetime | None = None) -> str:
        """Return the digital id, signed by the chip or by the device key."""
        return self.signed(self._digital_id(verb, moment), verb, self._digital_id_signer(verb))

    def discovery(self, address: str) -> dict[str, object]:
        """Return its entry in the answer to a discovery; nothing of it is signed."""
        verb = "MOSIPDISC"
        status = self.shown_status(verb)
        return {
            "deviceId": self.device.device_id,
            "deviceStatus": status.value,
            "certification": self.certification,
            "serviceVersion": SPEC_VERSION,
            "deviceSubId": list(self.device.sub_ids),
            "callbackId": address,
            "digitalId": base64url(compact_json(self._digital_id(verb, None))),
            "deviceCode": self.device.serial,
            "specVersion": [SPEC_VERSION],
            "purpose": "" if status is Status.NOT_REGISTERED else PURPOSE,
            "error": error_of(_STATUS_CODES[status]),
        }

    def info(self, address: str) -> dict[str, object]:
        """Return its entry in the answer about infos; a device that is not registered cannot sign."""
        verb = "MOSIPDINFO"
        status = self.shown_status(verb)
        registered = status is not Status.NOT_REGISTERED
        told = {
            "deviceStatus": status.value,
            "deviceId": self.device.device_id,
            "firmware": FIRMWARE if self.certification == Certification.L1.value else SPEC_VERSION,
            "certification": self.certification,
            "serviceVersion": SPEC_VERSION,
            "deviceSubId": list(self.device.sub_ids),
            "callbackId": address,
            "digitalId": self.digital_id(verb) if registered else self._unsigned_digital_id(verb),
            "deviceCode": self.device.serial,
            "env": self._env(verb) if registered else "None",
            "purpose": self._purpose(verb) if registered else "",
            "specVersion": [SPEC_VERSION],
        }
        token = self.signed(told, verb) if registered else base64url(compact_json(told))
        return {"deviceInfo": token, "error": error_of(_STATUS_CODES[status])}

    def shown_status(self, verb: str) -> Status:
        """Return how it is, or what an error code of the faults says that it is."""
        told = {code: status for status, code in _STATUS_CODES.items() if status is not Status.READY}
        return told.get(self._faults.code(verb) or "", self.status)

    def signed_environment(self) -> str:
        """Return `env` of a capture."""
        return self._env("RCAPTURE")

    def signed_purpose(self) -> str:
        """Return `purpose` of a capture."""
        return self._purpose("RCAPTURE")

    def _env(self, verb: str) -> str:
        if not self._faults.strikes("wrong-environment", verb):
            return self.environment
        return "Staging" if self.environment != "Staging" else "Developer"

    def _purpose(self, verb: str) -> str:
        return "Auth" if self._faults.strikes("wrong-purpose", verb) else PURPOSE

    def _digital_id_signer(self, verb: str) -> Signer:
        if self._faults.strikes("foreign-digital-id", verb):
            return self._pki.foreign.issue(self._subject("chip"), self._chip.key)
        return self._chip if self.certification == Certification.L1.value else self.signer(verb)

    def _unsigned_digital_id(self, verb: str) -> str:
        return base64url(compact_json(self._digital_id(verb, None)))

    def _digital_id(self, verb: str, moment: datetime | None) -> dict[str, str]:
        other = self._faults.strikes("other-serial", verb)
        return {
            "serialNo": f"{self.device.serial}X" if other else self.device.serial,
            "make": MAKE,
            "model": self.device.model,
            "type": self.device.kind.value,
            "deviceSubType": self.device.sub_type.value,
            "deviceProvider": PROVIDER,
            "deviceProviderId": PROVIDER_ID,
            "dateTime": time_text(moment or self.now(verb)),
        }

    def _subject(self, what: str) -> str:
        return f"SIMULATED {what} {self.device.serial}"


def error_of(code: str, told: str | None = None) -> dict[str, str]:
    """Return the error block of an answer."""
    return {"errorCode": code, "errorInfo": told or said(code)}
