"""Problems as the native API's description tells them (RFC 9457); the kinds stand in `api.http.kinds`."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from api.http.kinds import KINDS
from api.native.models.base import Told


class Problem(Told):
    """Why a request is not answered as asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/unknown",
                    "title": "There is no such thing",
                    "status": 404,
                    "detail": "nobody is named so",
                    "instance": "urn:kura:request:0197c2a4f1d07c5b",
                }
            ]
        }
    )

    type: str = Field(description="address of the page about this kind")
    title: str
    status: int
    detail: str
    instance: str = Field(description="names the request, for those who run the service")


def _problems() -> dict[int | str, dict[str, Any]]:
    titles: dict[int | str, list[str]] = {}
    for kind in KINDS.values():
        titles.setdefault(kind.status, []).append(kind.title)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": "; ".join(told), "content": content} for status, told in titles.items()}


PROBLEMS = _problems()
"""Of every route: any of them may be answered by a problem of any status."""
