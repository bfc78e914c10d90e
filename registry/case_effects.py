"""What closing a case does to the people it is about, and how reopening undoes it, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from biometrics.cases import AdjudicationCase, CaseOutcome, Verdict
from biometrics.errors import RecordConflictError
from biometrics.records import EncounterStatus, SubjectStatus
from registry.cases import WAITING
from registry.decided_pairs import forget_pairs, record_pairs
from registry.merging import find_merge, merge, require_mergeable, resolve, unmerge
from registry.people_life import life_status
from registry.retiring import restore_encounter, retire_encounter
from registry.rows import StoredRow
from registry.tables.cases import cases
from registry.tables.core import encounters, subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What closing a case did.

    Parameters
    ----------
    decided_encounter, retired_encounter
        Whether its encounter waited for the answer, and whether it was taken out of use.
    merge_id
        The merge that was made.
    rejected, inactivated
        Encounters that were in use and were rejected, and subjects that were active and are not any more.
    """

    decided_encounter: bool = False
    retired_encounter: bool = False
    merge_id: str | None = None
    rejected: tuple[str, ...] = ()
    inactivated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closing:
    """A case that is being closed: whose its encounter is by now, and where that stands."""

    case: AdjudicationCase
    verdict: Verdict
    owner: str
    status: EncounterStatus

    @property
    def encounter_id(self) -> str:
        """The encounter the case is about."""
        return self.case.encounter_id

    @property
    def waits(self) -> bool:
        """Whether the encounter waits for the answer."""
        return self.status is EncounterStatus.PENDING


def apply_outcome(connection: Connection, case: AdjudicationCase, verdict: Verdict) -> Effects:
    """Do what the closing verdict of a case means for the people it is about.

    Raises
    ------
    RecordConflictError
        When people who shall be merged cannot be.
    """
    row = _encounter(connection, case)
    closing = _Closing(case=case, verdict=verdict, owner=row.subject_id, status=row.status)
    effects = _EFFECTS[verdict.outcome](connection, closing)
    if verdict.outcome is not CaseOutcome.SAME_PERSON:
        others = [resolve(connection, candidate.subject_id) for candidate in case.candidates]
        record_pairs(connection, case.case_id, row.subject_id, others, verdict.outcome)
    return effects


def require_possible(connection: Connection, case: AdjudicationCase, verdict: Verdict) -> None:
    """Refuse a verdict that could not have its effect, be it the first or the last: a refusal tells nothing of others.

    Raises
    ------
    RecordConflictError
        When people who are found to be one cannot be merged, or who are found to be two are one by now.
    """
    if not verdict.outcome.adverse or verdict.candidate_id is None:
        return
    row = _encounter(connection, case)
    other = resolve(connection, verdict.candidate_id)
    if verdict.outcome is CaseOutcome.SAME_PERSON and other != row.subject_id:
        require_mergeable(connection, row.subject_id, other)
    if verdict.outcome is CaseOutcome.FRAUD and other == row.subject_id and row.status is EncounterStatus.ACTIVE:
        raise RecordConflictError(
            "the two were merged into one person since",
            source=case.case_id,
            remedy="undo that merge first, or decide same_person",
        )


def undo_effects(connection: Connection, case: AdjudicationCase, done: Effects, reason: str) -> None:
    """Undo what closing a case did, as far as nobody changed it since; its encounter waits again if it did before.

    Raises
    ------
    RecordConflictError
        When later changes rest upon it.
    """
    forget_pairs(connection, case.case_id)
    if done.merge_id is not None and find_merge(connection, done.merge_id).undone_at is None:
        unmerge(connection, done.merge_id, reason=reason)
    _set_encounters(connection, done.rejected, EncounterStatus.REJECTED, EncounterStatus.ACTIVE)
    for subject_id in done.inactivated:  # who died since, or was found inactive otherwise, remains so
        _set_subjects(connection, (subject_id,), SubjectStatus.INACTIVE, life_status(connection, subject_id))
    if done.retired_encounter:
        restore_encounter(connection, case.encounter_id, EncounterStatus.PENDING)
    elif done.decided_encounter:
        # What another case rejected stays rejected.
        present = EncounterStatus.REJECTED if case.outcome is CaseOutcome.FRAUD else EncounterStatus.ACTIVE
        _set_encounters(connection, (case.encounter_id,), present, EncounterStatus.PENDING)


def effects_values(effects: Effects) -> dict[str, object]:
    """Return what a case keeps of its effects."""
    return {
        "decided_encounter": effects.decided_encounter,
        "retired_encounter": effects.retired_encounter,
        "merge_id": effects.merge_id,
        "rejected": list(effects.rejected),
        "inactivated": list(effects.inactivated),
    }


def effects_of(stored: dict[str, Any]) -> Effects:
    """Return the effects that a case kept; a case closed without a trace of them had none."""
    lists = {name: tuple(stored.get(name, ())) for name in ("rejected", "inactivated")}
    return Effects(**{**stored, **lists})


