"""Is this the one: pictures compared with a person, or with other pictures."""

from __future__ import annotations

from typing import Any

from api.http.desk import Desk
from api.osia.abis.bodies import VerifyFromBioBody, VerifyFromIdBody
from api.osia.abis.calls import AbisAnswer, AbisCall
from api.osia.abis.searching import prepared_probe, score_details
from api.osia.abis.visibility import ALL_GALLERIES, galleries_named, read_visible
from biometrics.errors import RecordNotFoundError, SampleError
from enrollment.engine.service import EnrollmentService
from enrollment.recognition import Verification, compare


def verify_from_id(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Compare pictures with a person who is recorded in a gallery."""
    body = VerifyFromIdBody.model_validate(call.body)
    _refuse_claims(body)
    service = desk.service(call.caller.actor())
    gallery_id = require_person_in(service, call)
    prepared = prepared_probe(desk, body.biometric_data)
    verified = service.verify_person(prepared, call.path["personId"], gallery_id)
    return _answer(verified.answer, call)


def verify_from_bio(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Compare two sets of pictures; nothing recorded is looked at."""
    body = VerifyFromBioBody.model_validate(call.body)
    _refuse_claims(body)
    first = prepared_probe(desk, body.biometric_data1, where="biometricData1")
    second = prepared_probe(desk, body.biometric_data2, where="biometricData2")
    return _answer(compare(first, second, desk.calibrations, desk.policy), call)


def require_person_in(service: EnrollmentService, call: AbisCall) -> str | None:
    """Return the gallery in which a person is compared; None for any, where the client may see all.

    Raises
    ------
    RecordNotFoundError
        When there is no such gallery, or nobody of this identifier in it, that the client may see.
    """
    gallery = call.path["galleryId"]
    if call.caller.rights.galleries is None:
        # For who sees everything the comparison itself tells who is not there: one question and one event less.
        return None if gallery == ALL_GALLERIES else gallery
    galleries_named(service, call.caller, gallery)
    kept = read_visible(service, call.caller, call.path["personId"])
    if gallery == ALL_GALLERIES:
        raise RecordNotFoundError("no such gallery")
    if not any(gallery in one.galleries for one in kept):
        raise RecordNotFoundError("no such person in the gallery")
    return gallery


def _refuse_claims(body: VerifyFromIdBody | VerifyFromBioBody) -> None:
    if body.encryption is not None or body.integrity:
        raise SampleError("encrypted data and blocks of integrity are not taken", remedy="send the pictures in clear")


def _answer(found: Verification, call: AbisCall) -> AbisAnswer:
    if found.reasons:
        raise SampleError("; ".join(reason.advice for reason in found.reasons), source="biometricData")
    if found.candidate is None:
        # To say no would deny somebody whom nothing was compared of.
        raise SampleError("the two share nothing that can be compared", remedy="send pictures of the same parts")
    threshold = call.query.get("threshold")
    decision = found.positive and (threshold is None or found.candidate.score >= threshold)
    content: dict[str, Any] = {"decision": decision}
    if call.caller.rights.scores:
        fused = {"score": found.candidate.score}
        content["scores"] = [fused, *score_details(found.candidate.scores)]
    return AbisAnswer(status=200, content=content)
