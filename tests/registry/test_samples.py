"""Sample files: sealed, verified when read, swept only when nobody can still need them."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from biometrics.errors import StorageError
from biometrics.records import Actor
from registry.faults import FaultKind
from registry.sample_sealing import MARK, SampleFile, new_sample_file, open_sample, seal_sample
from registry.samples import SampleStore
from registry.store import Registry
from registry.upkeep import SWEEP_AGE_S
from tests.registry.people import add_person, enroll, new_subject
from tests.registry.raw import sample_file

OLD = time.time() - SWEEP_AGE_S - 60


def test_a_file_tells_neither_what_it_holds_nor_its_digest(registry: Registry, home: Path) -> None:
    data = bytes(range(256)) * 9
    sha256 = registry.keep_sample(data)
    assert sha256 == hashlib.sha256(data).hexdigest() and registry.sample_bytes(sha256) == data
    assert registry.keep_sample(data) == sha256
    (file,) = [path for path in (home / "registry" / "samples").rglob("*") if path.is_file()]
    assert file == sample_file(registry, sha256) and file.name not in sha256 and file.read_bytes().startswith(MARK)
    assert not any(data[start : start + 8] in file.read_bytes() for start in range(0, 256, 8))


def test_a_damaged_or_missing_sample_is_noticed_and_healed_by_the_original(registry: Registry) -> None:
    sha256 = registry.keep_sample(b"original bytes")
    path = sample_file(registry, sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(StorageError, match="damaged") as raised:
        registry.sample_bytes(sha256)
    assert raised.value.source == str(path)
    registry.keep_sample(b"original bytes")
    assert registry.sample_bytes(sha256) == b"original bytes"
    sample_file(registry, sha256).unlink()
    with pytest.raises(StorageError, match="missing"):
        registry.sample_bytes(sha256)


def test_a_file_that_is_cut_altered_or_another_s_does_not_open() -> None:
    file, other = new_sample_file(), new_sample_file()
    sealed = seal_sample(file, b"a picture")
    assert open_sample(file, sealed) == b"a picture"
    assert all(open_sample(file, sealed[:cut]) is None for cut in range(len(sealed)))
    for place in range(len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        assert open_sample(file, altered) is None
    assert open_sample(other, sealed) is None
    assert open_sample(SampleFile(other.name, file.key), sealed) is None  # renamed, with its key


@pytest.mark.parametrize("name", ["", "../../registry.db", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_digests_lead_to_files(registry: Registry, name: str) -> None:
    with pytest.raises(StorageError, match="not the digest"):
        registry.sample_bytes(name)


def test_a_full_disk_leaves_no_partial_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SampleStore(tmp_path / "samples")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = store.write(b"before")  # makes the folders
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left") as raised:
        store.keep(b"after")
    assert "free some space" in str(raised.value)
    assert [path.name for path in store.files()] == [before.name]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "samples").write_text("a file is in the way")
    with pytest.raises(StorageError, match="refused") as raised:
        SampleStore(tmp_path / "samples").write(b"x")
    assert str(tmp_path / "samples") in str(raised.value)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_the_owner_may_look_whatever_the_umask(home: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with Registry.open(home) as registry:
            enroll(registry, "one")
            modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (home, *home.rglob("*"))}
    finally:
        os.umask(before)
    names = {path.name for path in modes}
    files = {"registry.db", "registry.db-wal", "registry.db-shm"} if "registry.db" in names else {"database.url"}
    assert {"registry", "samples", "incoming", *files} <= names
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_the_sweep_takes_only_old_files_that_no_record_names(registry: Registry, home: Path) -> None:
    kept = enroll(registry, "kept")
    fresh, stale = registry.keep_sample(b"enrollment under way"), registry.keep_sample(b"crashed")
    torn = (
        home / "registry" / "samples" / "incoming" / sample_file(registry, kept.samples[0].sha256).name
    )  # the right name in the wrong place
    torn.write_bytes(b"half a fi")
    stale_file = sample_file(registry, stale)
    for path in (stale_file, torn, *(sample_file(registry, sample.sha256) for sample in kept.samples)):
        os.utime(path, (OLD, OLD))
    faults = registry.check()
    assert {fault.kind for fault in faults} == {FaultKind.UNREFERENCED_FILE}
    assert len(faults) == 3 and not any(fault.severe for fault in faults)
    assert registry.upkeep.sweep() == 2
    assert not torn.exists() and not stale_file.exists()
    assert registry.sample_bytes(fresh) == b"enrollment under way"
    assert len(registry.check()) == 1
    assert registry.upkeep.sweep(older_than_s=-1) == 1
    assert registry.check() == []
    assert registry.encounters(kept.subject_id) == (kept,)


def test_a_file_left_by_a_crash_is_fresh_again_when_it_is_stored_again(registry: Registry) -> None:
    sha256 = registry.keep_sample(b"crashed, then repeated")
    os.utime(sample_file(registry, sha256), (OLD, OLD))
    registry.keep_sample(b"crashed, then repeated")
    assert registry.upkeep.sweep() == 0
    with registry.writing() as writer:
        add_person(writer, new_subject("repeated"), (sha256,))
    assert registry.check() == []


def test_a_sample_swept_before_the_commit_refuses_the_encounter(registry: Registry) -> None:
    sha256 = registry.keep_sample(b"too slow")
    assert registry.upkeep.sweep(older_than_s=-1) == 1
    with pytest.raises(StorageError, match="not stored"), registry.writing() as writer:
        add_person(writer, new_subject("slow"), (sha256,))
    assert registry.counts().encounters == 0


def test_the_trail_tells_who_swept_how_many_files(registry: Registry) -> None:
    registry.keep_sample(b"crashed")
    registry.keep_sample(b"crashed too")
    assert registry.upkeep.sweep() == 0
    assert registry.events() == ()
    registry.upkeep.sweep(Actor(name="keeper"), older_than_s=-1)
    (event,) = registry.events()
    assert event.action == "files.swept" and event.details == {"files": 2}
    assert event.actor is not None and event.actor.name == "keeper"
