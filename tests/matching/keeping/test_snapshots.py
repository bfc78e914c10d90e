"""What is written is read; what is not as it was written is refused, whoever changed it and however."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from numpy.typing import NDArray

from biometrics.errors import (
    ConfigurationError,
    GalleryError,
    RecordBusyError,
    SnapshotError,
    SnapshotKeyError,
    StorageError,
)
from matching.keeping import Sizes, latest_snapshot, open_snapshot, write_snapshot
from matching.keeping.folders import writing_alone
from matching.keeping.manifest import (
    MANIFEST_NAME,
    _canonical,
    _readable,
    decode_manifest,
    encode_manifest,
    piece_lengths,
)
from tests.matching.keeping.contents import HEADER, KEY, OTHER_KEY, SMALL, arrays, only, read, same, write


def snapshot_of(folder: Path) -> Path:
    found = latest_snapshot(folder)
    assert found is not None
    return found


def test_what_was_written_is_read_in_order(tmp_path: Path) -> None:
    manifest = write(tmp_path)
    assert len(manifest.parts) > 2 and manifest.bytes > 1_000
    found = read(tmp_path)
    assert found is not None
    assert found[0] == HEADER and same(found[1], arrays())


_TYPES = st.one_of(
    st_numpy.integer_dtypes(), st_numpy.unsigned_integer_dtypes(), st_numpy.floating_dtypes(), st_numpy.boolean_dtypes()
)


@given(
    written=st.lists(st_numpy.arrays(_TYPES, st_numpy.array_shapes(min_dims=0, min_side=0, max_side=9)), max_size=5),
    piece_bytes=st.integers(1, 99),
    part_bytes=st.integers(1, 999),
)
def test_any_arrays_come_back(
    tmp_path_factory: pytest.TempPathFactory, written: list[NDArray[Any]], piece_bytes: int, part_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    named = {f"array/{number}": array for number, array in enumerate(written)}
    write_snapshot(folder, {}, named.items(), KEY, sizes=Sizes(piece_bytes=piece_bytes, part_bytes=part_bytes))
    snapshot = open_snapshot(folder, only(KEY))
    assert snapshot is not None
    with snapshot:
        assert list(snapshot.arrays) == list(named)
        for name, array in named.items():
            found = snapshot.arrays[name]
            assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())


def test_arrays_are_read_one_at_a_time_and_cannot_be_changed(tmp_path: Path) -> None:
    write(tmp_path)
    snapshot = open_snapshot(tmp_path, only(KEY))
    assert snapshot is not None
    with snapshot:
        with pytest.raises(ValueError, match="read-only"):
            snapshot.arrays["steps"][0] = 1
        with pytest.raises(KeyError):
            snapshot.arrays["nothing"]
        with pytest.raises(SnapshotError, match="8 more arrays"):
            snapshot.require_all_read()


def test_nothing_but_numbers_of_bytes_can_be_read_without_the_key(tmp_path: Path) -> None:
    text = np.frombuffer(b"a template in plain text, many times over, " * 20, dtype=np.uint8)
    write_snapshot(tmp_path, HEADER, [("text", text)], KEY, sizes=SMALL)
    for file in snapshot_of(tmp_path).iterdir():
        assert b"plain text" not in file.read_bytes()
        assert KEY not in file.read_bytes() and KEY.hex().encode() not in file.read_bytes()


def test_only_the_owner_may_look(tmp_path: Path) -> None:
    os.umask(0o022)
    write(tmp_path / "galleries" / "citizens")
    for path in (tmp_path / "galleries" / "citizens").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_same_content_is_never_sealed_alike(tmp_path: Path) -> None:
    write(tmp_path / "one")
    write(tmp_path / "other")
    for first in snapshot_of(tmp_path / "one").glob("part*"):
        assert first.read_bytes() != (snapshot_of(tmp_path / "other") / first.name).read_bytes()


def test_the_last_snapshot_counts_and_stands_alone(tmp_path: Path) -> None:
    for seed in range(3):
        write(tmp_path, seed)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [".lock", "snapshot-000000000003"]
    found = read(tmp_path)
    assert found is not None and same(found[1], arrays(2))


def test_who_reads_while_another_is_written_reads_to_the_end(tmp_path: Path) -> None:
    write(tmp_path, 1)
    snapshot = open_snapshot(tmp_path, only(KEY))
    assert snapshot is not None
    write(tmp_path, 2)
    with snapshot:
        assert same(dict(snapshot.arrays), arrays(1))


def test_two_do_not_write_at_once(tmp_path: Path) -> None:
    write(tmp_path, 1)
    with writing_alone(tmp_path), pytest.raises(RecordBusyError):
        write(tmp_path, 2)
    found = read(tmp_path)
    assert found is not None and same(found[1], arrays(1))


def test_another_key_is_told_apart_from_damage(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(SnapshotKeyError, match="another key"):
        open_snapshot(tmp_path, only(OTHER_KEY))
    for wrong in (b"", KEY[:31], KEY * 2):
        with pytest.raises(ConfigurationError, match="32 bytes"):
            write_snapshot(tmp_path, {}, [], wrong)


def test_where_there_is_nothing_there_is_no_snapshot(tmp_path: Path) -> None:
    assert open_snapshot(tmp_path / "nowhere", only(KEY)) is None
    assert open_snapshot(tmp_path, only(KEY)) is None
    (tmp_path / ".writing-000000000001").mkdir()
    assert open_snapshot(tmp_path, only(KEY)) is None


def damage_byte(path: Path, at: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


def refusal(folder: Path, key: bytes = KEY) -> str:
    with pytest.raises(SnapshotError) as caught:
        read(folder, key)
    assert caught.value.remedy and caught.value.source
    return caught.value.message


def test_any_bit_of_any_file_is_missed(tmp_path: Path) -> None:
    write(tmp_path)
    for file in sorted(snapshot_of(tmp_path).iterdir()):
        for at in range(0, file.stat().st_size, 13):
            damage_byte(file, at, at % 8)
            refusal(tmp_path)
            damage_byte(file, at, at % 8)
    assert read(tmp_path) is not None


def test_accidents_and_changes_on_purpose_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path)
    file = snapshot_of(tmp_path) / "part-00000.sealed"
    damage_byte(file, 5)
    assert "is damaged: its SHA-256 differs" in refusal(tmp_path)
    forge(snapshot_of(tmp_path), {})
    assert "the manifest was altered" in refusal(tmp_path)


def test_the_manifest_cannot_be_made_to_fit(tmp_path: Path) -> None:
    write(tmp_path)
    original = (snapshot_of(tmp_path) / MANIFEST_NAME).read_bytes()
    for name, value in (
        ("header", HEADER | {"generation": 8}),
        ("header", HEADER | {"more": None}),
        ("written_at", "2020-01-01T00:00:00+00:00"),
        ("snapshot_id", "0" * 64),
        ("piece_bytes", 63),
        ("arrays", []),
        ("parts", []),
    ):
        forge(snapshot_of(tmp_path), {name: value})
        assert "altered" in refusal(tmp_path)
        (snapshot_of(tmp_path) / MANIFEST_NAME).write_bytes(original)
    forge(snapshot_of(tmp_path), {"key_check": "0" * 16})
    assert "another key" in refusal(tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format": 1, "body": {}, "sha256": "", "seal": ""}',
        b'{"format": "kura gallery snapshot/1", "body": null, "sha256": "", "seal": ""}',
        b'{"format": "kura gallery snapshot/1", "body": {}, "sha256": "", "seal": ""}',
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, data: bytes) -> None:
    write(tmp_path)
    (snapshot_of(tmp_path) / MANIFEST_NAME).write_bytes(data)
    refusal(tmp_path)


def test_a_manifest_is_taken_byte_for_byte(tmp_path: Path) -> None:
    write(tmp_path)
    path = snapshot_of(tmp_path) / MANIFEST_NAME
    data = path.read_bytes()
    for other in (data + b"\n", b" " + data, data.replace(b": ", b":", 1), json.dumps(json.loads(data)).encode()):
        path.write_bytes(other)
        assert "damaged" in refusal(tmp_path)
    path.write_bytes(data)
    assert read(tmp_path) is not None


def test_an_authentic_manifest_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    manifest = write(tmp_path)
    entries = manifest.arrays
    for wrong in (
        replace(manifest, arrays=entries[1:]),
        replace(manifest, arrays=(*entries[:-1], replace(entries[-1], name=entries[0].name))),
        replace(manifest, arrays=(replace(entries[0], name="../x y"), *entries[1:])),
        replace(manifest, arrays=(replace(entries[0], dtype="O"), *entries[1:])),
        replace(manifest, arrays=(replace(entries[0], shape=(-1, -448)), *entries[1:])),
        replace(manifest, arrays=(replace(entries[0], part=99), *entries[1:])),
        replace(manifest, arrays=(replace(entries[0], part=-len(manifest.parts)), *entries[1:])),
        replace(manifest, parts=manifest.parts[::-1]),
        replace(manifest, parts=(replace(manifest.parts[0], file="../part"), *manifest.parts[1:])),
        replace(manifest, piece_bytes=0),
    ):
        with pytest.raises(SnapshotError, match=r"contradicts|not what this version"):
            decode_manifest(encode_manifest(wrong, KEY), only(KEY))
    assert decode_manifest(encode_manifest(manifest, KEY), only(KEY)) == (manifest, KEY)


def test_files_that_change_places_are_missed(tmp_path: Path) -> None:
    write(tmp_path)
    snapshot = snapshot_of(tmp_path)
    names = ["part-00000.sealed", "part-00001.sealed"]
    contents = [(snapshot / name).read_bytes() for name in names]
    for name, content in zip(names, contents[::-1], strict=True):
        (snapshot / name).write_bytes(content)
    refusal(tmp_path)


def test_pieces_that_change_places_are_missed(tmp_path: Path) -> None:
    write_snapshot(tmp_path, {}, [("one", np.zeros(256, dtype=np.uint8))], KEY, sizes=SMALL)
    path = snapshot_of(tmp_path) / "part-00000.sealed"
    sealed = 64 + 16
    data = path.read_bytes()
    path.write_bytes(data[sealed : 2 * sealed] + data[:sealed] + data[2 * sealed :])
    refusal(tmp_path)


def test_a_file_of_an_older_snapshot_of_the_same_content_is_missed(tmp_path: Path) -> None:
    write(tmp_path)
    older = (snapshot_of(tmp_path) / "part-00001.sealed").read_bytes()
    write(tmp_path)
    (snapshot_of(tmp_path) / "part-00001.sealed").write_bytes(older)
    refusal(tmp_path)


def test_too_few_and_too_many_files_are_missed(tmp_path: Path) -> None:
    write(tmp_path)
    snapshot = snapshot_of(tmp_path)
    (snapshot / "more").touch()
    assert "not the snapshot's: more" in refusal(tmp_path)
    (snapshot / "more").unlink()
    content = (snapshot / "part-00001.sealed").read_bytes()
    for change, what in (
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(content[:-1]), "not whole"),
        (lambda path: path.write_bytes(content + b"0"), "not whole"),
        (lambda path: path.write_bytes(b""), "not whole"),
        (lambda path: (path.unlink(), path.mkdir()), "not a file"),
    ):
        change(snapshot / "part-00001.sealed")
        assert what in refusal(tmp_path)
    (snapshot / "part-00001.sealed").rmdir()
    os.mkfifo(snapshot / "part-00001.sealed")
    assert "not a file" in refusal(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "here")
    part = snapshot_of(tmp_path / "here") / "part-00000.sealed"
    part.rename(tmp_path / "elsewhere")
    part.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        read(tmp_path / "here")


def test_every_fault_is_found_not_only_the_first(tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("part-00000.sealed", "part-00001.sealed"):
        damage_byte(snapshot_of(tmp_path) / name, 3)
    snapshot = open_snapshot(tmp_path, only(KEY))
    assert snapshot is not None
    seen: list[tuple[int, int]] = []
    with snapshot:
        faults = list(snapshot.faults(lambda done, total, _: seen.append((done, total))))
    assert {fault.split()[0] for fault in faults} == {"part-00000.sealed", "part-00001.sealed", "array"}
    assert len(faults) == 4
    assert [done for done, _ in seen] == list(range(1, seen[-1][1] + 1))


def test_what_cannot_be_kept_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path, 1)
    one = np.zeros(3)
    for wrong in (
        [("object", np.array([None, {}]))],
        [("UPPER", one)],
        [("a b", one)],
        [("", one)],
        [("twice", one), ("twice", one)],
        [("nothing", np.zeros(3, dtype="S0").astype("V0"))],
    ):
        with pytest.raises(GalleryError, match="cannot be kept"):
            write_snapshot(tmp_path, {}, wrong, KEY)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [".lock", "snapshot-000000000001"]
    found = read(tmp_path)
    assert found is not None and same(found[1], arrays(1))


@given(total=st.integers(0, 10_000), piece=st.integers(1, 300))
def test_pieces_are_full_but_the_last(total: int, piece: int) -> None:
    lengths = piece_lengths(total, piece)
    assert sum(lengths) == total and all(length == piece for length in lengths[:-1])
    assert (0 < lengths[-1] <= piece) if total else lengths == [0]


def forge(snapshot: Path, changes: dict[str, Any]) -> None:
    """Change the manifest as somebody would who can compute every digest and has no key."""
    path = snapshot / MANIFEST_NAME
    document = json.loads(path.read_bytes())
    document["body"] |= changes
    for part in document["body"]["parts"]:
        data = (snapshot / part["file"]).read_bytes()
        part.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    document["sha256"] = hashlib.sha256(_canonical(document["body"])).hexdigest()
    path.write_bytes(_readable(document))
