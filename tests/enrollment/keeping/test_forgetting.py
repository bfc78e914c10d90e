"""Whoever the registry has erased is in no gallery and no snapshot, however the forgetting was cut off."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from biometrics.errors import GalleryError, SnapshotKeyError, StorageError
from biometrics.records import DEFAULT_GALLERY, Encounter
from enrollment.keeping import Galleries, Origin, SnapshotKeys
from enrollment.keeping import galleries as galleries_module
from matching.keeping import latest_snapshot, open_snapshot
from matching.keeping.points import Point, listening
from registry import agreement
from registry.store import Registry
from tests.enrollment.keeping.population import (
    VISA,
    answers,
    built,
    enroll,
    galleries_of,
    probe,
    purge,
    retire,
    templates,
)

PEOPLE = range(6)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path / "here" / "home") as opened:
        yield opened


def keep(registry: Registry, folder: Path, *galleries: str) -> Galleries:
    kept = galleries_of(registry, folder)
    for gallery_id in galleries or (DEFAULT_GALLERY,):
        kept.open(gallery_id)
        kept.keep(gallery_id)
    return kept


def erase(registry: Registry, encounter: Encounter) -> str:
    """Delete everything of a person's one encounter, as far as galleries can tell; return who that was."""
    retire(registry, encounter)
    purge(registry)
    return encounter.subject_id


def kept_bytes(registry: Registry, folder: Path, gallery_id: str = DEFAULT_GALLERY) -> bytes:
    """Return every array of the last snapshot, decrypted."""
    with registry.reading():
        snapshot = open_snapshot(folder / gallery_id, SnapshotKeys(registry.keys, gallery_id).find)
        assert snapshot is not None
        with snapshot:
            return b"\0".join(np.ascontiguousarray(array).tobytes() for array in snapshot.arrays.values())


def traces_of(encounter: Encounter, person: int) -> list[bytes]:
    """Return what the plain galleries of these tests hold of a person: the identifier and a piece of the face."""
    (face,) = (one for one in templates(person) if one.position.value == "face")
    return [encounter.subject_id.encode(), face.embedding.vector[10:18].tobytes()]


def assert_forgotten(registry: Registry, folder: Path, gone: Encounter, person: int) -> None:
    held = kept_bytes(registry, folder)
    assert not any(trace in held for trace in traces_of(gone, person))
    galleries = galleries_of(registry, folder)
    opened, wanted = galleries.open(DEFAULT_GALLERY), built(registry)
    assert opened.origin is Origin.SNAPSHOT
    assert opened.gallery.fingerprint == wanted.fingerprint
    assert answers(opened.gallery, PEOPLE) == answers(wanted, PEOPLE)
    assert galleries.verify(DEFAULT_GALLERY).faults == ()


def test_a_gallery_in_memory_and_its_snapshot_forget(registry: Registry, tmp_path: Path) -> None:
    people = [enroll(registry, person) for person in PEOPLE]
    galleries = keep(registry, tmp_path)
    assert all(trace in kept_bytes(registry, tmp_path) for trace in traces_of(people[2], 2))
    gone = erase(registry, people[2])
    assert galleries.forget([gone]) == (DEFAULT_GALLERY,)
    assert not galleries.open(DEFAULT_GALLERY).gallery.knows([gone])
    assert_forgotten(registry, tmp_path, people[2], 2)
    assert galleries.forget([gone]) == ()


