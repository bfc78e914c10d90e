"""Pages of long lists: a cursor that says where to go on, and the links to it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from api.http.problems import Refusal

USUAL, MOST = 50, 500
LONGEST_CURSOR = 400


def write_cursor(question: str, behind: str | int) -> str:
    """Return a cursor that goes on behind an entry, for the same question only.

    Parameters
    ----------
    question
        What was asked, as `question_of` writes it; it is not readable from the cursor.
    behind
        The last entry's place.
    """
    text = json.dumps([_digest(question), behind], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, question: str) -> str | int:
    """Return behind which entry a cursor goes on.

    Raises
    ------
    Refusal
        When it is none of ours, or belongs to another question.
    """
    try:
        digest, behind = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError):
        digest = behind = None
    known = isinstance(behind, str) or (isinstance(behind, int) and not isinstance(behind, bool))
    if digest != _digest(question) or not known or write_cursor(question, behind) != cursor:
        raise Refusal("invalid", "the cursor is not one of this list: begin without one")
    place: str | int = behind
    return place


def text_behind(cursor: str | None, question: str) -> str | None:
    """Return behind which name to go on; None from the beginning; raises as `read_cursor`."""
    if cursor is None:
        return None
    behind = read_cursor(cursor, question)
    if not isinstance(behind, str):
        raise Refusal("invalid", "the cursor is not one of this list: begin without one")
    return behind


def number_behind(cursor: str | None, question: str) -> int:
    """Return behind which number to go on, 0 from the beginning; raises as `read_cursor`."""
    behind = 0 if cursor is None else read_cursor(cursor, question)
    if not isinstance(behind, int) or not 0 <= behind < 2**63:
        raise Refusal("invalid", "the cursor is not one of this list: begin without one")
    return behind


def question_of(name: str, /, **conditions: object) -> str:
    """Return what a list was asked for: its name and all conditions, but not how many and from where."""
    return json.dumps([name, {key: str(value) for key, value in conditions.items() if value is not None}])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a list is asked for, and where the link to the next one goes."""

    request: Request
    response: Response
    limit: int
    cursor: str | None

    def told(self, question: str, items: list[Any], place: Callable[[int], str | int] | None) -> dict[str, Any]:
        """Return the page as JSON, and add the header Link (RFC 8288) where there is more; relative to the list.

        Parameters
        ----------
        question
            As for `write_cursor`.
        items
            What is shown.
        place
            Given the index of an item, its place; None when this page is the last.
        """
        cursor = None if place is None else write_cursor(question, place(len(items) - 1))
        if cursor is not None:
            asked = {**self.request.query_params, "cursor": cursor}
            self.response.headers["Link"] = f'<?{urlencode(asked)}>; rel="next"'
        return {"items": items, "next": cursor}


def _page(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST, description="how many at most")] = USUAL,
    cursor: Annotated[
        str | None, Query(max_length=LONGEST_CURSOR, description="where to go on: `next` of the page before")
    ] = None,
) -> Page:
    return Page(request=request, response=response, limit=limit, cursor=cursor)


PageOf = Annotated[Page, Depends(_page)]
"""Annotates the parameter of an endpoint that answers a list page by page."""


def _digest(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:16]
