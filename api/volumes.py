"""Whether what is written to a folder can be found by somebody who takes the disk.

Galleries in use keep prints and faces in files that the processor compares where they lie, so these cannot be encrypted
by Kura. The folder must lie in memory (tmpfs), or on a volume that the kernel encrypts (dm-crypt, as LUKS sets it up),
directly or below other layers such as LVM. What else encrypts (a disk by itself, ZFS, a cloud's volume) cannot be seen
from here and is declared in the settings.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_ENCRYPTED = "CRYPT-"
_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Where a folder lies: device number, mount point, kind of file system, and what is mounted."""

    device: str
    point: str
    kind: str
    source: str


def is_protected(folder: Path, *, mounts: Path = Path("/proc/self/mountinfo"), sys: Path = Path("/sys")) -> bool:
    """Return whether a folder that exists lies in memory or on a volume that the kernel encrypts.

    Parameters
    ----------
    folder
        Whose files it is about.
    mounts, sys
        Where the kernel tells of mounts and devices.
    """
    found = _mount_of(folder, mounts)
    if found is None:
        return False
    if found.kind in _IN_MEMORY:
        return True
    device = found.device if (sys / "dev/block" / found.device).exists() else _device_of(found.source)
    return device is not None and _is_encrypted(sys / "dev/block" / device)


def _mount_of(folder: Path, mounts: Path) -> Mount | None:
    """Return the innermost mount that a folder lies in; of several at one point, the last."""
    place = folder.resolve()
    best: Mount | None = None
    for one in _read(mounts):
        point = Path(one.point)
        if (place == point or point in place.parents) and (best is None or len(one.point) >= len(best.point)):
            best = one
    return best


def _read(mounts: Path) -> list[Mount]:
    """Return all mounts, as proc(5) describes `mountinfo`."""
    found = []
    for line in mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        head, tail = before.split(" "), after.split(" ")
        if len(head) > 4 and len(tail) > 1:
            found.append(Mount(device=head[2], point=_unescaped(head[4]), kind=tail[0], source=_unescaped(tail[1])))
    return found


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), text)


def _device_of(source: str) -> str | None:
    """Return the number of a block device that is named; some file systems have numbers of their own."""
    try:
        about = Path(source).stat()
    except OSError:
        return None
    return f"{os.major(about.st_rdev)}:{os.minor(about.st_rdev)}" if stat.S_ISBLK(about.st_mode) else None


def _is_encrypted(device: Path) -> bool:
    """Return whether a block device is encrypted, or lies on devices that all are."""
    try:
        if (device / "dm/uuid").read_text().startswith(_ENCRYPTED):
            return True
    except OSError:
        pass
    below = sorted((device / "slaves").iterdir()) if (device / "slaves").is_dir() else []
    return bool(below) and all(_is_encrypted(one) for one in below)
