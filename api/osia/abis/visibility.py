"""What a client may see and change: an encounter through any of its galleries, a change through all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.http.access import Caller
from api.http.problems import HiddenRecordError, Refusal
from biometrics.errors import RecordNotFoundError
from enrollment.engine.service import EnrollmentService
from enrollment.operations.encounters import GALLERY_NAMES, READ_ENCOUNTERS, KeptEncounter, ReadEncounters

ALL_GALLERIES = "ALL"
"""Stands for every gallery that the client may see."""

_UNKNOWN = "no such person or encounter"


def read_visible(
    service: EnrollmentService, caller: Caller, person: str, name: str | None = None, *, with_files: bool = False
) -> tuple[KeptEncounter, ...]:
    """Return a person's encounters, or one of them, as far as the client may see them; at least one.

    Raises
    ------
    RecordNotFoundError
        When there is none, or none that the client may see: the two are told apart by nobody.
    """
    kept = _encounters(service, person, name, with_files=with_files)
    seen = tuple(one for one in kept if any(map(caller.may_see, one.galleries)))
    if not seen:
        raise HiddenRecordError(_UNKNOWN)
    return seen


def require_own(service: EnrollmentService, caller: Caller, person: str) -> None:
    """Require that nobody is known by an identifier, or somebody whom the client may see.

    Raises
    ------
    Refusal
        When the identifier is that of a person of other galleries: an encounter would be filed under a stranger.
    """
    if caller.rights.galleries is None:
        return
    try:
        kept = service.call(READ_ENCOUNTERS, ReadEncounters(person=person))
    except RecordNotFoundError:
        return
    if not any(caller.may_see(gallery) for one in kept for gallery in one.galleries):
        raise Refusal("right", "the client may not record encounters of this person")


def require_changeable(service: EnrollmentService, caller: Caller, person: str, name: str | None = None) -> None:
    """Require that a client may change a person's encounters, or one of them.

    Raises
    ------
    RecordNotFoundError
        As `read_visible`.
    Refusal
        When one of them is in a gallery that the client may not see.
    """
    kept = _encounters(service, person, name)
    if not any(caller.may_see(gallery) for one in kept for gallery in one.galleries):
        raise HiddenRecordError(_UNKNOWN)
    require_galleries(caller, (gallery for one in kept for gallery in one.galleries))


def require_seen_whole(service: EnrollmentService, caller: Caller, person: str) -> None:
    """Require that a client may see all encounters of a person, with whom it searches.

    Raises
    ------
    RecordNotFoundError
        As `read_visible`.
    Refusal
        When it may not: what is alike would tell of samples that it may not see.
    """
    seen = read_visible(service, caller, person)
    if len(seen) < len(_encounters(service, person, None)):
        raise Refusal("right", "the person has encounters that the client may not see: search with one of the others")


def require_galleries(caller: Caller, galleries: Iterable[str]) -> None:
    """Require that a client may see every one of some galleries.

    Raises
    ------
    Refusal
        When it may not.
    """
    if not all(map(caller.may_see, galleries)):
        raise Refusal("right", "the client has no right to one of the galleries")


def visible_galleries(service: EnrollmentService, caller: Caller) -> tuple[str, ...]:
    """Return the galleries that a client may see."""
    return tuple(name for name in service.call(GALLERY_NAMES, None) if caller.may_see(name))


def galleries_named(service: EnrollmentService, caller: Caller, gallery: str) -> Sequence[str]:
    """Return the gallery of a name, or all that the client may see.

    Raises
    ------
    RecordNotFoundError
        When there is no such gallery, or the client may not see it.
    """
    visible = visible_galleries(service, caller)
    if gallery == ALL_GALLERIES:
        return visible
    if gallery not in visible:
        raise (RecordNotFoundError if caller.may_see(gallery) else HiddenRecordError)("no such gallery")
    return (gallery,)


def _encounters(
    service: EnrollmentService, person: str, name: str | None, *, with_files: bool = False
) -> tuple[KeptEncounter, ...]:
    """Return encounters whoever may see them; in the same words whether nobody is known or only no such encounter."""
    try:
        return service.call(READ_ENCOUNTERS, ReadEncounters(person=person, name=name, with_files=with_files))
    except RecordNotFoundError:
        raise RecordNotFoundError(_UNKNOWN) from None
