"""Guarded routes: who may call, what is taken, in which order, and how it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI

from api.http.access import access
from api.http.app import new_app
from api.http.guard import new_router, require_guarded
from biometrics.errors import ConfigurationError
from tests.api.http.asking import json_kind, kind, merge, token
from tests.api.http.fixtures import InProcess

READ, WRITE = "things.read", "things.write"
THING = {"name": "a", "size": 3}


def test_a_good_request_is_answered(served: InProcess) -> None:
    with served.client(READ, WRITE, client="station") as http:
        assert http.get("/t/things/a?size=3").json() == {"name": "a", "size": 3, "client": "station"}
        assert http.put("/t/things/a", json=THING).json() == {"name": "a", "length": 0}
        assert http.patch("/t/things/a", content=b'{"a": 1}', headers=merge()).json() == {"a": 1}
        assert http.get("/t/things/a/everybody", headers=token(served, READ, purpose="visa")).json() == "visa"
    assert served.client().get("/t/things/open").json() == "open"


@pytest.mark.parametrize(
    ("scopes", "claims", "expected"),
    [
        ((), {}, (401, "token")),
        ((READ,), {}, (403, "scope")),
        ((READ, WRITE), {"client": "poor"}, (403, "scope")),
        ((READ, WRITE), {"aud": "else"}, (401, "token")),
    ],
)
def test_who_may_not_write(
    served: InProcess, scopes: tuple[str, ...], claims: dict[str, Any], expected: tuple[int, str]
) -> None:
    with served.client(*scopes, **claims) as http:
        answer = http.put("/t/things/a", json=THING)
    assert kind(answer) == expected
    assert ("www-authenticate" in answer.headers) == (expected[0] == 401)


def test_roles_rights_and_purposes_are_asked_for(served: InProcess) -> None:
    http = served.client()
    assert kind(http.delete("/t/things/x", headers=token(served, WRITE, role="examiner"))) == (403, "role")
    assert kind(http.get("/t/things/a/everybody", headers=token(served, READ))) == (403, "purpose")
    assert kind(http.get("/t/things/a/everybody", headers=token(served, READ, client="poor"))) == (403, "right")


def test_tokens_in_query_or_body_are_not_read(served: InProcess) -> None:
    made = served.issuer.token(READ)
    with served.client() as http:
        assert kind(http.get(f"/t/things/a?access_token={made}")) == (401, "token")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert kind(http.put("/t/things/a", content=f"access_token={made}", headers=form)) == (401, "token")
        assert kind(http.get("/t/things/a", headers=[("Authorization", f"Bearer {made}")] * 2)) == (401, "token")


def test_rates_are_counted(served: InProcess) -> None:
    with served.client(READ, client="slow") as http:
        statuses = [http.get("/t/things/a").status_code for _ in range(11)]
        answer = http.get("/t/things/a")
    assert statuses == [200] * 10 + [429]
    assert kind(answer) == (429, "rate")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_a_token_is_looked_at_before_the_body(served: InProcess) -> None:
    with served.client() as http:
        for content in (b"{", b"x" * 2_000_000):
            assert kind(http.put("/t/things/a", content=content, headers=json_kind())) == (401, "token")


def test_nothing_is_learnt_without_a_token(served: InProcess) -> None:
    assert kind(served.client().get("/t/nothing/there")) == (401, "token")
    assert kind(served.client(READ).get("/t/nothing/there")) == (404, "unknown")
    assert kind(served.client().get("/nothing/there")) == (404, "unknown")


@pytest.mark.parametrize("method", ["POST", "TRACE", "OPTIONS", "HEAD", "CONNECT", "BREW"])
def test_methods_that_are_not_offered(served: InProcess, method: str) -> None:
    answer = served.client(READ).request(method, "/t/things/open")
    assert (answer.status_code, "GET" in answer.headers["allow"]) == (405, True)


def test_errors_of_the_rooms_below(served: InProcess) -> None:
    headers = token(served, WRITE, role="supervisor")
    with served.client() as http:
        assert kind(http.delete("/t/things/conflict", headers=headers)) == (409, "conflict")
        assert kind(http.delete("/t/things/content", headers=headers)) == (422, "content")
        assert kind(http.delete("/t/things/memory", headers=headers)) == (503, "busy")
        answer = http.delete("/t/things/disk", headers=headers)
        assert (kind(answer), answer.headers["retry-after"]) == ((503, "unavailable"), "2")


def test_a_failure_tells_nothing_but_its_request(served: InProcess, capsys: pytest.CaptureFixture[str]) -> None:
    answer = served.client(WRITE, role="supervisor").delete("/t/things/other", headers={"X-Request-Id": "r-1"})
    assert kind(answer) == (500, "internal")
    assert "r-1" in answer.json()["detail"]
    logged = capsys.readouterr().out
    assert "KeyError" in logged and "samples.py:" in logged and "r-1" in logged
    assert "Maria" not in answer.text + logged


def test_statuses_as_osia_has_them(served: InProcess) -> None:
    with served.client(READ, WRITE) as http:
        answer = http.put("/o/things/a", content=b"x", headers=json_kind("text/plain"))
        assert (answer.status_code, answer.json()["code"]) == (400, 40036)
        assert http.put("/o/things/a", json={}).json()["code"] == 40001
        answer = http.put("/o/things/a", content=b'{"name": "\\ud800"}', headers=json_kind())
        assert (answer.status_code, answer.json()["code"]) == (403, 40305)
        assert http.get("/o/things/%00").status_code == 403
        answer = served.client().put("/o/things/a", json=THING)
        assert (answer.status_code, answer.json()["code"], "www-authenticate" in answer.headers) == (403, 40310, False)
        answer = http.delete("/o/things/content", headers=token(served, WRITE, role="supervisor"))
        assert (answer.status_code, answer.json()) == (403, {"code": 40320, "message": "the thing is no picture"})


def test_an_endpoint_that_says_nothing_keeps_the_service_from_starting() -> None:
    router = new_router()

    async def forgotten() -> None: ...

    with pytest.raises(ConfigurationError, match="forgotten"):
        router.get("/x")(forgotten)
    with pytest.raises(ValueError, match="scope"):
        access()


def test_unguarded_routes_are_found_wherever_they_are() -> None:
    async def forgotten() -> None: ...

    plain = APIRouter()
    plain.get("/forgotten")(forgotten)
    outer = new_router()
    outer.include_router(plain)
    app: FastAPI = new_app("x", "1", openapi_url=None)
    require_guarded(app.routes)
    app.include_router(outer)
    with pytest.raises(ConfigurationError, match="forgotten"):
        require_guarded(app.routes)
    sub, root = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), new_app("x", "1", openapi_url=None)
    sub.get("/forgotten")(forgotten)
    root.mount("/sub", sub)
    with pytest.raises(ConfigurationError, match="forgotten"):
        require_guarded(root.routes)