def _accept(connection: Connection, closing: _Closing) -> Effects:
    """Let the encounter count, unless another case about it is still to be answered."""
    elsewhere = select(cases.c.case_id).where(
        WAITING, cases.c.encounter_id == closing.encounter_id, cases.c.case_id != closing.case.case_id
    )
    if closing.waits and connection.execute(elsewhere.limit(1)).first() is None:
        _set_encounters(connection, (closing.encounter_id,), EncounterStatus.PENDING, EncounterStatus.ACTIVE)
    return Effects(decided_encounter=closing.waits)


def _merge(connection: Connection, closing: _Closing) -> Effects:
    """Merge the subject into the candidate; of two who were enrolled before, the newer into the older."""
    other = resolve(connection, str(closing.verdict.candidate_id))
    merge_id = None
    if other != closing.owner:
        pair = (closing.owner, other)
        source, into = pair if closing.waits else _newer_first(connection, *pair)
        merge_id = merge(connection, source, into, reason=closing.verdict.reason, case_id=closing.case.case_id)
    accepted = _accept(connection, closing)
    return Effects(decided_encounter=accepted.decided_encounter, merge_id=merge_id)


def _reject(connection: Connection, closing: _Closing) -> Effects:
    """Reject the encounter, or what the newer of two enrolled subjects brought; who keeps nothing is inactive.

    An encounter that is out of use already, by another case about it, takes nobody else with it.
    """
    subject_id, rejected = closing.owner, tuple[str, ...]()
    if closing.waits:
        _set_encounters(connection, (closing.encounter_id,), EncounterStatus.PENDING, EncounterStatus.REJECTED)
    elif closing.status is EncounterStatus.ACTIVE:
        if closing.verdict.candidate_id is not None:
            other = resolve(connection, closing.verdict.candidate_id)
            subject_id, _ = _newer_first(connection, closing.owner, other)
        rejected = _active_encounters(connection, subject_id)
        _set_encounters(connection, rejected, EncounterStatus.ACTIVE, EncounterStatus.REJECTED)
    decided = closing.waits or bool(rejected)
    keeps = _active_encounters(connection, subject_id)
    inactivated = _inactivate(connection, subject_id) if decided and not keeps else ()
    return Effects(decided_encounter=closing.waits, rejected=rejected, inactivated=inactivated)


def _retire(connection: Connection, closing: _Closing) -> Effects:
    """Take a waiting encounter out of use: the person is to be captured again."""
    if closing.waits:
        retire_encounter(connection, closing.encounter_id)
    return Effects(decided_encounter=closing.waits, retired_encounter=closing.waits)


_EFFECTS: dict[CaseOutcome, Callable[[Connection, _Closing], Effects]] = {
    CaseOutcome.SAME_PERSON: _merge,
    CaseOutcome.FRAUD: _reject,
    CaseOutcome.DIFFERENT_PERSONS: _accept,
    CaseOutcome.TWIN_OR_RELATIVE: _accept,
    CaseOutcome.UNFOUNDED: _accept,
    CaseOutcome.DATA_ERROR: _retire,
    CaseOutcome.INSUFFICIENT_QUALITY: _retire,
}


def _encounter(connection: Connection, case: AdjudicationCase) -> StoredRow:
    return connection.execute(select(encounters).where(encounters.c.encounter_id == case.encounter_id)).one()


def _newer_first(connection: Connection, one: str, other: str) -> tuple[str, str]:
    created = {
        row.subject_id: row.created_at
        for row in connection.execute(
            select(subjects.c.subject_id, subjects.c.created_at).where(subjects.c.subject_id.in_((one, other)))
        ).all()
    }
    older, newer = sorted((one, other), key=lambda subject_id: (created[subject_id], subject_id))
    return newer, older


def _active_encounters(connection: Connection, subject_id: str) -> tuple[str, ...]:
    active = (encounters.c.subject_id == subject_id, encounters.c.status == EncounterStatus.ACTIVE)
    return tuple(connection.scalars(select(encounters.c.encounter_id).where(*active)).all())


def _inactivate(connection: Connection, subject_id: str) -> tuple[str, ...]:
    """Set an active subject inactive; return whom that concerned."""
    changed = _set_subjects(connection, (subject_id,), SubjectStatus.ACTIVE, SubjectStatus.INACTIVE)
    return (subject_id,) if changed else ()


def _set_encounters(
    connection: Connection, encounter_ids: Iterable[str], present: EncounterStatus, new: EncounterStatus
) -> None:
    which = encounters.c.encounter_id.in_(list(encounter_ids))
    connection.execute(update(encounters).where(which, encounters.c.status == present).values(status=new))


def _set_subjects(
    connection: Connection, subject_ids: Iterable[str], present: SubjectStatus, new: SubjectStatus
) -> int:
    which = subjects.c.subject_id.in_(list(subject_ids))
    return connection.execute(update(subjects).where(which, subjects.c.status == present).values(status=new)).rowcount
