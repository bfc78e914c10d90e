"""What is recorded about a person, as JSON output shows it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from biometrics.errors import PersonDataError
from biometrics.people.names import NameKind
from biometrics.people.transliteration import TD3_NAME, mrz_name

if TYPE_CHECKING:
    from biometrics.people.history import (
        GrantedException,
        HeldEvidence,
        HeldGuardian,
        HeldNumber,
        PersonFile,
        PersonVersion,
        RecordedLifeEvent,
    )
    from biometrics.people.record import PersonRecord
    from biometrics.records import Encounter
    from enrollment.operations.merging import Merged
    from enrollment.operations.people import ShownPerson
    from registry.merging import Merge


def person_document(shown: ShownPerson, *, history: bool) -> dict[str, Any]:
    """Return everything about a person; without history only what holds now."""
    subject, file = shown.subject, shown.file
    current = file.current
    return {
        "person": subject.label,
        "subject_id": subject.subject_id,
        "simulated": subject.simulated,
        "status": subject.status.value,
        "survivor": None if shown.survivor == subject.subject_id else shown.survivor,
        "current": None if current is None else _version(current),
        **({"versions": [_version(one) for one in file.versions]} if history else {}),
        **_entries(file, history=history),
        "exceptions": [_exception(one) for one in file.exceptions],
        "encounters": [_encounter(one) for one in shown.encounters],
        "cases": list(shown.cases),
        "merges": [_merge(one) for one in shown.merges if history or one.undone_at is None],
    }


def _entries(file: PersonFile, *, history: bool) -> dict[str, Any]:
    return {
        "numbers": [_number(one) for one in file.numbers if history or one.ended_at is None],
        "evidence": [_evidence(one) for one in file.evidence if history or one.replaced_by is None],
        "guardians": [_guardian(one) for one in file.guardians if history or one.ended_at is None],
        "life_events": [_life_event(one) for one in file.life_events if history or one.annulled_at is None],
    }


def _version(one: PersonVersion) -> dict[str, Any]:
    return {
        "version": one.version,
        "recorded_at": one.recorded_at.isoformat(),
        "actor": one.actor,
        "reason": one.reason,
        "encounter": one.encounter_id,
        "record": one.record.document(),
        "mrz_name": _mrz_name(one.record),
    }


def _mrz_name(record: PersonRecord) -> str | None:
    """Return the current name as passports write it; None where a letter of it has no row in the table."""
    name = next((one for one in record.names if one.kind is NameKind.CURRENT), record.names[0])
    try:
        return mrz_name(name, TD3_NAME)
    except PersonDataError:
        return None


def _number(one: HeldNumber) -> dict[str, Any]:
    return {
        "number": one.identifier_id,
        "scheme": one.number.scheme.value,
        "value": one.number.value,
        "kind": one.number.kind.value,
        "valid_from": one.valid_from.isoformat(),
        "actor": one.actor,
        "reason": one.reason,
        "ended_at": _moment(one.ended_at),
        "end_reason": one.end_reason,
    }


def _evidence(one: HeldEvidence) -> dict[str, Any]:
    return {
        "evidence": one.evidence_id,
        **one.evidence.document(),
        "recorded_at": one.recorded_at.isoformat(),
        "actor": one.actor,
        "encounter": one.encounter_id,
        "replaced_by": one.replaced_by,
    }


def _guardian(one: HeldGuardian) -> dict[str, Any]:
    return {
        "guardian": one.guardian_id,
        **one.guardian.document(),
        "recorded_at": one.recorded_at.isoformat(),
        "actor": one.actor,
        "reason": one.reason,
        "ended_at": _moment(one.ended_at),
        "end_reason": one.end_reason,
    }


def _life_event(one: RecordedLifeEvent) -> dict[str, Any]:
    return {
        "life_event": one.event_id,
        **one.event.document(),
        "recorded_at": one.recorded_at.isoformat(),
        "actor": one.actor,
        "reason": one.reason,
        "annulled_at": _moment(one.annulled_at),
        "annulled_by": one.annulled_by,
        "annulment_reason": one.annulment_reason,
    }


def _exception(one: GrantedException) -> dict[str, Any]:
    return {
        "encounter": one.encounter_id,
        **one.exception.document(),
        "operator": one.operator,
        "recorded_at": one.recorded_at.isoformat(),
    }


def _encounter(one: Encounter) -> dict[str, Any]:
    return {
        "encounter": one.encounter_id,
        "status": one.status.value,
        "recorded_at": one.recorded_at.isoformat(),
        "galleries": list(one.galleries),
        **asdict(one.context),
        "positions": [sample.position.value for sample in one.samples],
    }


def _merge(one: Merge) -> dict[str, Any]:
    return {
        "merge": one.merge_id,
        "source": one.source_id,
        "into": one.into_id,
        "reason": one.reason,
        "actor": one.actor,
        "case": one.case_id,
        "merged_at": one.merged_at.isoformat(),
        "undone_at": _moment(one.undone_at),
        "undone_by": one.undone_by,
        "undone_reason": one.undone_reason,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def merge_document(done: Merged) -> dict[str, Any]:
    """Return a merge as it stands."""
    merge = done.merge
    return {
        "merge_id": merge.merge_id,
        "person": done.source.label,
        "into": done.into.label,
        "subject_id": merge.source_id,
        "into_id": merge.into_id,
        "simulated": done.source.simulated,
        "encounters": list(merge.encounters),
        "reason": merge.reason,
        "actor": merge.actor,
        "case_id": merge.case_id,
        "merged_at": merge.merged_at.isoformat(),
        "undone_at": None if merge.undone_at is None else merge.undone_at.isoformat(),
    }
