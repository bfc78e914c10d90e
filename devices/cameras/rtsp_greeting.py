"""What a camera says before its stream is opened: FFmpeg, which opens it, tells nobody why it could not (RFC 2326)."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

from biometrics.errors import (
    CaptureError,
    DeviceBusyError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTimeoutError,
    DeviceTrustError,
)
from devices.cameras.addresses import NetworkAddress

_PORTS = {"rtsp": 554, "rtsps": 322}
_MOST_HEAD_BYTES = 16_384
_AGAIN = "see that the camera is on and connected, then try again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """A camera that is there.

    Parameters
    ----------
    locked
        Whether it asks for user and password.
    server
        What it says it is; empty where it does not.
    """

    locked: bool
    server: str


def greet(address: NetworkAddress, source: str, timeout_s: float, note: Callable[[socket.socket], None]) -> Greeting:
    """Ask a camera to describe its stream, without user and password, and hang up.

    Parameters
    ----------
    address
        Of the camera.
    source
        Its URI without secrets, for errors.
    timeout_s
        For all of it.
    note
        Is given the connection, so that somebody else can end it.

    Raises
    ------
    CaptureError
        `DeviceNotFoundError`, `DeviceTimeoutError`, `DeviceTrustError`, `DeviceBusyError`, `DeviceRefusedError`,
        `DeviceLostError` or `DeviceProtocolError`.
    """
    deadline = time.monotonic() + timeout_s
    try:
        with closing(_connected(address, source, timeout_s, note)) as connection:
            connection.sendall(_question(address))
            head = _head(connection, source, deadline)
    except TimeoutError:
        raise DeviceTimeoutError(
            f"the camera did not answer within {timeout_s:.2g} s", source=source, remedy=_AGAIN, timeout_s=timeout_s
        ) from None
    except OSError as error:
        raise DeviceLostError("the camera hung up", source=source, remedy=_AGAIN) from error
    return _understood(head, address, source)


def _question(address: NetworkAddress) -> bytes:
    lines = (f"DESCRIBE {address.url} RTSP/1.0", "CSeq: 1", "Accept: application/sdp", "User-Agent: Kura", "", "")
    return "\r\n".join(lines).encode("ascii", errors="replace")


def _connected(
    address: NetworkAddress, source: str, timeout_s: float, note: Callable[[socket.socket], None]
) -> socket.socket:
    parts = urlsplit(address.url)
    host = parts.hostname or ""
    try:
        connection = socket.create_connection((host, parts.port or _PORTS[parts.scheme]), timeout_s)
    except TimeoutError:
        raise
    except (OSError, UnicodeError) as error:
        raise DeviceNotFoundError("no camera answers at this address", source=source, remedy=_AGAIN) from error
    note(connection)
    if parts.scheme == "rtsp":
        return connection
    try:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        connection.close()
        raise DeviceTrustError(
            f"the camera's certificate is not trusted: {error.verify_message}",
            source=source,
            remedy="put its authority's certificate into /usr/local/share/ca-certificates, then run "
            "update-ca-certificates",
            check="certificate",
        ) from error
    except ssl.SSLError as error:
        connection.close()
        raise DeviceProtocolError(
            "what answers does not speak TLS", source=source, remedy="try rtsp instead"
        ) from error
    except OSError:
        connection.close()
        raise


def _head(connection: socket.socket, source: str, deadline: float) -> str:
    head = b""
    while b"\r\n\r\n" not in head and b"\n\n" not in head:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        connection.settimeout(left_s)
        piece = connection.recv(4_096)
        if not piece and not head:
            raise DeviceLostError("the camera hung up", source=source, remedy=_AGAIN)
        head += piece
        if not piece or len(head) > _MOST_HEAD_BYTES or not b"RTSP/".startswith(head[:5]):
            raise _no_rtsp(source)
    return head.decode("latin-1")


def _understood(head: str, address: NetworkAddress, source: str) -> Greeting:
    first, *rest = head.splitlines()
    words = first.split(" ")
    status = words[1] if len(words) > 1 else ""
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    locked = status == "401"
    if locked and not address.user:
        raise refused(source, status)
    if status != "200" and not locked:
        raise _failure(status, source)
    return Greeting(locked=locked, server=headers.get("server", ""))


def refused(source: str, status: str = "401") -> DeviceRefusedError:
    """Return the error for a camera that does not know this user."""
    return DeviceRefusedError(
        f"the camera refuses user and password (status {status})",
        source=source,
        remedy="write them into the URI: rtsp://user:password@host/",
        code=status,
    )


def _failure(status: str, source: str) -> CaptureError:
    if status == "404":
        return DeviceNotFoundError(
            "the camera has nothing at this address (status 404)",
            source=source,
            remedy="look the path up in its manual",
        )
    if status == "453":
        return DeviceBusyError(
            "the camera serves as many viewers as it can (status 453)", source=source, remedy="close another viewer"
        )
    if status == "403":
        return refused(source, status)
    if status.isdecimal():
        return DeviceRefusedError(
            f"the camera answers with status {status}", source=source, remedy="restart the camera", code=status
        )
    return _no_rtsp(source)


def _no_rtsp(source: str) -> DeviceProtocolError:
    return DeviceProtocolError(
        "what answers does not speak RTSP", source=source, remedy="check the address and its port"
    )
