"""How routes reach the worker's desk: who asks, as whom, and a request that is sent again is done once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel

from api.http.access import Caller, CallerOf
from api.http.desk import Desk
from api.http.problems import Refusal
from api.native import repeating
from biometrics.errors import RecordNotFoundError
from enrollment.engine.service import EnrollmentService
from enrollment.operations.operation import Answer, Asked, Operation
from enrollment.operations.people import SHOW_PERSON, ShownPerson, ShowPerson

T = TypeVar("T")

_NOBODY = "nobody is named so"

KEY_PATTERN = r"^[\x21-\x7e]{1,128}$"

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=KEY_PATTERN,
        description="a name of your own for this request: sent again with it, it is done once and answered alike",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One request: who asks, and the desk that works for them."""

    desk: Desk
    caller: Caller

    async def ask(self, operation: Operation[Asked, Answer], asked: Asked) -> Answer:
        """Have the registry's owner perform an operation for the caller."""
        return await self.work(lambda service: service.call(operation, asked))

    async def work(self, work: Callable[[EnrollmentService], T]) -> T:
        """Do blocking work in a thread, with the service as the caller."""
        return await self.desk.run(lambda: work(self.desk.service(self.caller.actor())))

    def require_every_gallery(self) -> None:
        """Refuse clients that see some galleries only what is not told apart by gallery.

        Raises
        ------
        Refusal
            When the client's rights name galleries.
        """
        if self.caller.rights.galleries is not None:
            raise Refusal("right", "this is for clients that may see all galleries")

    def require_gallery(self, gallery_id: str) -> None:
        """Refuse a gallery that the client may not see, as one that is not there.

        Raises
        ------
        Refusal
            When it may not.
        """
        if not self.caller.may_see(gallery_id):
            raise Refusal("unknown", "there is no such gallery", denied="gallery")

    def require_shown(self, galleries: Iterable[str]) -> None:
        """Refuse a person who is in none of the client's galleries, as one who is not there.

        Raises
        ------
        Refusal
            When there is no encounter in a gallery of the client.
        """
        if self.caller.rights.galleries is not None and not any(map(self.caller.may_see, galleries)):
            raise Refusal("unknown", _NOBODY, denied="gallery")

    def require_person(self, service: EnrollmentService, person: str) -> None:
        """Look a person up for clients that see some galleries only.

        Raises
        ------
        Refusal
            As `shown`.
        """
        if self.caller.rights.galleries is not None:
            self.shown(service, person)

    def shown(self, service: EnrollmentService, person: str) -> ShownPerson:
        """Return a person whom the client may see.

        Raises
        ------
        Refusal
            When there is nobody, or nobody whom the client may see: it is told the same.
        RecordNotFoundError
            When there is nobody, and the client may see everybody.
        """
        try:
            shown = service.call(SHOW_PERSON, ShowPerson(person=person))
        except RecordNotFoundError:
            if self.caller.rights.galleries is None:
                raise
            raise Refusal("unknown", _NOBODY) from None
        self.require_shown(gallery for one in shown.encounters for gallery in one.galleries)
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Inquiry):
    """One request that changes something: where, and under which key it may come again."""

    key: str | None
    place: str

    async def do(self, body: BaseModel, work: Callable[[EnrollmentService], dict[str, Any]]) -> dict[str, Any]:
        """Do the work, or return what it answered when this request came before.

        Parameters
        ----------
        body
            What the request asks.
        work
            Given the service as the caller, does it and returns the answer as JSON.
        """
        if self.key is None:
            return await self.work(work)
        content = json.dumps([self.place, self.caller.subject, body.model_dump(mode="json")], sort_keys=True)
        request = repeating.Request(client=self.caller.client, key=self.key, content=content)
        return await self.work(lambda service: repeating.once(service.call, request, lambda: work(service)))


def _desk(request: Request) -> Desk:
    found = request.app.state.desk
    if not isinstance(found, Desk):
        raise TypeError("the app was built without a desk")
    return found


def _inquiry(request: Request, caller: CallerOf) -> Inquiry:
    return Inquiry(desk=_desk(request), caller=caller)


def _turn(request: Request, caller: CallerOf, idempotency_key: IdempotencyKey = None) -> Turn:
    place = f"{request.method} {request.url.path}"
    return Turn(desk=_desk(request), caller=caller, key=idempotency_key, place=place)


InquiryOf = Annotated[Inquiry, Depends(_inquiry)]
"""Annotates the parameter of an endpoint that asks something."""

TurnOf = Annotated[Turn, Depends(_turn)]
"""Annotates the parameter of an endpoint that changes something, once."""
