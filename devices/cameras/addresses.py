"""Addresses of network cameras: the camera's own URL, who may see it, and what Kura is told behind the `#`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from biometrics.errors import CaptureError
from devices.cameras.camera import OPTIONS, info_of, sensor_of
from devices.contract import DeviceDescriptor
from devices.uris import DeviceUri

NAME = "network camera"
"""For people; where it is stands in its URI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAddress:
    """Where a camera is.

    Parameters
    ----------
    url
        Without user, password and what stands behind `#`.
    host
        Name or number, and the port where one is given.
    user, password
        As they are, not escaped; empty where none are given.
    options
        What stands behind `#`.
    """

    url: str
    host: str
    user: str = ""
    password: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def with_secrets(self) -> str:
        """The URL with user and password, for libraries that know no other way; never to be shown."""
        if not self.user:
            return self.url
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{quote(self.user, safe='')}:{quote(self.password, safe='')}@{rest}"


def parse_address(uri: DeviceUri, url: str, schemes: tuple[str, ...], example: str) -> NetworkAddress:
    """Take the URL of a camera apart.

    Raises
    ------
    CaptureError
        When it is none of these schemes', names no host, has an impossible port or unknown options.
    """
    wrong = CaptureError("this is no address of a camera", source=uri.shown, remedy=example)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        given = parse_qsl(parts.fragment, keep_blank_values=True, strict_parsing=bool(parts.fragment))
    except ValueError:
        raise wrong from None
    place = parts.netloc.rpartition("@")[2]
    if parts.scheme not in schemes or not host or " " in url:
        raise wrong
    if len(dict(given)) < len(given) or not OPTIONS.issuperset(dict(given)):
        raise CaptureError("behind # may stand kind and ppi, each once", source=uri.shown, remedy=example)
    return NetworkAddress(
        url=parts._replace(netloc=place, fragment="").geturl(),
        host=place,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        options=dict(given),
    )


def descriptor_of(uri: DeviceUri, address: NetworkAddress) -> DeviceDescriptor:
    """Return what is known of a network camera before it is opened.

    Raises
    ------
    CaptureError
        When its options do not go together.
    """
    return info_of(sensor_of(uri, address.options, simulated=False), NAME, {}).descriptor
