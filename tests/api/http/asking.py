"""How the tests of the platform ask and read answers."""

from __future__ import annotations

from typing import Any

import httpx

from tests.api.http.fixtures import InProcess


def kind(answer: httpx.Response) -> tuple[int, str]:
    """Return status and kind of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail", "instance"}
    assert problem["status"] == answer.status_code
    assert problem["instance"] == f"urn:kura:request:{answer.headers['x-request-id']}"
    return answer.status_code, problem["type"].removeprefix("/problems/")


def merge() -> dict[str, str]:
    return {"Content-Type": "application/merge-patch+json"}


def token(served: InProcess, *scopes: str, **claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {served.issuer.token(*scopes, **claims)}"}


def json_kind(value: str = "application/json") -> dict[str, str]:
    return {"Content-Type": value}
