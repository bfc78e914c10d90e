"""A gallery is loaded where its snapshot is this registry's, built anew with a reason where not, and never differs."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from biometrics.errors import ConfigurationError, GalleryError, RecordNotFoundError, StorageError
from biometrics.records import DEFAULT_GALLERY
from enrollment.keeping import Galleries, Origin
from enrollment.keeping import galleries as galleries_module
from enrollment.keeping.opening import NO_SNAPSHOT, require_counts
from matching.keeping import latest_snapshot
from registry import agreement
from registry.gallery_view import GalleryView
from registry.store import Registry
from tests.databases import copy_home
from tests.enrollment.keeping.population import (
    VISA,
    Maker,
    answers,
    built,
    enroll,
    galleries_of,
    merge,
    purge,
    retire,
)
from tests.enrollment.keeping.snapshot_keys import OneKey

PEOPLE = range(6)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path / "here" / "home") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "galleries"


def keep(registry: Registry, folder: Path, gallery_id: str = DEFAULT_GALLERY) -> None:
    galleries = galleries_of(registry, folder)
    galleries.open(gallery_id)
    galleries.keep(gallery_id)


def assert_same(registry: Registry, galleries: Galleries, gallery_id: str = DEFAULT_GALLERY) -> None:
    gallery, wanted = galleries.open(gallery_id).gallery, built(registry, gallery_id)
    assert (gallery.generation, gallery.size) == (wanted.generation, wanted.size)
    assert gallery.fingerprint == wanted.fingerprint
    assert answers(gallery, PEOPLE) == answers(wanted, PEOPLE)
    gallery.check(GalleryView(source=registry, gallery_id=gallery_id))


def test_the_second_opening_loads_and_follows(registry: Registry, folder: Path) -> None:
    people = [enroll(registry, person) for person in range(4)]
    first = galleries_of(registry, folder).open(DEFAULT_GALLERY)
    assert (first.origin, first.reason, first.followed) == (Origin.REGISTRY, NO_SNAPSHOT, 4)
    keep(registry, folder)
    retire(registry, people[0])
    merge(registry, people[1], people[2])
    enroll(registry, 5)
    galleries = galleries_of(registry, folder)
    second = galleries.open(DEFAULT_GALLERY)
    assert (second.origin, second.reason) == (Origin.SNAPSHOT, None)
    assert second.kept is not None and second.kept.generation == 4 and second.followed == registry.latest_sequence() - 4
    assert_same(registry, galleries)


def test_an_opening_is_for_everybody_who_asks(registry: Registry, folder: Path) -> None:
    enroll(registry, 1)
    galleries, found = galleries_of(registry, folder), list[int]()
    threads = [
        threading.Thread(target=lambda: found.append(id(galleries.open(DEFAULT_GALLERY).gallery))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1


def test_galleries_are_kept_apart(registry: Registry, folder: Path) -> None:
    enroll(registry, 1, DEFAULT_GALLERY)
    enroll(registry, 2, VISA)
    for gallery_id in (DEFAULT_GALLERY, VISA):
        keep(registry, folder, gallery_id)
    galleries = galleries_of(registry, folder)
    for gallery_id in (DEFAULT_GALLERY, VISA):
        assert galleries.open(gallery_id).origin is Origin.SNAPSHOT
        assert_same(registry, galleries, gallery_id)


def test_an_empty_gallery_is_kept_too(registry: Registry, folder: Path) -> None:
    keep(registry, folder)
    galleries = galleries_of(registry, folder)
    assert galleries.open(DEFAULT_GALLERY).origin is Origin.SNAPSHOT
    enroll(registry, 1)
    galleries = galleries_of(registry, folder)
    assert galleries.open(DEFAULT_GALLERY).gallery.size == 1


def test_what_does_not_exist_is_refused_and_makes_nothing(registry: Registry, folder: Path) -> None:
    with pytest.raises(RecordNotFoundError):
        galleries_of(registry, folder).open("nowhere")
    assert not folder.exists()


def rebuilt_because(registry: Registry, folder: Path, reason: str) -> None:
    """Assert that the opening builds anew, says why in the log, and is right; then keep it and load it again."""
    galleries = galleries_of(registry, folder)
    with capture_logs() as logs:
        opened = galleries.open(DEFAULT_GALLERY)
    assert opened.origin is Origin.REGISTRY and opened.reason is not None and reason in opened.reason
    told = [one for one in logs if one["event"] == "gallery.opened"]
    assert [one["log_level"] for one in told] == ["warning"] and reason in told[0]["reason"]
    assert_same(registry, galleries)
    galleries.keep(DEFAULT_GALLERY)
    again = galleries_of(registry, folder)
    assert again.open(DEFAULT_GALLERY).origin is Origin.SNAPSHOT
    assert_same(registry, again)


def test_damage_is_noticed(registry: Registry, folder: Path) -> None:
    enroll(registry, 1)
    keep(registry, folder)
    path = latest_snapshot(folder / DEFAULT_GALLERY)
    assert path is not None
    (path / "part-00000.sealed").write_bytes(b"")
    rebuilt_because(registry, folder, "not whole")


def destroy_keys(registry: Registry) -> None:
    for turn in ("a", "b"):
        registry.keys.renew(f"gallery/{DEFAULT_GALLERY}/{turn}")


@pytest.fixture
def one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(galleries_module, "SnapshotKeys", OneKey.of)


def test_another_key_is_noticed_and_named(registry: Registry, folder: Path) -> None:
    enroll(registry, 1)
    keep(registry, folder)
    destroy_keys(registry)
    rebuilt_because(registry, folder, "sealed with another key")


@pytest.mark.usefixtures("one_key")
def test_another_registry_is_noticed(registry: Registry, folder: Path, tmp_path: Path) -> None:
    enroll(registry, 1)
    with Registry.open(tmp_path / "other" / "home") as other:
        enroll(other, 1)
        keep(other, folder)
    rebuilt_because(registry, folder, "not the one that the snapshot has followed")


@pytest.mark.usefixtures("one_key")
def test_a_registry_that_was_brought_back_is_noticed(folder: Path, tmp_path: Path) -> None:
    here, back = tmp_path / "here" / "home", tmp_path / "back" / "home"
    with Registry.open(here) as registry:
        enroll(registry, 1)
    copy_home(here, back)
    with Registry.open(here) as registry:
        enroll(registry, 2)
        keep(registry, folder)
        with Registry.open(back) as returned:
            rebuilt_because(returned, folder, "the snapshot is at change 2, the registry at 1")
        keep(registry, folder)
        with Registry.open(back) as returned:
            enroll(returned, 3)
            rebuilt_because(returned, folder, "not the one that the snapshot has followed")


@pytest.mark.usefixtures("one_key")
def test_another_gallery_is_noticed(registry: Registry, folder: Path) -> None:
    enroll(registry, 1, VISA)
    keep(registry, folder, VISA)
    (folder / VISA).rename(folder / DEFAULT_GALLERY)
    rebuilt_because(registry, folder, f"the snapshot is of the gallery {VISA}")


def test_references_that_were_purged_unseen_are_noticed(
    registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The purge leaves no word of them, and their person can still be found by others: only counting shows it."""
    monkeypatch.setattr(agreement, "CHANGES_IN_A_MARK", 1)
    gone = enroll(registry, 1)
    enroll(registry, 2)
    keep(registry, folder)
    enroll(registry, 1, subject=registry.subject(gone.subject_id))
    retire(registry, gone)
    purge(registry)
    rebuilt_because(registry, folder, "the number of references is 6 in the registry, 9 in the gallery")


