"""Encounters that are taken out of use, put elsewhere, filed under another person, or deleted."""

from __future__ import annotations

from api.http.desk import Desk
from api.http.problems import Refusal
from api.osia.abis.calls import NOTHING, AbisAnswer, AbisCall
from api.osia.abis.creating import new_galleries, require_known
from api.osia.abis.visibility import read_visible, require_changeable, require_galleries
from biometrics.errors import RecordNotFoundError, SampleError
from biometrics.records import EncounterStatus
from enrollment.encounters.drafts import Placement
from enrollment.engine.service import EnrollmentService
from enrollment.operations.encounters import (
    FILED,
    GONE,
    MERGE_PERSONS_OF,
    MOVE_NAMED,
    RETIRE_ENCOUNTERS,
    SET_IN_USE,
    Filed,
    Gone,
    MergePersonsOf,
    MoveNamed,
    RetireEncounters,
    SetInUse,
)

_STATUSES = {"ACTIVE": True, "INACTIVE": False}


def delete_encounter(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Retire one encounter."""
    return _retire(desk, call, call.path["encounterId"])


def delete_all(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Retire all encounters of a person."""
    return _retire(desk, call, None)


def _retire(desk: Desk, call: AbisCall, name: str | None) -> AbisAnswer:
    service = desk.service(call.caller.actor())
    person = call.path["personId"]
    try:
        require_changeable(service, call.caller, person, name)
        service.call(RETIRE_ENCOUNTERS, RetireEncounters(person=person, name=name))
    except RecordNotFoundError:
        # A task may be performed again, after its first performing ended before it could tell.
        if call.task_id is None or not service.call(GONE, Gone(person=person, name=name)):
            raise
    return NOTHING


def merge_persons(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Make two persons one; what was the source's is the target's."""
    service = desk.service(call.caller.actor())
    target, source = _two_persons(call)
    try:
        for person in (target, source):
            require_changeable(service, call.caller, person)
        service.call(MERGE_PERSONS_OF, MergePersonsOf(target=target, source=source, reason=_reason("merge", call)))
    except RecordNotFoundError:
        _require_filed(service, call, Filed(target=target, source=source))
    return NOTHING


def move_encounter(desk: Desk, call: AbisCall) -> AbisAnswer:
    """File one encounter under another person."""
    service = desk.service(call.caller.actor())
    target, source = _two_persons(call)
    name = call.path["encounterId"]
    try:
        require_changeable(service, call.caller, source, name)
        require_changeable(service, call.caller, target)
        service.call(MOVE_NAMED, MoveNamed(target=target, source=source, name=name, reason=_reason("move", call)))
    except RecordNotFoundError:
        _require_filed(service, call, Filed(target=target, source=source, name=name))
    return NOTHING


def update_status(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Let an encounter identify its person, or not."""
    if call.query["status"] not in _STATUSES:
        raise SampleError("the status is none of OSIA's", source="status", remedy="send ACTIVE or INACTIVE")
    in_use = _STATUSES[call.query["status"]]
    service = desk.service(call.caller.actor())
    person, name = call.path["personId"], call.path["encounterId"]
    require_changeable(service, call.caller, person, name)
    (kept,) = read_visible(service, call.caller, person, name)
    if in_use and kept.status is not EncounterStatus.ACTIVE:
        raise Refusal("forbidden", "the encounter waits for a person's decision, or was decided against")
    service.call(SET_IN_USE, SetInUse(person=person, name=name, in_use=in_use))
    return NOTHING


def update_galleries(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Put an encounter into these galleries and no others; in those new to it, it is searched."""
    service = desk.service(call.caller.actor())
    person, name = call.path["personId"], call.path["encounterId"]
    galleries: list[str] = call.body
    require_changeable(service, call.caller, person, name)
    require_galleries(call.caller, galleries)
    require_known(service, call.caller, galleries)
    service.place_encounter(
        Placement(person=person, name=name, galleries=tuple(galleries), new_galleries=new_galleries(call.caller))
    )
    return NOTHING


def _require_filed(service: EnrollmentService, call: AbisCall, asked: Filed) -> None:
    """Let a task that is performed again find its own work done; anybody else learns that somebody is unknown."""
    if call.task_id is None or not service.call(FILED, asked):
        raise RecordNotFoundError("no such person or encounter")


def _two_persons(call: AbisCall) -> tuple[str, str]:
    target, source = call.path["personIdTarget"], call.path["personIdSource"]
    if target == source:
        raise SampleError("the two persons are one and the same", source="personIdSource")
    return target, source


def _reason(what: str, call: AbisCall) -> str:
    transaction = "".join(letter if letter.isprintable() else "?" for letter in call.transaction[:100])
    return f"OSIA {what}, transaction {transaction}, client {call.caller.client}"
