"""What the endpoints of OSIA's interfaces share: the desk they work with, and answers in JSON."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response

from api.http.desk import Desk
from api.osia.models import Error


def _flag(text: object) -> object:
    """Return what `true` or `false` stands for; the framework would also take `yes` and `1`."""
    if text not in ("true", "false", True, False):
        raise ValueError("neither true nor false")
    return text in ("true", True)


Flag = Annotated[bool, BeforeValidator(_flag)]
"""A parameter of a query that is true or false."""


def desk_of(request: Request) -> Desk:
    """Return the desk of the application that a request came to."""
    found = request.app.state.desk
    assert isinstance(found, Desk)
    return found


def json_response(status: int, content: Any) -> Response:
    """Return a response with JSON."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(text.encode(), status_code=status, media_type="application/json")


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what the description says of refusals with these statuses."""
    return {status: {"model": Error, "description": _SAID[status]} for status in (*statuses, 500)}


_SAID = {
    400: "The request is not formed as described",
    401: "There is no good token",
    403: "Not allowed, or the content cannot be used",
    404: "There is no such record",
    409: "The identifier is taken",
    500: "The service failed",
}
