"""References are replaced by those of another model: staged beside the gallery, exchanged in one go, told truly."""

from __future__ import annotations

import dataclasses

import pytest

from biometrics.errors import RecordConflictError
from biometrics.positions import Modality
from biometrics.protocols import ChangeKind
from biometrics.templates import BiometricReference
from registry.identifiers import new_identifier
from registry.replacement import Replaceable, Replacement, StagedResult
from registry.store import Registry
from tests.registry.people import FACE_FORMAT, enroll, face_template
from tests.registry.raw import tamper

NEWER = dataclasses.replace(FACE_FORMAT, version="3")
TARGET = Replacement(modality=Modality.FACE, model_id=NEWER.model_id)


def made(old: Replaceable, seed: int = 0) -> StagedResult:
    template = dataclasses.replace(face_template(seed), format=NEWER)
    new = BiometricReference(
        reference_id=new_identifier(), subject_id=old.subject_id, template=template, sample_sha256=old.sha256
    )
    return StagedResult(replaces=old.reference_id, reference=new)


def failed(old: Replaceable) -> StagedResult:
    return StagedResult(replaces=old.reference_id, reference=None, failure="no face was found")


def stage_all(registry: Registry) -> None:
    with registry.writing() as writer:
        writer.stage(TARGET, [made(old) for old in writer.unreplaced(TARGET)])


def faces_of(registry: Registry) -> set[str]:
    return {use.model_id for use in registry.models_in_use() if use.modality is Modality.FACE}


def test_nothing_changes_before_the_exchange(registry: Registry) -> None:
    for number in range(3):
        enroll(registry, f"person {number}", number)
    before, generation = registry.models_in_use(), registry.latest_sequence()
    stage_all(registry)
    assert (registry.models_in_use(), registry.latest_sequence()) == (before, generation)
    staged = registry.staged()
    assert staged is not None
    assert (staged.model_id, staged.made, staged.left_out) == (NEWER.model_id, 3, ())
    assert registry.unreplaced(TARGET) == ()
    assert registry.check() == []


def test_the_exchange_retires_the_old_and_adds_the_new(registry: Registry) -> None:
    encounters = [enroll(registry, f"person {number}", number) for number in range(3)]
    old = {one.reference_id for one in registry.references(encounters[0].subject_id)}
    stage_all(registry)
    with registry.writing() as writer:
        done = writer.replace_references(TARGET)
    assert (done.encounters, done.references, done.left_out) == (3, 3, 0)
    assert faces_of(registry) == {NEWER.model_id}
    assert registry.staged() is None
    assert registry.unreplaced(TARGET) == ()
    now = registry.references(encounters[0].subject_id)
    assert [one.template.format.model_id for one in now] == ["made-up-finger/1", NEWER.model_id]
    assert len({one.reference_id for one in now} & old) == 1
    assert registry.active_subjects() == 3
    assert [change.kind for change in registry.changes_since(3)] == [ChangeKind.RETIRED, ChangeKind.ADDED] * 3
    assert registry.check() == []


def test_who_starts_afterwards_sees_no_template_of_the_old_model(registry: Registry) -> None:
    enroll(registry, "person")
    stage_all(registry)
    with registry.writing() as writer:
        writer.replace_references(TARGET)
    enroll_changes = [
        [one.template.format.model_id for one in change.references] for change in registry.changes_since(0)
    ]
    assert enroll_changes == [["made-up-finger/1"], [], [NEWER.model_id]]
    followed = [[one.template.format.model_id for one in change.references] for change in registry.changes_since(1)]
    assert followed == [[FACE_FORMAT.model_id], [NEWER.model_id]]


def test_what_could_not_be_made_is_retired_and_named(registry: Registry) -> None:
    encounter = enroll(registry, "person")
    with registry.writing() as writer:
        (old,) = writer.unreplaced(TARGET)
        assert old.sha256 is None and old.subject_id == encounter.subject_id
        writer.stage(TARGET, [failed(old)])
    staged = registry.staged()
    assert staged is not None
    assert [(one.subject_id, one.failure) for one in staged.left_out] == [(encounter.subject_id, "no face was found")]
    with registry.writing() as writer:
        assert writer.replace_references(TARGET).left_out == 1
    assert [one.template.modality for one in registry.references(encounter.subject_id)] == [Modality.FINGER]
    assert registry.active_subjects() == 1
    event = registry.events_about(encounter.subject_id)[-1]
    assert event.action == "references.replaced"
    assert event.details["left_out"] == {old.reference_id: "no face was found"}
    assert registry.check() == []


