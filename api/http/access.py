"""Who calls, and what an endpoint asks of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from api.http.clients import Rights
from biometrics.records import Actor, ActorRole

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])

JSON = ("application/json",)
"""Kinds of bodies that are taken where an endpoint does not say otherwise."""

_MARK = "__kura_access__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What an endpoint asks of whoever calls it.

    Parameters
    ----------
    scopes
        All of them are needed.
    roles
        One of them is needed; none means any.
    purpose_bound
        Whether the token must state a purpose.
    one_to_many
        Whether the client must have the right to search everybody.
    public
        Whether no token is needed.
    media
        Kinds of bodies that are taken, such as `image/*`; bodies that are not JSON are read by `request.body()`.
    """

    scopes: frozenset[str] = frozenset()
    roles: frozenset[ActorRole] = frozenset()
    purpose_bound: bool = False
    one_to_many: bool = False
    public: bool = False
    media: tuple[str, ...] = JSON


def access(
    *scopes: str,
    roles: Iterable[ActorRole] = (),
    purpose_bound: bool = False,
    one_to_many: bool = False,
    media: tuple[str, ...] = JSON,
) -> Callable[[Endpoint], Endpoint]:
    """Declare what an endpoint asks; stands below the decorator that makes it a route."""
    if not scopes:
        raise ValueError("an endpoint needs a scope, or is public")
    asked = Access(
        scopes=frozenset(scopes),
        roles=frozenset(roles),
        purpose_bound=purpose_bound,
        one_to_many=one_to_many,
        media=media,
    )
    return _marking(asked)


def public(*, media: tuple[str, ...] = JSON) -> Callable[[Endpoint], Endpoint]:
    """Declare an endpoint that anybody may call, without a token."""
    return _marking(Access(public=True, media=media))


def access_of(endpoint: Callable[..., object]) -> Access | None:
    """Return what an endpoint asks; None when it does not say, and may not be called."""
    found = getattr(endpoint, _MARK, None)
    return found if isinstance(found, Access) else None


def _marking(asked: Access) -> Callable[[Endpoint], Endpoint]:
    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, asked)
        return endpoint

    return mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: a client, and the person or system that its token speaks of.

    Parameters
    ----------
    client
        Name of the client, as its rights are listed.
    subject
        Identifier of the person, or the client where a system acts by itself.
    role
        In which capacity a person acts; None for systems.
    scopes
        What the token holds and the client has a right to.
    purpose
        Why, as the token states it.
    rights
        What the client may do at most.
    post, station
        Identifiers of the consulate or office, and of the station.
    route, scope
        What is called, by method and template, and the scopes that this asks for: with these it was granted.
    """

    client: str
    subject: str
    role: ActorRole | None = None
    scopes: frozenset[str] = frozenset()
    purpose: str | None = None
    rights: Rights = field(default_factory=Rights)
    post: str | None = None
    station: str | None = None
    route: str | None = None
    scope: str | None = None

    @property
    def is_person(self) -> bool:
        """Whether a person acts, not the client itself."""
        return self.role is not None and self.subject != self.client

    def actor(self) -> Actor:
        """Return who the audit trail names.

        Raises
        ------
        RecordError
            When the token states what cannot be recorded.
        """
        return Actor(
            name=self.subject,
            role=self.role or ActorRole.SYSTEM,
            post=self.post,
            station=self.station,
            purpose=self.purpose,
            client=self.client,
            route=self.route,
            scope=self.scope,
        )

    def may_see(self, gallery_id: str) -> bool:
        """Return whether the client may see a gallery."""
        return self.rights.galleries is None or gallery_id in self.rights.galleries


CALLER_KEY = "kura.caller"


def _caller(request: Request) -> Caller:
    found = request.scope.get(CALLER_KEY)
    if not isinstance(found, Caller):
        raise TypeError("a public endpoint has no caller")
    return found


CallerOf = Annotated[Caller, Depends(_caller)]
"""Annotates the parameter of an endpoint that wants to know who calls."""
