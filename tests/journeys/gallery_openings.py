"""Openings of one gallery whose snapshot, key or registry is not what it was, each compared with one built anew.

All snapshots are sealed with one key here, so that what is refused is refused for what it holds, and not only because
each of an installation's own has another key.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias
from unittest.mock import patch

from biometrics.records import DEFAULT_GALLERY
from enrollment.keeping import galleries as galleries_module
from enrollment.keeping.opening import Opened, Place, open_gallery
from matching.gallery import Gallery
from matching.keeping import latest_snapshot
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
from tests.enrollment.keeping.snapshot_keys import KEY, OTHER_KEY, OneKey
from tests.matching.keeping.corruptions import Corrupter, Files

PEOPLE = range(9)
Told: TypeAlias = tuple[str, str | None, str | None]
"""What was done, why the gallery was built anew, and what is wrong."""


class Journey:
    """A registry with a history, snapshots of its gallery, and everything they can be mixed up with.

    Parameters
    ----------
    folder
        Where all of it is made.
    """

    def __init__(self, folder: Path) -> None:
        home = folder / "here" / "home"
        with Registry.open(home) as registry:
            people = [
                enroll(registry, person, DEFAULT_GALLERY, *([VISA] if person % 3 == 0 else [])) for person in range(6)
            ]
            self.older = _kept(registry, folder / "snapshots")
        copy_home(home, folder / "back" / "home")
        copy_home(home, folder / "apart" / "home")
        with Registry.open(home) as registry:
            retire(registry, people[0])
            merge(registry, people[1], people[2])
            enroll(registry, 6)
            self.files = _kept(registry, folder / "snapshots")
            self.visa = _kept(registry, folder / "snapshots", VISA)
        copy_home(home, folder / "purged" / "home")
        with Registry.open(home) as registry:
            enroll(registry, 7)
            retire(registry, people[3])
        self.registry = Registry.open(home)
        self.back = Registry.open(folder / "back" / "home")
        self.apart = _gone_apart(folder / "apart" / "home")
        self.purged = _purged(folder / "purged" / "home")
        self.foreign = _foreign(folder)
        self._path = folder / "opened" / "snapshot-000000000002"
        self._path.mkdir(parents=True)
        self._wanted = {id(one): built(one) for one in (self.registry, self.back, self.apart, self.purged)}

    def corrupt_and_open(self, chance: random.Random) -> Told:
        """Do one thing to the gallery's files, key or registry, open it, and compare it with one built anew."""
        deeds: tuple[Callable[[random.Random], Told], ...] = (self._damaged, self._mixed_up, self._other_history)
        return chance.choices(deeds, weights=(6, 2, 2))[0](chance)

    def _damaged(self, chance: random.Random) -> Told:
        corrupter, files = Corrupter(chance, self.older, self.foreign), dict(self.files)
        kind = chance.choice(corrupter.kinds)
        kind(files)
        harmless = files == self.files
        return self._opened(kind.__name__, files, self.registry, chance, rebuilt=not harmless)

    def _mixed_up(self, chance: random.Random) -> Told:
        name, files, key, rebuilt = chance.choice(
            (
                ("as_written", self.files, KEY, False),
                ("older_snapshot", self.older, KEY, False),
                ("other_gallery", self.visa, KEY, True),
                ("other_registry", self.foreign, KEY, True),
                ("other_key", self.files, OTHER_KEY, True),
            )
        )
        return self._opened(name, files, self.registry, chance, rebuilt=rebuilt, key=key)

    def _other_history(self, chance: random.Random) -> Told:
        name, registry, files = chance.choice(
            (
                ("rolled_back", self.back, self.files),
                ("diverged", self.apart, self.files),
                ("purged", self.purged, self.files),
                ("purged_since_the_older", self.purged, self.older),
            )
        )
        return self._opened(name, files, registry, chance, rebuilt=True)

    def _opened(
        self, name: str, files: Files, registry: Registry, chance: random.Random, *, rebuilt: bool, key: bytes = KEY
    ) -> Told:
        for entry in self._path.iterdir():
            entry.unlink()
        for file, data in files.items():
            (self._path / file).write_bytes(data)
        with registry.reading() as section:
            view = GalleryView(source=section, gallery_id=DEFAULT_GALLERY)
            opened = open_gallery(view, Place(folder=self._path.parent, keys=OneKey(key)), Maker())
        fault = _difference(opened, self._wanted[id(registry)], chance)
        if fault is None and rebuilt != (opened.reason is not None):
            fault = "it was built anew for nothing" if opened.reason else "it was not noticed"
        return name, opened.reason, fault


def _difference(opened: Opened, wanted: Gallery, chance: random.Random) -> str | None:
    """Return how a gallery differs from the one it should be."""
    gallery = opened.gallery
    if (gallery.generation, gallery.size) != (wanted.generation, wanted.size):
        return "it holds others"
    if gallery.fingerprint != wanted.fingerprint:
        return "it holds other references"
    if sorted(gallery.subjects()) != sorted(wanted.subjects()):
        return "it names others"
    person = chance.choice(PEOPLE)
    if answers(gallery, range(person, person + 1)) != answers(wanted, range(person, person + 1)):
        return "it answers otherwise"
    return None


def _kept(registry: Registry, folder: Path, gallery_id: str = DEFAULT_GALLERY) -> Files:
    """Keep a gallery as it is now, and return the files of its snapshot."""
    with patch.object(galleries_module, "SnapshotKeys", OneKey.of):
        galleries = galleries_of(registry, folder)
        galleries.open(gallery_id)
        galleries.keep(gallery_id)
    path = latest_snapshot(folder / gallery_id)
    assert path is not None
    return {entry.name: entry.read_bytes() for entry in path.iterdir()}


def _gone_apart(home: Path) -> Registry:
    """Return a registry that went on from the older snapshot's moment in another way, past the newer one's."""
    registry = Registry.open(home)
    for person in range(20, 26):
        enroll(registry, person)
    return registry


def _purged(home: Path) -> Registry:
    """Return a registry in which somebody of both snapshots was retired and purged since."""
    registry = Registry.open(home)
    gone = next(one for one in registry.subjects() if one.label == "person 4")
    encounter = registry.encounters(gone.subject_id)[0]
    enroll(registry, 4, subject=gone)  # another encounter stays, so that as many persons can be found
    retire(registry, encounter)
    purge(registry)
    return registry


def _foreign(folder: Path) -> Files:
    """Return the files of another registry's snapshot of the same people, under the same key."""
    with Registry.open(folder / "foreign" / "home") as registry:
        for person in range(9):
            enroll(registry, person)
        files = _kept(registry, folder / "foreign" / "snapshots")
    shutil.rmtree(folder / "foreign" / "snapshots")
    return files
