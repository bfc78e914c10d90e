"""Each snapshot has a key of its own, which is destroyed with it; the key that is in use never is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.errors import RecordError, SnapshotKeyError, StorageError
from biometrics.records import DEFAULT_GALLERY
from enrollment.keeping import Origin, SnapshotKeys
from enrollment.keeping import galleries as galleries_module
from matching.keeping import key_check, latest_snapshot, open_snapshot, present_key
from registry.store import Registry
from tests.enrollment.keeping.population import VISA, enroll, galleries_of


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path / "here" / "home") as opened:
        yield opened


def keep(registry: Registry, folder: Path, gallery_id: str = DEFAULT_GALLERY) -> Path:
    galleries = galleries_of(registry, folder)
    galleries.open(gallery_id)
    galleries.keep(gallery_id)
    found = latest_snapshot(folder / gallery_id)
    assert found is not None
    return found


def test_a_copy_of_a_snapshot_that_was_replaced_cannot_be_opened(registry: Registry, tmp_path: Path) -> None:
    enroll(registry, 1)
    folder, copies = tmp_path / "galleries", tmp_path / "copies"
    for number in range(3):
        shutil.copytree(keep(registry, folder), copies / str(number) / "snapshot-000000000001")
    keys = SnapshotKeys(registry.keys, DEFAULT_GALLERY)
    with registry.reading():
        opened = open_snapshot(folder / DEFAULT_GALLERY, keys.find)
        assert opened is not None
        opened.close()
        newest = open_snapshot(copies / "2", keys.find)
        assert newest is not None
        newest.close()
        for number in (0, 1):
            with pytest.raises(SnapshotKeyError):
                open_snapshot(copies / str(number), keys.find)


def test_galleries_have_keys_of_their_own(registry: Registry, tmp_path: Path) -> None:
    enroll(registry, 1, DEFAULT_GALLERY, VISA)
    for gallery_id in (DEFAULT_GALLERY, VISA):
        keep(registry, tmp_path, gallery_id)
    checks = {present_key(tmp_path / gallery_id) for gallery_id in (DEFAULT_GALLERY, VISA)}
    assert len(checks) == 2 and None not in checks


def test_no_key_lies_in_a_folder(registry: Registry, tmp_path: Path) -> None:
    enroll(registry, 1)
    keep(registry, tmp_path)
    keys = [registry.keys.named(f"gallery/{DEFAULT_GALLERY}/{turn}") for turn in ("a", "b")]
    assert present_key(tmp_path / DEFAULT_GALLERY) in [key_check(key) for key in keys]
    for file in tmp_path.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert not any(key in data or key.hex().encode() in data for key in keys)


def test_a_writing_that_fails_leaves_the_snapshot_and_its_key(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    enroll(registry, 1)
    keep(registry, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(galleries_module, "write_snapshot", full)
        for _ in range(3):
            galleries = galleries_of(registry, tmp_path)
            galleries.open(DEFAULT_GALLERY)
            with pytest.raises(StorageError):
                galleries.keep(DEFAULT_GALLERY)
    assert galleries_of(registry, tmp_path).open(DEFAULT_GALLERY).origin is Origin.SNAPSHOT


def test_whoever_looks_while_another_process_writes_finds_the_new_key(registry: Registry, tmp_path: Path) -> None:
    """A process remembers keys; what the owner has made anew since is read again."""
    enroll(registry, 1)
    keep(registry, tmp_path)
    with Registry.open(registry.home, create=False) as other:
        keys = SnapshotKeys(other.keys, DEFAULT_GALLERY)
        for _ in range(3):
            check = present_key(tmp_path / DEFAULT_GALLERY)
            assert check is not None
            with other.reading():
                found = keys.find(check)
            assert found is not None and key_check(found) == check
            keep(registry, tmp_path)


def test_looking_for_keys_makes_none(registry: Registry) -> None:
    with registry.reading():
        assert SnapshotKeys(registry.keys, "nowhere").find("0" * 16) is None
    with registry.reading(), pytest.raises(RecordError, match="not made yet"):
        registry.keys.named("gallery/nowhere/a")
