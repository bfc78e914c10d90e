"""People who are found to be one can be merged whatever clients called their encounters, and parted again."""

from __future__ import annotations

from biometrics.records import EncounterStatus
from registry.faults import FaultKind
from registry.retiring import restore_encounter
from registry.store import Registry
from tests.registry.people import enroll
from tests.registry.test_documents import another, document


def name_of(registry: Registry, encounter_id: str) -> str:
    with registry.reading() as record:
        found = record.documents.of(encounter_id)
    assert found is not None
    return found.name


def test_of_two_names_alike_the_newcomer_s_gives_way_and_comes_back(registry: Registry) -> None:
    into, source = enroll(registry, "into"), enroll(registry, "source", 1)
    free = another(registry, source, 2)
    for encounter, name in ((into, "1"), (source, "1"), (free, "2")):
        document(registry, encounter, name)
    with registry.writing() as writer:
        merge_id = writer.merges.merge(source.subject_id, into.subject_id, reason="one person")
        assert writer.documents.names(into.subject_id) == {"1", "2", source.encounter_id}
        assert writer.documents.named(into.subject_id, "1") == into.encounter_id
        assert writer.documents.names(source.subject_id) == frozenset()
    assert registry.check() == []
    with registry.writing() as writer:
        writer.merges.unmerge(merge_id, reason="they are two")
        assert writer.documents.names(source.subject_id) == {"1", "2"}
    assert name_of(registry, into.encounter_id) == name_of(registry, source.encounter_id) == "1"
    assert registry.check() == []


def test_a_moved_encounter_keeps_its_name_where_it_is_free(registry: Registry) -> None:
    one, other = enroll(registry, "one"), enroll(registry, "other", 1)
    document(registry, one, "1")
    with registry.writing() as writer:
        writer.merges.move_encounter(one.encounter_id, other.subject_id, reason="filed wrongly")
        assert writer.documents.names(other.subject_id) == {"1", other.encounter_id}
    assert name_of(registry, one.encounter_id) == "1"


def test_whoever_comes_to_a_person_with_the_same_names_twice_is_told_apart(registry: Registry) -> None:
    into, *others = (enroll(registry, label, seed) for seed, label in enumerate("abc"))
    for encounter in (into, *others):
        document(registry, encounter, "1")
    with registry.writing() as writer:
        for one in others:
            writer.merges.merge(one.subject_id, into.subject_id, reason="one person")
        assert writer.documents.names(into.subject_id) == {"1", *(one.encounter_id for one in others)}
    assert registry.check() == []


def test_an_encounter_that_comes_back_into_use_is_told_apart(registry: Registry) -> None:
    one = enroll(registry, "one")
    document(registry, one, "1")
    with registry.writing() as writer:
        writer.retire_encounter(one.encounter_id)
    second = another(registry, one, 3)
    document(registry, second, "1")
    with registry.writing() as writer:
        restore_encounter(writer._connection, one.encounter_id, EncounterStatus.ACTIVE)
        assert writer.documents.names(one.subject_id) == {"1", one.encounter_id}
    assert not {fault.kind for fault in registry.check()} & {FaultKind.SERVICE, FaultKind.AUDIT}


def test_an_identifier_that_a_successor_goes_by_is_not_given_twice(registry: Registry) -> None:
    first = enroll(registry, "one")
    document(registry, first, first.encounter_id)
    with registry.writing() as writer:
        writer.retire_encounter(first.encounter_id)
    document(registry, another(registry, first, 3), first.encounter_id)
    with registry.writing() as writer:
        restore_encounter(writer._connection, first.encounter_id, EncounterStatus.ACTIVE)
        assert len(writer.documents.names(first.subject_id)) == 2
    assert not {fault.kind for fault in registry.check()} & {FaultKind.SERVICE, FaultKind.AUDIT}
