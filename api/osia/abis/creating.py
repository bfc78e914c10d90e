"""Encounters that come: each is searched in its galleries and decided like every enrollment."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from api.http.access import Caller
from api.http.desk import Desk
from api.http.problems import Refusal
from api.osia.abis.bodies import EncounterBody
from api.osia.abis.calls import AbisAnswer, AbisCall
from api.osia.abis.documents import document_text
from api.osia.abis.visibility import require_changeable, require_galleries, require_own, visible_galleries
from api.osia.biographic import record_of
from api.osia.exceptions import stated_exceptions
from api.osia.pictures import ReceivedPictures, received_pictures, refuse_claims, require_pictures
from biometrics.decisions import NotEnrolled
from biometrics.errors import ManifestError, SampleError
from biometrics.records import EncounterContext
from enrollment.encounters.drafts import EncounterDraft, RecordedEncounter
from enrollment.engine.service import EnrollmentService
from enrollment.preparation import PreparedSubmission, prepare_received
from enrollment.submission import check_label
from registry.identifiers import new_identifier


def create_encounter(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Record an encounter of a person, new or known; whatever is not named gets an identifier."""
    service = desk.service(call.caller.actor())
    if "personId" in call.path:
        require_own(service, call.caller, call.path["personId"])
    draft = _draft(desk, service, call, request=_request_digest(call))
    return _recorded(service.record_encounter(draft))


def update_encounter(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Put an encounter in the place of another of the same name."""
    service = desk.service(call.caller.actor())
    require_changeable(service, call.caller, call.path["personId"], call.path["encounterId"])
    return _recorded(service.replace_encounter(_draft(desk, service, call, request=None)))


def _draft(desk: Desk, service: EnrollmentService, call: AbisCall, *, request: str | None) -> EncounterDraft:
    body = EncounterBody.model_validate(call.body)
    _refuse_claims_of_all(body)
    _require_own_name(body, call)
    person = identifier(call.path["personId"], "personId") if "personId" in call.path else None
    name = identifier(call.path["encounterId"], "encounterId") if "encounterId" in call.path else None
    require_galleries(call.caller, body.galleries)
    require_known(service, call.caller, body.galleries)
    pictures = received_pictures(body.biometric_data)
    prepared = _prepared(desk, call.caller, person or new_identifier(), body, pictures)
    captured = {one.sample.position for one in prepared.samples}
    exceptions = stated_exceptions(body.biometric_data, captured, client=call.caller.client)
    if not exceptions:
        require_pictures(pictures)
    return EncounterDraft(
        prepared=prepared,
        galleries=tuple(body.galleries),
        name=name,
        document=document_text(body, pictures.digests),
        in_use=body.status == "ACTIVE",
        exceptions=exceptions,
        request=request,
        new_person=person is None,
        record=record_of(body.biographic_data),
        new_galleries=new_galleries(call.caller),
    )


def _prepared(
    desk: Desk, caller: Caller, person: str, body: EncounterBody, pictures: ReceivedPictures
) -> PreparedSubmission:
    # Who acts is what the token says, never what the body says.
    context = EncounterContext(
        operator=caller.subject, station=caller.station, post=caller.post, purpose=caller.purpose
    )
    with desk.metrics.extraction():
        return prepare_received(person, pictures.images, desk.extractors, body.galleries[0], context)


def _recorded(outcome: RecordedEncounter | NotEnrolled) -> AbisAnswer:
    if isinstance(outcome, NotEnrolled):
        advice = "; ".join(reason.advice for reason in outcome.reasons)
        raise SampleError(f"nothing was recorded: {advice}", source="biometricData")
    others: dict[str, Any] = {"outcome": outcome.outcome.value}
    if outcome.case_id is not None:
        others["case"] = outcome.case_id
    if outcome.repeated:
        others["repeated"] = True
    content = {"personId": outcome.person, "encounterId": outcome.name, "others": others}
    return AbisAnswer(status=200, content=content)


def identifier(text: str, what: str) -> str:
    """Return an identifier that a client chose.

    Raises
    ------
    SampleError
        When it is no short printable text in normal form: two that look alike must not be two persons.
    """
    try:
        settled = check_label(text, what)
    except ManifestError as error:
        raise SampleError(error.message, source=what, remedy=error.remedy) from None
    if settled != text:
        raise SampleError("the identifier is not in Unicode's normal form NFC, or has space around it", source=what)
    return text


def require_known(service: EnrollmentService, caller: Caller, galleries: list[str]) -> None:
    """Require that galleries exist, unless the client may create them.

    Raises
    ------
    Refusal
        When one does not.
    """
    if not caller.rights.creates_galleries and set(galleries) - set(visible_galleries(service, caller)):
        raise Refusal("right", "there is no such gallery, and the client may not create one")


def new_galleries(caller: Caller) -> str | None:
    """Return for what a client's new galleries are created; None where it may create none."""
    return f"osia:{caller.client}" if caller.rights.creates_galleries else None


def _refuse_claims_of_all(body: EncounterBody) -> None:
    if body.encryption is not None or body.integrity:
        raise SampleError(
            "encrypted data and blocks of integrity are not taken", remedy="send the encounter in clear, without them"
        )
    for index, element in enumerate(body.biometric_data):
        try:
            refuse_claims(element)
        except SampleError as error:
            raise error.at(f"biometricData[{index}]") from None


def _require_own_name(body: EncounterBody, call: AbisCall) -> None:
    named = call.path.get("encounterId")
    if named is not None and body.encounter_id is not None and body.encounter_id != named:
        raise SampleError(
            "encounterId is another in the body than in the path", source="encounterId", remedy="leave it out"
        )


def _request_digest(call: AbisCall) -> str:
    """Return what is the same when the same request comes again, and differs whenever anything in it does."""
    said = [call.caller.client, call.operation, call.transaction, dict(call.path), call.body]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
