"""Whatever is exported and imported into an empty registry is exported from there again byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from biometrics.records import SubjectStatus
from registry.store import Registry
from registry.transfer.exporting import ExportOrder, export_people
from registry.transfer.importing import import_people
from tests.registry.transfer.populated import AUDITOR, order, populate


def _export(registry: Registry, folder: Path, **wanted: Any) -> Path:
    export_people(registry, folder, ExportOrder(actor=AUDITOR, **wanted))
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    """Return the files of an exchange but for the manifest, which tells when it was made, and its signature."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("manifest.json", "manifest.json.jws")
    }


def _without_times_of_merges(files: dict[str, bytes]) -> dict[str, bytes]:
    lines = [json.loads(line) for line in files["persons.jsonl"].splitlines()]
    for line in lines:
        line.get("merge", {}).pop("merged_at", None)
    return {**files, "persons.jsonl": json.dumps(lines).encode()}


@pytest.mark.parametrize("cbeff", [False, True])
def test_an_export_imported_and_exported_again_is_the_same(tmp_path: Path, cbeff: bool) -> None:
    with Registry.open(tmp_path / "home") as registry:
        ids = populate(registry)
        first = _export(registry, tmp_path / "first", cbeff=cbeff)
        names = registry.counts()
    with Registry.open(tmp_path / "other") as other:
        job = import_people(other, first, order(tmp_path / "other"))
        again = _export(other, tmp_path / "again", cbeff=cbeff)

        assert other.check() == []
        assert (job.added, job.refused, job.links) == (len(ids), 0, 2)
        assert _without_times_of_merges(_files(first)) == _without_times_of_merges(_files(again))
        counts = other.counts()
        assert (counts.subjects, counts.encounters, counts.samples) == (names.subjects, names.encounters, names.samples)
        assert counts.pending_encounters == counts.open_cases == 1
        assert other.subject(ids["again"]).merged_into == ids["adult-0"]
        assert other.subject(ids["dead"]).status is SubjectStatus.DECEASED
        assert {len(other.encounters(ids[name])) for name in ("adult-0", "again")} == {2, 0}


@pytest.mark.postgresql_only
def test_an_export_goes_from_one_database_to_the_other_and_back(tmp_path: Path) -> None:
    open_sqlite = vars(Registry.open)["__wrapped__"]  # as it is without the tests' server
    with open_sqlite(tmp_path / "sqlite") as registry:
        populate(registry)
        first = _export(registry, tmp_path / "first")
    with Registry.open(tmp_path / "postgresql") as other:
        import_people(other, first, order(tmp_path))
        second = _export(other, tmp_path / "second")
        assert other.check() == []
    with open_sqlite(tmp_path / "back") as back:
        import_people(back, second, order(tmp_path))
        third = _export(back, tmp_path / "third")

    assert (tmp_path / "sqlite/registry/registry.db").exists()
    assert not (tmp_path / "postgresql/registry/registry.db").exists()
    assert _without_times_of_merges(_files(first)) == _without_times_of_merges(_files(second))
    assert _without_times_of_merges(_files(second)) == _without_times_of_merges(_files(third))


def test_a_gallery_is_exported_without_the_others(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "home") as registry:
        ids = populate(registry)
        folder = _export(registry, tmp_path / "visa", gallery="visa_applicants")

    lines = [json.loads(line) for line in (folder / "persons.jsonl").read_text().splitlines()]
    assert {line["subject_id"] for line in lines} == {ids["mother"], ids["again"], ids["adult-0"]}
    held = {line["label"]: len(line.get("encounters", [])) for line in lines}
    assert held == {"adult-7": 1, "adult-9": 1, "adult-0": 0}  # whose encounter of that gallery came with the merge


def test_an_import_of_what_is_recorded_already_changes_nothing(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "home") as registry:
        ids = populate(registry)
        folder = _export(registry, tmp_path / "folder")
        before = _export(registry, tmp_path / "before")
        job = import_people(registry, folder, order(tmp_path / "home"))
        after = _export(registry, tmp_path / "after")

    assert (job.added, job.skipped, job.refused) == (0, len(ids), 0)
    assert _files(before) == _files(after)
