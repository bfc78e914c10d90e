"""OSIA's own descriptions, where they are present, and what an application of ours has in common with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from fastapi import FastAPI

from tests.shared_data import DATA

DESCRIPTIONS = DATA.parent / "reference" / "osia"

needs_descriptions = pytest.mark.skipif(
    not DESCRIPTIONS.is_dir(), reason="OSIA's descriptions are not present: this check was not run"
)

_METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Operation:
    """What is promised about one operation."""

    name: str
    parameters: frozenset[tuple[str, str, bool]]
    statuses: frozenset[str]
    scopes: frozenset[str]
    body: frozenset[str]
    """Kinds of bodies it takes."""


def described(name: str) -> dict[tuple[str, str], Operation]:
    """Return the operations of a description by path and method."""
    text = (DESCRIPTIONS / name).read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    return _operations(document)


def offered(app: FastAPI) -> dict[tuple[str, str], Operation]:
    """Return the operations of an application by path and method."""
    return _operations(app.openapi())


def _operations(document: dict[str, Any]) -> dict[tuple[str, str], Operation]:
    found = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method not in methods:
                continue
            said = methods[method]
            stated = [scope for one in said.get("security", ()) for scope in one.get("BearerAuth", ())]
            found[path, method] = Operation(
                name=said["operationId"],
                parameters=frozenset(
                    (one["name"], one["in"], one.get("required", False)) for one in said["parameters"]
                ),
                statuses=frozenset(map(str, said["responses"])),
                scopes=frozenset(stated),
                body=frozenset(said.get("requestBody", {}).get("content", ())),
            )
    return found


def part_of(app: FastAPI, prefix: str) -> FastAPI:
    """Return the part of an application that lies under a prefix."""
    (found,) = (getattr(route, "app", None) for route in app.routes if getattr(route, "path", None) == prefix)
    assert isinstance(found, FastAPI)
    return found


def shape_of(schema: dict[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of an object's properties, and which of them are required."""
    return frozenset(schema["properties"]), frozenset(schema.get("required", ()))


def described_shape(name: str, schema: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the shape of one of a description's schemas."""
    document = yaml.safe_load((DESCRIPTIONS / name).read_text(encoding="utf-8"))
    return shape_of(document["components"]["schemas"][schema])
