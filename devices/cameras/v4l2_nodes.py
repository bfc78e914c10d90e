"""What the Linux kernel says of its cameras (Video4Linux2: `linux/videodev2.h`)."""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import re
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

from biometrics.errors import (
    CaptureError,
    DeviceBusyError,
    DeviceLostError,
    DeviceNotFoundError,
    DriverUnavailableError,
)

_CAPABILITY = struct.Struct("=16s32s32sIII3I")
_BUFFERS = struct.Struct("=IIIIB3s")
_QUERYCAP = 0x80000000 | _CAPABILITY.size << 16 | 0x5600
_REQBUFS = 0xC0000000 | _BUFFERS.size << 16 | 0x5608
_CAPTURES, _CAPTURES_PLANES, _STREAMS, _OF_THIS_NODE = 0x1, 0x1000, 0x04000000, 0x80000000
_BUFFER_OF_PICTURES, _BUFFER_OF_PLANES, _MAPPED = 1, 9, 1
_NODE = re.compile(r"video([0-9]{1,4})")

_Answer = TypeVar("_Answer")

Ioctl: TypeAlias = Callable[[int, int, bytearray], object]
"""Asks an open device; fills the bytes, or raises `OSError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A camera as the kernel knows it.

    Parameters
    ----------
    index
        Of `/dev/video0` and so on.
    name
        For people.
    driver, bus
        The kernel's driver, and where it is plugged in.
    planes
        Whether its pictures come in several planes.
    """

    index: int
    name: str
    driver: str
    bus: str
    planes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """Where cameras are looked for, and how they are asked.

    Parameters
    ----------
    classes
        The folder of sysfs with an entry for each video node.
    nodes
        The folder of device files.
    ioctl
        The system call.
    """

    classes: Path = Path("/sys/class/video4linux")
    nodes: Path = Path("/dev")
    ioctl: Ioctl = fcntl.ioctl

    def indexes(self) -> list[int]:
        """Return the numbers of all video nodes, cameras or not; none where there is no such kernel."""
        with suppress(OSError):
            found = [_NODE.fullmatch(entry.name) for entry in self.classes.iterdir()]
            return sorted(int(match[1]) for match in found if match)
        return []

    def node(self, index: int, source: str) -> Node | None:
        """Return a camera; None for a node that gives no pictures, such as the second one of most webcams.

        Raises
        ------
        DeviceNotFoundError, DriverUnavailableError, DeviceBusyError, DeviceLostError
            When there is no such node, this user may not open it, or it does not answer.
        """
        return self._asked(index, source, self._described)

    def require_free(self, node: Node, source: str) -> None:
        """Return when nobody takes pictures with it.

        Raises
        ------
        DeviceBusyError
            When somebody does.
        DeviceNotFoundError, DriverUnavailableError, DeviceLostError
            As `node`.
        """

        def ask(handle: int, index: int) -> None:
            # To give back no buffers changes nothing, and only who has none of them in use is allowed to.
            kind = _BUFFER_OF_PLANES if node.planes else _BUFFER_OF_PICTURES
            self.ioctl(handle, _REQBUFS, bytearray(_BUFFERS.pack(0, kind, _MAPPED, 0, 0, b"")))

        self._asked(node.index, source, ask)

    def _asked(self, index: int, source: str, ask: Callable[[int, int], _Answer]) -> _Answer:
        path = self.nodes / f"video{index}"
        try:
            handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                return ask(handle, index)
            finally:
                os.close(handle)
        except OSError as error:
            raise _failure(error, path, source) from error

    def _described(self, handle: int, index: int) -> Node | None:
        answer = bytearray(_CAPABILITY.size)
        try:
            self.ioctl(handle, _QUERYCAP, answer)
        except OSError as error:
            if error.errno in (errno.ENOTTY, errno.EINVAL):
                return None
            raise
        driver, card, bus, _, whole, part, *_ = _CAPABILITY.unpack(answer)
        able = part if whole & _OF_THIS_NODE else whole
        if not able & (_CAPTURES | _CAPTURES_PLANES) or not able & _STREAMS:
            return None
        planes = not able & _CAPTURES
        return Node(index=index, name=_text(card), driver=_text(driver), bus=_text(bus), planes=planes)


def _failure(error: OSError, path: Path, source: str) -> CaptureError:
    if error.errno in (errno.EACCES, errno.EPERM):
        user = _user()
        return DriverUnavailableError(
            f"this user may not open {path}",
            source=source,
            remedy=f"as root: usermod -aG video {user}; then log in again",
            missing=("membership of the group video",),
            command=f"usermod -aG video {user}",
        )
    if error.errno == errno.EBUSY:
        return DeviceBusyError(
            "another program uses the camera", source=source, remedy=f"close it; fuser -v {path} names it"
        )
    if error.errno in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        return DeviceNotFoundError(
            f"no camera is connected at {path}", source=source, remedy="kura devices list shows what is connected"
        )
    return DeviceLostError(
        f"the camera does not answer: {error.strerror}", source=source, remedy="connect it again, then try again"
    )


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "$USER"


def _text(field: bytes) -> str:
    decoded = field.partition(b"\0")[0].decode("utf-8", errors="replace")
    return "".join(character for character in decoded if character.isprintable()).strip()
