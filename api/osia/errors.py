"""How OSIA's interfaces answer a refusal: an `Error` with a stable number and a message."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.http.problems import Refusal


def error_content(refusal: Refusal) -> dict[str, object]:
    """Return OSIA's Error of a refusal."""
    return {"code": refusal.code, "message": refusal.message}


def render_error(refusal: Refusal, request: Request) -> Response:
    """Render a refusal as OSIA's Error."""
    del request  # the request identifier is in the header
    return JSONResponse(error_content(refusal), status_code=refusal.status)
