"""Where anchors go, as settings say it; the web sink as it meets the network."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from api.anchoring import WebSink, policy_of, sinks_of
from api.audit_settings import AuditSettings
from biometrics.errors import ConfigurationError, StorageError
from registry.audit_log.sinks import FileSink

URL = "https://anchors.example/kura?token=secret"


def answering(status: int, taken: list[bytes]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        taken.append(request.content)
        return httpx.Response(status)

    return httpx.MockTransport(answer)


def test_a_line_is_posted() -> None:
    taken: list[bytes] = []
    WebSink(URL, answering(204, taken)).deliver('{"é":1}')
    assert taken == ['{"é":1}'.encode()]


@pytest.mark.parametrize("status", [301, 400, 500])
def test_what_is_not_taken_is_an_error_without_the_address(status: int) -> None:
    with pytest.raises(StorageError, match=f"answered {status}") as raised:
        WebSink(URL, answering(status, [])).deliver("x")
    assert "secret" not in str(raised.value) and "anchors.example" in str(raised.value)


def test_nobody_there_is_an_error_without_the_address() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no way to {request.url}")

    with pytest.raises(StorageError, match="does not answer") as raised:
        WebSink(URL, httpx.MockTransport(refuse)).deliver("x")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sink_file": "anchors.jsonl"}, "absolute path"),
        ({"sink_url": "http://anchors.example/"}, "https address"),
        ({"sink_url": "https://user:word@anchors.example/"}, "https address"),
        ({"sink_url": "https://"}, "https address"),
        ({"sink_url": "ftp://anchors.example/"}, "https address"),
        ({"sink_url": "https://anchors.example:x/"}, "https address"),
        ({"anchor_every_min": 0.0}, "must lie within"),
        ({"anchor_every_events": 0}, "must lie within"),
        ({"alarm_after_min": 500.0}, "must follow each other"),
        ({"anchor_every_min": 31.0}, "must follow each other"),
        ({"stop_after_min": float("nan")}, "must lie within"),
    ],
)
def test_settings_that_protect_nothing_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        AuditSettings(**given)  # type: ignore[arg-type]


def test_sinks_are_those_of_the_settings(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "anchors.jsonl"
    both = AuditSettings(sink_file=str(file), sink_url="http://127.0.0.1:9/")
    assert [type(one) for one in sinks_of(both, home)] == [FileSink, WebSink]
    assert both.has_sink and not AuditSettings().has_sink and sinks_of(AuditSettings(), home) == ()
    with pytest.raises(ConfigurationError, match="lies in the home"):
        sinks_of(AuditSettings(sink_file=str(home / "anchors.jsonl")), home)
    assert policy_of(AuditSettings(stop_after_min=60.0)).stop_after_s == 3600.0
