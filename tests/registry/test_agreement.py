"""A mark names one moment of one history of one registry; counts follow what is retired, moved and purged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from biometrics.errors import RecordError
from biometrics.protocols import ReferenceSource
from biometrics.records import DEFAULT_GALLERY
from biometrics.samples import now_utc
from registry import agreement
from registry.gallery_view import GalleryView
from registry.store import Registry
from tests.databases import copy_home
from tests.registry.people import enroll
from tests.registry.raw import plain_connection, tamper


@pytest.mark.sqlite_only  # PostgreSQL decides by the sizes of tables, which are small here
@pytest.mark.parametrize("gallery_id", [None, DEFAULT_GALLERY])
def test_templates_are_not_read_to_be_counted(registry: Registry, gallery_id: str | None) -> None:
    said: list[tuple[str, Any]] = []
    event.listen(registry._database._engine, "before_cursor_execute", lambda *call: said.append((call[2], call[3])))
    for count in (registry.active_references, registry.active_subjects):
        count(gallery_id)
    counting = [(statement, values) for statement, values in said if "count(" in statement]
    with plain_connection(registry) as connection:
        for statement, values in counting:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert any("COVERING INDEX references_in_use" in line for line in plan), plan
    assert len(counting) == 2


def test_a_mark_stays_what_it_was_while_the_registry_goes_on(registry: Registry, home: Path) -> None:
    first = enroll(registry, "anna", 1)
    mark = registry.mark(1)
    enroll(registry, "bert", 2)
    with registry.writing() as writer:
        writer.retire_encounter(first.encounter_id)
    assert registry.mark(1) == mark
    assert len({registry.mark(sequence) for sequence in range(4)}) == 4
    with Registry.open(home, create=False) as again:
        assert again.mark(1) == mark


def test_another_registry_with_the_same_person_has_another_mark(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "one") as one, Registry.open(tmp_path / "other") as other:
        for registry in (one, other):
            enroll(registry, "anna", 1)
        assert one.mark(1) != other.mark(1)


def test_histories_that_went_apart_have_other_marks(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "one" / "home") as one:
        enroll(one, "anna", 1)
    copy_home(tmp_path / "one" / "home", tmp_path / "other" / "home")
    with Registry.open(tmp_path / "one" / "home") as one, Registry.open(tmp_path / "other" / "home") as other:
        assert one.mark(1) == other.mark(1)
        for registry in (one, other):
            enroll(registry, "bert", 2)
        assert one.mark(2) != other.mark(2)
        # The same retirement behind both does not hide that they went apart.
        for registry in (one, other):
            anna = registry.encounters(next(iter(registry.subjects())).subject_id)[0]
            with registry.writing() as writer:
                writer.retire_encounter(anna.encounter_id)
        assert one.mark(3) != other.mark(3)


def test_a_mark_covers_only_the_changes_just_before_it(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "CHANGES_IN_A_MARK", 2)
    for number in range(4):
        enroll(registry, f"person {number}", number)
    assert len({registry.mark(sequence) for sequence in range(5)}) == 5


def test_a_purge_changes_only_marks_at_which_the_purged_were_active(registry: Registry) -> None:
    anna = enroll(registry, "anna", 1)
    enroll(registry, "bert", 2)
    before = registry.mark(2)
    with registry.writing() as writer:
        writer.retire_encounter(anna.encounter_id)
    assert registry.mark(2) == before
    after = registry.mark(3)
    with registry.writing() as writer:
        writer.purge(retired_before=now_utc() + timedelta(seconds=1), reason="rule 7", most=10)
    assert registry.mark(2) != before
    assert registry.mark(3) == after


@pytest.mark.parametrize("sequence", [-1, 2])
def test_what_did_not_happen_has_no_mark(registry: Registry, sequence: int) -> None:
    enroll(registry, "anna", 1)
    with pytest.raises(RecordError, match="no change"):
        registry.mark(sequence)


def test_references_are_counted_by_gallery(registry: Registry) -> None:
    anna, _ = enroll(registry, "anna", 1), enroll(registry, "bert", 2)
    sources: list[ReferenceSource] = [
        registry,
        GalleryView(source=registry, gallery_id=DEFAULT_GALLERY),
        GalleryView(source=registry, gallery_id="visa_applicants"),
    ]
    assert [source.active_references() for source in sources] == [4, 4, 0]
    with registry.writing() as writer:
        writer.galleries.put(anna.encounter_id, "visa_applicants")
    assert [source.active_references() for source in sources] == [4, 4, 2]
    with registry.writing() as writer:
        writer.retire_encounter(anna.encounter_id)
    assert [source.active_references() for source in sources] == [2, 2, 0]
    with registry.writing() as writer:
        writer.purge(retired_before=now_utc() + timedelta(seconds=1), reason="rule 7", most=10)
    assert [source.active_references() for source in sources] == [2, 2, 0]
    assert sources[2].mark(1) == registry.mark(1)


def test_registries_that_begin_otherwise_have_other_marks(tmp_path: Path) -> None:
    """Two that take in the same export have the same changes; what their trails begin with is their own."""
    with Registry.open(tmp_path / "one" / "home") as one:
        enroll(one, "anna", 1)
    copy_home(tmp_path / "one" / "home", tmp_path / "other" / "home")
    with Registry.open(tmp_path / "one" / "home") as one, Registry.open(tmp_path / "other" / "home") as other:
        tamper(other, "UPDATE audit_events SET digest = :digest WHERE sequence = 1", digest="0" * 64)
        assert one.mark(1) != other.mark(1)