def test_persons_who_are_missing_are_noticed(registry: Registry) -> None:
    enroll(registry, 1)
    view, gallery = GalleryView(source=registry, gallery_id=DEFAULT_GALLERY), built(registry)
    require_counts(gallery, view)
    enroll(registry, 2)
    with pytest.raises(GalleryError, match="the last change is 2 in the registry, 1 in the gallery"):
        require_counts(gallery, view)


def test_what_restores_wrongly_is_not_used(registry: Registry, folder: Path) -> None:
    enroll(registry, 1)
    keep(registry, folder)

    class Refusing(Maker):
        def restore(self, *_: Any, **__: Any) -> Any:
            raise ConfigurationError("the calibrations are others")

    galleries = Galleries(registry, folder, Refusing())
    opened = galleries.open(DEFAULT_GALLERY)
    assert opened.reason == "the calibrations are others"
    assert_same(registry, galleries)


def test_a_restore_that_leaves_arrays_out_is_not_used(registry: Registry, folder: Path) -> None:
    enroll(registry, 1)
    keep(registry, folder)

    class Forgetful(Maker):
        def restore(self, gallery_id: str, *_: Any) -> Any:
            return built(registry, gallery_id)

    opened = Galleries(registry, folder, Forgetful()).open(DEFAULT_GALLERY)
    assert opened.reason is not None and "more arrays" in opened.reason