def test_a_failure_can_be_tried_again(registry: Registry) -> None:
    enroll(registry, "person")
    with registry.writing() as writer:
        writer.stage(TARGET, [failed(old) for old in writer.unreplaced(TARGET)])
    with registry.writing() as writer:
        assert writer.forget_failures() == 1
        assert len(writer.unreplaced(TARGET)) == 1


def test_the_exchange_waits_for_who_came_meanwhile(registry: Registry) -> None:
    enroll(registry, "first")
    stage_all(registry)
    enroll(registry, "second", 1)
    with pytest.raises(RecordConflictError, match="added meanwhile"), registry.writing() as writer:
        writer.replace_references(TARGET)
    assert faces_of(registry) == {FACE_FORMAT.model_id}
    stage_all(registry)
    with registry.writing() as writer:
        assert writer.replace_references(TARGET).references == 2


def test_two_targets_are_not_mixed(registry: Registry) -> None:
    enroll(registry, "person")
    stage_all(registry)
    other = dataclasses.replace(TARGET, model_id="another/1")
    with pytest.raises(RecordConflictError, match="to made-up-face/3 is unfinished"), registry.writing() as writer:
        writer.stage(other, [])
    with pytest.raises(RecordConflictError, match="unfinished"), registry.writing() as writer:
        writer.replace_references(other)
    with registry.writing() as writer:
        assert writer.abandon_replacement() == 1
        writer.stage(other, [])


def test_what_another_process_staged_stays(registry: Registry) -> None:
    enroll(registry, "person")
    (old,) = registry.unreplaced(TARGET)
    with registry.writing() as writer:
        writer.stage(TARGET, [made(old, 1)])
        writer.stage(TARGET, [made(old, 2), failed(old)])
    staged = registry.staged()
    assert staged is not None and (staged.made, staged.left_out) == (1, ())


def test_who_was_retired_meanwhile_stays_retired(registry: Registry) -> None:
    encounter = enroll(registry, "person")
    stage_all(registry)
    with registry.writing() as writer:
        writer.retire_encounter(encounter.encounter_id)
        assert writer.replace_references(TARGET).encounters == 0
    assert registry.active_subjects() == 0
    assert registry.staged() is None
    assert registry.check() == []


def test_a_replaced_encounter_can_be_retired_and_replaced_again(registry: Registry) -> None:
    encounter = enroll(registry, "person")
    stage_all(registry)
    with registry.writing() as writer:
        writer.replace_references(TARGET)
    back = Replacement(modality=Modality.FACE, model_id=FACE_FORMAT.model_id)
    with registry.writing() as writer:
        (old,) = writer.unreplaced(back)
        again = BiometricReference(
            reference_id=new_identifier(), subject_id=encounter.subject_id, template=face_template(5)
        )
        writer.stage(back, [StagedResult(replaces=old.reference_id, reference=again)])
        writer.replace_references(back)
    assert registry.check() == []
    with registry.writing() as writer:
        writer.retire_encounter(encounter.encounter_id)
    assert registry.check() == []
    assert registry.references(encounter.subject_id) == ()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE biometric_references SET retired_at = NULL WHERE retired_at IS NOT NULL", "was not retired when"),
        ("UPDATE biometric_references SET retired_at = 2 WHERE retired_at IS NULL", "was not retired when"),
        ("DELETE FROM biometric_references WHERE added_at > 1", "tells of a reference that is not there"),
        ("UPDATE biometric_references SET added_at = 2 WHERE added_at > 1", "is not what the audit trail says"),
    ],
)
def test_a_tampered_replacement_is_found(registry: Registry, statement: str, message: str) -> None:
    enroll(registry, "person")
    stage_all(registry)
    with registry.writing() as writer:
        writer.replace_references(TARGET)
    tamper(registry, statement)
    assert [fault.message for fault in registry.check() if message in fault.message]
