"""The description of the native API: complete, with an example wherever something is sent or answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from api.http.access import access_of
from tests.api.http.fixtures import InProcess


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with InProcess(Path(tmp_path_factory.mktemp("described")) / "home", parts=["/v1"]) as made:
        yield made


@pytest.fixture(scope="module")
def described(served: InProcess) -> dict[str, Any]:
    answer = served.client("kura.admin", prefix="/v1").get("/openapi.json")
    document: dict[str, Any] = answer.json()
    return document


def _routes(served: InProcess) -> list[APIRoute]:
    app: Any = next(one for one in served.app.routes if getattr(one, "path", None) == "/v1")
    return [one for one in _below(app.app.routes) if isinstance(one, APIRoute)]


def _below(routes: Any) -> Iterator[Any]:
    for one in routes:
        inner = getattr(one, "original_router", None)
        yield from [one] if inner is None else _below(inner.routes)


def test_every_body_has_an_example_that_is_one(served: InProcess) -> None:
    seen = 0
    for route in _routes(served):
        for model in (route.response_model, *(field.field_info.annotation for field in route.dependant.body_params)):
            if model is None:
                continue
            adapter: TypeAdapter[Any] = TypeAdapter(model)
            schema = adapter.json_schema()
            named = (
                [schema]
                if "examples" in schema
                else [schema["$defs"][one["$ref"].split("/")[-1]] for one in schema.get("anyOf", [])]
            )
            examples = [example for one in named for example in one.get("examples", [])]
            assert examples, (route.path, model)
            for example in examples:
                adapter.validate_python(example)
                seen += 1
    assert seen > 40


def test_every_route_says_who_may_call_it_and_what_it_does(served: InProcess) -> None:
    for route in _routes(served):
        asked = access_of(route.endpoint)
        assert asked is not None
        assert asked.scopes
        assert all(one.startswith("kura.") for one in asked.scopes)
        assert route.description


def test_problems_are_described(described: dict[str, Any]) -> None:
    schema = described["components"]["schemas"]["Problem"]
    assert set(schema["required"]) == {"type", "title", "status", "detail", "instance"}
    for path in described["paths"].values():
        for operation in path.values():
            told = operation["responses"]["422"]["content"]
            assert told == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
