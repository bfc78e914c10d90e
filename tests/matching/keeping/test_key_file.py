"""The key of the galleries is 32 bytes that nobody else reads; whoever makes one never replaces one."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from biometrics.errors import ConfigurationError, StorageError
from matching.keeping import KEY_BYTES, make_key, read_key


def test_a_new_key_is_random_and_for_its_owner_only(tmp_path: Path) -> None:
    for name in ("one", "other"):
        make_key(tmp_path / "deep" / name)
    one, other = read_key(tmp_path / "deep" / "one"), read_key(tmp_path / "deep" / "other")
    assert len(one) == KEY_BYTES and one != other
    assert stat.S_IMODE((tmp_path / "deep" / "one").stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["one", "other"]


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    key = read_key(tmp_path / "key")
    make_key(tmp_path / "key")
    assert read_key(tmp_path / "key") == key


def test_all_that_make_one_at_once_use_the_same(tmp_path: Path) -> None:
    found: list[bytes] = []

    def make_and_read() -> None:
        make_key(tmp_path / "key")
        found.append(read_key(tmp_path / "key"))

    threads = [threading.Thread(target=make_and_read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_key_that_others_may_reach_is_refused(tmp_path: Path, mode: int) -> None:
    make_key(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(ConfigurationError, match=f"mode {mode:04o}") as caught:
        read_key(tmp_path / "key")
    assert caught.value.remedy is not None and "chmod 600" in caught.value.remedy


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_what_has_another_length_is_no_key(tmp_path: Path, length: int) -> None:
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "key").write_bytes(b"secret! " * 8)
    with (tmp_path / "key").open("r+b") as file:
        file.truncate(length)
    with pytest.raises(ConfigurationError, match="no key of galleries") as caught:
        read_key(tmp_path / "key")
    assert "secret" not in str(caught.value)


def test_what_is_no_file_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    for path, what in ((tmp_path / "folder", "cannot be read|no key"), (tmp_path / "absent", "there is no key")):
        with pytest.raises(ConfigurationError, match=what):
            read_key(path)
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        make_key(tmp_path / "file" / "key")
