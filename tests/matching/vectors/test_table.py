"""A table refuses what would make it wrong, and is as it was after anything that failed."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matching.vectors.chunk as chunk_module
import matching.vectors.exact.file as file_module
import matching.vectors.table as table_module
from biometrics.errors import GalleryError, IncompatibleTemplatesError, StorageError
from matching.vectors import row_store
from matching.vectors.kernels import choose_kernel
from matching.vectors.layout import Layout
from matching.vectors.owner_rows import OwnerRows
from matching.vectors.table import VectorTable
from tests.matching.vectors.parts import layout_of, persons

LAYOUT = layout_of(60, 60)


def rows(count: int, seed: int = 1, mask: int = 3) -> tuple[np.ndarray, np.ndarray]:
    masks = np.full(count, mask, np.uint16)
    return persons(LAYOUT, np.random.default_rng(seed), masks), masks


def add(table: VectorTable, owners: range | list[int], generation: int = 1, seed: int = 1) -> None:
    vectors, masks = rows(len(owners), seed)
    table.append(owners=np.array(owners, np.int64), vectors=vectors, masks=masks, generation=generation)


@pytest.fixture
def table(tmp_path: Path) -> VectorTable:
    table = VectorTable(LAYOUT, folder=tmp_path, chunk_rows=16)
    add(table, range(20), generation=5)
    return table


@contextmanager
def unchanged(table: VectorTable, kind: type[Exception], match: str) -> Iterator[pytest.ExceptionInfo[Any]]:
    """Expect an error, after which the table is as it was and can be used."""
    before, vectors = table.view(), table.vectors(np.arange(20))
    with pytest.raises(kind, match=match) as caught:
        yield caught
    after = table.view()
    assert (len(after), after.generation, after.by_mask.tolist()) == (
        len(before),
        before.generation,
        before.by_mask.tolist(),
    )
    assert [(part.first, part.last) for part in after.parts] == [(part.first, part.last) for part in before.parts]
    assert table.vectors(np.arange(20)).tolist() == vectors.tolist()
    assert not table.holds(np.arange(100, 140)).any()


def test_it_holds_what_was_appended(table: VectorTable) -> None:
    vectors, _ = rows(20)
    order = np.array([19, 0, 7, 7])
    assert table.vectors(order).tolist() == vectors[order].tolist()
    assert table.holds(np.array([0, 19, 20, 10**9])).tolist() == [True, True, False, False]
    assert len(table.view()) == 20
    assert (table.layout, table.kernel.name) == (LAYOUT, choose_kernel().name)


def test_owners_have_one_row_each(table: VectorTable) -> None:
    with unchanged(table, GalleryError, "has a row already") as caught:
        add(table, [100, 19], generation=6)
    assert caught.value.source == "owner 19"
    with unchanged(table, GalleryError, "twice"):
        add(table, [100, 101, 100], generation=6)
    with unchanged(table, GalleryError, "from 0 to"):
        add(table, [100, -1], generation=6)
    with unchanged(table, GalleryError, "from 0 to"):
        add(table, [100, 1 << 40], generation=6)


def test_only_who_has_a_row_is_retired(table: VectorTable) -> None:
    for wrong in ([3, 100], [3, 3], [-1], [1 << 50]):
        with unchanged(table, GalleryError, "to be retired"):
            table.retire(np.array(wrong), generation=6)
    table.retire(np.array([3]), generation=6)
    with pytest.raises(GalleryError, match="to be retired"):
        table.retire(np.array([3]), generation=6)
    with pytest.raises(GalleryError, match="no row"):
        table.vectors(np.array([3]))
    add(table, [3], generation=6)
    assert len(table.view()) == 20


def test_changes_come_in_order(table: VectorTable) -> None:
    with unchanged(table, GalleryError, "comes after"):
        add(table, [100], generation=4)
    with unchanged(table, GalleryError, "comes after"):
        table.retire(np.array([1]), generation=4)


@pytest.mark.parametrize(("column", "value"), [(0, np.nan), (70, np.inf), (3, 1.5)])
def test_rows_that_could_not_be_found_are_refused(table: VectorTable, column: int, value: float) -> None:
    vectors, masks = rows(40)
    vectors[33, column] = value
    with unchanged(table, GalleryError, "block") as caught:
        table.append(owners=np.arange(100, 140), vectors=vectors, masks=masks, generation=6)
    assert caught.value.source == "vectors"


def test_rows_that_are_not_as_their_masks_say_are_refused(table: VectorTable) -> None:
    vectors, masks = rows(40)
    for wrong in (0, 1, 2, 4, 8, 65_535):
        stated = masks.copy()
        stated[39] = wrong
        with unchanged(table, GalleryError, "mask"):
            table.append(owners=np.arange(100, 140), vectors=vectors, masks=stated, generation=6)
    with unchanged(table, IncompatibleTemplatesError, "do not fit"):
        table.append(owners=np.arange(100, 140), vectors=vectors[:, :64].copy(), masks=masks, generation=6)


def full_disk(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def write_some_then_fail(count: int) -> Callable[..., int]:
    written = iter(range(count))
    write = os.pwrite

    def pwrite(descriptor: int, data: memoryview, offset: int) -> int:
        return write(descriptor, data[:1000], offset) if next(written, None) is not None else full_disk()

    return pwrite


@pytest.mark.parametrize("call", ["posix_fallocate", "pwrite", "pwrite of a part"])
def test_a_full_disk_changes_nothing(table: VectorTable, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, call.split(maxsplit=1)[0], write_some_then_fail(3) if "part" in call else full_disk)
        with unchanged(table, StorageError, "No space left") as caught:
            add(table, range(100, 140), generation=6)
    assert caught.value.source is not None and caught.value.remedy is not None
    add(table, range(100, 140), generation=6, seed=2)
    assert table.vectors(np.arange(100, 140)).tolist() == rows(40, 2)[0].tolist()


def test_a_limit_of_file_sizes_is_a_full_disk(table: VectorTable) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        with unchanged(table, StorageError, "cannot be kept"):
            add(table, range(100, 140), generation=6)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    add(table, range(100, 140), generation=6)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    lost = VectorTable(LAYOUT, folder=tmp_path / "lost")
    with pytest.raises(StorageError) as caught:
        add(lost, range(3))
    assert caught.value.source == str(tmp_path / "lost")
    assert len(lost.view()) == 0


def no_room(*_: object, **__: object) -> np.ndarray:
    raise MemoryError


@pytest.mark.parametrize("where", ["quantize", "Chunk", "bytes"])
def test_memory_that_is_short_changes_nothing(table: VectorTable, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    with monkeypatch.context() as patch:
        if where == "bytes":
            patch.setattr(chunk_module, "CodeBlock", no_room)
        else:
            patch.setattr(row_store if where == "Chunk" else table_module, where, no_room)
        with unchanged(table, GalleryError, "memory is short") as caught:
            add(table, range(100, 140), generation=6)
    assert caught.value.remedy is not None
    add(table, range(100, 140), generation=6)


def test_a_search_that_cannot_read_says_so(table: VectorTable, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "preadv", fail)
        with pytest.raises(StorageError, match="Input/output"):
            table.vectors(np.array([1]))
        patch.setattr(os, "preadv", lambda *_: 0)
        with pytest.raises(StorageError, match="too early"):
            table.vectors(np.array([1]))


def test_files_are_read_in_however_small_parts(table: VectorTable, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, read = table.vectors(np.arange(20)), os.preadv
    monkeypatch.setattr(os, "preadv", lambda file, parts, offset: read(file, [parts[0][:100]], offset))
    assert table.vectors(np.arange(20)).tolist() == expected.tolist()


def test_a_compaction_that_fails_leaves_every_person_once(table: VectorTable, monkeypatch: pytest.MonkeyPatch) -> None:
    add(table, range(20, 60), generation=6)
    table.retire(np.arange(0, 12), generation=7)
    before = table.vectors(np.arange(12, 60))
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full_disk)
        with pytest.raises(StorageError):
            table.compact()
    assert table.vectors(np.arange(12, 60)).tolist() == before.tolist()
    assert table.compact() == 1
    assert table.vectors(np.arange(12, 60)).tolist() == before.tolist()
    assert len(table.view()) == 48


def test_files_are_gone_with_the_table(tmp_path: Path) -> None:
    def opened() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = opened()
    table = VectorTable(LAYOUT, folder=tmp_path, chunk_rows=8)
    add(table, range(40))
    assert opened() == before + 5
    assert list(tmp_path.iterdir()) == []
    view = table.view()
    del table
    assert view.vectors(np.array([3])).shape == (1, 128)
    del view
    assert opened() == before


def test_room_on_disk_is_taken_in_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_module, "RESERVED_AT_ONCE", 4096)
    taken: list[int] = []
    reserve = os.posix_fallocate

    def note(descriptor: int, offset: int, size: int) -> None:
        taken.append(size)
        reserve(descriptor, offset, size)

    monkeypatch.setattr(os, "posix_fallocate", note)
    table = VectorTable(LAYOUT, folder=tmp_path)
    for owner in range(20):
        add(table, [owner])
    assert taken == [4096] * 3


def test_chunks_of_no_rows_are_refused() -> None:
    with pytest.raises(GalleryError, match="chunk"):
        VectorTable(LAYOUT, chunk_rows=0)


def test_layouts_may_be_as_wide_as_they_like() -> None:
    wide = Layout(blocks=layout_of(*([150] * 11)).blocks)
    masks = np.array([2047, 1, 1024], np.uint16)
    vectors = persons(wide, np.random.default_rng(1), masks)
    table = VectorTable(wide)
    table.append(owners=np.arange(3), vectors=vectors, masks=masks, generation=0)
    assert table.vectors(np.arange(3)).tolist() == vectors.tolist()


def test_rows_are_replaced_at_one_moment(table: VectorTable) -> None:
    before, (vectors, masks) = table.view(), rows(3, seed=9)
    table.append(owners=np.array([4, 100, 5]), vectors=vectors, masks=masks, generation=6, replace=True)
    assert table.vectors(np.array([4, 100, 5])).tolist() == vectors.tolist()
    assert before.vectors(np.array([4, 5])).tolist() == rows(20)[0][4:6].tolist()
    assert (len(before), len(table.view())) == (20, 21)
    with pytest.raises(GalleryError, match="twice"):
        table.append(owners=np.array([4, 4, 5]), vectors=vectors, masks=masks, generation=6, replace=True)


def refused(table: VectorTable) -> None:
    for ask in (
        table.view,
        table.compact,
        lambda: table.holds(np.arange(3)),
        lambda: table.vectors(np.arange(3)),
        lambda: table.retire(np.arange(3), generation=9),
        lambda: add(table, range(200, 203), generation=9),
    ):
        with pytest.raises(GalleryError, match="broke off") as caught:
            ask()
        assert caught.value.remedy == "build the gallery anew from the registry"


@pytest.mark.parametrize("where", ["append", "put", "_new_view", "drop"])
def test_a_change_that_breaks_off_closes_the_table(
    table: VectorTable, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    add(table, range(20, 40), generation=6)
    table.retire(np.arange(12), generation=6)
    view = table.view()
    before = view.vectors(np.arange(12, 40))
    owner: Any = {
        "append": chunk_module.Chunk,
        "put": OwnerRows,
        "_new_view": VectorTable,
        "drop": row_store.RowStore,
    }[where]
    with monkeypatch.context() as patch:
        patch.setattr(owner, where, no_room)
        with pytest.raises(GalleryError, match="memory is short"):
            table.compact()
    refused(table)
    assert view.vectors(np.arange(12, 40)).tolist() == before.tolist()


def test_a_group_of_changes_that_fails_half_way_closes_the_table(table: VectorTable) -> None:
    with pytest.raises(GalleryError, match="has a row already"), table.one_change():
        add(table, [3], generation=6)
    assert len(table.view()) == 20
    with pytest.raises(GalleryError, match="has a row already"), table.one_change():
        table.retire(np.array([3]), generation=6)
        add(table, [4], generation=6)
    refused(table)


def test_small_tables_reserve_little_and_chunks_grow_to_the_largest(tmp_path: Path) -> None:
    table = VectorTable(LAYOUT, folder=tmp_path, chunk_rows=4_096)
    for first in range(0, 13_000, 1_000):
        add(table, range(first, first + 1_000))
    assert [part.chunk.capacity for part in table.view().parts] == [1_024, 4_096, 4_096, 4_096]
    assert len(table.view()) == 13_000
