"""Drawn pictures and clips for the cameras' tests; all of them show nobody."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from biometrics.arrays import ColorPixels, GrayPixels
from biometrics.image_writing import write_png


def levels(number: int, width: int = 64, height: int = 48) -> ColorPixels:
    """A picture whose red tells its number: 10 for each."""
    return np.full((height, width, 3), (10 * number, 60, 200), np.uint8)


def number_of(pixels: ColorPixels | GrayPixels) -> int:
    """The number of a picture, also when it was compressed."""
    return round(float(pixels[..., 0].mean()) / 10)


def write_folder(folder: Path, count: int, *, simulated: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, count + 1):
        write_png(folder / f"picture {number}.png", levels(number), simulated=simulated)
    return folder


def write_clip(path: Path, count: int = 10, *, fps: float = 25.0, width: int = 64, height: int = 48) -> Path:
    """Motion JPEG in AVI."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height))
    for number in range(1, count + 1):
        writer.write(np.ascontiguousarray(levels(number, width, height)[..., ::-1]))
    writer.release()
    return path


def write_y4m(path: Path, count: int = 3, width: int = 64, height: int = 48) -> Path:
    """Grey frames, uncompressed (YUV4MPEG2)."""
    frame = bytes([90]) * (width * height) + bytes([128]) * (width * height // 2)
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + (b"FRAME\n" + frame) * count)
    return path
