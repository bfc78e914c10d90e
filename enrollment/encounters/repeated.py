"""What a request came to that was answered before, so that asking again writes nothing and is answered the same."""

from __future__ import annotations

from enrollment.earlier import decided_outcome
from enrollment.encounters.drafts import RecordedEncounter
from registry.reading import Reader


def find_repeated(record: Reader, request: str | None) -> RecordedEncounter | None:
    """Return the encounter that a request made, with what was answered then; None when it made none."""
    encounter_id = None if request is None else record.documents.by_request(request)
    return None if encounter_id is None else recorded(record, encounter_id, repeated=True)


def recorded(record: Reader, encounter_id: str, *, repeated: bool = False) -> RecordedEncounter:
    """Return an encounter as it was answered when it was recorded."""
    encounter, document = record.encounter(encounter_id), record.documents.of(encounter_id)
    finding, case = decided_outcome(record, encounter)
    return RecordedEncounter(
        person=record.subject(encounter.subject_id).label,
        subject_id=encounter.subject_id,
        encounter_id=encounter_id,
        name=encounter_id if document is None else document.name,
        outcome=finding,
        case_id=None if case is None else case.case_id,
        repeated=repeated,
    )
