"""Changing faults and presentation of a running simulator over HTTP, for clients that are no Python program."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from biometrics.errors import ConfigurationError
from devices.simulators.sbi.faults import FAULTS, Faults
from devices.simulators.sbi.presentation import PRESENTATIONS

_Change = Callable[[str], None]


def control_routes(token: str, faults: Faults, present: _Change) -> Sequence[BaseRoute]:
    """Return `GET /simulator`, `PUT` and `DELETE /simulator/faults/NAME`, `PUT /simulator/presentation/NAME`.

    All ask for `Authorization: Bearer TOKEN`.

    Parameters
    ----------
    token
        What lets in.
    faults
        Switched on and off.
    present
        Changes what the person does.
    """

    def guarded(answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
                return JSONResponse({"error": "this asks for the simulator's token"}, 401)
            try:
                return answer(request)
            except ConfigurationError as error:
                return JSONResponse({"error": error.message, "remedy": error.remedy}, 422)

        return answered

    def state(request: Request) -> Response:
        known = {"faults": dict(FAULTS), "presentations": list(PRESENTATIONS)}
        return JSONResponse({"faults": list(faults.names), "known": known})

    def changing(change: _Change) -> Callable[[Request], Awaitable[Response]]:
        def changed(request: Request) -> Response:
            change(request.path_params["name"])
            return state(request)

        return guarded(changed)

    return (
        Route("/simulator", guarded(state), methods=["GET"]),
        Route("/simulator/faults/{name}", changing(faults.switch_on), methods=["PUT"]),
        Route("/simulator/faults/{name}", changing(faults.switch_off), methods=["DELETE"]),
        Route("/simulator/presentation/{name}", changing(present), methods=["PUT"]),
    )
