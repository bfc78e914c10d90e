"""What is recorded is read back as it was, and a section commits whole or not at all."""

from __future__ import annotations

import dataclasses
import traceback
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from biometrics.cases import CasePriority
from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError, StorageError
from biometrics.positions import Position
from biometrics.protocols import CaseSink, ChangeKind, ReferenceSource
from biometrics.records import EncounterStatus
from biometrics.template_codec import encode_template
from registry.counts import Counts
from registry.identifiers import new_identifier
from registry.store import Registry
from tests.registry.people import add_person, enroll, new_encounter, new_references, new_subject
from tests.registry.raw import plain_connection
from tests.registry.statements import excepted


def nothing(**known: int) -> Counts:
    return dataclasses.replace(Counts(**dict.fromkeys(Counts.__dataclass_fields__, 0)), **known)


def test_an_encounter_is_read_back_as_it_was(registry: Registry) -> None:
    subject = new_subject("post-7/0001")
    digests = (registry.keep_sample(b"a print"), registry.keep_sample(b"a face"))
    encounter, references = new_encounter(subject, digests), new_references(subject)
    with registry.writing() as writer:
        assert writer.add_encounter(subject, encounter, references) == 1
    assert registry.subject(subject.subject_id) == subject
    assert registry.subject_by_label("post-7/0001") == subject
    assert registry.subjects() == (subject,)
    assert registry.encounters(subject.subject_id) == (encounter,)
    found = registry.references(subject.subject_id)
    assert [one.reference_id for one in found] == [one.reference_id for one in references]
    assert [encode_template(one.template) for one in found] == [encode_template(one.template) for one in references]
    assert all(one.subject_id == subject.subject_id and one.template.simulated for one in found)
    assert registry.sample_bytes(digests[1]) == b"a face"
    counts = nothing(subjects=1, simulated_subjects=1, encounters=1, samples=2, references=2, changes=1, events=1)
    assert registry.counts() == counts
    assert registry.check() == []


def test_everything_is_there_after_reopening(home: Path) -> None:
    with Registry.open(home) as registry:
        encounter = enroll(registry, "one")
    with Registry.open(home, create=False) as again:
        assert again.encounters(encounter.subject_id) == (encounter,)
        assert again.latest_sequence() == 1


def test_a_missing_registry_is_not_created_unasked(home: Path) -> None:
    with pytest.raises(RecordNotFoundError, match="no registry here"):
        Registry.open(home, create=False)
    assert not home.exists()


def test_an_exception_in_a_section_leaves_nothing(registry: Registry) -> None:
    kept = enroll(registry, "kept")
    before = registry.counts()
    subject = new_subject("lost")
    with pytest.raises(KeyError), registry.writing() as writer:
        add_person(writer, subject)
        writer.append_event("enrollment.decided", subject.subject_id, {"compared": 1})
        writer.retire_encounter(kept.encounter_id)
        assert writer.latest_sequence() == before.changes + 2
        raise KeyError("caller failed")
    assert registry.counts() == before
    assert registry.subject_by_label("lost") is None
    assert registry.encounters(kept.subject_id)[0].status is EncounterStatus.ACTIVE
    assert len(list(registry.changes_since(0))) == 1
    assert enroll(registry, "next") and registry.latest_sequence() == before.changes + 1
    assert registry.check() == []


def test_a_label_belongs_to_one_subject(registry: Registry) -> None:
    first = enroll(registry, "same label")
    second = new_subject("same label")
    with pytest.raises(RecordConflictError) as raised, registry.writing() as writer:
        add_person(writer, second)
    assert raised.value.source == first.subject_id
    assert "same label" not in str(raised.value)
    relabelled = dataclasses.replace(registry.subject(first.subject_id), label="other")
    with pytest.raises(RecordConflictError), registry.writing() as writer:
        add_person(writer, relabelled)
    assert registry.counts().subjects == registry.counts().encounters == 1


@pytest.mark.parametrize(("label", "message"), [("", "label"), ("\udce9t\udce9", "label"), ("a\0b", "NUL")])
def test_a_label_is_text(registry: Registry, label: str, message: str) -> None:
    with pytest.raises(RecordError, match=message), registry.writing() as writer:
        add_person(writer, new_subject(label))
    assert registry.counts() == nothing()


