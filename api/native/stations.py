"""The work of stations' calls, in a thread: pictures become templates here, and one question goes to the engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from api.http.access import Caller
from api.http.desk import Desk
from api.http.problems import Refusal
from api.native.models.stations import EnrollAsked, IdentifyAsked, VerifyAsked
from api.native.pictures import capture_exception, received
from api.native.repeating import Request, other_request
from api.rights.notices import given_notice
from biometrics.decisions import NotEnrolled, Reason
from biometrics.people.record import PersonRecord
from biometrics.records import EncounterContext
from biometrics.scores import Candidate
from enrollment.context import filled, stated_context
from enrollment.encounters.drafts import EncounterDraft, RecordedEncounter
from enrollment.encounters.search import PersonFound, PersonSearch
from enrollment.engine.service import EnrollmentService
from enrollment.operations.encounters import READ_ENCOUNTERS, ReadEncounters
from enrollment.preparation import PreparedSample, PreparedSubmission, prepare_received
from enrollment.submission import check_label
from registry.rights.notices import NoticeText

_GENERATED = 32
"""Hexadecimal digits of a generated label, as many as other identifiers have."""


def enroll(desk: Desk, caller: Caller, asked: EnrollAsked, key: str) -> dict[str, Any]:
    """Enroll a person, once however often the same request comes under its key."""
    request = Request(client=caller.client, key=key, content=asked.model_dump_json())
    label = request.name[:_GENERATED] if asked.person is None else check_label(asked.person, "person")
    context = _context(caller, asked)
    notice = _notice(desk, asked)
    with desk.metrics.extraction():
        prepared = prepare_received(label, received(asked.pictures), desk.extractors, asked.gallery, context)
    prepared = replace(prepared, notice=notice)
    draft = EncounterDraft(
        prepared=prepared,
        galleries=(asked.gallery,),
        document=json.dumps({"body_sha256": request.sha256}),
        exceptions=tuple(map(capture_exception, asked.exceptions)),
        request=request.name,
        new_person=True,
        record=None if asked.record is None else PersonRecord.parse(asked.record),
    )
    service = desk.service(caller.actor())
    outcome = service.record_encounter(draft)
    if isinstance(outcome, NotEnrolled):
        return _not_enrolled(prepared, outcome)
    if outcome.repeated:
        _require_same(service, outcome, request)
    return _enrolled(prepared, outcome)


def identify(desk: Desk, caller: Caller, asked: IdentifyAsked) -> dict[str, Any]:
    """Search a person among everybody of a gallery."""
    with desk.metrics.extraction():
        prepared = prepare_received("probe", received(asked.pictures), desk.extractors, asked.gallery)
    search = PersonSearch(galleries=(asked.gallery,), prepared=prepared, limit=asked.limit)
    answer = desk.service(caller.actor()).search_persons(search)
    scores = caller.rights.scores
    return {
        "found": bool(answer.found),
        "candidates": [_candidate(rank, one, scores=scores) for rank, one in enumerate(answer.found, start=1)],
        "gallery_size": answer.gallery_size,
        "compared": answer.compared,
        "complete": answer.complete and not answer.withheld,
        "simulated": prepared.simulated,
        "reasons": _reasons(answer.reasons),
    }


def verify(desk: Desk, caller: Caller, asked: VerifyAsked) -> dict[str, Any]:
    """Compare a person with the one they claim to be.

    Raises
    ------
    Refusal
        When the client sees some galleries only and names none of them.
    """
    if asked.gallery is None and caller.rights.galleries is not None:
        raise Refusal("right", "name one of the galleries that the client may see")
    with desk.metrics.extraction():
        prepared = prepare_received("probe", received(asked.pictures), desk.extractors)
    verified = desk.service(caller.actor()).verify_person(prepared, asked.person, asked.gallery)
    answer = verified.answer
    told = answer.candidate if caller.rights.scores else None
    return {
        "match": answer.positive,
        "comparable": answer.candidate is not None,
        "person": verified.subject.label,
        "probe_simulated": prepared.simulated,
        "reference_simulated": verified.subject.simulated,
        "reasons": _reasons(answer.reasons),
        "evidence": None if told is None else _evidence(told),
    }


def _context(caller: Caller, asked: EnrollAsked) -> EncounterContext:
    """Return who met the person, where and why: as stated, else as the token says."""
    known = EncounterContext(operator=caller.subject, station=caller.station, post=caller.post, purpose=caller.purpose)
    return filled(stated_context(asked.meeting.model_dump()), known)


def _notice(desk: Desk, asked: EnrollAsked) -> NoticeText | None:
    stated = asked.notice
    if stated is None:
        return given_notice(desk.home, None)
    return given_notice(desk.home, stated.language, stated.notice, stated.version)


def _require_same(service: EnrollmentService, outcome: RecordedEncounter, request: Request) -> None:
    """Refuse a key that enrolled somebody with another request."""
    kept = service.call(READ_ENCOUNTERS, ReadEncounters(person=outcome.person, name=outcome.name))
    if any(json.loads(one.document).get("body_sha256") != request.sha256 for one in kept):
        raise other_request()


def _enrolled(prepared: PreparedSubmission, outcome: RecordedEncounter) -> dict[str, Any]:
    return {
        "outcome": outcome.outcome.value,
        "person": outcome.person,
        "subject_id": outcome.subject_id,
        "encounter": outcome.encounter_id,
        "case": outcome.case_id,
        "simulated": prepared.simulated,
        "repeated": outcome.repeated,
        "reasons": [],
        "samples": list(map(_sample, prepared.samples)),
    }


def _not_enrolled(prepared: PreparedSubmission, outcome: NotEnrolled) -> dict[str, Any]:
    return {
        "outcome": "not_enrolled",
        "person": None,
        "subject_id": None,
        "encounter": None,
        "case": None,
        "simulated": prepared.simulated,
        "repeated": False,
        "reasons": _reasons(outcome.reasons),
        "samples": list(map(_sample, prepared.samples)),
    }


def _sample(one: PreparedSample) -> dict[str, Any]:
    return {
        "position": one.sample.position.value,
        "quality": one.extraction.quality.value,
        "usable": one.extraction.template is not None,
        "reasons": _reasons(one.extraction.reasons),
    }


def _reasons(reasons: Sequence[Reason]) -> list[dict[str, str]]:
    return [{"code": one.value, "advice": one.advice} for one in reasons]


def _candidate(rank: int, one: PersonFound, *, scores: bool) -> dict[str, Any]:
    return {
        "rank": rank,
        "person": one.person,
        "subject_id": one.subject_id,
        "simulated": one.simulated,
        "evidence": _evidence(one.candidate) if scores else None,
    }


def _evidence(one: Candidate) -> dict[str, Any]:
    return {
        "score": one.score,
        "fmr": one.fmr.value,
        "extrapolated": one.fmr.extrapolated,
        "scores": {position.value: score.value for position, score in one.scores.items()},
    }
