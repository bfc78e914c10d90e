"""Who may do what about people's rights, and which request a measure answers."""

from __future__ import annotations

from biometrics.errors import CaseForbiddenError, RecordConflictError
from biometrics.records import Actor, ActorRole
from biometrics.rights.records import RightsRequest
from biometrics.rights.words import RequestDecision, RequestKind
from registry.writing import Writer

RECEIVES = frozenset({ActorRole.OPERATOR, ActorRole.SUPERVISOR})
DECIDES = frozenset({ActorRole.SUPERVISOR})

APPROVED = "rights.approved"
"""The event that names the second person, beside the one of the measure itself."""


def require_role(actor: Actor, roles: frozenset[ActorRole]) -> None:
    """Refuse whoever acts in another role.

    Raises
    ------
    CaseForbiddenError
        When they do.
    """
    if actor.role not in roles:
        named = " or ".join(sorted(role.value for role in roles))
        raise CaseForbiddenError(f"only {named} may do this", remedy="act in that role")


def require_request(writer: Writer, request_id: str | None, kind: RequestKind, subject_id: str) -> RightsRequest | None:
    """Return the request that a measure answers, if it is of this kind and person and not refused."""
    if request_id is None:
        return None
    request = writer.rights.find_request(request_id)
    asked_for = None if request.subject_id is None else writer.merges.survivor(request.subject_id)
    if request.kind is not kind or asked_for != subject_id:
        raise RecordConflictError("this request asks for something else, or for somebody else", source=request_id)
    if request.decision not in (None, RequestDecision.GRANTED, RequestDecision.PARTLY):
        raise RecordConflictError("this request was refused or withdrawn", source=request_id)
    return request
