"""What this machine has of what SBI devices need: certificates to trust, and services that run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509

from biometrics.errors import CaptureError, DriverUnavailableError
from devices.calls import Call
from devices.choices import DeviceChoices
from devices.contract import DeviceDescriptor, Finding
from devices.sbi.discovery import discover
from devices.sbi.trust import MALFORMED, Anchors, is_authority, is_usable

_SOON = timedelta(days=30)
_WHAT = "certificates of SBI device providers"


def examine(choices: DeviceChoices, call: Call) -> Sequence[Finding]:
    """Return what there is; nothing that is missing is an error."""
    try:
        devices, trouble = discover(choices, call), ""
    except CaptureError as error:
        devices, trouble = (), error.message
    return (*_trust(choices), _services(devices, choices, trouble))


def _trust(choices: DeviceChoices) -> Iterator[Finding]:
    """Yield a line about the trust file, and one about every certificate in it that is of no use, or not for long."""
    try:
        anchors = Anchors.read(choices.sbi_trust, "sbi")
    except CaptureError as error:
        told = f"{error.message}; {error.remedy}"
        is_chosen = isinstance(error, DriverUnavailableError)
        yield Finding(what=_WHAT, fine=False, told=told, optional=not is_chosen)
        return
    now = datetime.now(UTC)
    troubled = [(one, trouble) for one in anchors.certificates if (trouble := _trouble(one, now))]
    yield Finding(
        what=_WHAT,
        fine=any(one not in [other for other, _ in troubled] for one in anchors.certificates),
        told=f"{len(anchors.certificates)} in {choices.sbi_trust}",
    )
    for one, trouble in troubled:
        yield Finding(what=f"certificate of {_name(one)}", fine=False, told=trouble, optional=True)


def _services(devices: Sequence[DeviceDescriptor], choices: DeviceChoices, trouble: str) -> Finding:
    """Return a line about the services that run, which may be none."""
    where = f"{choices.sbi_host}, ports {choices.sbi_first_port} to {choices.sbi_last_port}"
    told = f"{len(devices)} devices on {where}" if devices else f"none on {where}; start the service of the device"
    return Finding(what="services of SBI devices", fine=bool(devices), told=trouble or told, optional=True)


def _trouble(one: x509.Certificate, now: datetime) -> str:
    try:
        if not is_authority(one) or not is_usable(one.public_key()):
            return "it may not issue certificates of devices, or its key is of another kind; take it out of the file"
    except MALFORMED:
        return "it cannot be read; take it out of the file"
    if one.not_valid_before_utc > now:
        return f"it is valid only from {one.not_valid_before_utc:%Y-%m-%d}"
    if one.not_valid_after_utc < now:
        return f"it ended on {one.not_valid_after_utc:%Y-%m-%d}; ask its owner for the next one"
    if one.not_valid_after_utc < now + _SOON:
        return f"it ends on {one.not_valid_after_utc:%Y-%m-%d}; ask its owner for the next one"
    return ""


def _name(one: x509.Certificate) -> str:
    text = one.subject.rfc4514_string()[:120]
    return "".join(character if character.isprintable() else "?" for character in text)
