"""A backup holds everything, on either database; a restore gives all of it back, or changes nothing."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from biometrics.errors import (
    KeyUnavailableError,
    RecordConflictError,
    RecordError,
    RecordNotFoundError,
    RecordVersionError,
    StorageError,
)
from biometrics.records import Actor, Encounter
from registry.backup.manifest import FILE_NAME, BackupManifest, read_manifest
from registry.backup.table_files import read_rows, write_table
from registry.faults import FaultKind
from registry.keys.default import DEFAULT_KEY_FILE
from registry.store import Registry
from registry.tables.base import metadata
from registry.versions import SCHEMA_VERSION
from tests.registry.people import enroll
from tests.registry.raw import sample_file
from tests.registry.test_checking_service import fill

KEEPER = Actor(name="keeper")
EVENTS = Path("tables") / "audit_events.jsonl"


def rows_of(registry: Registry, folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every table."""
    folder.mkdir(parents=True, exist_ok=True)
    with registry.reading() as record:
        connection = record._connection
        return {
            table.name: write_table(connection, table, folder / table.name, lambda *_: None).sha256
            for table in metadata.sorted_tables
        }


def elsewhere(registry: Registry, home: Path) -> Registry:
    """Open a new home with the key from outside that protects a registry."""
    return Registry.open(home, key_encryption=registry.keys.encryption)


def back_up(registry: Registry, folder: Path) -> BackupManifest:
    registry.upkeep.note_backup(KEEPER)
    return registry.upkeep.write_backup(folder)


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.fixture
def people(registry: Registry) -> list[Encounter]:
    people = [enroll(registry, f"person-{number}", seed=number) for number in range(5)]
    with registry.writing() as writer:
        writer.merges.merge(people[0].subject_id, people[1].subject_id, reason="one person")
    return people


@pytest.fixture
def backup(registry: Registry, people: list[Encounter], tmp_path: Path) -> Path:
    folder = tmp_path / "backup"
    back_up(registry, folder)
    return folder


def test_a_restored_registry_is_the_one_that_was_backed_up(
    registry: Registry, people: list[Encounter], backup: Path, tmp_path: Path
) -> None:
    before = rows_of(registry, tmp_path / "before")
    with elsewhere(registry, tmp_path / "elsewhere") as other:
        manifest = other.upkeep.restore(backup, KEEPER)
        assert other.check() == []
        counts = registry.counts()
        assert other.counts() == dataclasses.replace(counts, events=counts.events + 1)
        after = rows_of(other, tmp_path / "after")
        assert other.events()[-1].action == "registry.restored"
        assert [one.subject_id for one in other.subjects()] == [one.subject_id for one in registry.subjects()]
        assert other.subject(people[0].subject_id).merged_into == people[1].subject_id
        enroll(other, "goes-on")
        assert other.check() == []
    assert {name for name in before if before[name] != after[name]} == {"audit_events", "heads"}
    assert manifest.samples == 10
    assert registry.check() == []
    assert registry.events()[-1].action == "registry.backed_up"


def test_what_other_systems_left_is_restored_too(registry: Registry, tmp_path: Path) -> None:
    fill(registry)
    before = rows_of(registry, tmp_path / "before")
    back_up(registry, tmp_path / "backup")
    with elsewhere(registry, tmp_path / "elsewhere") as other:
        other.upkeep.restore(tmp_path / "backup", KEEPER)
        assert other.check() == []
        after = rows_of(other, tmp_path / "after")
        with other.reading() as record:
            assert other.sample_bytes(record.drafts.buffers("d")[0].sha256) == b"a picture"
            assert [task.task_id for task in record.tasks.unfinished()] == ["sent", "waiting"]
    assert {name for name in before if before[name] != after[name]} == {"audit_events", "heads"}