def test_a_command_keeps_what_it_built_and_then_only_what_changed_a_lot(
    registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enroll(registry, 1)
    galleries = galleries_of(registry, folder)
    with galleries.kept_at_the_end():
        galleries.open(DEFAULT_GALLERY)
    first = latest_snapshot(folder / DEFAULT_GALLERY)
    assert first is not None
    for most, again in ((100, False), (2, True)):
        monkeypatch.setattr(galleries_module, "LEAST_FOR_A_COMMAND", most)
        galleries = galleries_of(registry, folder)
        with galleries.kept_at_the_end():
            opened = galleries.open(DEFAULT_GALLERY)
            for person in (10 * most, 10 * most + 1):
                enroll(registry, person)
            opened.gallery.follow(GalleryView(source=registry, gallery_id=DEFAULT_GALLERY))
        assert (latest_snapshot(folder / DEFAULT_GALLERY) != first) is again


def test_a_command_that_fails_keeps_nothing(registry: Registry, folder: Path) -> None:
    galleries = galleries_of(registry, folder)
    with pytest.raises(RuntimeError), galleries.kept_at_the_end():
        enroll(registry, 1)
        galleries.open(DEFAULT_GALLERY)
        raise RuntimeError
    assert latest_snapshot(folder / DEFAULT_GALLERY) is None


def test_an_engine_keeps_what_it_built_and_what_changed(
    registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enroll(registry, 1)
    galleries = galleries_of(registry, folder)
    opened = galleries.open(DEFAULT_GALLERY)
    monkeypatch.setattr(galleries_module, "KEEP_EVERY_S", 0.0)
    monkeypatch.setattr(galleries_module, "LONGEST_SHARE", 1e9)
    with galleries.kept_regularly(every_s=0.01):
        wait_for(folder, 1)
        enroll(registry, 2)
        opened.gallery.follow(GalleryView(source=registry, gallery_id=DEFAULT_GALLERY))
        wait_for(folder, 2)
        monkeypatch.setattr(galleries_module, "KEEP_EVERY_S", 1e9)
        enroll(registry, 3)
        opened.gallery.follow(GalleryView(source=registry, gallery_id=DEFAULT_GALLERY))
    wait_for(folder, 3)
    assert galleries_of(registry, folder).open(DEFAULT_GALLERY).followed == 0


def wait_for(folder: Path, number: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = latest_snapshot(folder / DEFAULT_GALLERY)
        if found is not None and found.name.endswith(str(number)):
            return
        time.sleep(0.01)
    raise AssertionError(f"snapshot {number} was not written")


def test_a_full_disk_is_logged_and_does_not_end_the_engine(
    registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise StorageError("the disk is full", remedy="free some space")

    enroll(registry, 1)
    galleries = galleries_of(registry, folder)
    galleries.open(DEFAULT_GALLERY)
    monkeypatch.setattr(galleries_module, "write_snapshot", full)
    with capture_logs() as logs, galleries.kept_regularly(every_s=0.01):
        time.sleep(0.2)
    # Once at its beginning, not again and again, and once at its end.
    assert [one["log_level"] for one in logs if one["event"] == "gallery.not_kept"] == ["warning"] * 2
    with pytest.raises(StorageError):
        galleries.keep(DEFAULT_GALLERY)


def test_what_does_not_fit_is_not_begun(registry: Registry, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enroll(registry, 1)
    keep(registry, folder)
    galleries = galleries_of(registry, folder)
    galleries.open(DEFAULT_GALLERY)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    with pytest.raises(StorageError, match="does not fit: 100 are free"):
        galleries.keep(DEFAULT_GALLERY)
    assert [path.name for path in (folder / DEFAULT_GALLERY).glob("*snapshot*")] == ["snapshot-000000000001"]


def test_a_snapshot_is_verified_against_the_registry(registry: Registry, folder: Path) -> None:
    people = [enroll(registry, person) for person in range(3)]
    galleries = galleries_of(registry, folder)
    assert galleries.verify(DEFAULT_GALLERY).faults == ("there is no snapshot",)
    keep(registry, folder)
    retire(registry, people[0])
    for quick in (True, False):
        found = galleries.verify(DEFAULT_GALLERY, quick=quick)
        assert (found.faults, found.generation) == ((), 3)
    path = latest_snapshot(folder / DEFAULT_GALLERY)
    assert path is not None
    data = bytearray((path / "part-00000.sealed").read_bytes())
    data[0] ^= 1
    (path / "part-00000.sealed").write_bytes(data)
    faults = galleries.verify(DEFAULT_GALLERY).faults
    assert len(faults) >= 2 and "SHA-256 differs" in faults[0]
    destroy_keys(registry)
    faults = galleries.verify(DEFAULT_GALLERY).faults
    assert len(faults) == 1 and "another key" in faults[0]


def test_figures_tell_how_it_came_and_what_it_holds(registry: Registry, folder: Path) -> None:
    enroll(registry, 1)
    keep(registry, folder)
    enroll(registry, 2)
    galleries = galleries_of(registry, folder)
    galleries.open(DEFAULT_GALLERY)
    figures = galleries.figures(DEFAULT_GALLERY)
    assert (figures.origin, figures.followed, figures.latest) == (Origin.SNAPSHOT, 1, 2)
    assert figures.kept is not None and figures.kept.generation == 1
    assert (figures.stats["persons"], figures.stats["references"]) == (2, 6)
