"""Two subjects become one and two again: nothing is lost, and what makes no sense is refused and changes nothing."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, update

from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError
from biometrics.protocols import ChangeKind, ReferenceChange
from biometrics.records import Actor, AuditEvent, EncounterStatus, SubjectStatus
from registry.audit import append_event
from registry.merge_rules import LONGEST_REASON
from registry.merging import Merge
from registry.sealed import owned
from registry.store import Registry
from registry.tables.core import subjects
from registry.tables.merges import encounter_moves, merges, move_owner
from registry.writing import Writer
from tests.registry.damage import edit, reseal
from tests.registry.people import add_person, enroll, new_encounter, new_references, new_subject

WHY = "the two showed the same card"
EXAMINER = Actor(name="supervisor 7")


def merge(registry: Registry, source_id: str, into_id: str) -> str:
    with registry.writing(actor=EXAMINER) as writer:
        return writer.merges.merge(source_id, into_id, reason=WHY)


def unmerge(registry: Registry, merge_id: str) -> None:
    with registry.writing(actor=EXAMINER) as writer:
        writer.merges.unmerge(merge_id, reason="the card was forged")


def survivor(registry: Registry, subject_id: str) -> str:
    with registry.reading() as record:
        return record.merges.survivor(subject_id)


def encounters_of(registry: Registry, subject_id: str) -> list[str]:
    return [one.encounter_id for one in registry.encounters(subject_id)]


def state(registry: Registry) -> object:
    """Return all that a refused change must leave as it was."""
    people = [(one, registry.encounters(one.subject_id)) for one in registry.subjects()]
    return people, registry.counts(), [change.sequence for change in registry.changes_since(0)]


def told(changes: Sequence[ReferenceChange]) -> list[tuple[ChangeKind, str | None, str, int]]:
    return [(one.kind, one.from_subject_id, one.subject_id, len(one.references)) for one in changes]


def test_a_merge_moves_the_encounters_and_leaves_the_rest(registry: Registry) -> None:
    first, second = enroll(registry, "first", 1), enroll(registry, "second", 2)
    merge_id = merge(registry, second.subject_id, first.subject_id)
    merged = registry.subject(second.subject_id)
    assert (merged.status, merged.merged_into, merged.label) == (SubjectStatus.MERGED, first.subject_id, "second")
    assert encounters_of(registry, first.subject_id) == [first.encounter_id, second.encounter_id]
    assert registry.encounters(second.subject_id) == ()
    assert len(registry.references(first.subject_id)) == 4
    assert {one.subject_id for one in registry.references(first.subject_id)} == {first.subject_id}
    assert survivor(registry, second.subject_id) == survivor(registry, first.subject_id) == first.subject_id
    assert registry.active_subjects() == 1
    with registry.reading() as record:
        (found,) = record.merges.about(first.subject_id)
        assert record.merges.standing(second.subject_id) == found == record.merges.find(merge_id)
    assert (found.reason, found.actor, found.encounters) == (WHY, EXAMINER.name, (second.encounter_id,))
    assert registry.check() == []


def test_changes_tell_whose_an_encounter_was_at_the_time(registry: Registry) -> None:
    first, second = enroll(registry, "first", 1), enroll(registry, "second", 2)
    merge(registry, second.subject_id, first.subject_id)
    a, b = first.subject_id, second.subject_id
    assert told(list(registry.changes_since(0))) == [
        (ChangeKind.ADDED, None, a, 2),
        (ChangeKind.ADDED, None, b, 2),
        (ChangeKind.MOVED, b, a, 2),
    ]
    for change in registry.changes_since(0):
        assert {reference.subject_id for reference in change.references} == {change.subject_id}
    with registry.writing() as writer:
        writer.retire_encounter(second.encounter_id)
    assert told(list(registry.changes_since(0)))[1:] == [
        (ChangeKind.ADDED, None, b, 0),
        (ChangeKind.MOVED, b, a, 0),
        (ChangeKind.RETIRED, None, a, 0),
    ]
    assert told(list(registry.changes_since(2))) == [(ChangeKind.MOVED, b, a, 2), (ChangeKind.RETIRED, None, a, 2)]
    assert told(list(registry.changes_since(3))) == [(ChangeKind.RETIRED, None, a, 2)]


def test_an_un_merge_returns_exactly_what_came(registry: Registry) -> None:
    into, source = enroll(registry, "into", 1), enroll(registry, "source", 2)
    with registry.writing() as writer:
        again = add_person(writer, registry.subject(source.subject_id), seed=3)
    merge_id = merge(registry, source.subject_id, into.subject_id)
    with registry.writing() as writer:
        later = add_person(writer, registry.subject(into.subject_id), seed=4)
        writer.retire_encounter(again.encounter_id)
    unmerge(registry, merge_id)
    assert encounters_of(registry, source.subject_id) == [source.encounter_id, again.encounter_id]
    assert encounters_of(registry, into.subject_id) == [into.encounter_id, later.encounter_id]
    assert [one.status for one in registry.encounters(source.subject_id)] == [
        EncounterStatus.ACTIVE,
        EncounterStatus.RETIRED,
    ]
    assert registry.subject(source.subject_id).status is SubjectStatus.ACTIVE
    assert survivor(registry, source.subject_id) == source.subject_id
    assert told(list(registry.changes_since(6)))[-2:] == [
        (ChangeKind.MOVED, into.subject_id, source.subject_id, 2),
        (ChangeKind.MOVED, into.subject_id, source.subject_id, 0),
    ]
    assert registry.check() == []


def test_merges_form_chains_that_are_undone_from_the_end(registry: Registry) -> None:
    a, b, c = (enroll(registry, name, seed) for seed, name in enumerate(("a", "b", "c")))
    first = merge(registry, a.subject_id, b.subject_id)
    second = merge(registry, b.subject_id, c.subject_id)
    assert survivor(registry, a.subject_id) == c.subject_id
    assert encounters_of(registry, c.subject_id) == [one.encounter_id for one in (a, b, c)]
    before = state(registry)
    with pytest.raises(RecordConflictError, match="merged into another subject since"):
        unmerge(registry, first)
    assert state(registry) == before
    unmerge(registry, second)
    assert encounters_of(registry, b.subject_id) == [a.encounter_id, b.encounter_id]
    unmerge(registry, first)
    assert [encounters_of(registry, one.subject_id) for one in (a, b, c)] == [[one.encounter_id] for one in (a, b, c)]
    again = merge(registry, a.subject_id, c.subject_id)
    assert survivor(registry, a.subject_id) == c.subject_id
    with registry.reading() as record:
        assert [one.undone_at is None for one in record.merges.about(a.subject_id)] == [False, True]
    unmerge(registry, again)
    assert registry.check() == []


def test_what_the_source_was_before_comes_back(registry: Registry) -> None:
    into, pending = enroll(registry, "into", 1), new_subject("pending")
    with registry.writing() as writer:
        encounter = new_encounter(pending)
        writer.add_encounter(pending, encounter, new_references(pending))
        named = subjects.c.subject_id == pending.subject_id
        writer._connection.execute(update(subjects).where(named).values(status=SubjectStatus.INACTIVE))
        writer.append_event("test.changed", pending.subject_id, {})
    merge_id = merge(registry, pending.subject_id, into.subject_id)
    unmerge(registry, merge_id)
    assert registry.subject(pending.subject_id).status is SubjectStatus.INACTIVE


@pytest.mark.parametrize(
    ("pair", "reason", "error", "words"),
    [
        (("a", "a"), WHY, RecordConflictError, "one and the same"),
        (("merged", "a"), WHY, RecordConflictError, "merged already"),
        (("a", "merged"), WHY, RecordConflictError, "merged itself"),
        (("b", "merged"), WHY, RecordConflictError, "circle"),
        (("nobody", "a"), WHY, RecordNotFoundError, "no such subject"),
        (("a", "nobody"), WHY, RecordNotFoundError, "no such subject"),
        (("real", "a"), WHY, RecordConflictError, "simulated"),
        (("a", "real"), WHY, RecordConflictError, "simulated"),
        (("visa", "a"), WHY, RecordConflictError, "share no gallery"),
        (("purged", "a"), WHY, RecordConflictError, "purged"),
        (("a", "purged"), WHY, RecordConflictError, "purged"),
        (("a", "b"), " \n", RecordError, "reason is needed"),
        (("a", "b"), "x" * (LONGEST_REASON + 1), RecordError, "reason is needed"),
        (("a", "b"), "\udce9", RecordError, "reason is needed"),
    ],
)
def test_a_merge_that_makes_no_sense_changes_nothing(
    registry: Registry, pair: tuple[str, str], reason: str, error: type[Exception], words: str
) -> None:
    named = people_of_every_kind(registry)
    before = state(registry)
    with pytest.raises(error, match=words), registry.writing() as writer:
        writer.merges.merge(*(named[name] for name in pair), reason=reason)
    assert state(registry) == before
    assert registry.check() == []


def people_of_every_kind(registry: Registry) -> dict[str, str]:
    ids = {name: enroll(registry, name, seed).subject_id for seed, name in enumerate(("a", "b", "merged"))}
    merge(registry, ids["merged"], ids["b"])
    real = dataclasses.replace(new_subject("real"), simulated=False)
    visa, purged = new_subject("visa"), new_subject("purged")
    with registry.writing() as writer:
        add_person(writer, real, seed=7)
        foreign = dataclasses.replace(new_encounter(visa), galleries=("visa_applicants",))
        writer.add_encounter(visa, foreign, new_references(visa))
        add_person(writer, purged, seed=8)
        named = subjects.c.subject_id == purged.subject_id
        writer._connection.execute(update(subjects).where(named).values(status=SubjectStatus.PURGED))
    return ids | {"nobody": "nobody"} | {one.label: one.subject_id for one in (real, visa, purged)}


def test_an_un_merge_that_makes_no_sense_changes_nothing(registry: Registry) -> None:
    into, source, other = (enroll(registry, name, seed) for seed, name in enumerate(("into", "source", "other")))
    merge_id = merge(registry, source.subject_id, into.subject_id)
    with registry.writing() as writer:
        writer.merges.move_encounter(source.encounter_id, other.subject_id, reason="filed wrongly")
    before = state(registry)
    with pytest.raises(RecordConflictError, match="another subject's since"):
        unmerge(registry, merge_id)
    with pytest.raises(RecordNotFoundError, match="no such merge"):
        unmerge(registry, "nothing")
    with pytest.raises(RecordError, match="reason is needed"), registry.writing() as writer:
        writer.merges.unmerge(merge_id, reason="")
    with pytest.raises(RecordNotFoundError, match="not merged"), registry.reading() as record:
        record.merges.standing(into.subject_id)
    assert state(registry) == before
    with registry.writing() as writer:
        writer.merges.move_encounter(source.encounter_id, into.subject_id, reason="it was right")
    unmerge(registry, merge_id)
    with pytest.raises(RecordConflictError, match="undone already"):
        unmerge(registry, merge_id)
    assert registry.check() == []


def test_one_encounter_can_be_filed_under_the_right_person(registry: Registry) -> None:
    first, second = enroll(registry, "first", 1), enroll(registry, "second", 2)
    with registry.writing() as writer:
        wrong = add_person(writer, registry.subject(first.subject_id), seed=3)
    with registry.writing(actor=EXAMINER) as writer:
        writer.merges.move_encounter(wrong.encounter_id, second.subject_id, reason=WHY)
    assert encounters_of(registry, first.subject_id) == [first.encounter_id]
    assert encounters_of(registry, second.subject_id) == [second.encounter_id, wrong.encounter_id]
    assert registry.subject(first.subject_id).status is SubjectStatus.ACTIVE
    assert registry.check() == []
    before = state(registry)
    for encounter_id, into_id, error in (
        (wrong.encounter_id, second.subject_id, RecordConflictError),
        ("nothing", second.subject_id, RecordNotFoundError),
        (wrong.encounter_id, "nobody", RecordNotFoundError),
    ):
        with pytest.raises(error), registry.writing() as writer:
            writer.merges.move_encounter(encounter_id, into_id, reason=WHY)
    assert state(registry) == before


def test_whoever_is_merged_takes_no_more_encounters(registry: Registry) -> None:
    into, source = enroll(registry, "into", 1), enroll(registry, "source", 2)
    merge(registry, source.subject_id, into.subject_id)
    with pytest.raises(RecordConflictError, match="merged") as raised, registry.writing() as writer:
        add_person(writer, registry.subject(source.subject_id), seed=3)
    assert raised.value.remedy == "add to the subject that it became"
    with pytest.raises(RecordConflictError, match="merged"), registry.writing() as writer:
        writer.merges.move_encounter(into.encounter_id, source.subject_id, reason=WHY)


def test_look_ups_by_an_old_label_find_the_survivor(registry: Registry) -> None:
    into, source = enroll(registry, "into", 1), enroll(registry, "source", 2)
    merge_id = merge(registry, source.subject_id, into.subject_id)
    found = registry.subject_by_label("source")
    assert found is not None
    assert found.subject_id == into.subject_id
    assert set(registry.encounter_digests("source")) == {into.encounter_id, source.encounter_id}
    with pytest.raises(RecordConflictError), registry.writing() as writer:
        add_person(writer, new_subject("source"))
    unmerge(registry, merge_id)
    found = registry.subject_by_label("source")
    assert found is not None
    assert found.subject_id == source.subject_id
    assert set(registry.encounter_digests("source")) == {source.encounter_id}


def test_of_two_merges_at_once_one_wins(home: Path) -> None:
    with Registry.open(home, busy_timeout_s=30.0) as registry:
        for round_number in range(10):
            a, b, c = (enroll(registry, f"{name}{round_number}", seed).subject_id for seed, name in enumerate("abc"))
            rivals = ((a, b), (a, c)) if round_number % 2 else ((a, b), (b, a))
            outcomes = at_once([lambda pair=pair: merge(registry, *pair) for pair in rivals])  # type: ignore[misc]
            refused = [one for one in outcomes if isinstance(one, Exception)]
            assert [type(one) for one in refused] == [RecordConflictError]
            with registry.reading() as record:
                assert len(record.merges.about(a)) == 1
        assert registry.check() == []


def at_once(deeds: Sequence[Callable[[], object]]) -> list[object]:
    """Do all at the same time and return what each returned or raised."""
    outcomes: list[object] = [None] * len(deeds)
    start = threading.Barrier(len(deeds))

    def act(number: int) -> None:
        start.wait()
        try:
            outcomes[number] = deeds[number]()
        except Exception as error:  # noqa: BLE001 - the outcome is what the test looks at
            outcomes[number] = error

    threads = [threading.Thread(target=act, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_only_the_change_itself_tells_of_it(registry: Registry) -> None:
    for action in ("encounter.moved", "subject.merged", "subject.unmerged", "gallery.created"):
        with pytest.raises(RecordError, match="only the change itself"), registry.writing() as writer:
            writer.append_event(action, None, {})


def test_nothing_personal_reaches_the_trail(registry: Registry) -> None:
    into, source = enroll(registry, "into", 1), enroll(registry, "source", 2)
    merge_id = merge(registry, source.subject_id, into.subject_id)
    unmerge(registry, merge_id)
    with registry.writing() as writer:
        writer.merges.move_encounter(source.encounter_id, into.subject_id, reason=WHY)
        trail = str([event.details for event in writer_events(writer)])
    assert WHY not in trail and "forged" not in trail


def writer_events(writer: Writer) -> tuple[AuditEvent, ...]:
    return tuple(writer.events())


DAMAGE = [
    "UPDATE encounters SET subject_id = {other}",
    "UPDATE changes SET subject_id = from_subject_id, from_subject_id = subject_id WHERE kind = 'moved'",
    "UPDATE changes SET galleries = '[\"visa_applicants\"]' WHERE kind = 'moved'",
    "UPDATE changes SET galleries = '[\"visa_applicants\"]' WHERE kind = 'added'",
    "DELETE FROM encounter_galleries",
    "UPDATE encounter_galleries SET gallery_id = 'visa_applicants'",
    "UPDATE subjects SET merged_into = {other} WHERE status = 'merged'",
    "UPDATE subjects SET status = 'active', merged_into = NULL WHERE status = 'merged'",
    "UPDATE merges SET reason = undone_reason WHERE undone_at IS NOT NULL",
    "UPDATE merges SET undone_reason = reason WHERE undone_at IS NOT NULL",
    "UPDATE merges SET into_id = {other} WHERE undone_at IS NULL",
    "UPDATE merges SET undone_at = NULL, undone_by = NULL, undone_reason = NULL WHERE undone_at IS NOT NULL",
    "DELETE FROM merge_encounters",
    "DELETE FROM encounter_moves",
]


@pytest.mark.parametrize("statement", DAMAGE)
def test_damage_to_moves_and_merges_is_found(registry: Registry, statement: str) -> None:
    into, source, other = (enroll(registry, name, seed) for seed, name in enumerate(("into", "source", "other")))
    unmerge(registry, merge(registry, other.subject_id, into.subject_id))
    merge(registry, source.subject_id, into.subject_id)
    with registry.writing() as writer:
        moved = add_person(writer, registry.subject(other.subject_id), seed=4)
        writer.merges.move_encounter(moved.encounter_id, into.subject_id, reason=WHY)
    assert registry.check() == []
    edit(registry, statement.replace("{other}", f"'{other.subject_id}'"))
    assert {fault.kind.value for fault in registry.check()} & {"sequence", "audit"}


def test_other_reasons_by_whoever_has_the_keys_are_found(registry: Registry) -> None:
    into, source = enroll(registry, "into", 1), enroll(registry, "source", 2)
    unmerge(registry, merge(registry, source.subject_id, into.subject_id))
    with registry.writing() as writer:
        writer.merges.move_encounter(source.encounter_id, into.subject_id, reason=WHY)
        writer.merges.move_encounter(source.encounter_id, source.subject_id, reason=WHY)
    (about,) = registry_merges(registry, source.subject_id)
    for values in ({"reason": "another"}, {"undone_reason": "another"}):
        reseal(registry, merges, "merge_id", values)
        assert [fault.source for fault in registry.check()] == [about.merge_id]
        reseal(registry, merges, "merge_id", {"reason": about.reason, "undone_reason": about.undone_reason})
        assert registry.check() == []
    with registry._database.writing() as connection:
        change = connection.scalars(select(encounter_moves.c.change).limit(1)).one()
        values = owned(encounter_moves, move_owner(change), {"reason": "another"})
        connection.execute(update(encounter_moves).where(encounter_moves.c.change == change).values(values))
        append_event(connection, action="test.changed", subject_id=None, details={})
    assert [fault.source for fault in registry.check()] == [f"change {change}"]


def registry_merges(registry: Registry, subject_id: str) -> tuple[Merge, ...]:
    with registry.reading() as record:
        return record.merges.about(subject_id)
