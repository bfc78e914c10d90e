"""What every answer of the whole application carries, and what no browser can be made to do with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from starlette.routing import Mount, WebSocketRoute

from api.native.app import build as build_native
from tests.api.http.fixtures import BASE, InProcess
from tests.api.matrix.endpoints import Endpoint, endpoints

_POLICY = {"default-src 'none'", "object-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"}
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with InProcess(tmp_path_factory.mktemp("answers") / "home") as served:
        yield served


@pytest.fixture(scope="module")
def routes(service: InProcess) -> tuple[Endpoint, ...]:
    return tuple(endpoints(service.app))


@pytest.fixture(scope="module")
def answers(service: InProcess, routes: tuple[Endpoint, ...]) -> Mapping[str, httpx.Response]:
    """Return an answer of every route to nobody, and to somebody who may do all and asks about nobody."""
    scopes = " ".join(sorted(set().union(*(one.access.scopes for one in routes))))
    found = {}
    with (
        service.client() as nobody,
        service.client(scopes, sub="x", role="supervisor", purpose="tests") as somebody,
    ):
        for one in routes:
            for who, client in (("nobody", nobody), ("somebody", somebody)):
                address = f"https://kura.example{one.filled({'kind': 'json'})}"
                found[f"{who}: {one.name}"] = client.request(one.method, address, params=dict(one.query))
        for path in ("/", "/nowhere", "/docs", "/redoc", "/openapi.json", "/v1/docs", "/.git/config", "/health"):
            found[path] = nobody.get(f"https://kura.example{path}")
    assert {200, 401, 404} <= {answer.status_code for answer in found.values()}
    return found


def test_every_answer_closes_what_browsers_open(answers: Mapping[str, httpx.Response]) -> None:
    for name, answer in answers.items():
        said = answer.headers
        assert {part.strip() for part in said["content-security-policy"].split(";")} >= _POLICY, name
        assert said["strict-transport-security"] == "max-age=31536000; includeSubDomains", name
        assert said["x-content-type-options"] == "nosniff", name
        assert said["referrer-policy"] == "no-referrer", name
        assert said["cross-origin-resource-policy"] == "same-origin", name
        assert not any(field.startswith("access-control-") for field in said), name
        assert "set-cookie" not in said and "server" not in said, name


def test_no_answer_is_kept_by_anybody(answers: Mapping[str, httpx.Response]) -> None:
    for name, answer in answers.items():
        assert "no-store" in answer.headers["cache-control"] or "no-cache" in answer.headers["cache-control"], name
        assert "public" not in answer.headers["cache-control"], name


def test_every_body_is_what_it_says(answers: Mapping[str, httpx.Response]) -> None:
    for name, answer in answers.items():
        kind = answer.headers.get("content-type", "")
        if not answer.content:
            continue
        if kind.partition(";")[0] in ("application/json", "application/problem+json"):
            json.loads(answer.content.decode("utf-8"))
        else:
            assert "charset=utf-8" in kind, (name, kind)
            answer.content.decode("utf-8")


def test_nothing_leads_elsewhere(answers: Mapping[str, httpx.Response]) -> None:
    assert [name for name, answer in answers.items() if 300 <= answer.status_code < 400] == []


def test_nobody_finds_folders_descriptions_or_repositories(answers: Mapping[str, httpx.Response]) -> None:
    for path in ("/", "/docs", "/redoc", "/openapi.json", "/v1/docs", "/.git/config", "/health"):
        assert answers[path].status_code in (401, 404), path


def test_what_browsers_send_by_themselves_is_not_listened_to(service: InProcess, routes: tuple[Endpoint, ...]) -> None:
    """Neither a cookie nor credentials of Basic are looked at, and no form can be posted."""
    writing = [one for one in routes if one.method not in _SAFE]
    assert len(writing) > 30
    forms = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    token = service.issuer.token("id.verify")
    with httpx.Client(transport=service.transport, base_url=BASE) as browser:
        for one in writing:
            sent: dict[str, Any] = {"Origin": "https://elsewhere.example", "Cookie": f"token={token}"}
            answer = browser.request(one.method, one.filled({}), headers=sent, content=b"{}")
            assert answer.status_code in (401, 403), one.name
    scopes = " ".join(sorted(set().union(*(one.access.scopes for one in routes))))
    with service.client(scopes, sub="x", role="supervisor", purpose="tests") as client:
        for one in writing:
            if one.media != "application/json":
                continue
            for kind in forms:
                headers = {"Content-Type": kind, "Idempotency-Key": "k", "If-Match": '"1"'}
                answer = client.request(
                    one.method, one.filled({}), headers=headers, params=dict(one.query), content=b"{}"
                )
                assert answer.status_code in (400, 415), (one.name, kind, answer.status_code)


def test_asking_changes_nothing(service: InProcess, routes: tuple[Endpoint, ...]) -> None:
    scopes = " ".join(sorted(set().union(*(one.access.scopes for one in routes))))

    before = service.registry.latest_sequence()
    with service.client(scopes, sub="x", role="supervisor", purpose="tests") as client:
        for one in routes:
            for method in ("GET", "HEAD", "OPTIONS"):
                client.request(method, one.filled({}), params=dict(one.query))
    assert service.registry.latest_sequence() == before


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "DEBUG", "PROPFIND"])
def test_methods_that_nobody_needs_are_not_there(service: InProcess, method: str) -> None:
    with service.client("id.verify") as client:
        for path in ("/v1/persons/x", "/health/live", "/osia/abis/v1/persons/x/encounters"):
            answer = client.request(method, path, headers={"X-Secret": "echo"})
            assert answer.status_code in (401, 404, 405), (method, path)
            assert "echo" not in answer.text


def test_there_are_no_websockets(service: InProcess) -> None:
    def kinds(items: Any) -> Iterator[object]:
        for route in items:
            yield route
            if isinstance(route, Mount):
                yield from kinds(route.routes)

    assert not any(isinstance(one, WebSocketRoute) for one in kinds(service.app.routes))
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/v1/persons", "headers": [], "query_string": b"", "subprotocols": []}
    asyncio.run(service.app(scope | {"scheme": "wss", "extensions": {}}, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_there_is_no_debugging(service: InProcess) -> None:
    assert not service.app.debug
    assert not build_native(service.desk).debug