def test_parts_that_do_not_belong_together_are_refused(registry: Registry) -> None:
    subject, other = new_subject("one"), new_subject("two")
    encounter = new_encounter(subject)
    with pytest.raises(RecordConflictError), registry.writing() as writer:
        writer.add_encounter(subject, encounter, new_references(other))
    with pytest.raises(RecordConflictError), registry.writing() as writer:
        writer.add_encounter(other, encounter, new_references(other))
    with pytest.raises(RecordError, match="retired"), registry.writing() as writer:
        writer.add_encounter(subject, new_encounter(subject, status=EncounterStatus.RETIRED), ())
    with pytest.raises(StorageError, match="not stored"), registry.writing() as writer:
        writer.add_encounter(subject, new_encounter(subject, ("0" * 64,)), ())
    with pytest.raises(RecordError, match="zone"), registry.writing() as writer:
        naive = dataclasses.replace(encounter, recorded_at=encounter.recorded_at.replace(tzinfo=None))
        writer.add_encounter(subject, naive, ())
    with registry.writing() as writer:
        writer.add_encounter(subject, encounter, new_references(subject))
    with pytest.raises(RecordConflictError, match="contradicts"), registry.writing() as writer:
        writer.add_encounter(subject, encounter, new_references(subject))
    assert registry.counts() == nothing(
        subjects=1, simulated_subjects=1, encounters=1, references=2, changes=1, events=1
    )


