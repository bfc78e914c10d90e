"""Operations that restrict what is done with a person's data, or keep them from being erased; supervisors decide.

Ending such a measure takes a second person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from biometrics.records import Actor
from biometrics.rights.records import LegalHold, Restriction
from biometrics.rights.words import RequestKind
from enrollment.operations.merging import second_person
from enrollment.operations.operation import Operation
from enrollment.operations.rights_rules import APPROVED, DECIDES, require_request, require_role
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictPerson:
    """Asks to use a person's data no longer: for one purpose, or (None) for all."""

    person: str
    reason: str = field(repr=False)
    purpose: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMeasure:
    """Asks to lift a restriction or a legal hold, which another person than who asks has approved."""

    measure_id: str
    approver: str
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPerson:
    """Asks to keep a person from being erased, by an act of an authority."""

    person: str
    reference: str = field(repr=False)
    reason: str = field(repr=False)
    until: datetime | None = None


def _restrict(registry: Registry, actor: Actor, asked: RestrictPerson) -> Restriction:
    require_role(actor, DECIDES)
    with registry.writing(actor) as writer:
        subject_id = writer.merges.survivor(writer.people.find(asked.person))
        kind = RequestKind.LOCK if asked.purpose is None else RequestKind.OBJECTION
        require_request(writer, asked.request_id, kind, subject_id)
        return writer.rights.restrict(
            subject_id, purpose=asked.purpose, reason=asked.reason, request_id=asked.request_id
        )


def _lift_restriction(registry: Registry, actor: Actor, asked: EndMeasure) -> Restriction:
    require_role(actor, DECIDES)
    approver = second_person(actor, asked.approver)
    with registry.writing(actor) as writer:
        lifted = writer.rights.lift_restriction(asked.measure_id, reason=asked.reason)
        writer.append_event(APPROVED, lifted.subject_id, {"measure": asked.measure_id, "approver": approver})
        return lifted


def _hold(registry: Registry, actor: Actor, asked: HoldPerson) -> LegalHold:
    require_role(actor, DECIDES)
    with registry.writing(actor) as writer:
        subject_id = writer.merges.survivor(writer.people.find(asked.person))
        return writer.rights.hold(subject_id, reason=asked.reason, reference=asked.reference, until=asked.until)


def _lift_hold(registry: Registry, actor: Actor, asked: EndMeasure) -> LegalHold:
    require_role(actor, DECIDES)
    approver = second_person(actor, asked.approver)
    with registry.writing(actor) as writer:
        lifted = writer.rights.lift_hold(asked.measure_id, reason=asked.reason)
        writer.append_event(APPROVED, lifted.subject_id, {"measure": asked.measure_id, "approver": approver})
        return lifted


RESTRICT = Operation("rights.restrict", _restrict)
LIFT_RESTRICTION = Operation("rights.lift_restriction", _lift_restriction)
HOLD = Operation("rights.hold", _hold)
LIFT_HOLD = Operation("rights.lift_hold", _lift_hold)

MEASURES: tuple[Operation[Any, Any], ...] = (RESTRICT, LIFT_RESTRICTION, HOLD, LIFT_HOLD)
