"""From what was collected to a person: an enrollment that holds biometrics is searched, decided and recorded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from api.http.access import Caller
from api.http.desk import Desk
from api.http.problems import Refusal
from api.osia.abis.bodies import EncounterBody
from api.osia.abis.documents import document_text
from api.osia.biographic import record_of
from api.osia.enrollment.buffers import read_buffer, with_images
from api.osia.enrollment.drafts import read_draft
from api.osia.enrollment.models import Collected
from api.osia.exceptions import stated_exceptions
from api.osia.models import BiometricDataBase
from api.osia.pictures import received_pictures, require_pictures
from biometrics.decisions import NotEnrolled
from biometrics.errors import RecordConflictError, RecordNotFoundError, SampleError
from biometrics.records import DEFAULT_GALLERY, EncounterContext
from enrollment.encounters.drafts import EncounterDraft, FinalizedDraft
from enrollment.operations.drafts import FINISH_DRAFT, FinishDraft, KeptDraft
from enrollment.preparation import prepare_received

_CITIZENS = frozenset({None, "citizen", DEFAULT_GALLERY})
"""Types of enrollments that go where nobody says otherwise; any other type is the name of a gallery."""

_UNSTATED_TYPE = "enrollment"


def finalize(desk: Desk, caller: Caller, draft_id: str) -> None:
    """Finalize an enrollment: whoever it holds pictures of is enrolled under its identifier, in the same moment.

    One that is finalized already stays as it is. One without biometric data gives nobody an identity.

    Raises
    ------
    Refusal
        404 when there is none; 403 when it cannot be enrolled, and then it is still in progress.
    BiometricsError
        When a picture cannot be used.
    """
    draft = read_draft(desk, caller, draft_id)
    if draft.finalized:
        return
    collected = Collected.model_validate(json.loads(draft.document))
    try:
        if collected.biometric_data:
            _enroll(desk, caller, draft, collected)
        else:
            asked = FinishDraft(draft_id=draft_id, client=caller.client, expected_version=draft.version)
            desk.service(caller.actor()).call(FINISH_DRAFT, asked)
    except RecordConflictError as error:
        if not read_draft(desk, caller, draft_id).finalized:  # else another request came first, with the same result
            raise Refusal("forbidden", f"it cannot be finalized: {error.message}") from None


def _enroll(desk: Desk, caller: Caller, draft: KeptDraft, collected: Collected) -> None:
    encounter = _encounter(desk, caller, draft, collected)
    try:
        outcome = desk.service(caller.actor()).record_encounter(encounter)
    except RecordNotFoundError as error:
        raise Refusal("forbidden", f"it cannot be finalized: {error.message}") from None
    if isinstance(outcome, NotEnrolled):
        reasons = "; ".join(reason.advice for reason in outcome.reasons)
        raise Refusal("content", f"nobody was enrolled: {reasons}")


def _encounter(desk: Desk, caller: Caller, draft: KeptDraft, collected: Collected) -> EncounterDraft:
    if collected.encryption is not None or collected.integrity:
        raise SampleError("encrypted or sealed data cannot be enrolled", remedy="send it in clear, without such blocks")
    gallery_id = _gallery(caller, collected.enrollment_type)
    stated = with_images(
        collected.biometric_data or (),
        draft.draft_id,
        lambda buffer_id: read_buffer(desk, caller, draft.draft_id, buffer_id),
    )
    pictures = received_pictures(stated)
    exceptions = stated_exceptions(stated, [one.position for one in pictures.images], client=caller.client)
    if not exceptions:
        require_pictures(pictures)
    with desk.metrics.extraction():
        prepared = prepare_received(draft.draft_id, pictures.images, desk.extractors, gallery_id, _context(caller))
    return EncounterDraft(
        prepared=prepared,
        galleries=(gallery_id,),
        document=_kept_document(collected, stated, gallery_id, pictures.digests),
        exceptions=exceptions,
        request=_request(caller, draft),
        new_person=True,
        record=record_of(collected.biographic_data),
        finalizes=FinalizedDraft(draft_id=draft.draft_id, version=draft.version),
    )


def _gallery(caller: Caller, enrollment_type: str | None) -> str:
    """Return where an enrollment is searched and recorded.

    A type that is no gallery of the client is refused: a search in another gallery would answer another question.
    """
    gallery_id = DEFAULT_GALLERY if enrollment_type in _CITIZENS else str(enrollment_type)
    if not caller.may_see(gallery_id):
        raise Refusal("right", "the client may not enroll into the gallery that enrollmentType names")
    return gallery_id


def _context(caller: Caller) -> EncounterContext:
    operator = caller.subject if caller.is_person else None
    return EncounterContext(operator=operator, station=caller.station, post=caller.post, purpose=caller.purpose)


def _kept_document(
    collected: Collected, stated: Sequence[BiometricDataBase], gallery_id: str, digests: Mapping[int, str]
) -> str:
    """Return what is kept with the encounter, so that OSIA Biometrics reads it like one of its own."""
    sent = collected.as_sent()
    content: dict[str, Any] = {name: sent[name] for name in ("contextualData", "biographicData") if name in sent}
    content |= {
        "status": "ACTIVE",
        "encounterType": collected.enrollment_type or _UNSTATED_TYPE,
        "galleries": [gallery_id],
        "biometricData": [one.as_sent() for one in stated],
    }
    return document_text(EncounterBody.model_validate(content), digests)


def _request(caller: Caller, draft: KeptDraft) -> str:
    """Return what is the same when the same enrollment is finalized again after an answer was lost."""
    named = json.dumps(["osia-enrollment", caller.client, draft.draft_id, draft.version])
    return hashlib.sha256(named.encode()).hexdigest()
