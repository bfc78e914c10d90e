"""Every kind of damage is found, and named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from biometrics.cases import CasePriority
from biometrics.errors import StorageError
from biometrics.records import EncounterStatus
from biometrics.template_codec import encode_template
from registry.faults import FaultKind
from registry.store import Registry
from tests.registry.people import enroll, face_template, new_encounter, new_references, new_subject
from tests.registry.raw import plain_connection, tamper

PEOPLE = 3


def populate(registry: Registry) -> None:
    encounters = [enroll(registry, f"person {number}", seed=number) for number in range(PEOPLE)]
    pending = new_subject("pending")
    with registry.writing() as writer:
        writer.retire_encounter(encounters[1].encounter_id)
        encounter = new_encounter(pending, status=EncounterStatus.PENDING)
        writer.add_encounter(pending, encounter, new_references(pending))
        writer.open_case(subject_id=pending.subject_id, candidates=(), priority=CasePriority.HIGH, reason="x")


@pytest.fixture
def edit(registry: Registry) -> Callable[..., None]:
    """Return a function that changes the database as nobody should."""
    populate(registry)
    assert registry.check() == []

    def execute(statement: str, **values: object) -> None:
        assert tamper(registry, statement, **values) > 0

    return execute


FIRST = "encounter_id = (SELECT encounter_id FROM changes WHERE sequence = 1)"

DAMAGE = [
    ("DELETE FROM samples WHERE ordinal = 1 AND " + FIRST, FaultKind.AUDIT),
    ("UPDATE samples SET sha256 = replace(sha256, 'a', 'b')", FaultKind.SAMPLE),
    ("DELETE FROM biometric_references WHERE ordinal = 1 AND " + FIRST, FaultKind.AUDIT),
    ("UPDATE biometric_references SET template = substr(template, 1, 1) WHERE " + FIRST, FaultKind.TEMPLATE),
    ("UPDATE biometric_references SET template = substr(template, 1, length(template) - 1)", FaultKind.TEMPLATE),
    ("UPDATE biometric_references SET position = 'left_thumb' WHERE ordinal = 0", FaultKind.TEMPLATE),
    ("UPDATE biometric_references SET simulated = false", FaultKind.TEMPLATE),
    ("UPDATE subjects SET simulated = false", FaultKind.AUDIT),
    ("UPDATE encounters SET policy_version = 'laxer'", FaultKind.AUDIT),
    ("UPDATE encounters SET recorded_at = 'yesterday'", None),
    ("UPDATE encounters SET subject_id = 'nobody' WHERE " + FIRST, FaultKind.DATABASE),
    ("DELETE FROM encounters WHERE " + FIRST, FaultKind.DATABASE),
    ("DELETE FROM encounters WHERE " + FIRST, FaultKind.AUDIT),
    ("UPDATE encounters SET status = 'active' WHERE status = 'retired'", FaultKind.SEQUENCE),
    ("UPDATE encounters SET status = 'retired' WHERE status = 'pending'", FaultKind.SEQUENCE),
    ("DELETE FROM changes WHERE sequence = 2", FaultKind.SEQUENCE),
    ("DELETE FROM changes WHERE sequence = 5", FaultKind.SEQUENCE),
    ("UPDATE heads SET change_sequence = 9", FaultKind.SEQUENCE),
    ("UPDATE heads SET event_digest = digest FROM audit_events", FaultKind.AUDIT),
    ("DELETE FROM audit_events WHERE sequence = 1", FaultKind.AUDIT),
    ("UPDATE cases SET status = 'closed'", FaultKind.CASE),
    ("DELETE FROM cases", FaultKind.CASE),
]


@pytest.mark.parametrize(("statement", "kind"), [(statement, kind) for statement, kind in DAMAGE if kind])
def test_damage_to_the_database_is_found(
    registry: Registry, edit: Callable[..., None], statement: str, kind: FaultKind
) -> None:
    edit(statement)
    faults = registry.check()
    assert kind in {fault.kind for fault in faults}
    assert all(fault.source and fault.message for fault in faults)


@pytest.mark.parametrize(
    ("action", "details"),
    [
        ("encounter.added", "7"),
        ("encounter.added", "[]"),
        ("encounter.added", '{"galleries": 5}'),
        ("not_enrolled", '"x"'),
        ("not_enrolled", '{"reasons": 5}'),
        ("case.closed", "null"),
        ("case.closed", '{"waited_s": NaN}'),
    ],
)
def test_details_of_an_event_that_are_something_else_are_found(
    registry: Registry, edit: Callable[..., None], action: str, details: str
) -> None:
    edit("UPDATE audit_events SET action = :action, details = :details", action=action, details=details)
    assert FaultKind.AUDIT in {fault.kind for fault in registry.check()}


@pytest.mark.sqlite_only  # PostgreSQL holds no text that is not UTF-8
def test_one_damaged_part_does_not_hide_another(registry: Registry, edit: Callable[..., None], home: Path) -> None:
    edit("UPDATE audit_events SET details = CAST(x'ff' AS TEXT) WHERE sequence = 1")
    edit("UPDATE cases SET status = 'closed'")
    sample = next(path for path in (home / "registry" / "samples").rglob("*") if path.is_file())
    sample.write_bytes(b"changed")
    kinds = {fault.kind for fault in registry.check()}
    assert {FaultKind.DATABASE, FaultKind.SAMPLE, FaultKind.CASE} <= kinds


def test_a_template_that_was_exchanged_for_another_is_found(registry: Registry, edit: Callable[..., None]) -> None:
    for subject in registry.subjects():
        for encounter in registry.encounters(subject.subject_id):
            other = registry.keys.seal(
                encounter.encounter_id, "biometric_references.template", encode_template(face_template(99))
            )
            statement = "UPDATE biometric_references SET template = :other WHERE ordinal = 1 AND encounter_id = :own"
            edit(statement, other=other, own=encounter.encounter_id)
    assert {fault.kind for fault in registry.check()} == {FaultKind.AUDIT}


def test_damage_is_never_read_as_data(registry: Registry, edit: Callable[..., None]) -> None:
    subject = registry.subjects()[0]
    edit("DELETE FROM changes WHERE sequence = 3")
    with pytest.raises(StorageError, match="not all there"):
        list(registry.changes_since(2))
    edit("UPDATE biometric_references SET template = substr(template, 1, length(template) - 1) WHERE ordinal = 1")
    with pytest.raises(StorageError, match="damaged or was altered") as raised:
        list(registry.changes_since(0))
    assert raised.value.source
    edit("UPDATE encounters SET recorded_at = 'yesterday'")
    with pytest.raises(StorageError, match="time is damaged"):
        registry.encounters(subject.subject_id)
    edit("UPDATE audit_events SET details = '{'")
    with pytest.raises(StorageError, match="JSON value is damaged"):
        registry.events()


def test_progress_is_told(registry: Registry) -> None:
    populate(registry)
    told: list[tuple[int, int, str]] = []
    registry.check(lambda done, total, what: told.append((done, total, what)))
    assert told == [(number, 6, "samples") for number in range(1, 7)] + [
        (number, 8, "templates") for number in range(1, 9)
    ]


def test_model_and_format_can_be_selected(registry: Registry) -> None:
    populate(registry)
    grouped = "SELECT model_id, metric, dimension, simulated, count(*) FROM biometric_references"
    with plain_connection(registry) as raw:
        rows = raw.execute(text(f"{grouped} GROUP BY model_id, metric, dimension, simulated ORDER BY model_id")).all()
        flags = raw.execute(text("SELECT DISTINCT simulated FROM samples")).all()
    assert rows == [("made-up-face/2", "cosine", 16, True, 4), ("made-up-finger/1", "minutiae", 0, True, 4)]
    assert flags == [(True,)]
