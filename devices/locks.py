"""A device that only one program at a time may use is locked by a file; the system unlocks it when a program dies."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from biometrics.errors import ConfigurationError, DeviceBusyError
from devices.uris import DeviceUri

_OURS_ALONE = 0o700


class DeviceLock:
    """Held from when it is made until it is released, or its process ends, even killed.

    The file stays behind, with nothing in it but the number of the last holder's process.

    Parameters
    ----------
    uri
        Of the device; what stands after `?` does not count.
    folder
        Where the locks of all programs lie; made where it is missing.

    Raises
    ------
    DeviceBusyError
        When somebody holds it.
    ConfigurationError
        When the folder cannot be used.
    """

    def __init__(self, uri: DeviceUri, folder: Path) -> None:
        self._file, self._process = _opened(uri, folder), os.getpid()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, b"%d\n" % os.getpid(), 0)
        except BlockingIOError:
            holder = os.pread(self._file, 20, 0).strip()
            self.release()
            raise _busy(uri, holder) from None
        except OSError as error:
            self.release()
            raise _unusable(folder, error) from None

    def release(self) -> None:
        """Let others have the device; releasing again does nothing."""
        if self._file >= 0:
            file, self._file = self._file, -1
            if self._process == os.getpid():
                # A process that was forked meanwhile has the file, too, and would keep the lock.
                fcntl.flock(file, fcntl.LOCK_UN)
            os.close(file)


def locks_folder(state: Path | None) -> Path:
    """Return where locks lie: in the chosen folder, or the user's folder for run-time files, or a temporary one."""
    if state is not None:
        return state / "locks"
    chosen, usual = os.environ.get("XDG_RUNTIME_DIR"), Path(f"/run/user/{os.getuid()}")
    if chosen or usual.is_dir():
        return Path(chosen or usual) / "kura" / "locks"
    return Path(tempfile.gettempdir()) / f"kura-{os.getuid()}" / "locks"


def _opened(uri: DeviceUri, folder: Path) -> int:
    place = DeviceUri.parse(f"{uri.scheme}:{uri.target}").shown
    name = f"{uri.scheme}-{hashlib.sha256(place.encode()).hexdigest()[:24]}"
    try:
        for missing in (folder.parent, folder):  # `parents` makes those above it for all to read
            missing.mkdir(mode=_OURS_ALONE, parents=True, exist_ok=True)
        _require_ours(folder)
        return os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(folder, error) from None


def _require_ours(folder: Path) -> None:
    """Refuse a folder that somebody else may have laid ready: where all may write, the first to come makes it."""
    for place in (folder.absolute(), *folder.absolute().parents):
        found = place.lstat()
        is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
        if place.parent.stat().st_mode & stat.S_IWOTH and not is_ours:
            raise PermissionError(errno.EPERM, "it belongs to somebody else")


def _busy(uri: DeviceUri, holder: bytes) -> DeviceBusyError:
    who = f"process {holder.decode()}" if holder.isdigit() else "another program"
    if holder == b"%d" % os.getpid():
        who = "this program"
    return DeviceBusyError(
        f"the device is in use by {who}", source=uri.shown, remedy="close it there, or end that program, and try again"
    )


def _unusable(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"locks of devices cannot be kept there: {error.strerror}",
        source=str(folder),
        remedy="let this user write to the folder, or set XDG_RUNTIME_DIR to one that it may write to",
    )
