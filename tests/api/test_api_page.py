"""Routes in docs/api.md, with what each asks of its callers; `python -m tests.api.test_api_page` prints the rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.http.access import access_of
from api.http.kinds import KINDS
from tests.api.http.fixtures import InProcess

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def rows(app: FastAPI) -> list[str]:
    """Return a row of the table of routes for each, in the order of the addresses."""
    return sorted(_row(prefix, route) for prefix, route in _routes("", app.routes))


def problem_rows() -> list[str]:
    """Return a row per kind of problem."""
    return [f"| `{kind.name}` | {kind.status} | {kind.number} | {kind.title} |" for kind in KINDS.values()]


def _routes(prefix: str, routes: Any) -> Iterator[tuple[str, APIRoute]]:
    for one in routes:
        inner = getattr(one, "original_router", None)
        below = getattr(getattr(one, "app", None), "routes", None)
        if isinstance(one, APIRoute):
            yield prefix, one
        elif inner is not None:
            yield from _routes(prefix, inner.routes)
        elif below is not None:
            yield from _routes(prefix + one.path, below)


def _row(prefix: str, route: APIRoute) -> str:
    asked = access_of(route.endpoint)
    assert asked is not None
    scopes = "anybody" if asked.public else ", ".join(f"`{one}`" for one in sorted(asked.scopes))
    needs = [" or ".join(sorted(role.value for role in asked.roles))] if asked.roles else []
    needs += ["a purpose"] if asked.purpose_bound else []
    needs += ["the right `one_to_many`"] if asked.one_to_many else []
    methods = " ".join(sorted(route.methods or ()))
    return f"| `{prefix}{route.path}` | {methods} | {scopes} | {'; '.join(needs)} |"


def test_every_route_stands_in_the_page_with_what_it_asks(tmp_path: Path) -> None:
    with InProcess(tmp_path / "home") as served:
        expected = rows(served.app)
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = sorted(line for line in lines if line.startswith("| `/"))
    assert found == expected


def test_every_kind_of_problem_stands_in_the_page() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = lines.index("| kind | status | number | title |") + 2
    assert lines[begin : begin + len(KINDS)] == problem_rows()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, InProcess(Path(folder) / "home") as shown:
        print("\n".join(rows(shown.app)))
    print("\n".join(problem_rows()))
