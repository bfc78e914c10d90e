"""Where services may be: what URIs and devices state, held to this machine and the ports of the interface.

A device states in `callbackId` where further requests go. That is followed on the host and ports that the installation
allows and nowhere else, so that no device can send Kura to another machine or service.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

from biometrics.errors import CaptureError
from devices.choices import DeviceChoices
from devices.sbi.wire import Place
from devices.uris import DeviceUri

SCHEME = "sbi"
_LONGEST_URL, _LONGEST_NAME = 900, 200
_EXAMPLE = "write it like sbi:http://127.0.0.1:4501/ID; kura devices list shows what is connected"
_BASE = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,59}){0,4}/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a URI asks for.

    Parameters
    ----------
    place
        Of the service.
    device
        Identifier or serial number of one of its devices; None for the only one.
    """

    place: Place
    device: str | None


def wanted(uri: DeviceUri, choices: DeviceChoices) -> Wanted:
    """Read a URI.

    Raises
    ------
    CaptureError
        When it cannot be read, or leads elsewhere than to the services of this machine.
    """
    uri.parameters(frozenset(), _EXAMPLE)
    parts = _split(uri.target)
    place = _allowed(parts, "/", choices) if parts else None
    if parts is None or place is None:
        raise CaptureError(
            f"services of devices are looked for on {choices.sbi_host}, ports {choices.sbi_first_port} to "
            f"{choices.sbi_last_port}, and nowhere else",
            source=uri.shown,
            remedy=_EXAMPLE,
        )
    device = unquote(parts.path.removeprefix("/"))
    if "/" in parts.path.removeprefix("/") or not device.isprintable() or len(device) > _LONGEST_NAME:
        raise CaptureError("the URI names no device", source=uri.shown, remedy=_EXAMPLE)
    return Wanted(place=place, device=device or None)


def place_of(callback: str, choices: DeviceChoices) -> Place | None:
    """Return where a device wants to be asked; None where that is not allowed, or is no `http` URL."""
    parts = _split(callback)
    if parts is None or not _BASE.fullmatch(parts.path):
        return None
    return _allowed(parts, parts.path.rstrip("/") + "/", choices)


def ports(choices: DeviceChoices) -> range:
    """Return the ports that are looked at; none where the host is not this machine."""
    try:
        is_local = ipaddress.ip_address(choices.sbi_host).is_loopback
    except ValueError:
        is_local = False
    first, last = max(1, choices.sbi_first_port), min(65_535, choices.sbi_last_port)
    return range(first, last + 1) if is_local else range(0)


def uri_of(place: Place, device_id: str) -> str:
    """Return the URI of a device."""
    return f"{SCHEME}:{place}" + (f"/{quote(device_id, safe='')}" if device_id else "")


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url) if url.isascii() and url.isprintable() and len(url) <= _LONGEST_URL else None
    except ValueError:
        return None


def _allowed(parts: SplitResult, base: str, choices: DeviceChoices) -> Place | None:
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    if host != choices.sbi_host or port is None or port not in ports(choices):
        return None
    return Place(host=host, port=port, base=base)
