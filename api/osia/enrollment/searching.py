"""Which enrollments of a client meet its expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.http.access import Caller
from api.http.desk import Desk
from api.http.problems import Refusal
from api.osia.enrollment.drafts import as_answered
from api.osia.enrollment.models import SearchExpression
from enrollment.drafts.expressions import Comparison, Expression
from enrollment.operations.drafts import READ_DRAFTS, SEARCH_DRAFTS, ReadDrafts, SearchDrafts

MOST_FOUND = 1_000
"""Enrollments in one answer."""

MOST_EXPRESSIONS = 50


def find_drafts(
    desk: Desk, caller: Caller, asked: Sequence[SearchExpression], *, offset: int, limit: int
) -> list[dict[str, Any]]:
    """Return the client's enrollments that meet all expressions, in one order always, behind the first `offset`.

    Raises
    ------
    Refusal
        When less than none or more than 1000 are asked for: a shorter answer would be taken for the whole.
    """
    if offset < 0 or not 0 <= limit <= MOST_FOUND or len(asked) > MOST_EXPRESSIONS:
        raise Refusal(
            "content", f"offset is 0 or more, limit within 0-{MOST_FOUND}, expressions at most {MOST_EXPRESSIONS}"
        )
    service = desk.service(caller.actor())
    expressions = tuple(
        Expression(attribute=one.attribute_name, comparison=Comparison(one.operator), value=one.value) for one in asked
    )
    found: list[str] = []
    after: str | None = "" if limit else None
    while after is not None and len(found) < offset + limit:
        asking = SearchDrafts(client=caller.client, expressions=expressions, after=after)
        page = service.call(SEARCH_DRAFTS, asking)
        found += page.found
        after = page.after
    wanted = tuple(found[offset : offset + limit])
    drafts = service.call(READ_DRAFTS, ReadDrafts(draft_ids=wanted, client=caller.client)) if wanted else ()
    return [as_answered(draft) for draft in drafts]