def test_a_gallery_that_sleeps_forgets_without_being_built_anew(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless the references that were deleted are among the last ones that the snapshot had followed."""
    monkeypatch.setattr(agreement, "CHANGES_IN_A_MARK", 1)
    people = [enroll(registry, person) for person in PEOPLE]
    keep(registry, tmp_path)
    gone = erase(registry, people[2])
    galleries = galleries_of(registry, tmp_path)
    assert galleries.forget([gone]) == (DEFAULT_GALLERY,)
    assert galleries.open(DEFAULT_GALLERY).origin is Origin.SNAPSHOT
    assert_forgotten(registry, tmp_path, people[2], 2)


def test_only_galleries_that_hold_somebody_are_written_anew(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "CHANGES_IN_A_MARK", 1)
    other, one = enroll(registry, 2, VISA), enroll(registry, 1, DEFAULT_GALLERY)
    galleries = keep(registry, tmp_path, DEFAULT_GALLERY, VISA)
    before = latest_snapshot(tmp_path / DEFAULT_GALLERY)
    assert galleries.forget([erase(registry, other)]) == (VISA,)
    assert latest_snapshot(tmp_path / DEFAULT_GALLERY) == before
    assert galleries_of(registry, tmp_path).open(DEFAULT_GALLERY).origin is Origin.SNAPSHOT
    assert galleries.open(DEFAULT_GALLERY).gallery.holds(one.subject_id)


def test_galleries_in_memory_whose_snapshots_are_no_longer_of_this_history_are_kept_too(
    registry: Registry, tmp_path: Path
) -> None:
    """Else the next start would build a whole country anew because somebody left another gallery."""
    enroll(registry, 1, DEFAULT_GALLERY)
    other = enroll(registry, 2, VISA)
    galleries = keep(registry, tmp_path, DEFAULT_GALLERY, VISA)
    assert set(galleries.forget([erase(registry, other)])) == {DEFAULT_GALLERY, VISA}
    assert galleries_of(registry, tmp_path).open(DEFAULT_GALLERY).origin is Origin.SNAPSHOT


def test_copies_of_older_snapshots_cannot_be_opened_any_more(registry: Registry, tmp_path: Path) -> None:
    gone = enroll(registry, 1)
    folder, copy = tmp_path / "galleries", tmp_path / "copy"
    galleries = keep(registry, folder)
    shutil.copytree(folder / DEFAULT_GALLERY, copy)
    galleries.forget([erase(registry, gone)])
    with registry.reading(), pytest.raises(SnapshotKeyError):
        open_snapshot(copy, SnapshotKeys(registry.keys, DEFAULT_GALLERY).find)


def test_whom_the_registry_still_has_is_not_forgotten(registry: Registry, tmp_path: Path) -> None:
    present = enroll(registry, 1)
    galleries = keep(registry, tmp_path)
    with pytest.raises(GalleryError, match="still has references"):
        galleries.forget([present.subject_id])
    assert galleries.open(DEFAULT_GALLERY).gallery.search(probe(1)).candidates[0].subject_id == present.subject_id
    assert galleries.forget(["nobody"]) == ()


def test_a_snapshot_that_cannot_be_read_is_replaced(registry: Registry, tmp_path: Path) -> None:
    people = [enroll(registry, person) for person in range(3)]
    keep(registry, tmp_path)
    gone = erase(registry, people[2])
    path = latest_snapshot(tmp_path / DEFAULT_GALLERY)
    assert path is not None
    (path / "part-00000.sealed").unlink()
    assert galleries_of(registry, tmp_path).forget([gone]) == (DEFAULT_GALLERY,)
    assert_forgotten(registry, tmp_path, people[2], 2)


def test_a_full_disk_is_told_and_forgetting_is_done_again(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    people = [enroll(registry, person) for person in range(3)]
    galleries = keep(registry, tmp_path)
    gone = erase(registry, people[2])
    with monkeypatch.context() as patched, pytest.raises(StorageError):
        patched.setattr(galleries_module, "write_snapshot", full)
        galleries.forget([gone])
    assert galleries.forget([gone]) == (DEFAULT_GALLERY,)
    assert_forgotten(registry, tmp_path, people[2], 2)


def killed_while_forgetting(home: Path, folder: Path, gone: str, moment: int) -> bool:
    """Forget somebody in a process that is killed when it has reached so many points; return whether it was."""
    child = os.fork()
    if child == 0:
        reached: list[Point] = []

        def die(point: Point) -> None:
            reached.append(point)
            if len(reached) == moment:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            with Registry.open(home, create=False) as registry, listening(die):
                galleries_of(registry, folder).forget([gone])
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.slow
def test_whenever_it_is_killed_doing_it_again_is_enough(tmp_path: Path) -> None:
    home, folder, moment, killed = tmp_path / "here" / "home", tmp_path / "galleries", 1, True
    step = 1 if os.environ.get("KURA_TEST_THOROUGH") == "1" else 9
    while killed:
        with Registry.open(home) as registry:
            gone = enroll(registry, 100 + moment)
            enroll(registry, 1_000 + moment)
            keep(registry, folder)
            copy = tmp_path / f"copy {moment}"
            shutil.copytree(folder / DEFAULT_GALLERY, copy)
            erase(registry, gone)
        killed = killed_while_forgetting(home, folder, gone.subject_id, moment)
        with Registry.open(home) as registry:
            galleries_of(registry, folder).forget([gone.subject_id])
            assert_forgotten(registry, folder, gone, 100 + moment)
            assert len(list((folder / DEFAULT_GALLERY).glob("*snapshot*"))) == 1
            assert not list((folder / DEFAULT_GALLERY).glob(".writing*"))
            with registry.reading(), pytest.raises(SnapshotKeyError):
                open_snapshot(copy, SnapshotKeys(registry.keys, DEFAULT_GALLERY).find)
        moment += step
    assert moment > 3
