"""Routes made of the table: each endpoint turns a request into a call and answers it."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from inspect import Parameter, Signature
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.http.access import CallerOf, access
from api.http.guard import new_router
from api.osia.abis.answering import answered
from api.osia.abis.bodies import TaskIdBody
from api.osia.abis.calls import AbisCall
from api.osia.abis.table import ROUTES, AbisRoute
from api.osia.models import Error, OsiaModel

Endpoint = Callable[..., Coroutine[Any, Any, Response]]

_MEANINGS = {
    200: "What was asked for",
    202: "Accepted; the result is sent to the callback",
    204: "Done",
    400: "The request is not formed as described",
    403: "Not allowed, or the content cannot be used",
    404: "There is no such record",
    409: "The identifier is taken",
    500: "Unexpected failure",
}


def abis_router() -> APIRouter:
    """Return the routes of all operations but those on tasks."""
    router = new_router()
    for route in ROUTES:
        router.add_api_route(
            route.path,
            _endpoint(route),
            methods=[route.method],
            operation_id=route.operation,
            summary=route.summary,
            status_code=_done(route),
            response_model=None,
            responses=_responses(route),
            callbacks=_callbacks(route),
        )
    return router


def _endpoint(route: AbisRoute) -> Endpoint:
    names = re.findall(r"{(\w+)}", route.path)

    async def endpoint(**given: Any) -> Response:
        body, query = given.get("body"), given["query"]
        call = AbisCall(
            operation=route.operation,
            caller=given["caller"],
            path={name: given[name] for name in names},
            query=query.parameters(),
            body=body.as_sent() if isinstance(body, OsiaModel) else body,
        )
        return await answered(given["request"], call, query, csv=route.csv)

    endpoint.__name__ = route.operation
    # FastAPI reads the parameters from here: a function written out for each of twenty operations says no more.
    vars(endpoint)["__signature__"] = Signature(_parameters(route, names))
    marked: Endpoint = access(route.scope, one_to_many=route.one_to_many)(endpoint)
    return marked


def _parameters(route: AbisRoute, names: list[str]) -> list[Parameter]:
    kinds: dict[str, Any] = {"request": Request, "caller": CallerOf, "query": Annotated[route.query, Query()]}
    kinds |= {name: Annotated[str, Path()] for name in names}
    if route.body is not None and not route.body_optional:
        kinds["body"] = Annotated[route.body, Body()]
    found = [Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind) for name, kind in kinds.items()]
    if route.body_optional:
        optional = route.body | None
        kinds = {"body": Annotated[optional, Body()]}
        found.append(Parameter("body", Parameter.KEYWORD_ONLY, annotation=kinds["body"], default=None))
    return found


def _done(route: AbisRoute) -> HTTPStatus:
    return HTTPStatus.NO_CONTENT if route.answer is None else HTTPStatus.OK


def _responses(route: AbisRoute) -> dict[int | str, dict[str, Any]]:
    models = {int(_done(route)): route.answer, 202: TaskIdBody}
    models |= dict.fromkeys((400, 403, *route.listed, 500), Error)
    described: dict[int | str, dict[str, Any]] = {
        status: {"description": _MEANINGS[status]} | ({} if model is None else {"model": model})
        for status, model in sorted(models.items())
    }
    if route.csv:
        described[200]["content"] = {"text/csv": {"schema": {"type": "string"}}}
    return described


def _callbacks(route: AbisRoute) -> list[Any]:
    """Describe the request that brings the result to whoever named a callback."""

    def result(**given: Any) -> None:
        """Take the result of the operation, or an error."""

    kinds = {"transactionId": str, "taskId": str, "body": Annotated[route.answer or str, Body()]}
    vars(result)["__signature__"] = Signature(
        [Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind) for name, kind in kinds.items()]
    )
    router = APIRouter()
    router.add_api_route(
        "{$request.query.callback}",
        result,
        methods=["POST"],
        status_code=HTTPStatus.NO_CONTENT,
        operation_id=f"{route.operation}CB",
        name=f"{route.operation}CB",
    )
    return [one for one in router.routes if isinstance(one, APIRoute)]
