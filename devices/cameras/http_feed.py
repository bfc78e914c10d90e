"""A stream of JPEG pictures over HTTP, read with bounds on everything that is waited for."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import httpx

from biometrics.errors import DeviceLostError
from devices.cameras.addresses import NetworkAddress
from devices.cameras.http_failures import require_welcome, typed_failures
from devices.cameras.reading import STALL_S, Taken
from devices.frames import decode_frame
from devices.multipart import boundary_of, jpeg_parts


class HttpFeed:
    """Implements `devices.cameras.reading.Feed`."""

    def __init__(self, address: NetworkAddress, source: str) -> None:
        self._address, self._source = address, source
        self._socket: socket.socket | None = None
        self._interrupted = False
        self._client: httpx.Client | None = None
        self._response: httpx.Response | None = None
        self._parts: Iterator[bytes] = iter(())

    @property
    def server(self) -> str:
        """What the camera says it is; empty where it does not."""
        return "" if self._response is None else str(self._response.headers.get("Server", ""))

    def open(self, timeout_s: float) -> None:
        """Connect and read the head of the answer; see `Feed`."""
        _keep_addresses_out_of_logs()
        wait_s = min(timeout_s, STALL_S)
        secure = ssl.create_default_context() if self._address.url.startswith("https") else False
        # A proxy that the environment names is for the internet, not for a camera on the desk.
        self._client = httpx.Client(timeout=wait_s, trust_env=False, verify=secure)
        request = self._client.build_request(
            "GET",
            self._address.url,
            headers={"Accept-Encoding": "identity"},
            extensions={"trace": self._note_socket},
        )
        with typed_failures(self._source, wait_s):
            self._response = self._client.send(request, auth=_auth_of(self._address), stream=True)
        require_welcome(self._response, self._source)
        boundary = boundary_of(self._response.headers.get("Content-Type", ""), source=self._source)
        self._parts = jpeg_parts(self._pieces(self._response), boundary, source=self._source)

    def read(self) -> Taken:
        """Return the next picture, undecoded; see `Feed`."""
        jpeg = next(self._parts, None)
        if jpeg is None:
            raise DeviceLostError("the camera ended its stream", source=self._source, remedy="try again")
        return Taken(decode=partial(decode_frame, jpeg, self._source))

    def interrupt(self) -> None:
        """Hang up, so that whoever waits for bytes finds the end of them."""
        self._interrupted = True
        if self._socket is not None:
            with suppress(OSError):  # the other side was faster
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back."""
        if self._response is not None:
            self._response.close()
        if self._client is not None:
            self._client.close()

    def _note_socket(self, step: str, told: Mapping[str, Any]) -> None:
        if step in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = told["return_value"].get_extra_info("socket")
            if self._interrupted:
                self.interrupt()

    def _pieces(self, response: httpx.Response) -> Iterator[bytes]:
        with typed_failures(self._source, STALL_S):
            yield from response.iter_raw()


class _Credentials(httpx.Auth):
    """Answers the challenge that comes, so that no password goes out unasked, nor in clear where a digest will do."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Ask once without credentials, and once with them."""
        response = yield request
        if response.status_code != 401:
            return
        challenges = response.headers.get_list("WWW-Authenticate")
        if any(challenge.lower().startswith("digest ") for challenge in challenges):
            digest = httpx.DigestAuth(self._user, self._password).auth_flow(request)
            next(digest)
            yield digest.send(response)
        else:
            yield next(httpx.BasicAuth(self._user, self._password).auth_flow(request))


def _auth_of(address: NetworkAddress) -> httpx.Auth | None:
    return _Credentials(address.user, address.password) if address.user else None


def _keep_addresses_out_of_logs() -> None:
    """Let httpx log no addresses, whose queries may hold a camera's token, unless somebody has chosen its level."""
    log = logging.getLogger("httpx")
    if log.level == logging.NOTSET:
        log.setLevel(logging.WARNING)
