"""What can go wrong between Kura and a camera behind HTTP, as Kura's errors."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

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

_AGAIN = "see that the camera is on and connected, then try again"


@contextmanager
def typed_failures(source: str, timeout_s: float) -> Iterator[None]:
    """Raise httpx's errors as Kura's; `timeout_s` is how long was waited.

    Raises
    ------
    CaptureError
        `DeviceTimeoutError`, `DeviceNotFoundError`, `DeviceTrustError`, `DeviceLostError` or `DeviceProtocolError`.
    """
    try:
        yield
    except httpx.TimeoutException as error:
        raise DeviceTimeoutError(
            f"the camera did not answer within {timeout_s:.2g} s", source=source, remedy=_AGAIN, timeout_s=timeout_s
        ) from error
    except httpx.ConnectError as error:
        raise _not_connected(error, source) from error
    except httpx.RemoteProtocolError as error:
        # One type stands for both: whoever hangs up in the middle, and whoever does not speak HTTP.
        if "disconnected" in str(error) or "closed connection" in str(error):
            raise _lost(source) from error
        raise DeviceProtocolError(
            "what answers does not speak HTTP", source=source, remedy="check the address and its port"
        ) from error
    except (httpx.NetworkError, httpx.StreamError) as error:
        raise _lost(source) from error
    except httpx.HTTPError as error:
        raise DeviceProtocolError("the answer cannot be read", source=source, remedy=_AGAIN) from error


def require_welcome(response: httpx.Response, source: str) -> None:
    """Return when the camera answered that it shows its pictures.

    Raises
    ------
    DeviceNotFoundError, DeviceBusyError, DeviceRefusedError
        By its status.
    DeviceProtocolError
        When the answer is compressed, which no picture needs.
    """
    status = response.status_code
    code = str(status)
    if status == 404:
        raise DeviceNotFoundError(
            "the camera has nothing at this address (status 404)",
            source=source,
            remedy="look the path up in its manual",
        )
    if status in (401, 403):
        raise DeviceRefusedError(
            f"the camera refuses user and password (status {status})",
            source=source,
            remedy="write them into the URI: http://user:password@host/",
            code=code,
        )
    if status == 503:
        raise DeviceBusyError(
            "the camera serves as many viewers as it can (status 503)", source=source, remedy="close another viewer"
        )
    if 300 <= status < 400:
        raise DeviceRefusedError(
            f"the camera sends us elsewhere (status {status})",
            source=source,
            remedy="give the address where its stream really is",
            code=code,
        )
    if status != 200:
        raise DeviceRefusedError(
            f"the camera answers with status {status}", source=source, remedy="restart the camera", code=code
        )
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DeviceProtocolError("the stream is compressed", source=source, remedy="turn that off in the camera")


def _not_connected(error: httpx.ConnectError, source: str) -> CaptureError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return DeviceTrustError(
                f"the camera's certificate is not trusted: {cause.verify_message}",
                source=source,
                remedy="put its authority's certificate into /usr/local/share/ca-certificates, then run "
                "update-ca-certificates",
                check="certificate",
            )
        if isinstance(cause, ssl.SSLError):
            return DeviceProtocolError("what answers does not speak TLS", source=source, remedy="try http instead")
        cause = cause.__cause__ or cause.__context__
    return DeviceNotFoundError("no camera answers at this address", source=source, remedy=_AGAIN)


def _lost(source: str) -> DeviceLostError:
    return DeviceLostError("the camera hung up", source=source, remedy=_AGAIN)
