"""Lines of JSON on standard error, also of what libraries log by `logging`, without what they quote."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO, cast

import structlog

from api.http.logs import configure_json_logs


class PlainLines(logging.Formatter):
    """A line of JSON: who, how grave, which message, which kind of failure and where; no values.

    The message is the template, not what was put into it, and of a failure only its kind and place: either may quote
    what somebody sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line = {
            "event": str(record.msg).strip(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= _about_failure(record.exc_info[1])
        return json.dumps(line)


def _about_failure(error: BaseException) -> dict[str, str]:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}"
    return {"failure": type(error).__name__, "place": place}


class _Unfailing:
    """Standard error that takes what it can: a log on a full disk must not fail the request that it tells of."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def log_as_json() -> None:
    """Let all that this process and its libraries log be lines of JSON on standard error."""
    stream = cast("TextIO", _Unfailing())
    configure_json_logs()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=stream))
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PlainLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
