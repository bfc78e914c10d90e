"""A webcam that the kernel knows and OpenCV reads, of which nothing is real: no such hardware is needed."""

from __future__ import annotations

import errno
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from devices.cameras.capture_feed import OpenCapture
from devices.cameras.v4l2 import Machine
from devices.cameras.v4l2_nodes import Kernel
from tests.devices.cameras.pictures import levels

QUERYCAP, REQBUFS = 0x80685600, 0xC0145608
"""As `linux/videodev2.h` makes them on x86-64: `_IOR('V', 0, 104 bytes)`, `_IOWR('V', 8, 20 bytes)`."""

CAPTURES, METADATA, STREAMS, OF_THIS_NODE = 0x1, 0x00800000, 0x04000000, 0x80000000


class Webcam:
    """`/dev/video0` gives pictures, `/dev/video1` metadata, as most webcams do."""

    def __init__(self, folder: Path) -> None:
        self.nodes = folder / "dev"
        self.classes = folder / "class"
        self.capable = {0: CAPTURES | STREAMS, 1: METADATA | STREAMS}
        self.busy = threading.Event()
        self.hangs = threading.Event()
        self.stuck = threading.Event()
        self.gone = threading.Event()
        self.wished: dict[str, int] = {}
        self.opened: list[FakeCapture] = []
        self.connect()

    def connect(self) -> None:
        for index in self.capable:
            (self.classes / f"video{index}").mkdir(parents=True, exist_ok=True)
            self.nodes.mkdir(exist_ok=True)
            (self.nodes / f"video{index}").touch()

    @property
    def machine(self) -> Machine:
        return Machine(kernel=Kernel(classes=self.classes, nodes=self.nodes, ioctl=self.ioctl), opens=self.open_capture)

    def ioctl(self, handle: int, request: int, data: bytearray) -> int:
        assert handle > 2
        if request == QUERYCAP:
            assert len(data) == 104
            index = int(Path(f"/proc/self/fd/{handle}").readlink().name.removeprefix("video"))
            able = self.capable[index]
            texts = [text.ljust(size, b"\0") for text, size in ((b"uvcvideo", 16), (b"Test Cam", 32), (b"usb-1.2", 32))]
            data[:] = b"".join(texts) + struct.pack("=6I", 0x060100, 0x84A00001, able | OF_THIS_NODE, 0, 0, 0)
        else:
            assert (request, len(data)) == (REQBUFS, 20)
            assert struct.unpack("=5I", data) == (0, 1, 1, 0, 0)
            if self.busy.is_set():
                raise OSError(errno.EBUSY, "Device or resource busy")
        return 0

    def open_capture(self, index: int, wishes: Mapping[str, int]) -> OpenCapture | None:
        assert index == 0
        self.wished = dict(wishes)
        self.opened.append(FakeCapture(self))
        return self.opened[-1]

    @contextmanager
    def pulled_out(self) -> Iterator[None]:
        self.gone.set()
        for index in self.capable:
            (self.nodes / f"video{index}").unlink()
        try:
            yield
        finally:
            self.connect()
            self.gone.clear()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        self.hangs.set()
        if any(not capture.released for capture in self.opened):
            assert self.stuck.wait(10)
        try:
            yield
        finally:
            self.hangs.clear()
            self.stuck.clear()

    @contextmanager
    def used_by_others(self) -> Iterator[None]:
        self.busy.set()
        try:
            yield
        finally:
            self.busy.clear()


class FakeCapture:
    """Gives 100 pictures a second, in OpenCV's order of colours."""

    def __init__(self, webcam: Webcam) -> None:
        self._webcam = webcam
        self._pace = threading.Event()
        self.released = False

    def read(self) -> tuple[bool, Any]:
        self._pace.wait(0.01)
        while self._webcam.hangs.is_set():
            self._webcam.stuck.set()
            self._pace.wait(0.01)
        if self._webcam.gone.is_set():
            return False, None
        return True, np.ascontiguousarray(levels(4)[..., ::-1])

    def grab(self) -> bool:
        return self.read()[0]

    def get(self, what: int) -> float:
        return {cv2.CAP_PROP_FPS: 30.0, cv2.CAP_PROP_FOURCC: float(cv2.VideoWriter.fourcc(*"MJPG"))}[what]

    def release(self) -> None:
        assert not self.released
        self.released = True
