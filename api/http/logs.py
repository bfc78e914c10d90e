"""One line of JSON a request, to standard error: identifiers, template, status and time; nothing that anybody sent."""

from __future__ import annotations

import sys

import structlog

from api.http.exchange import Exchange


def configure_json_logs() -> None:
    """Let everything that this process logs be lines of JSON."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
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
