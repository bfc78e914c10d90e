"""Who keeps which file: claimed from what was just written or from others, erased with the last who names it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from biometrics.errors import StorageError
from registry.faults import FaultKind
from registry.kept_files import claim_file, claim_files, kept_names, remove_owner_files
from registry.samples import SampleStore
from registry.store import Registry
from registry.tables.keys import kept_files
from registry.upkeep import SWEEP_AGE_S
from tests.registry.people import enroll
from tests.registry.raw import sample_file, tamper


@pytest.fixture
def owners(registry: Registry) -> tuple[str, str]:
    with registry._database.writing() as connection:
        registry.keys.make(connection, ["first", "second"])
    return "first", "second"


def test_owners_of_one_picture_share_its_file_which_goes_with_the_last(
    registry: Registry, owners: tuple[str, str]
) -> None:
    first, second = owners
    sha256 = registry.keep_sample(b"a picture")
    file = sample_file(registry, sha256)
    with registry._database.writing() as connection:
        claim_files(connection, registry._samples, [(first, sha256), (first, sha256)])
    forgetful = SampleStore(registry._samples.folder)  # as after a restart
    with registry._database.writing() as connection:
        claim_file(connection, forgetful, second, sha256)
        assert kept_names(connection) == [file.name]
    with registry.writing() as writer:
        assert remove_owner_files(writer._connection, registry._samples, [first]) == []
        assert registry.keys.shred(writer._connection, [first]) == 1
    assert registry.sample_bytes(sha256) == b"a picture" and file.exists()
    with registry.writing() as writer:
        assert remove_owner_files(writer._connection, registry._samples, [second]) == [file.name]
    assert not file.exists()
    with pytest.raises(StorageError, match="missing"):
        registry.sample_bytes(sha256)


def test_what_was_not_stored_is_not_claimed(registry: Registry, owners: tuple[str, str]) -> None:
    with pytest.raises(StorageError, match="not stored"), registry._database.writing() as connection:
        claim_file(connection, registry._samples, owners[0], "0" * 64)


def test_a_removal_that_is_taken_back_erases_nothing(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    with pytest.raises(RuntimeError), registry.writing() as writer:
        assert len(remove_owner_files(writer._connection, registry._samples, [encounter.encounter_id])) == 2
        raise RuntimeError("taken back")
    enroll(registry, "another")  # a section that commits
    assert registry.check() == [] and registry.sample_bytes(encounter.samples[0].sha256)


def test_a_file_whose_erasure_a_crash_prevented_is_swept(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    file = sample_file(registry, encounter.samples[0].sha256)
    with registry._database.writing() as connection:
        remove_owner_files(connection, SampleStore(registry._samples.folder), [encounter.encounter_id])
    assert file.exists() and SWEEP_AGE_S > 0
    assert registry.upkeep.sweep(older_than_s=-1) == 2
    assert not file.exists()


def test_a_file_that_cannot_be_erased_is_tried_again(
    registry: Registry, owners: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = registry.keep_sample(b"a picture")
    file = sample_file(registry, sha256)
    with registry._database.writing() as connection:
        claim_file(connection, registry._samples, owners[0], sha256)

    def refuse(store: SampleStore, path: Path) -> None:
        raise StorageError("refused", source=str(path))

    with monkeypatch.context() as patched:
        patched.setattr(SampleStore, "erase", refuse)
        with registry.writing() as writer:
            remove_owner_files(writer._connection, registry._samples, [owners[0]])
        with pytest.raises(StorageError, match="refused"):
            registry.upkeep.erase_files()
    assert file.exists() and registry.upkeep.erase_files() == 1 and not file.exists()


def test_a_lost_key_of_a_file_and_one_too_many_are_found(registry: Registry, owners: tuple[str, str]) -> None:
    encounter = enroll(registry, "one")
    digest = encounter.samples[0].sha256
    with registry._database.writing() as connection:
        claim_file(connection, registry._samples, owners[0], digest)
    (fault,) = registry.check()
    assert (fault.kind, fault.source) == (FaultKind.UNREFERENCED_FILE, digest)
    with registry._database.writing() as connection:
        remove_owner_files(connection, registry._samples, owners)
        connection.execute(update(kept_files).values(sha256="0" * 64).where(kept_files.c.sha256 == digest))
    kinds = {(fault.kind, fault.source) for fault in registry.check()}
    assert {(FaultKind.SAMPLE, digest), (FaultKind.SAMPLE, "0" * 64)} <= kinds


def test_a_key_that_was_exchanged_for_another_row_s_opens_nothing(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    first, second = (sample.sha256 for sample in encounter.samples)
    swap = (
        "UPDATE kept_files SET file_key = (SELECT file_key FROM kept_files WHERE sha256 = :other) WHERE sha256 = :own"
    )
    assert tamper(registry, swap, own=first, other=second) == 1
    with pytest.raises(StorageError, match="damaged"):
        registry.sample_bytes(first)
    assert registry.sample_bytes(second)
