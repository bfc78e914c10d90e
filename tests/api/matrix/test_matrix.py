"""Every route, with every token, role, gallery and state of an object: nobody gets in who should not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from biometrics.records import ActorRole
from tests.api.http.fixtures import BASE, InProcess
from tests.api.matrix.credentials import useless_headers
from tests.api.matrix.endpoints import Endpoint
from tests.api.matrix.objects import Population, body_for

_REFUSED = (401, 403, 404)
_ROLES = (None, *(role.value for role in ActorRole))


def _call(client: httpx.Client, endpoint: Endpoint, values: dict[str, str]) -> httpx.Response:
    headers = {"Idempotency-Key": "matrix", "If-Match": '"1"'}
    asked: dict[str, Any] = {"params": dict(endpoint.query)}
    if endpoint.media == "application/json":
        asked["json"] = body_for(endpoint)
    elif endpoint.media is not None:
        asked["content"] = endpoint.body
        headers["Content-Type"] = endpoint.media
    return client.request(endpoint.method, endpoint.filled(values), headers=headers, **asked)


def _guarded(routes: tuple[Endpoint, ...]) -> Iterator[Endpoint]:
    return (one for one in routes if not one.access.public)


def _all_scopes(routes: tuple[Endpoint, ...]) -> str:
    return " ".join(sorted(set().union(*(one.access.scopes for one in routes))))


def _events(service: InProcess) -> int:
    """Return how much the trail and the changes tell: whoever was refused has added to neither."""
    with service.registry.reading() as record:
        return sum(1 for _ in record.events())


def test_bodies_are_understood(service: InProcess, population: Population, routes: tuple[Endpoint, ...]) -> None:
    """Without this the others could pass because nothing that is sent is ever looked at."""
    about = [one for one in _guarded(routes) if one.parameters & _NAMES and one.name not in _CREATES]
    misread = []
    with service.client(_all_scopes(routes), sub="x", role="supervisor", purpose="tests") as client:
        for endpoint in about:
            answer = _call(client, endpoint, population.states["unknown"])
            if answer.status_code not in (403, 404, 409):
                misread.append((endpoint.name, answer.status_code, answer.text[:100]))
    assert misread == []


def test_routes_that_anybody_may_call_are_these_alone(routes: tuple[Endpoint, ...]) -> None:
    assert sorted(one.name for one in routes if one.access.public) == [
        "GET /.well-known/jwks.json",
        "GET /health/live",
        "GET /health/ready",
        "GET /metrics",
        "GET /problems/{kind}",
    ]


def test_useless_tokens_open_nothing(service: InProcess, population: Population, routes: tuple[Endpoint, ...]) -> None:
    before = _events(service)
    allowed = []
    with httpx.Client(transport=service.transport, base_url=BASE) as client:
        for wrong, headers in useless_headers(service.issuer, _all_scopes(routes)):
            client.headers = httpx.Headers(headers)
            for endpoint in _guarded(routes):
                answer = _call(client, endpoint, population.states["active"])
                if answer.status_code not in (401, 403):
                    allowed.append((wrong, endpoint.name, answer.status_code))
    assert allowed == []
    assert _events(service) == before


def test_no_scope_stands_for_another(service: InProcess, population: Population, routes: tuple[Endpoint, ...]) -> None:
    before = _events(service)
    everything = frozenset(_all_scopes(routes).split())
    allowed = []
    for endpoint in _guarded(routes):
        for missing in endpoint.access.scopes:
            with service.client(" ".join(everything - {missing}), role="supervisor", purpose="tests") as client:
                answer = _call(client, endpoint, population.states["active"])
            if answer.status_code != 403:
                allowed.append((endpoint.name, missing, answer.status_code))
    assert allowed == []
    assert _events(service) == before


@pytest.mark.parametrize("role", _ROLES)
def test_roles_do_what_is_theirs(
    role: str | None, service: InProcess, population: Population, routes: tuple[Endpoint, ...]
) -> None:
    asking = [one for one in _guarded(routes) if one.access.roles and role not in {r.value for r in one.access.roles}]
    before = _events(service)
    claims: dict[str, Any] = {"sub": "somebody", "role": role, "purpose": "tests"}
    with service.client(_all_scopes(routes), **claims) as client:
        allowed = [
            (one.name, answer.status_code)
            for one in asking
            if (answer := _call(client, one, population.states["active"])).status_code != 403
        ]
    assert allowed == []
    assert _events(service) == before


def test_ordinary_clients_do_not_search_everybody(
    service: InProcess, population: Population, routes: tuple[Endpoint, ...]
) -> None:
    searching = [one for one in _guarded(routes) if _SEARCHES.search(one.path) and one.method == "POST"]
    assert len(searching) == 5
    with service.client(_all_scopes(routes), client="ordinary", purpose="tests") as client:
        answers = {one.name: _call(client, one, population.states["active"]).status_code for one in searching}
    assert set(answers.values()) == {403}, answers


@pytest.mark.parametrize("state", ["active", "pending", "inactive", "deleted", "survivor", "merged", "unknown"])
def test_people_of_other_galleries_are_not_there(
    state: str, service: InProcess, population: Population, routes: tuple[Endpoint, ...]
) -> None:
    """A client of one gallery calls every route about somebody in another, in each state."""
    values = population.states[state]
    about = [one for one in _guarded(routes) if one.parameters & _NAMES]
    assert len(about) > 30
    before = _changes(service)
    allowed = []
    for role in _ROLES:
        with service.client(_all_scopes(routes), client="elsewhere", sub="x", role=role, purpose="tests") as client:
            for endpoint in about:
                if endpoint.name in _CREATES:
                    continue
                answer = _call(client, endpoint, values)
                if answer.status_code < 400 and not _says_nothing(answer):
                    allowed.append((role, endpoint.name, answer.status_code, answer.text[:80]))
    assert allowed == []
    assert _changes(service) == before


@pytest.mark.parametrize("state", ["deleted", "merged", "unknown"])
def test_who_is_gone_is_not_read(
    state: str, service: InProcess, population: Population, routes: tuple[Endpoint, ...]
) -> None:
    reading = [
        one
        for one in _guarded(routes)
        if one.part == "/osia/abis" and one.method == "GET" and "personId" in one.parameters
    ]
    assert len(reading) == 3
    with service.client(_all_scopes(routes)) as client:
        answers = {one.name: _call(client, one, population.states[state]).status_code for one in reading}
    assert set(answers.values()) == {404}, answers


_SEARCHES = re.compile(r"/identif(y|ications)(/|$)")
_NAMES = frozenset({
    "personId", "personIdSource", "personIdTarget", "encounterId", "person", "encounter", "encounter_id", "identifier",
    "case_id", "case", "gallery_id", "gallery", "galleryId",
})  # fmt: skip
_CREATES = frozenset({
    "POST /osia/abis/v1/persons/{personId}/encounters",
    "POST /osia/abis/v1/persons/{personId}/encounters/{encounterId}",
})  # fmt: skip
"""These may name somebody who is not there yet; what they may not do is tested with them."""


def _says_nothing(answer: httpx.Response) -> bool:
    """Return whether an answer tells of nobody: an empty list, as of a search that found nobody."""
    return answer.status_code == 200 and answer.headers["content-type"] == "application/json" and answer.json() == []


def _changes(service: InProcess) -> int:
    return service.registry.latest_sequence()
