"""Every damage to what persons stated is found: rows changed, added or removed behind the audit trail's back."""

from __future__ import annotations

import pytest
from sqlalchemy import Table

from biometrics.people.evidence import Evidence, EvidenceType
from registry.audit import append_event
from registry.faults import FaultKind
from registry.people_actions import PERSON_PURGED
from registry.people_seals import REMOVED
from registry.store import Registry
from registry.tables.people import capture_exceptions, evidence, identifiers, life_events, person_versions
from tests.registry.damage import edit, reseal
from tests.registry.people import enroll
from tests.registry.raw import sample_file
from tests.registry.statements import OPERATOR, dump, simulated_number, stated
from tests.registry.test_people_files import fill


@pytest.fixture
def filled(registry: Registry) -> Registry:
    for place in range(2):
        encounter = enroll(registry, f"person {place}", seed=place)
        with registry.writing(OPERATOR) as writer:
            fill(writer.people, encounter, place)
    assert registry.check() == []
    return registry


COPY_VERSION = (
    "INSERT INTO person_versions SELECT subject_id, 3, recorded_at, actor, reason, content, encounter_id, nonce "
    "FROM person_versions WHERE version = 2"
)

DAMAGE = [
    ("DELETE FROM person_versions WHERE version = 1", FaultKind.PERSON, "version 1 is missing"),
    ("DELETE FROM person_versions WHERE version = 2", FaultKind.AUDIT, "person_versions that is not there"),
    ("UPDATE person_versions SET content = nonce WHERE version = 2", FaultKind.PERSON, "version 2 cannot be read"),
    ("UPDATE subjects SET label_token = subject_id", FaultKind.PERSON, "not found by its label"),
    ("UPDATE person_versions SET reason = nonce", FaultKind.AUDIT, "damaged or was altered"),
    (COPY_VERSION, FaultKind.AUDIT, "nothing of 2 rows"),
    ("UPDATE identifiers SET value_token = identifier_id", FaultKind.AUDIT, "is not found under"),
    (
        "UPDATE identifiers SET ended_at = NULL, end_reason = NULL WHERE ended_at IS NOT NULL",
        FaultKind.AUDIT,
        "identifiers has ended by the audit trail, and holds",
    ),
    (
        "UPDATE identifiers SET ended_at = valid_from, end_reason = reason WHERE scheme = 'simulated'",
        FaultKind.AUDIT,
        "nothing of the end of 2 rows",
    ),
    ("UPDATE evidence SET provisional = NOT provisional", FaultKind.AUDIT, "row of evidence"),
    ("UPDATE evidence SET replaced_by = NULL WHERE replaced_by IS NOT NULL", FaultKind.AUDIT, "evidence has ended"),
    ("DELETE FROM capture_exceptions WHERE position = 'left_ring'", FaultKind.AUDIT, "capture_exceptions that is not"),
    ("UPDATE capture_exceptions SET approver = 'x'", FaultKind.AUDIT, "row of capture_exceptions"),
    ("DELETE FROM guardians", FaultKind.AUDIT, "guardians that is not there"),
    ("UPDATE subjects SET status = 'active'", FaultKind.PERSON, "a death is recorded and the subject is not deceased"),
    ("DELETE FROM life_events WHERE kind = 'death'", FaultKind.PERSON, "deceased and no death is recorded"),
]


Damage = tuple[Table, str, dict[str, object]]

RESEALED: list[tuple[Damage, FaultKind, str]] = [
    ((person_versions, "subject_id", {"content": {}}), FaultKind.PERSON, "version 2 cannot be read"),
    ((person_versions, "subject_id", {"content": stated().document()}), FaultKind.AUDIT, "not what the audit trail"),
    ((person_versions, "subject_id", {"reason": "better"}), FaultKind.AUDIT, "row of person_versions is not what"),
    ((person_versions, "subject_id", {"nonce": "other"}), FaultKind.AUDIT, "row of person_versions is not what"),
    ((identifiers, "subject_id", {"value": "SIMULATED-9"}), FaultKind.AUDIT, "row of identifiers"),
    ((capture_exceptions, "encounter_id", {"without_photo": "y"}), FaultKind.AUDIT, "row of capture_exceptions"),
    ((life_events, "subject_id", {"reason": "y"}), FaultKind.AUDIT, "row of life_events"),
]


@pytest.mark.parametrize(("damage", "kind", "message"), RESEALED)
def test_damage_by_whoever_has_the_keys_is_found(
    filled: Registry, damage: Damage, kind: FaultKind, message: str
) -> None:
    reseal(filled, *damage)
    found = filled.check()
    assert any(fault.kind is kind and message in fault.message for fault in found), found


@pytest.mark.parametrize(("statement", "kind", "message"), DAMAGE)
def test_damage_is_found(filled: Registry, statement: str, kind: FaultKind, message: str) -> None:
    edit(filled, statement)
    found = filled.check()
    assert any(fault.kind is kind and message in fault.message for fault in found), found
    assert "Xh" not in str(found)


def test_a_number_held_twice_is_found(filled: Registry) -> None:
    with filled._database.writing() as connection:
        connection.exec_driver_sql("DROP INDEX identifiers_held")
    token = filled.keys.token("identifiers.value", "SIMULATED-0")
    edit(filled, f"UPDATE identifiers SET value_token = '{token}' WHERE scheme = 'simulated'")
    assert any("is held 2 times" in fault.message for fault in filled.check())
    assert "SIMULATED" not in str(filled.check())


def test_a_missing_scan_is_found(filled: Registry) -> None:
    digest = filled.keep_sample(b"scan")
    subject_id = filled.subjects()[0].subject_id
    with filled.writing(OPERATOR) as writer:
        writer.people.add_evidence(subject_id, Evidence(type=EvidenceType.OTHER, scan_sha256=digest))
    assert filled.check() == []
    sample_file(filled, digest).unlink()
    (fault,) = filled.check()
    assert (fault.kind, fault.source) == (FaultKind.SAMPLE, digest)


def test_rows_that_a_purge_removed_are_not_missed(filled: Registry) -> None:
    (row,) = [one for one in dump(filled)["evidence"] if "recepisse" in one][:1]
    evidence_id = str(row[0])
    edit(filled, f"DELETE FROM evidence WHERE evidence_id = '{evidence_id}'")
    assert any("evidence that is not there" in fault.message for fault in filled.check())
    with filled.writing(OPERATOR) as writer:
        details = {REMOVED: {evidence.name: [evidence_id]}}
        append_event(writer._connection, action=PERSON_PURGED, subject_id=str(row[1]), details=details)
    assert filled.check() == []


def test_the_check_reads_many_events_piece_by_piece(filled: Registry) -> None:
    subject_id = filled.subjects()[0].subject_id
    with filled.writing(OPERATOR) as writer:
        for place in range(600):
            writer.people.give_number(subject_id, simulated_number(f"many-{place}"), reason="x")
    assert filled.check() == []
    reseal(filled, identifiers, "subject_id", {"reason": "y"}, identifiers.c.value_token == "SIMULATED-many-599")
    assert len(filled.check()) == 1
