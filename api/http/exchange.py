"""One request and its answer, as the layers around the endpoints see it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.http.access import Caller
from api.http.bodies import BodyLimits
from api.http.gate import AccessDesk

KEY = "kura.exchange"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True, kw_only=True)
class Exchange:
    """What is known of a request while it is answered.

    Parameters
    ----------
    request_id
        Identifier that the client gave, or a new one.
    method
        HTTP method.
    access, bodies
        Who checks tokens, and who reads bodies.
    route
        Template of the route, never the path, which names people; empty until one is found.
    client
        Who asks; None until the token was read.
    status, bytes_in, bytes_out
        Of the answer and the bodies.
    caller
        Who was let through to the endpoint; None where nobody was, or anybody may.
    refused
        Kind of the refusal, where it was one.
    denied
        Why whoever asks may not, where that was the reason.
    body_read
        Whether the body was read to its end.
    started_s
        By a clock that never goes back.
    """

    request_id: str
    method: str
    access: AccessDesk
    bodies: BodyLimits
    route: str = ""
    client: str | None = None
    status: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    caller: Caller | None = None
    refused: str | None = None
    denied: str | None = None
    body_read: bool = False
    started_s: float = field(default_factory=time.perf_counter)


def exchange_of(scope: Mapping[str, Any]) -> Exchange:
    """Return the exchange that a request belongs to."""
    found = scope[KEY]
    assert isinstance(found, Exchange)
    return found


def request_id_of(headers: Mapping[bytes, bytes]) -> str:
    """Return the identifier that a request came with, where it is one, else a new one."""
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
