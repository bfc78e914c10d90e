"""From a request to its answer: performed at once, or accepted for later where a callback is named."""

from __future__ import annotations

import csv as lines
import io
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from api.http.desk import Desk
from api.osia.abis.calls import AbisAnswer, AbisCall
from api.osia.abis.performing import perform, require_askable
from api.osia.abis.queries import CallbackQuery, PriorityQuery
from api.osia.answering import desk_of, json_response
from api.osia.tasks.accepting import accept

_JSON, _CSV = "application/json", "text/csv"


async def answered(request: Request, call: AbisCall, query: CallbackQuery, *, csv: bool = False) -> Response:
    """Perform a call and answer it, or accept it and answer with its task.

    `csv` says that the operation can answer as lines of text; it does where nothing else is accepted.
    """
    desk = desk_of(request)
    if query.callback is not None:
        callback = query.callback
        task_id = await desk.run(lambda: _accepted(desk, call, callback, query))
        return json_response(HTTPStatus.ACCEPTED, {"taskId": task_id})
    answer = await desk.run(lambda: perform(desk, call))
    if answer.status == HTTPStatus.NO_CONTENT:
        return Response(status_code=answer.status)
    return _as_lines(answer) if csv and _wants_csv(request) else json_response(answer.status, answer.content)


def _accepted(desk: Desk, call: AbisCall, callback: str, query: CallbackQuery) -> str:
    require_askable(desk, call)
    return accept(desk, call, callback, query.priority if isinstance(query, PriorityQuery) else None)


def _wants_csv(request: Request) -> bool:
    kinds = [kind.split(";")[0].strip().lower() for kind in request.headers.get("accept", "").split(",")]
    return _CSV in kinds and _JSON not in kinds


def _as_lines(answer: AbisAnswer) -> Response:
    """Return identifiers as lines of RFC 4180, under the names of the columns."""
    text = io.StringIO()
    writer = lines.writer(text, lineterminator="\r\n")
    writer.writerow(("personId", "encounterId"))
    writer.writerows((one["personId"], one["encounterId"]) for one in answer.content)
    return Response(text.getvalue().encode(), media_type=f"{_CSV}; charset=utf-8")
