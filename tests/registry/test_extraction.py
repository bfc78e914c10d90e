"""Pictures that came without templates wait; their references come later, by changes and events of their own."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from pathlib import Path

import pytest

from biometrics.errors import RecordConflictError
from biometrics.protocols import ChangeKind
from biometrics.quality import PadResult, QualityScore
from biometrics.records import PAD_NOT_RECORDED, QUALITY_NOT_RECORDED, Actor
from biometrics.samples import now_utc
from registry.store import Registry
from registry.tables.core import UNTRIED
from registry.transfer.exporting import ExportOrder, export_people
from registry.transfer.importing import import_people
from tests.registry.people import enroll
from tests.registry.raw import tamper
from tests.registry.test_replacement import TARGET, stage_all
from tests.registry.transfer.populated import AUDITOR, order
from tests.registry.transfer.without_templates import failed, import_pictures, made, record, waiting, without_templates

MEASURED = QualityScore(value=44, algorithm="made-up/1")
JUDGED = PadResult(score=0.9, algorithm="made-up/1", threshold=0.5)


@pytest.fixture
def imported(registry: Registry, home: Path) -> Registry:
    import_pictures(registry, home, 3)
    return registry


def tally(registry: Registry) -> dict[str, int]:
    with registry.reading() as asked:
        return asked.extraction.tally()


def subject_id(registry: Registry, number: int) -> str:
    found = registry.subject_by_label(f"SIM-{number:03}")
    assert found is not None
    return found.subject_id


def severe(registry: Registry) -> list[str]:
    return [fault.message for fault in registry.check() if fault.severe]


def test_pictures_wait_until_references_are_made_of_them(imported: Registry) -> None:
    assert tally(imported) == {UNTRIED: 6}
    first, second, *others = waiting(imported)
    assert (first.encounter_id, first.ordinal, second.ordinal) == (f"{0:032x}", 0, 1)
    assert record(imported, [made(first), failed(second), *map(made, others)]) == 5
    assert tally(imported) == {"blank_print": 1}
    assert waiting(imported) == ()
    assert [one.ordinal for one in waiting(imported, tried=True)] == [1]
    references = imported.references(subject_id(imported, 0))
    assert [(one.sample_sha256, one.template.position) for one in references] == [(first.sha256, first.position)]
    assert imported.counts().references == 5
    assert imported.active_subjects() == 3
    assert imported.check() == []


def test_the_change_feed_tells_of_each_encounter_once(imported: Registry) -> None:
    record(imported, map(made, waiting(imported)))
    told = [(change.kind, len(change.references)) for change in imported.changes_since(0)]
    assert told == [(ChangeKind.ADDED, 0)] * 3 + [(ChangeKind.ADDED, 2)] * 3
    event = imported.events_about(subject_id(imported, 1))[-1]
    assert (event.action, event.details["added_at"], event.details["extracted"]) == ("references.added", 5, [0, 1])


def test_an_encounter_of_which_nothing_can_be_used_leaves_an_event_and_no_change(imported: Registry) -> None:
    assert record(imported, map(failed, waiting(imported))) == 0
    assert imported.latest_sequence() == 3
    assert imported.events()[-1].details["unusable"] == {"0": "blank_print", "1": "blank_print"}
    assert imported.check() == []


def test_what_could_not_be_used_can_be_tried_again(imported: Registry) -> None:
    record(imported, map(failed, waiting(imported)))
    assert record(imported, map(made, waiting(imported, tried=True))) == 6
    assert (tally(imported), imported.check()) == ({}, [])


def test_nothing_is_recorded_twice(imported: Registry) -> None:
    results = [made(one) for one in waiting(imported)]
    assert record(imported, results[:3]) == 3
    assert record(imported, results) == 3
    before = imported.counts()
    assert record(imported, results) == 0
    assert imported.counts() == before
    assert imported.check() == []


def test_what_was_measured_is_kept_where_nothing_was_stated(registry: Registry, home: Path) -> None:
    path = without_templates(home, range(1))
    line = json.loads(path.read_text())
    stated = QualityScore(value=80, algorithm="theirs/1")
    line["encounters"][0]["samples"][1]["quality"] = {"value": 80, "algorithm": "theirs/1"}
    path.write_text(json.dumps(line) + "\n")
    import_people(registry, path, order(home))
    samples = registry.encounters(subject_id(registry, 0))[0].samples
    assert [(one.quality, one.pad) for one in samples] == [
        (QUALITY_NOT_RECORDED, PAD_NOT_RECORDED),
        (stated, PAD_NOT_RECORDED),
    ]
    record(registry, [dataclasses.replace(made(one), quality=MEASURED, pad=JUDGED) for one in waiting(registry)])
    samples = registry.encounters(subject_id(registry, 0))[0].samples
    assert [(one.quality, one.pad) for one in samples] == [(MEASURED, JUDGED), (stated, JUDGED)]


def test_samples_of_an_enrollment_do_not_wait(registry: Registry) -> None:
    enroll(registry, "enrolled")
    assert tally(registry) == {}


def test_of_an_encounter_that_was_retired_or_purged_meanwhile_nothing_is_recorded(imported: Registry) -> None:
    results = [made(one) for one in waiting(imported)]
    for number in range(2):
        (encounter,) = imported.encounters(subject_id(imported, number))
        with imported.writing() as writer:
            writer.retire_encounter(encounter.encounter_id)
    assert tally(imported) == {UNTRIED: 2}
    assert len(waiting(imported)) == 2
    with imported.writing() as writer:
        writer.purge(retired_before=now_utc() + timedelta(seconds=1), reason="rule 7", most=1)
    assert record(imported, results) == 2
    assert severe(imported) == []


def test_references_added_later_go_with_their_encounter(imported: Registry) -> None:
    record(imported, map(made, waiting(imported)))
    source, target = subject_id(imported, 0), subject_id(imported, 1)
    with imported.writing(Actor(name="ada")) as writer:
        merge_id = writer.merges.merge(source, target, reason="one person")
    assert len(imported.references(target)) == 4
    with imported.writing(Actor(name="ada")) as writer:
        writer.merges.unmerge(merge_id, reason="twins")
    (encounter,) = imported.encounters(source)
    assert len(imported.references(source)) == 2
    with imported.writing() as writer:
        writer.retire_encounter(encounter.encounter_id)
    assert imported.references(source) == ()
    assert imported.active_subjects() == 2
    with imported.writing() as writer:
        writer.purge(retired_before=now_utc() + timedelta(seconds=1), reason="rule 7", most=9)
    assert severe(imported) == []


def test_a_merged_persons_pictures_are_extracted_for_the_survivor(imported: Registry) -> None:
    results = [made(one) for one in waiting(imported)]
    source, target = subject_id(imported, 0), subject_id(imported, 1)
    with imported.writing(Actor(name="ada")) as writer:
        writer.merges.merge(source, target, reason="one person")
    record(imported, results)
    assert len(imported.references(target)) == 4
    assert imported.check() == []


def test_references_are_not_mixed_with_those_of_a_model_that_came_meanwhile(imported: Registry) -> None:
    enroll(imported, "enrolled")
    results = [made(one) for one in waiting(imported)]
    stage_all(imported)
    with imported.writing() as writer:
        writer.replace_references(TARGET)
    with pytest.raises(RecordConflictError, match="moved to another model meanwhile"):
        record(imported, results)
    with imported.reading() as asked:
        last = asked.extraction.last_exchange()
    assert record(imported, results, last_exchange=last) == 6
    assert imported.check() == []


def test_a_backup_holds_what_waits_and_what_was_made(imported: Registry, tmp_path: Path) -> None:
    first, second, *_ = waiting(imported)
    record(imported, [made(first), failed(second)])
    imported.upkeep.note_backup(AUDITOR)
    imported.upkeep.write_backup(tmp_path / "backup")
    with Registry.open(tmp_path / "elsewhere", key_encryption=imported.keys.encryption) as other:
        other.upkeep.restore(tmp_path / "backup", AUDITOR)
        assert tally(other) == tally(imported) == {"blank_print": 1, UNTRIED: 4}
        assert other.check() == []
        assert record(other, map(made, waiting(other))) == 4
        assert other.check() == []


def test_whoever_takes_it_elsewhere_takes_the_references_along(imported: Registry, tmp_path: Path) -> None:
    first, second, *others = waiting(imported)
    record(imported, [made(first), failed(second), *map(made, others[:2])])
    export_people(imported, tmp_path / "folder", ExportOrder(actor=AUDITOR))
    home = tmp_path / "there" / "home"
    with Registry.open(home) as there:
        import_people(there, tmp_path / "folder", order(home))
        assert tally(there) == {UNTRIED: 3}
        assert there.counts().references == 3
        assert there.check() == []


def test_the_same_lines_in_another_file_change_nothing(imported: Registry, home: Path) -> None:
    record(imported, map(made, waiting(imported)))
    path = without_templates(home, range(3))
    path.write_text(path.read_text() + "\n")
    job = import_people(imported, path, order(home))
    assert (job.added, job.skipped, job.encounters) == (0, 3, 0)
    assert tally(imported) == {}


def test_unusable_pictures_are_listed_page_by_page(imported: Registry) -> None:
    record(imported, map(failed, waiting(imported)))
    with imported.reading() as asked:
        first = asked.extraction.unusable(("", "", -1), 4)
        place = (first[-1].subject_id, first[-1].encounter_id, first[-1].ordinal)
        second = asked.extraction.unusable(place, 4)
    listed = [(one.label, one.ordinal, one.failure) for one in (*first, *second)]
    assert sorted(listed) == [
        (f"SIM-{number:03}", ordinal, "blank_print") for number in range(3) for ordinal in range(2)
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE samples SET unextracted = NULL WHERE unextracted = 'not tried yet'",
        "UPDATE samples SET unextracted = 'blank_print' WHERE unextracted = 'not tried yet'",
        "UPDATE samples SET unextracted = 'not tried yet' WHERE unextracted = 'blank_print'",
        "UPDATE samples SET unextracted = 'not tried yet' WHERE unextracted IS NULL",
    ],
)
def test_a_picture_that_was_hidden_from_extraction_is_found(imported: Registry, statement: str) -> None:
    first, second, *_ = waiting(imported)
    record(imported, [made(first), failed(second)])
    assert imported.check() == []
    assert tamper(imported, statement) > 0
    assert "why picture" in imported.check()[0].message


def test_a_reference_that_no_extraction_told_of_is_found(imported: Registry) -> None:
    record(imported, map(made, waiting(imported)))
    tamper(imported, "DELETE FROM biometric_references WHERE added_at = 4")
    assert any("tells of a reference that is not there" in fault.message for fault in imported.check())
