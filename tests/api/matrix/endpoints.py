"""Every route of the service, as the applications themselves have them, and what a call of each looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount

from api.http.access import Access, access_of
from api.http.guard import GuardedRoute

_NAMELESS = {"sha256": "0" * 64}
"""Parameters of a form of their own, that name nothing that exists."""

_METHODS = frozenset({"get", "post", "put", "patch", "delete"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path of one part of the service.

    Parameters
    ----------
    part
        Prefix of the part: `/osia/abis`, `/v1`.
    method, path
        As the part has them; the path with its parameters in braces.
    access
        What it asks of its callers.
    body, media
        A body that its description shows, and of what kind; None where it takes none.
    query
        Parameters it cannot do without.
    """

    part: str
    method: str
    path: str
    access: Access
    body: Any
    media: str | None
    query: Mapping[str, str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.part}{self.path}"

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the path with its parameters filled; those that are not given name nothing that exists."""
        return self.part + re.sub(
            r"\{(\w+)(?::\w+)?\}", lambda found: values.get(found[1], _NAMELESS.get(found[1], "NOBODY")), self.path
        )

    @property
    def parameters(self) -> frozenset[str]:
        """Names of the parameters in the path."""
        return frozenset(re.findall(r"\{(\w+)", self.path))


def endpoints(app: FastAPI) -> Iterator[Endpoint]:
    """Yield every route of all parts, and those that belong to none."""
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            yield from _of(route.app, route.path)
    yield from _of(app, "")


def _of(app: FastAPI, part: str) -> Iterator[Endpoint]:
    described = app.openapi()
    accesses = dict(_accesses(app.routes))
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if method not in _METHODS:
                continue
            body, media = _body(operation, described)
            yield Endpoint(
                part=part,
                method=method.upper(),
                path=path,
                access=accesses[method.upper(), path],
                body=body,
                media=media,
                query=_query(operation),
            )


def _accesses(routes: Any) -> Iterator[tuple[tuple[str, str], Access]]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _accesses(inner.routes)
        elif isinstance(route, GuardedRoute):
            asked = access_of(route.endpoint)
            assert asked is not None
            for method in route.methods or ():
                yield (method, route.path_format), asked


def _query(operation: Mapping[str, Any]) -> dict[str, str]:
    return {
        parameter["name"]: str(parameter.get("example", "ACTIVE" if parameter["name"] == "status" else "T-1"))
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter.get("required")
    }


def _body(operation: Mapping[str, Any], described: Mapping[str, Any]) -> tuple[Any, str | None]:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return (b"bytes", next(iter(content)).replace("*", "png")) if content else (None, None)
    shown = content["application/json"]
    if "examples" in shown:
        return next(iter(shown["examples"].values()))["value"], "application/json"
    if "example" in shown:
        return shown["example"], "application/json"
    schema = _resolved(shown.get("schema", {}), described)
    return (schema["examples"][0] if "examples" in schema else schema.get("example", {})), "application/json"


def _resolved(schema: Mapping[str, Any], described: Mapping[str, Any]) -> Mapping[str, Any]:
    for choice in ("anyOf", "allOf", "oneOf"):
        if choice in schema and "examples" not in schema:
            return _resolved(schema[choice][0], described)
    name = schema.get("$ref")
    if name is None:
        return schema
    found: Mapping[str, Any] = described["components"]["schemas"][name.rpartition("/")[2]]
    return found
