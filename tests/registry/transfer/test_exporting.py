"""Exports: nobody's data leave without an event, nothing damaged leaves, and what was interrupted goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from biometrics.errors import BiometricsError, ConfigurationError, RecordNotFoundError, StorageError
from biometrics.protocols import Progress
from biometrics.records import Actor
from registry.store import Registry
from registry.tables.imports import imported_persons
from registry.transfer import exporting
from registry.transfer.exporting import PERSON_EXPORTED, ExportOrder, export_people
from registry.transfer.importing import import_people
from registry.transfer.manifest import Manifest
from tests.registry.raw import sample_file
from tests.registry.transfer.populated import AUDITOR, order, picture, populate

ORDER = ExportOrder(actor=AUDITOR)


def test_the_trail_names_everybody_whose_data_left_and_why(registry: Registry, tmp_path: Path) -> None:
    ids = populate(registry)

    manifest = export_people(registry, tmp_path / "folder", ORDER)

    told = [event for event in registry.events() if event.action == PERSON_EXPORTED]
    assert {event.subject_id for event in told} == set(ids.values())
    assert {event.actor for event in told} == {AUDITOR}
    assert (manifest.persons, manifest.simulated_persons, manifest.encounters) == (7, 7, 7)
    assert manifest.models == ("made-up-face/2", "made-up-finger/1")
    assert manifest.last_event - manifest.first_event == len(told)
    assert Manifest.read(tmp_path / "folder") == manifest


def test_an_export_needs_a_purpose() -> None:
    with pytest.raises(ConfigurationError, match="purpose"):
        ExportOrder(actor=Actor(name="auditor-1"))


def test_nothing_is_written_about_a_person_whose_event_cannot_be(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(registry)

    def refuse(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr("registry.writing.record_reading", refuse)
    with pytest.raises(StorageError):
        export_people(registry, tmp_path / "folder", ORDER)

    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["export.json"]


def test_a_damaged_sample_ends_the_export_before_its_person_leaves(registry: Registry, tmp_path: Path) -> None:
    populate(registry)
    digest = registry.keep_sample(picture(0))
    path = sample_file(registry, digest)
    path.write_bytes(picture(0)[:-1] + b"?")

    with pytest.raises(StorageError, match="damaged"):
        export_people(registry, tmp_path / "folder", ORDER)
    assert not (tmp_path / "folder/manifest.json").exists()
    with pytest.raises(BiometricsError, match="manifest"):
        import_people(registry, tmp_path / "folder", order(tmp_path))


class _Stop(Exception):  # noqa: N818 - no error, a power cut
    pass


def _stop_at_once() -> Progress:
    def stop(done: int, total: int, what: str) -> None:
        raise _Stop

    return stop


def test_an_interrupted_export_goes_on_and_ends_like_one_that_was_not(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(registry)
    monkeypatch.setattr(exporting, "MOST_NAMED", 2)
    folder, runs = tmp_path / "folder", 0
    while not (folder / "manifest.json").exists():
        try:
            export_people(registry, folder, ORDER, _stop_at_once())
        except _Stop:
            runs += 1
            with (folder / "persons.jsonl.part").open("ab") as lines:
                lines.write(b'{"label": "half a li')
    whole = tmp_path / "whole"
    export_people(registry, whole, ORDER)

    assert runs == 4
    assert (folder / "persons.jsonl").read_bytes() == (whole / "persons.jsonl").read_bytes()
    told = [event.subject_id for event in registry.events() if event.action == PERSON_EXPORTED]
    assert len(told) == 2 * len(set(told))  # once for either export: what was done was not read again


def test_one_interrupted_before_its_manifest_is_finished(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(registry)

    def stop(*_: object) -> None:
        raise _Stop

    with monkeypatch.context() as patched:
        patched.setattr(Manifest, "write", stop)
        with pytest.raises(_Stop):
            export_people(registry, tmp_path / "folder", ORDER)
    manifest = export_people(registry, tmp_path / "folder", ORDER)

    assert manifest.persons == 7
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == [
        "manifest.json",
        "manifest.json.jws",
        "persons.jsonl",
        "samples",
    ]


def test_folders_of_something_else_are_left_alone(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(registry)
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("dear friend")
    done = tmp_path / "done"
    export_people(registry, done, ORDER)
    begun = tmp_path / "begun"
    with pytest.raises(_Stop):
        export_people(registry, begun, ORDER, _stop_at_once())
    other = ExportOrder(actor=AUDITOR, cbeff=True)

    for folder, asked in ((full, ORDER), (done, ORDER), (begun, other)):
        with pytest.raises(ConfigurationError):
            export_people(registry, folder, asked)
    with pytest.raises(RecordNotFoundError):
        export_people(registry, tmp_path / "new", ExportOrder(actor=AUDITOR, gallery="martians"))
    (begun / "export.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        export_people(registry, begun, ORDER)


def test_what_was_purged_does_not_leave_and_leaves_no_digest(registry: Registry, home: Path, tmp_path: Path) -> None:
    line = {
        "label": "SIM-1",
        "simulated": True,
        "record": {"names": [{"family": "Xhɛqŋ"}]},
        "encounters": [{"status": "retired"}],
    }
    (tmp_path / "p.jsonl").write_text(json.dumps(line))
    assert import_people(registry, tmp_path / "p.jsonl", order(home)).added == 1
    with registry.writing(AUDITOR) as writer:
        writer.purge(retired_before=datetime(2100, 1, 1, tzinfo=UTC), reason="kept long enough", most=10)

    assert export_people(registry, tmp_path / "folder", ORDER).persons == 0
    with registry.reading() as record:
        assert record._connection.execute(imported_persons.select()).all() == []
    assert registry.check() == []


def test_half_a_file_of_an_interrupted_export_is_swept_away(registry: Registry, tmp_path: Path) -> None:
    populate(registry)
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / ".export.json.x1y2").write_text('{"made')
    export_people(registry, folder, ExportOrder(actor=AUDITOR))
    assert not list(folder.glob(".*"))
    assert (folder / "manifest.json").exists()