def test_an_older_state_of_the_same_registry_is_replaced(
    registry: Registry, people: list[Encounter], tmp_path: Path
) -> None:
    back_up(registry, tmp_path / "old")
    enroll(registry, "later")
    back_up(registry, tmp_path / "new")
    with elsewhere(registry, tmp_path / "elsewhere") as other:
        other.upkeep.restore(tmp_path / "old")
        assert other.subject_by_label("later") is None
        other.upkeep.restore(tmp_path / "new")
        assert other.subject_by_label("later") is not None
        assert other.check() == []
        with pytest.raises(RecordConflictError, match="newer"):
            other.upkeep.restore(tmp_path / "old")
        enroll(other, "only here")
        enroll(registry, "only there")
        back_up(registry, tmp_path / "newest")
        with pytest.raises(RecordConflictError, match="went on differently"):
            other.upkeep.restore(tmp_path / "newest")
        assert other.check() == []


def test_a_restore_over_a_newer_registry_is_refused(registry: Registry, backup: Path, tmp_path: Path) -> None:
    enroll(registry, "newer")
    before = rows_of(registry, tmp_path / "before")
    with pytest.raises(RecordConflictError, match="newer"):
        registry.upkeep.restore(backup)
    assert rows_of(registry, tmp_path / "after") == before


def test_a_restore_over_another_registry_is_refused(registry: Registry, backup: Path, tmp_path: Path) -> None:
    with elsewhere(registry, tmp_path / "other") as other:
        enroll(other, "somebody else")
        before = rows_of(other, tmp_path / "before")
        with pytest.raises(RecordConflictError, match="another one"):
            other.upkeep.restore(backup)
        assert rows_of(other, tmp_path / "after") == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("tables/subjects.jsonl", "active", "merged"),
        ("samples.jsonl", "[", "[ "),
        ("tables/subjects.jsonl", '"', ""),
        ("tables/biometric_references.jsonl", "minutiae", "minutia"),
        (str(EVENTS), "encounter.added", "encounter.taken"),
        (FILE_NAME, '"event_sequence": ', '"event_sequence": 1'),
        (FILE_NAME, '"rows": ', '"rows": 1'),
        (FILE_NAME, '"samples": ', '"sample": '),
        (FILE_NAME, "{", "["),
        (FILE_NAME, '"label"', '"name"'),
    ],
)
def test_an_edited_backup_is_refused(  # noqa: PLR0917 - a row of the table above
    registry: Registry, backup: Path, tmp_path: Path, name: str, old: str, new: str
) -> None:
    edit(backup, name, old, new)
    with elsewhere(registry, tmp_path / "other") as other:
        before = rows_of(other, tmp_path / "before")
        with pytest.raises(RecordError):
            other.upkeep.restore(backup)
        assert rows_of(other, tmp_path / "after") == before


def test_a_table_with_a_right_digest_and_a_forged_trail_is_refused(
    registry: Registry, backup: Path, tmp_path: Path
) -> None:
    edit(backup, str(EVENTS), "encounter.added", "encounter.taken")
    manifest = json.loads((backup / FILE_NAME).read_text())
    manifest["tables"]["audit_events"]["sha256"] = hashlib.sha256((backup / EVENTS).read_bytes()).hexdigest()
    (backup / FILE_NAME).write_text(json.dumps(manifest))
    with elsewhere(registry, tmp_path / "other") as other, pytest.raises(StorageError, match="trail"):
        other.upkeep.restore(backup)


def test_a_damaged_or_missing_sample_is_refused(registry: Registry, backup: Path, tmp_path: Path) -> None:
    samples = [path for path in (backup / "samples").rglob("*") if path.is_file()]
    kept = samples[0].read_bytes()
    samples[0].write_bytes(kept[:-1] + b"?")
    with elsewhere(registry, tmp_path / "other") as other:
        with pytest.raises(StorageError, match="damaged"):
            other.upkeep.restore(backup)
        samples[0].unlink()
        with pytest.raises(StorageError, match="lacks"):
            other.upkeep.restore(backup)
        assert other.counts().subjects == 0
        samples[0].write_bytes(kept)
        other.upkeep.restore(backup)
        assert other.check() == []


def test_a_backup_holds_nothing_that_can_be_read_without_the_key(
    registry: Registry, people: list[Encounter], tmp_path: Path
) -> None:
    fill(registry)
    back_up(registry, tmp_path / "backup")
    content = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    key = (registry.home / DEFAULT_KEY_FILE).read_bytes()
    secrets = (b"person-3", b"print of person", b"a picture", b"SIMULATED", b"told", key, base64.b64encode(key)[:40])
    assert len(content) > 50_000 and [secret for secret in secrets if secret in content] == []


