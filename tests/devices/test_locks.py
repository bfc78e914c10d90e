from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from biometrics.errors import ConfigurationError, DeviceBusyError
from devices.locks import DeviceLock, locks_folder
from devices.uris import DeviceUri

URI = DeviceUri.parse("v4l2:0")

HOLDER = """
import sys
from pathlib import Path
from devices.locks import DeviceLock
from devices.uris import DeviceUri
lock = DeviceLock(DeviceUri.parse("v4l2:0?width=640"), Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_is_freed_by_the_death_of_its_holder(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DeviceBusyError, match=f"process {holder.pid}") as busy:
            DeviceLock(URI, tmp_path)
        assert (busy.value.source, bool(busy.value.remedy)) == ("v4l2:0", True)
        holder.send_signal(signal.SIGKILL)
        holder.wait(30)
    lock = DeviceLock(URI, tmp_path)
    with pytest.raises(DeviceBusyError, match="this program"):
        DeviceLock(URI, tmp_path)
    lock.release()
    lock.release()
    DeviceLock(URI, tmp_path).release()


FORKING = """
import os, sys
from pathlib import Path
from devices.locks import DeviceLock
from devices.uris import DeviceUri
uri, folder = DeviceUri.parse("v4l2:0"), Path(sys.argv[1])
def is_free():
    try:
        DeviceLock(uri, folder).release()
    except Exception:
        return False
    return True
lock = DeviceLock(uri, folder)
if not os.fork():
    lock.release()
    os._exit(0)
os.wait()
print("held" if not is_free() else "lost")
until, end = os.pipe()
if not os.fork():
    os.close(end)
    os.read(until, 1)
    os._exit(0)
lock.release()
print("free" if is_free() else "kept")
"""


def test_a_forked_process_neither_frees_a_lock_nor_keeps_it(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", FORKING, str(tmp_path)], capture_output=True, timeout=60, check=True)
    assert ran.stdout.split() == [b"held", b"free"]


def test_locks_hold_no_secrets_and_are_nobody_elses(tmp_path: Path) -> None:
    lock = DeviceLock(DeviceUri.parse("rtsp://user:hunter2@host/door?token=hunter3"), tmp_path / "locks")
    (file,) = (tmp_path / "locks").iterdir()
    assert "hunter" not in file.name
    assert file.read_text() == f"{os.getpid()}\n"
    assert ((tmp_path / "locks").stat().st_mode & 0o077, file.stat().st_mode & 0o077) == (0, 0)
    lock.release()


def test_other_devices_have_other_locks(tmp_path: Path) -> None:
    locks = [DeviceLock(DeviceUri.parse(uri), tmp_path) for uri in ("v4l2:0", "v4l2:1", "fprint:0")]
    for lock in locks:
        lock.release()


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="locks") as refused:
        DeviceLock(URI, tmp_path / "file")
    assert (refused.value.source, bool(refused.value.remedy)) == (str(tmp_path / "file"), True)


@pytest.mark.parametrize("below", ["", "more"])
def test_where_all_may_write_nobody_can_lay_a_folder_ready(tmp_path: Path, below: str) -> None:
    everybodys, elsewhere = tmp_path / "everybodys", tmp_path / "elsewhere"
    everybodys.mkdir()
    everybodys.chmod(0o1777)
    elsewhere.mkdir()
    (everybodys / "kura").symlink_to(elsewhere)
    with pytest.raises(ConfigurationError, match="somebody else") as refused:
        DeviceLock(URI, everybodys / "kura" / below)
    assert refused.value.remedy
    assert not list(elsewhere.rglob("v4l2*"))


def test_where_all_may_write_a_folder_must_be_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o1777)
    DeviceLock(URI, tmp_path / "kura" / "locks").release()
    assert (tmp_path / "kura").stat().st_mode & 0o077 == 0
    somebody = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: somebody)
    with pytest.raises(ConfigurationError, match="somebody else"):
        DeviceLock(URI, tmp_path / "kura" / "locks")


def test_locks_lie_where_the_installation_says_or_in_the_users_run_time_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert locks_folder(tmp_path) == tmp_path / "locks"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert locks_folder(None) == tmp_path / "kura" / "locks"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert locks_folder(None).name == "locks"
    DeviceLock(URI, locks_folder(None)).release()
