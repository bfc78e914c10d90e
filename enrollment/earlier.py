"""What an earlier enrollment of the same samples came to, so that a repeated one writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.cases import AdjudicationCase
from biometrics.decisions import Duplicate, EnrollmentOutcome, NeedsReview, Unique
from biometrics.errors import RecordConflictError, RecordNotFoundError
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


def decided_outcome(record: Reader, encounter: Encounter) -> tuple[Finding, AdjudicationCase | None]:
    """Return what was decided when an encounter was recorded, and the case that was opened then, if any.

    A later deduplication may have raised the case's priority, and a verdict or a merge may have followed; the trail
    keeps what the search itself came to.
    """
    case = _case(record, encounter.encounter_id)
    # Of the subject that it was about: a merge since does not change that.
    about = encounter.subject_id if case is None else case.subject_id
    found = [
        Finding(str(event.details["outcome"]))
        for event in record.events_about(about)
        if event.action == "enrolled" and event.details.get("encounter_id") in (None, encounter.encounter_id)
    ]
    waits = encounter.status is EncounterStatus.PENDING
    finding = found[-1] if found else Finding.REVIEW if waits else Finding.UNIQUE
    return finding, None if finding is Finding.UNIQUE else case


def _case(record: Reader, encounter_id: str) -> AdjudicationCase | None:
    try:
        return record.case_of_encounter(encounter_id)
    except RecordNotFoundError:
        return None


def _outcome(record: Reader, encounter: Encounter) -> EnrollmentOutcome:
    subject_id = encounter.subject_id
    if encounter.status is not EncounterStatus.PENDING:
        return Unique(subject_id=subject_id)
    case = record.case_of_encounter(encounter.encounter_id)
    if decided_outcome(record, encounter)[0] is Finding.DUPLICATE and case.candidates:
        return Duplicate(subject_id=subject_id, of=case.candidates[0].subject_id, case_id=case.case_id)
    return NeedsReview(subject_id=subject_id, case_id=case.case_id)
