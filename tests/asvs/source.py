"""The product's own source as syntax trees, for rules that hold everywhere in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("api", "biometrics", "devices", "enrollment", "matching", "models", "registry")


class Source(NamedTuple):
    """One file."""

    name: str
    tree: ast.Module


@cache
def sources() -> tuple[Source, ...]:
    """Return all files of the product, benchmarks left out."""
    paths = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return tuple(Source(str(path.relative_to(ROOT)), ast.parse(path.read_text())) for path in paths)


def imports(source: Source) -> Iterator[str]:
    """Yield the full names of modules and of what is taken from them."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""
            yield from (f"{node.module}.{one.name}" for one in node.names)


def calls(source: Source) -> Iterator[tuple[str, ast.Call]]:
    """Yield the dotted names of what is called, with the calls."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield _dotted(node.func), node


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return "?"


def users_of(*modules: str) -> set[str]:
    """Return the files that import one of the modules, or something of it."""
    return {
        source.name
        for source in sources()
        if any(name == module or name.startswith(f"{module}.") for name in imports(source) for module in modules)
    }
