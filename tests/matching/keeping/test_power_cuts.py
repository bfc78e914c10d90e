"""Killed or out of space at any point of writing, the snapshot before is there, or the new one; never a mixture."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from biometrics.errors import StorageError
from matching.keeping import write_snapshot
from matching.keeping.points import Point, listening
from tests.matching.keeping.contents import KEY, arrays, read, same, write


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> list[Point]:
    """The points that the writing of a second snapshot reaches, in order."""
    folder, points = tmp_path_factory.mktemp("rehearsal"), list[Point]()
    write(folder, 1)
    with listening(points.append):
        write(folder, 2)
    return points


def fail_at(moment: int, fail: Callable[[], None]) -> Callable[[Point], None]:
    passed = 0

    def listen(_: Point) -> None:
        nonlocal passed
        passed += 1
        if passed == moment:
            fail()

    return listen


def killed_at(folder: Path, moment: int) -> bool:
    """Write in a process that is killed at a moment; return whether it was."""
    child = os.fork()
    if child == 0:
        try:
            with listening(fail_at(moment, lambda: os.kill(os.getpid(), signal.SIGKILL))):
                write(folder, 2)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def fill_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_every_named_point_is_reached(reached: list[Point]) -> None:
    assert set(reached) == set(Point)


def test_a_kill_leaves_the_one_before_or_the_new_one(tmp_path: Path, reached: list[Point]) -> None:
    for moment, point in enumerate(reached, start=1):
        folder = tmp_path / str(moment)
        write(folder, 1)
        assert killed_at(folder, moment)
        found = read(folder)
        new = reached.index(Point.NAMED) < moment
        assert found is not None and same(found[1], arrays(2 if new else 1)), point
        write(folder, 3)
        assert [path.name for path in folder.iterdir() if path.name != ".lock"] == [f"snapshot-{3 if new else 2:012d}"]
        shutil.rmtree(folder)


def test_a_kill_of_the_first_writing_leaves_nothing_or_all(tmp_path: Path, reached: list[Point]) -> None:
    for moment in range(1, len(reached) + 1):
        folder = tmp_path / str(moment)
        killed_at(folder, moment)
        found = read(folder)
        assert found is None or same(found[1], arrays(2))


def test_a_full_disk_is_told_and_leaves_the_one_before(tmp_path: Path, reached: list[Point]) -> None:
    for moment in range(1, reached.index(Point.NAMED) + 1):
        folder = tmp_path / str(moment)
        write(folder, 1)
        with listening(fail_at(moment, fill_disk)), pytest.raises(StorageError, match="No space left") as caught:
            write(folder, 2)
        assert caught.value.remedy is not None and "free some space" in caught.value.remedy
        assert sorted(path.name for path in folder.iterdir()) == [".lock", "snapshot-000000000001"]
        found = read(folder)
        assert found is not None and same(found[1], arrays(1))


def test_a_disk_that_really_takes_no_more_is_told(tmp_path: Path) -> None:
    write(tmp_path, 1)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
            write(tmp_path, 2)
        except StorageError:
            code = 42
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
    found = read(tmp_path)
    assert found is not None and same(found[1], arrays(1))
    assert len(list(tmp_path.iterdir())) == 2


def test_files_are_on_the_disk_before_they_get_their_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power cut could undo is made durable first: every file, their folder, the name, in this order."""
    done: list[str] = []
    real_fsync, real_rename = os.fsync, Path.rename

    def fsync(descriptor: int) -> None:
        done.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        real_fsync(descriptor)

    def rename(self: Path, target: Path) -> Path:
        done.append(f"rename {self.name}")
        return real_rename(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", rename)
    manifest = write(tmp_path / "here", 1)
    parts = [f"fsync {part.file}" for part in manifest.parts]
    named = [".writing-000000000001", "rename .writing-000000000001", "fsync here"]
    assert done == [*parts, "fsync manifest.json", f"fsync {named[0]}", *named[1:]]


def test_a_source_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    write(tmp_path, 1)

    def broken() -> Iterator[tuple[str, np.ndarray[tuple[int], np.dtype[np.float64]]]]:
        yield "one", np.zeros(3)
        raise RuntimeError("the gallery broke")

    with pytest.raises(RuntimeError):
        write_snapshot(tmp_path, {}, broken(), KEY)
    found = read(tmp_path)
    assert found is not None and same(found[1], arrays(1))
    assert len(list(tmp_path.iterdir())) == 2


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    for name in ("notes", "snapshot-1", ".writing-x"):
        (tmp_path / name).mkdir()
    write(tmp_path, 1)
    write(tmp_path, 2)
    assert {path.name for path in tmp_path.iterdir()} >= {"notes", "snapshot-1", ".writing-x"}


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        write(tmp_path / "file" / "citizens")
