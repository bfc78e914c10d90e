"""What the endpoints of OSIA's interfaces share: the desk they work with, and answers in JSON."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.http.desk import Desk


def desk_of(request: Request) -> Desk:
    """Return the desk of the application that a request came to."""
    found = request.app.state.desk
    assert isinstance(found, Desk)
    return found


def json_response(status: int, content: Any) -> Response:
    """Return a response with JSON."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(text.encode(), status_code=status, media_type="application/json")
