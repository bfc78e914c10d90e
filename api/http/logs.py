"""One line of JSON a request, to standard error: identifiers, template, status and time; nothing that anybody sent."""

from __future__ import annotations

import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from api.http.exchange import Exchange


def configure_json_logs() -> None:
    """Let everything that this process logs be lines of JSON."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _tell_failure,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def log_request(exchange: Exchange, elapsed_s: float) -> None:
    """Leave the line of a request."""
    structlog.get_logger().info(
        "request",
        request_id=exchange.request_id,
        client=exchange.client,
        method=exchange.method,
        route=exchange.route,
        status=exchange.status,
        ms=round(elapsed_s * 1000.0, 1),
        bytes_in=exchange.bytes_in,
        bytes_out=exchange.bytes_out,
        refused=exchange.refused,
    )


def _tell_failure(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Tell of an exception its type and place only: what it says may be personal."""
    if line.pop("exc_info", None):
        error = sys.exc_info()[1]
        frames = traceback.extract_tb(None if error is None else error.__traceback__)
        line["failure"] = type(error).__name__
        line["place"] = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return line
