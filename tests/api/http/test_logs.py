"""Lines of the log: what failed and where, nothing that was sent."""

from __future__ import annotations

import json

import pytest
import structlog

from api.http.logs import configure_json_logs


def test_a_failure_is_told_by_type_and_place_without_what_it_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    configure_json_logs()
    try:
        raise OverflowError("of Ada Lovelace")
    except OverflowError:
        structlog.get_logger().exception("engine.failed", question="x")

    line = json.loads(capsys.readouterr().err)

    assert (line["event"], line["question"], line["failure"]) == ("engine.failed", "x", "OverflowError")
    assert line["place"].startswith("test_logs.py:")
    assert "Ada" not in json.dumps(line) and "exc_info" not in line


def test_what_did_not_fail_is_told_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    configure_json_logs()
    structlog.get_logger().info("request", status=200)

    assert json.loads(capsys.readouterr().err).keys() == {"event", "status", "level", "timestamp"}
