"""What an earlier enrollment of the same samples came to, so that a repeated one writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.decisions import Duplicate, EnrollmentOutcome, NeedsReview, Unique
from biometrics.errors import RecordConflictError
from biometrics.records import Encounter, EncounterStatus, StoredSample
from matching.policy import Finding
from registry.reading import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierEnrollment:
    """What an enrollment of the very same samples came to, and those samples as they were recorded."""

    outcome: EnrollmentOutcome
    samples: tuple[StoredSample, ...]
    simulated: bool


def find_earlier(record: Reader, label: str, digests: frozenset[str]) -> EarlierEnrollment | None:
    """Return the enrollment of these very samples under a label; None when the label is new, or of nobody with samples.

    Raises
    ------
    RecordConflictError
        When the label is enrolled with other samples.
    """
    subject = record.subject_by_label(label)
    if subject is None:
        return None
    known = record.encounter_digests(label)
    if not known:
        return None  # a child who was recorded without biometrics, or somebody to be captured again
    same = [one for one in record.encounters(subject.subject_id) if known.get(one.encounter_id) == digests]
    if not same:
        raise RecordConflictError(
            "this person is enrolled already, with other samples",
            source=label,
            remedy="use another identifier, or verify the new samples against the enrolled person",
        )
    outcome = _outcome(record, same[0])
    return EarlierEnrollment(outcome=outcome, samples=same[0].samples, simulated=subject.simulated)


def _outcome(record: Reader, encounter: Encounter) -> EnrollmentOutcome:
    subject_id = encounter.subject_id
    if encounter.status is not EncounterStatus.PENDING:
        return Unique(subject_id=subject_id)
    case = record.case_of_encounter(encounter.encounter_id)
    # A later deduplication may have raised the case's priority; what the enrollment itself found is in the trail, of
    # the subject that it was about: a merge since does not change that.
    found = [event.details["outcome"] for event in record.events_about(case.subject_id) if event.action == "enrolled"]
    if found[-1:] == [Finding.DUPLICATE.value] and case.candidates:
        return Duplicate(subject_id=subject_id, of=case.candidates[0].subject_id, case_id=case.case_id)
    return NeedsReview(subject_id=subject_id, case_id=case.case_id)
