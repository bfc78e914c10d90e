"""How requests of the client travel: with a fresh token, and sent again where that does no harm."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import httpx

from biometrics.errors import ServiceError

MOST_TRIES = 4
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
TIMEOUT_S = 65.0
"""Longer than the server works on a request, so that its own answer comes first."""

_AGAIN = frozenset((429, 503))
_LOST = "lost"


class ApiError(ServiceError):
    """The server refused, or did not answer.

    Parameters
    ----------
    message
        What the server says.
    status
        HTTP status; 0 when there was no answer.
    kind
        Kind of the problem, the last part of its type (`conflict`); for OSIA the `code` as text.
    retry_after_s
        When it may be tried again.
    """

    def __init__(self, message: str, *, status: int, kind: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.problem = kind
        self.retry_after_s = retry_after_s


class Connection:
    """Requests to one server; close it, or use it in a `with` statement.

    Parameters
    ----------
    address
        `https://kura.example`, without a path.
    token
        Returns an access token, as often as one is needed.
    transport
        Sends the requests; by default the network, with certificates of the system.
    wait
        Waits between tries.
    """

    def __init__(
        self,
        address: str,
        token: Callable[[], str],
        *,
        transport: httpx.BaseTransport | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = httpx.Client(base_url=address, transport=transport, timeout=TIMEOUT_S, follow_redirects=False)
        self._token = token
        self._wait = wait

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(  # noqa: PLR0913 - each a part of a request
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> httpx.Response:
        """Send a request and return an answer that is no refusal.

        Parameters
        ----------
        method, path, query, headers
            Of the request.
        body
            JSON; None for none.
        repeatable
            Whether it may be sent again when nobody knows what became of it.

        Raises
        ------
        ApiError
            When the server refuses, or does not answer however often it is asked.
        """
        for tries in range(1, MOST_TRIES):
            request = self._client.build_request(method, path, json=body, params=query, headers=headers)
            try:
                return self._answer(request)
            except ApiError as refused:
                if not _may_repeat(refused, repeatable=repeatable):
                    raise
                self._wait(_wait_s(tries, refused.retry_after_s))
        return self._answer(self._client.build_request(method, path, json=body, params=query, headers=headers))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.headers["Authorization"] = f"Bearer {self._token()}"
        try:
            answer = self._client.send(request)
        except httpx.TransportError as lost:
            message = f"the server did not answer: {type(lost).__name__}"
            raise ApiError(message, status=0, kind=_LOST) from lost
        if answer.is_success or answer.status_code == httpx.codes.NOT_MODIFIED:
            return answer
        raise _refusal(answer)


def _may_repeat(refused: ApiError, *, repeatable: bool) -> bool:
    # Of what was lost, or took too long, nobody knows whether it was done; of the others, that it was not.
    if refused.problem in (_LOST, "late"):
        return repeatable
    return refused.status in _AGAIN


def _wait_s(tries: int, asked_s: float | None) -> float:
    """Return how long to wait: as the server asks, else twice as long each time, and a little apart from others."""
    grown_s = FIRST_WAIT_S * 2 ** (tries - 1) if asked_s is None else asked_s
    return min(grown_s, LONGEST_WAIT_S) * (1 + random.random() / 4)


def _refusal(answer: httpx.Response) -> ApiError:
    try:
        document = answer.json()
    except ValueError:
        document = {}
    document = document if isinstance(document, dict) else {}
    kind = str(document.get("type", "")).rsplit("/", 1)[-1] or str(document.get("code", answer.status_code))
    message = str(document.get("detail") or document.get("message") or f"the server answered {answer.status_code}")
    return ApiError(message, status=answer.status_code, kind=kind, retry_after_s=_seconds(answer))


def _seconds(answer: httpx.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None
