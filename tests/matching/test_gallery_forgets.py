"""Whoever is forgotten is found by nobody, and nothing of them is left in any array of the gallery."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from biometrics.errors import GalleryError
from biometrics.positions import Position
from biometrics.protocols import ReferenceChange
from matching.erasing import erase_persons
from matching.gallery import Gallery
from tests.matching.parts import ToySource, probe
from tests.matching.rotation.test_turned_galleries import KEY, how, shown

PEOPLE, GONE = 12, ("person-0003", "person-0007")


def named(person: int) -> str:
    return f"person-{person:04}"


def source_of(people: int = PEOPLE) -> tuple[ToySource, dict[str, ReferenceChange]]:
    source = ToySource()
    added = {named(person): source.add(named(person), *shown(person, 0)) for person in range(people)}
    source.add(named(3), *shown(3, 1))
    return source, added


def erased(source: ToySource) -> ToySource:
    """Return what a registry says that has deleted the references of those who are gone."""
    left = ToySource()
    for change in source.changes:
        references = () if change.subject_id in GONE else change.references
        left.changes.append(
            ReferenceChange(
                sequence=change.sequence, kind=change.kind, subject_id=change.subject_id, references=references
            )
        )
    return left


def gallery_of(source: ToySource, folder: Path | None = None) -> Gallery:
    gallery = Gallery(**how(KEY), folder=folder)
    gallery.follow(source)
    return gallery


def everything_in(gallery: Gallery) -> bytes:
    """Return every byte that a gallery has in memory or on disk, decrypted."""
    state, found = gallery._state, list[bytes]()
    for column in state.columns.values():
        store = column.store
        found += [block.tobytes() for block in getattr(store, "_blocks", getattr(store, "_chunks", []))]
        found += [array.values.tobytes() for array in (*column._arrays(), column._owners)]
    people = state.people
    found += [array.values.tobytes() for array in (*people._arrays(), people.ids._text, people.ids._hashes)]
    assert state.table is not None
    for part in state.table.parts:
        chunk = part.chunk
        found += [chunk.file.read(np.arange(chunk.rows)).tobytes(), chunk._codes.view().tobytes()]
        found += [array[: chunk.rows].tobytes() for array in (chunk._u, chunk._v, chunk.masks, chunk.attributes)]
    return b"\0".join(found)


def traces_of(gallery: Gallery, subject_id: str) -> list[bytes]:
    """Return byte strings by which what a gallery holds of a person is told: numbers of features, codes, digests."""
    state = gallery._state
    version = state.find(subject_id)
    assert version is not None and state.table is not None
    traces = [subject_id.encode()]
    for _, column in state.columns_of(version):
        for entry in column.entries(version, 3):
            feature = entry.feature.vector if hasattr(entry.feature, "vector") else entry.feature.record
            traces += [feature.tobytes()[8:40], np.uint64(entry.name).tobytes()] if entry.name else []
    row = state.table.rows(state.people.owners(np.array([version])))
    ((chunk, _),) = state.table.by_chunk(row)
    place = int(row[0]) & 0xFFFFFFFF
    traces += [state.table.read(row)[0, :8].tobytes(), chunk._codes.view()[place, :32].tobytes()]
    digest = state.people.describe(version).digest
    return [*traces, digest.to_bytes(16, "little")[:8], digest.to_bytes(16, "little")[8:]]


@pytest.mark.parametrize("told", ["before", "after"])
@pytest.mark.parametrize("on_disk", [False, True])
def test_nothing_of_the_forgotten_is_left(tmp_path: Path, told: str, on_disk: bool) -> None:
    """Whether the gallery still followed their retirement or the registry had deleted everything before."""
    source, added = source_of()
    gallery = gallery_of(source, tmp_path if on_disk else None)
    traces = [trace for one in GONE for trace in traces_of(gallery, one)]
    others = [trace for one in (named(2), named(8)) for trace in traces_of(gallery, one)]
    held = everything_in(gallery)
    assert all(trace in held for trace in traces)
    if told == "before":
        retired = [source.retire(added[named(7)])]
        gallery.follow(source)
        assert retired and not gallery.holds(named(7)) and gallery.holds(named(3))
    gallery.forget(GONE)
    left = everything_in(gallery)
    assert [trace for trace in traces if trace in left] == []
    assert all(trace in left for trace in others)
    assert not gallery.knows(GONE) and gallery.knows([named(2)])


def test_the_others_are_found_as_before_and_the_gallery_agrees_with_the_registry() -> None:
    source, _ = source_of()
    gallery, wanted = gallery_of(source), gallery_of(erased(source))
    gallery.forget([*GONE, "nobody"])
    gallery.check(erased(source))
    assert gallery.fingerprint == wanted.fingerprint and gallery.size == PEOPLE - len(GONE)
    for person in range(PEOPLE):
        asked = probe(*shown(person, 5))
        assert gallery.search(asked).candidates == wanted.search(asked).candidates
    for one in GONE:
        assert gallery.verify(probe(*shown(int(one[-4:]), 5)), one) is None
    header, arrays = gallery.export()
    kept = dict(arrays)
    restored = Gallery.restore(header, kept, **how(KEY))
    assert restored.fingerprint == wanted.fingerprint and not restored.knows(GONE)
    text = kept["subjects/text/0"].tobytes()
    assert not any(one.encode() in text for one in GONE)
    gallery.forget(GONE)  # again: as when a call was cut off
    gallery.compact()
    gallery.check(erased(source))


def test_a_gallery_goes_on_after_it_forgot() -> None:
    source, _ = source_of()
    gallery, left = gallery_of(source), erased(source)
    gallery.forget(GONE)
    for person in range(PEOPLE, PEOPLE + 300):  # enough for tables to grow
        left.add(named(person), *shown(person % 20, 0)[2:])
    gallery.follow(left)
    gallery.check(left)


def test_whoever_is_there_cannot_be_written_over() -> None:
    source, _ = source_of()
    gallery = gallery_of(source)
    with pytest.raises(GalleryError, match="cannot be erased"):
        erase_persons(gallery._state, None, [named(2)])
    assert gallery.search(probe(*shown(2, 0))).candidates[0].subject_id == named(2)


def test_searches_go_on_meanwhile_and_never_find_anything_else() -> None:
    source, _ = source_of(40)
    gallery, wrong, done = gallery_of(source), list[str](), threading.Event()

    def search() -> None:
        while not done.is_set():
            for person in (2, 3, 7):
                found = gallery.search(probe(*shown(person, 5)), limit=1).candidates
                best = found[0].subject_id if found else None
                if best != named(person) and named(person) not in gone:
                    wrong.append(f"{person} {best}")

    gone: set[str] = set()
    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for one in GONE:
        gone.add(one)
        gallery.forget([one])
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_column_of_nobody_is_not_asked() -> None:
    source = ToySource()
    source.add(named(1), *shown(1, 0)[2:])
    gallery = gallery_of(source)
    gallery.forget([named(1)])
    assert gallery.size == 0 and Position.FACE in gallery._state.columns
    assert gallery.search(probe(*shown(1, 0)[2:])).candidates == ()
