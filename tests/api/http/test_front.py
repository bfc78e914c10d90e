"""What surrounds every answer: identifiers, limits, measures, logs, traces."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.http.app import new_app
from api.http.exchange import Exchange
from api.http.front import LARGEST_HEADERS, LONGEST_QUERY, MOST_HEADERS, Front
from api.http.health import health_router
from api.http.logs import configure_json_logs
from api.http.metrics import MetricsDesk
from api.http.traces import ENDPOINT, Tracing, open_tracing
from biometrics.errors import ServiceError
from tests.api.http.fixtures import ISSUER, InProcess
from tests.api.http.samples import SECRET

READ, WRITE = "things.read", "things.write"


def test_every_answer_has_an_identifier_and_closes_doors(served: InProcess) -> None:
    with served.client() as http:
        for path in ("/t/things/open", "/t/things/a", "/nowhere", "/health/live"):
            answer = http.get(path)
            assert len(answer.headers["x-request-id"]) == 32
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
            assert not {"server", "strict-transport-security"} & answer.headers.keys()
            encrypted = http.get(f"https://kura.example{path}")
            assert encrypted.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
            assert not any(name.startswith("access-control") for name in answer.headers)
        assert http.get("/t/things/open", headers={"X-Request-Id": "a.B-9_"}).headers["x-request-id"] == "a.B-9_"
        for bad in ("x" * 65, "a b", "ä", ""):
            given = http.get("/t/things/open", headers=httpx.Headers({"X-Request-Id": bad}, encoding="utf-8"))
            assert len(given.headers["x-request-id"]) == 32


def test_too_many_headers_and_too_long_addresses(served: InProcess) -> None:
    with served.client() as http:
        many = {f"x-{number}": "1" for number in range(MOST_HEADERS)}
        for answer in (
            http.get("/t/things/open", headers=many),
            http.get("/t/things/open", headers={"x": "1" * LARGEST_HEADERS}),
            http.get("/t/things/open?" + "a" * LONGEST_QUERY),
        ):
            assert (answer.status_code, answer.headers["connection"]) == (431, "close")
            assert answer.json()["type"] == "/problems/headers"


def test_readiness_names_what_is_lacking(tmp_path: Path) -> None:
    with InProcess(tmp_path / "home", parts={}) as served:
        http = served.client()
        assert http.get("/health/ready").json() == {"status": "ready"}
        served.desk.stopping = True
        answer = http.get("/health/ready")
        assert (answer.status_code, answer.json()["part"]) == (503, "stopping")
    with InProcess(tmp_path / "home", parts={}) as served:

        def away(_: object) -> Any:
            raise ServiceError("the engine does not run")

        served.desk._service_of = away
        answer = served.client().get("/health/ready")
        assert (answer.status_code, answer.json()["part"], answer.headers["retry-after"]) == (503, "engine", "2")


def test_measures_are_for_this_machine_or_a_scope(served: InProcess) -> None:
    with served.client() as http:
        http.get("/t/things/Maria")
        page = http.get("/metrics").text
        assert 'kura_requests_total{method="GET",route="/t/things/{name}",status="4xx"}' in page
        assert 'kura_refusals_total{kind="token"}' in page
        assert "kura_request_seconds_bucket" in page and "kura_requests_in_flight 1.0" in page
        assert "Maria" not in page
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
            assert http.get("/metrics", headers={header: "10.0.0.1"}).status_code == 401
        given = {"X-Forwarded-For": "10.0.0.1", "Authorization": f"Bearer {served.issuer.token('kura.metrics')}"}
        assert http.get("/metrics", headers=given).status_code == 200
        given["Authorization"] = f"Bearer {served.issuer.token('things.read')}"
        assert http.get("/metrics", headers=given).status_code == 403


def test_workers_of_one_server_count_together(tmp_path: Path) -> None:
    script = (
        "from api.http.metrics import MetricsDesk\n"
        "m = MetricsDesk()\n"
        "m.answered(route='/r', method='GET', status=200, seconds=0.1, refused=None)\n"
        "print(m.page().decode())\n"
    )
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    pages = [
        subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert 'kura_requests_total{method="GET",route="/r",status="2xx"} 2.0' in pages[1]


def test_the_keys_that_verify_what_we_sign_are_public(served: InProcess) -> None:
    (key,) = served.client().get("/.well-known/jwks.json").json()["keys"]
    assert (key["kty"], key["crv"], "d" in key) == ("OKP", "Ed25519", False)
    assert key == served.client().get("/.well-known/jwks.json").json()["keys"][0]


def test_problems_are_explained(served: InProcess) -> None:
    answer = served.client().get("/problems/scope")
    assert (answer.status_code, "ask the issuer" in answer.text.lower()) == (200, True)
    assert served.client().get("/problems/none").status_code == 404
    assert served.client().get("/t/openapi.json").json()["info"]["title"] == "Things"


def test_a_request_leaves_one_line_that_names_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.api.http import samples  # noqa: PLC0415

    configure_json_logs()
    with InProcess(tmp_path / "home", parts={"/t": samples.build}, server={"log_requests": True}) as served:
        made = served.issuer.token(READ, client="border", purpose="visa")
        headers = {"Authorization": f"Bearer {made}", "X-Request-Id": "r-7"}
        served.client().get(f"/t/things/{SECRET}?size=12345", headers=headers)
        served.client().put("/t/things/x", json={"name": SECRET})
    text = capsys.readouterr().err
    lines = [json.loads(line) for line in text.splitlines()]
    first, second = (line for line in lines if line["event"] == "request")
    assert first.pop("ms") >= 0 and first.pop("timestamp") and first.pop("bytes_out") > 0
    assert first == {
        "event": "request",
        "level": "info",
        "request_id": "r-7",
        "client": "border",
        "method": "GET",
        "route": "/t/things/{name}",
        "status": 200,
        "bytes_in": 0,
        "refused": None,
    }
    assert (second["status"], second["refused"], second["client"]) == (401, "token", None)
    assert not any(word in text for word in (SECRET, "Maria", "12345", made, ISSUER))


def test_spans_carry_templates_and_join_the_client_s_trace(served: InProcess) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    front = served.app.user_middleware[-1]
    inner = new_app("inner", "1", openapi_url=None)
    inner.include_router(health_router(served.desk))
    named: dict[str, Any] = dict(front.kwargs) | {"tracing": Tracing(provider.get_tracer("t"))}
    app = Front(inner, **named)

    async def ask() -> int:
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as http:
            return (await http.get("/problems/scope", headers={"traceparent": trace})).status_code

    assert asyncio.run(ask()) == 200
    (span,) = exporter.get_finished_spans()
    assert span.name == "GET /problems/{kind}"
    assert span.context is not None and f"{span.context.trace_id:032x}" == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert dict(span.attributes or {})["http.response.status_code"] == 200
    assert "scope" not in str(span.attributes)


def test_no_traces_unless_the_environment_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENDPOINT, raising=False)
    assert open_tracing()._tracer is None
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    assert open_tracing()._tracer is None


App = Callable[[Any, Any, Any], Awaitable[None]]


@pytest.mark.parametrize("begun", [False, True])
def test_a_failure_outside_of_routes(served: InProcess, begun: bool) -> None:
    async def broken(_: Any, __: Any, send: Any) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError(SECRET)

    named: dict[str, Any] = dict(served.app.user_middleware[-1].kwargs) | {"metrics": MetricsDesk()}
    app = Front(broken, **named)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def nothing() -> Any: ...

    scope = {"type": "http", "method": "GET", "headers": [], "path": "/", "query_string": b"", "raw_path": b"/"}
    if begun:
        with pytest.raises(RuntimeError):
            asyncio.run(app(scope, nothing, send))
        return
    asyncio.run(app(scope, nothing, send))
    assert (sent[0]["status"], SECRET in str(sent)) == (500, False)
    assert isinstance(scope["kura.exchange"], Exchange)