def test_a_backup_that_the_key_does_not_open_is_refused_before_anything_changes(backup: Path, tmp_path: Path) -> None:
    with Registry.open(tmp_path / "other") as other:
        before = rows_of(other, tmp_path / "before")
        with pytest.raises(KeyUnavailableError, match="protected by another key"):
            other.upkeep.restore(backup)
        assert rows_of(other, tmp_path / "after") == before
        assert not list((tmp_path / "other" / "registry" / "samples").rglob("*"))
        enroll(other, "goes-on")
        assert other.check() == []


def test_after_a_refused_restore_the_own_keys_are_in_use_again(
    registry: Registry, people: list[Encounter], backup: Path, tmp_path: Path
) -> None:
    (backup / "tables" / "totals.jsonl").write_text("[]\n")
    with elsewhere(registry, tmp_path / "other") as other:
        with pytest.raises(RecordError):
            other.upkeep.restore(backup)
        enroll(other, "goes-on")
        assert {fault.kind for fault in other.check()} == {FaultKind.UNREFERENCED_FILE}
        assert other.upkeep.sweep(older_than_s=-1) == 10 and other.check() == []


def test_a_damaged_sample_stops_a_backup(registry: Registry, people: list[Encounter], tmp_path: Path) -> None:
    path = sample_file(registry, registry.encounters(people[2].subject_id)[0].samples[0].sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(StorageError, match="damaged"):
        back_up(registry, tmp_path / "backup")


def test_what_is_no_finished_backup_is_refused(backup: Path, tmp_path: Path, registry: Registry) -> None:
    (backup / FILE_NAME).unlink()
    with elsewhere(registry, tmp_path / "other") as other:
        for folder in (backup, tmp_path / "nowhere"):
            with pytest.raises(RecordNotFoundError, match="no finished backup"):
                other.upkeep.restore(folder)


def test_another_version_is_refused(registry: Registry, backup: Path, tmp_path: Path) -> None:
    edit(backup, FILE_NAME, "kura-backup/2", "kura-backup/9")
    with elsewhere(registry, tmp_path / "other") as other:
        with pytest.raises(RecordVersionError, match="kura-backup/9"):
            other.upkeep.restore(backup)
        edit(backup, FILE_NAME, "kura-backup/9", "kura-backup/2")
        edit(backup, FILE_NAME, f'"schema_version": {SCHEMA_VERSION}', '"schema_version": 99')
        with pytest.raises(RecordVersionError, match=f"version {SCHEMA_VERSION}"):
            other.upkeep.restore(backup)


def test_a_backup_goes_nowhere_else(registry: Registry, backup: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordConflictError, match="holds a backup"):
        back_up(registry, backup)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("mine")
    with pytest.raises(RecordConflictError, match="something else"):
        back_up(registry, tmp_path / "letters")


def test_an_interrupted_backup_is_finished(registry: Registry, people: list[Encounter], tmp_path: Path) -> None:
    folder = tmp_path / "backup"

    def interrupt(done: int, total: int, what: str) -> None:
        if what == "samples" and done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        registry.upkeep.write_backup(folder, interrupt)
    assert not (folder / FILE_NAME).exists()
    enroll(registry, "meanwhile")
    (folder / "samples" / "incoming" / "half").write_bytes(b"ha")
    assert back_up(registry, folder).samples == 12
    with elsewhere(registry, tmp_path / "elsewhere") as other:
        other.upkeep.restore(folder)
        assert other.check() == []


def test_a_missing_sample_stops_a_backup(registry: Registry, people: list[Encounter], tmp_path: Path) -> None:
    sample_file(registry, registry.encounters(people[2].subject_id)[0].samples[0].sha256).unlink()
    with pytest.raises(StorageError, match="missing"):
        back_up(registry, tmp_path / "backup")
    assert not (tmp_path / "backup" / FILE_NAME).exists()


def test_rows_of_other_length_are_refused(backup: Path) -> None:
    told = read_manifest(backup).tables["heads"]
    with pytest.raises(StorageError, match="row 1"):
        list(read_rows(backup / "tables" / "heads.jsonl", told, [False] * 2))