def test_changes_are_numbered_without_gaps(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.changes.CHANGES_AT_ONCE", 3)
    encounters = [enroll(registry, f"person {number}", seed=number) for number in range(7)]
    with registry.writing() as writer:
        assert writer.retire_encounter(encounters[2].encounter_id) == 8
    changes = list(registry.changes_since(0))
    assert [change.sequence for change in changes] == list(range(1, 9))
    assert [change.kind for change in changes] == [ChangeKind.ADDED] * 7 + [ChangeKind.RETIRED]
    assert [change.subject_id for change in changes[:7]] == [encounter.subject_id for encounter in encounters]
    both = [Position.RIGHT_INDEX, Position.FACE]
    positions = [[one.template.position for one in change.references] for change in changes]
    assert positions == [both, both, [], both, both, both, both, []]  # what came and went was never seen from here
    (later,) = registry.changes_since(7)  # but a gallery that followed up to here holds them
    assert [one.template.position for one in later.references] == both
    assert {one.subject_id for one in later.references} == {encounters[2].subject_id}
    for after in range(-1, 10):
        expected = [number for number in range(1, 9) if number > after]
        assert [change.sequence for change in registry.changes_since(after)] == expected
        with registry.writing() as writer:
            assert [change.sequence for change in writer.changes_since(after)] == expected
    assert np.array_equal(
        changes[4].references[0].template.minutiae.x, new_references(new_subject("x"), 4)[0].template.minutiae.x
    )


def test_a_writer_sees_what_came_after_a_search(registry: Registry, home: Path) -> None:
    generation = registry.latest_sequence()
    with Registry.open(home) as other:
        first = enroll(other, "first at the other desk")
    with registry.writing() as writer:
        (change,) = writer.changes_since(generation)
        assert change.subject_id == first.subject_id
        add_person(writer, new_subject("second"))
        assert [one.sequence for one in writer.changes_since(generation)] == [1, 2]


def test_pending_subjects_are_in_the_gallery_and_retired_ones_are_not(registry: Registry) -> None:
    first, second = enroll(registry, "one"), enroll(registry, "two")
    pending = new_subject("pending")
    with registry.writing() as writer:
        add_person(writer, registry.subject(first.subject_id))
        encounter = new_encounter(pending, status=EncounterStatus.PENDING)
        writer.add_encounter(pending, encounter, new_references(pending))
        writer.open_case(subject_id=pending.subject_id, candidates=(), priority=CasePriority.NORMAL, reason="few")
        nobody = new_subject("without biometrics")
        empty = new_encounter(nobody)
        writer.add_encounter(nobody, empty, ())
        writer.people.grant_exceptions(empty.encounter_id, [excepted()])
    assert registry.active_subjects() == 3
    assert len(registry.references(pending.subject_id)) == 2
    assert len(registry.references(first.subject_id)) == 4
    with registry.writing() as writer:
        writer.retire_encounter(second.encounter_id)
        writer.retire_encounter(first.encounter_id)
    assert registry.active_subjects() == 2
    assert registry.references(second.subject_id) == ()
    assert len(registry.references(first.subject_id)) == 2
    assert registry.check() == []


def test_an_encounter_is_retired_once(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    with registry.writing() as writer:
        writer.retire_encounter(encounter.encounter_id)
    with pytest.raises(RecordConflictError), registry.writing() as writer:
        writer.retire_encounter(encounter.encounter_id)
    with pytest.raises(RecordNotFoundError), registry.writing() as writer:
        writer.retire_encounter(new_identifier())
    assert registry.latest_sequence() == 2


def test_a_repeated_enrollment_can_be_recognised(registry: Registry) -> None:
    first = enroll(registry, "one")
    enroll(registry, "two")
    digests = frozenset(sample.sha256 for sample in first.samples)
    assert registry.encounter_digests("one") == {first.encounter_id: digests}
    assert registry.encounter_digests("nobody") == {}
    with registry.writing() as writer:
        writer.retire_encounter(first.encounter_id)
    assert registry.encounter_digests("one") == {}


def test_what_is_not_there_is_named(registry: Registry) -> None:
    for ask in (registry.subject, registry.encounters, registry.references, registry.case):
        with pytest.raises(RecordNotFoundError) as raised:
            ask("nobody")
        assert raised.value.source == "nobody"
    assert registry.subject_by_label("nobody") is None


def test_it_is_what_the_other_rooms_expect(registry: Registry) -> None:
    source: ReferenceSource = registry
    sink: CaseSink = registry
    assert source.latest_sequence() == source.active_subjects() == 0
    assert sink is not None


def test_identifiers_are_random_and_opaque() -> None:
    many = {new_identifier() for _ in range(1000)}
    assert len(many) == 1000
    assert all(len(one) == 26 and one.isalnum() and one == one.lower() for one in many)


def test_times_are_kept_in_utc(registry: Registry) -> None:
    subject = new_subject("elsewhere")
    local = datetime(2026, 1, 1, 3, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    encounter = dataclasses.replace(new_encounter(subject), recorded_at=local)
    with registry.writing() as writer:
        writer.add_encounter(subject, encounter, new_references(subject))
    with plain_connection(registry) as raw:
        assert raw.scalar(text("SELECT recorded_at FROM encounters")) == "2025-12-31T22:00:00.000000+00:00"
    assert registry.encounters(subject.subject_id)[0].recorded_at == local


def test_errors_tell_nothing_of_labels_and_templates(registry: Registry) -> None:
    subject, encounter = new_subject("secret label"), new_encounter(new_subject("x"))
    encounter = dataclasses.replace(encounter, subject_id=subject.subject_id)
    with registry.writing() as writer:
        writer.add_encounter(subject, encounter, new_references(subject))
    with pytest.raises(RecordConflictError) as raised, registry.writing() as writer:
        writer.add_encounter(subject, encounter, ())
    told = "".join(traceback.format_exception(raised.value))
    assert encounter.policy_version not in told and "secret label" not in told


def test_a_reference_names_the_sample_it_came_from(registry: Registry) -> None:
    subject = new_subject("linked")
    digest, foreign = registry.keep_sample(b"sample of linked"), registry.keep_sample(b"sample of somebody else")
    encounter = new_encounter(subject, (digest,))
    (reference, *_) = new_references(subject)
    with pytest.raises(RecordConflictError, match="sample of another encounter"), registry.writing() as writer:
        writer.add_encounter(subject, encounter, (dataclasses.replace(reference, sample_sha256=foreign),))
    with registry.writing() as writer:
        writer.add_encounter(subject, encounter, (dataclasses.replace(reference, sample_sha256=digest),))
    assert [one.sample_sha256 for one in registry.references(subject.subject_id)] == [digest]
    (change,) = registry.changes_since(0)
    assert change.references[0].sample_sha256 == digest
